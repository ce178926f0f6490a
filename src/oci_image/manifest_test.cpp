#include "oci_image/manifest.hpp"

#include <gtest/gtest.h>

#include "oci_image/image_config.hpp"

namespace cove::oci_image {
namespace {

const std::string kHex(64, 'a');

std::string descriptor(std::string_view extra = "") {
  return fmt::format(R"({{"mediaType":"m","digest":"sha256:{}","size":12{}}})", kHex, extra);
}

TEST(Manifest, ReadsOciAndDocker) {
  auto m = parse_manifest(fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{},{}]}})", descriptor(),
                                      descriptor(), descriptor(R"(,"annotations":{"k":"v"})")));
  ASSERT_TRUE(m) << m.error().text();
  EXPECT_EQ(m->layers.size(), 2u);
  EXPECT_EQ(m->config.digest.hex, kHex);
  EXPECT_EQ(*m->layers[1].annotation("k"), "v");
  EXPECT_EQ(m->layers[0].annotation("k"), nullptr);
  std::string text = docker_manifest_text(m->config, m->layers);
  auto again = parse_manifest(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kind, ManifestKind::docker);
  EXPECT_EQ(again->layers[1].size, 12);
}

TEST(Manifest, IsStrict) {
  auto refuses = [](const std::string& text, const std::string& word) {
    auto m = parse_manifest(text);
    ASSERT_FALSE(m) << text;
    EXPECT_NE(m.error().text().find(word), std::string::npos) << m.error().text();
  };
  refuses("", "image manifest");
  refuses("[]", "not a JSON object");
  refuses("{}", "schemaVersion");
  refuses(R"({"schemaVersion":1})", "schema 1");
  refuses(R"({"schemaVersion":"2"})", "schemaVersion");
  refuses(R"({"schemaVersion":2})", "config");
  refuses(fmt::format(R"({{"schemaVersion":2,"config":{}}})", descriptor()), "layers");
  refuses(fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}})", descriptor()), "manifests");
  refuses(fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{{"digest":"sha256:{}","size":-1}}]}})",
                      descriptor(), kHex),
          "size");
  refuses(fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{{"digest":"sha256:{}","size":1e3}}]}})",
                      descriptor(), kHex),
          "size");
  refuses(
      fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{{"digest":"sha256:zz","size":1}}]}})", descriptor()),
      "digest");
  EXPECT_EQ(parse_manifest(R"({"schemaVersion":2,"mediaType":"x/y"})").error().code(), Code::unsupported);
}

TEST(Index, ChoosesThePlatform) {
  auto entry = [](std::string os, std::string arch, std::string variant) {
    return Descriptor{.digest = {arch + variant}, .platform = {os, arch, variant}};
  };
  Index index{{entry("linux", "arm", "v6"), entry("linux", "arm", "v7"), entry("linux", "amd64", "")}};
  EXPECT_EQ(choose_platform(index, {"linux", "amd64", ""})->digest.hex, "amd64");
  EXPECT_EQ(choose_platform(index, {"linux", "arm", "v7"})->digest.hex, "armv7");
  EXPECT_EQ(choose_platform(index, {"linux", "arm", ""})->digest.hex, "armv6");
  auto none = choose_platform(index, {"linux", "s390x", ""});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text().find("linux/arm/v7"), std::string::npos);
  EXPECT_TRUE(choose_platform(Index{{Descriptor{}}}, {"linux", "amd64", ""}));
  EXPECT_FALSE(choose_platform(Index{}, {"linux", "amd64", ""}));
}

constexpr std::string_view kConfig =
    R"({"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","author":"me",
 "config":{"Env":["PATH=/bin","A=b"],"Cmd":["sh"],"Entrypoint":null,"WorkingDir":"/w","User":"1:2",
 "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"Labels":{"a":"b"},"StopSignal":"SIGINT",
 "Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Retries":3}},
 "history":[{"created_by":"x","empty_layer":true}],"rootfs":{"type":"layers","diff_ids":[]}})";

TEST(ImageConfig, ReadsAndPrints) {
  auto c = parse_image_config(kConfig);
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_EQ(c->env, (std::vector<std::string>{"PATH=/bin", "A=b"}));
  EXPECT_TRUE(c->has_cmd);
  EXPECT_FALSE(c->has_entrypoint);
  EXPECT_EQ(c->exposed_ports, std::vector<std::string>{"80/tcp"});
  EXPECT_EQ(c->volumes, std::vector<std::string>{"/data"});
  EXPECT_EQ(c->healthcheck->interval, std::chrono::seconds(30));
  EXPECT_TRUE(c->history[0].empty_layer);
  auto again = parse_image_config(to_json(*c).dump());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again).dump(), to_json(*c).dump());
}

TEST(ImageConfig, IsStrict) {
  for (std::string text :
       {R"({"config":[]})", R"({"config":{"Env":"x"}})", R"({"config":{"Cmd":[1]}})", R"({"os":1})",
        R"({"config":{"Labels":{"a":1}}})", R"({"rootfs":{"diff_ids":["x"]}})", R"({"history":{}})",
        R"({"config":{"Healthcheck":{"Interval":-1}}})", R"({"config":{"Volumes":["/x"]}})", "nope"}) {
    auto c = parse_image_config(text);
    ASSERT_FALSE(c) << text;
    EXPECT_EQ(c.error().code(), Code::corrupt);
  }
  std::string many = R"({"rootfs":{"diff_ids":[)";
  for (int i = 0; i < 501; i++) many += fmt::format("{}\"sha256:{}\"", i ? "," : "", kHex);
  EXPECT_FALSE(parse_image_config(many + "]}}"));
  EXPECT_FALSE(parse_image_config(std::string(kMaxConfigBytes + 1, ' ')));
}

}  // namespace
}  // namespace cove::oci_image
