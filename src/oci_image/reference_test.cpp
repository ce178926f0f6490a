#include "oci_image/reference.hpp"

#include <gtest/gtest.h>

namespace cove::oci_image {
namespace {

const std::string kHex(64, 'a');

std::string registry(std::string_view text) {
  auto r = normalize_for_registry(text);
  return r ? r->text() : "error: " + r.error().text();
}
std::string local(std::string_view text) {
  auto r = normalize_local(text);
  return r ? r->text() : "error: " + r.error().text();
}

TEST(Reference, ShortNamesBecomeFull) {
  EXPECT_EQ(registry("busybox"), "docker.io/library/busybox:latest");
  EXPECT_EQ(registry("busybox:1.36"), "docker.io/library/busybox:1.36");
  EXPECT_EQ(registry("me/app"), "docker.io/me/app:latest");
  EXPECT_EQ(registry("docker.io/busybox"), "docker.io/library/busybox:latest");
  EXPECT_EQ(registry("index.docker.io/busybox"), "docker.io/library/busybox:latest");
  EXPECT_EQ(registry("example.org/a/b"), "example.org/a/b:latest");
  EXPECT_EQ(registry("localhost:5000/a"), "localhost:5000/a:latest");
  EXPECT_EQ(registry("host:5000/a:b"), "host:5000/a:b");
  EXPECT_EQ(registry("[fd00::1]:5000/a"), "[fd00::1]:5000/a:latest");
  EXPECT_EQ(local("busybox"), "localhost/busybox:latest");
  EXPECT_EQ(local("a/b:c"), "localhost/a/b:c");
  EXPECT_EQ(local("docker.io/busybox"), "docker.io/library/busybox:latest");
}

TEST(Reference, Digests) {
  EXPECT_EQ(registry("busybox@sha256:" + kHex), "docker.io/library/busybox@sha256:" + kHex);
  EXPECT_EQ(registry("busybox:x@sha256:" + kHex), "docker.io/library/busybox:x@sha256:" + kHex);
  EXPECT_FALSE(parse_reference("busybox@sha256:abc"));
  EXPECT_FALSE(parse_reference("busybox@md5:" + kHex));
}

TEST(Reference, RefusesNonsense) {
  for (std::string bad : {"",
                          ":",
                          "/",
                          "a//b",
                          "-a",
                          "a-",
                          "a..b",
                          "a___b",
                          "a:",
                          "a:b:c",
                          "a/",
                          "/a",
                          "a b",
                          "a:-x",
                          "ex ample.org/a",
                          "host:port/a",
                          "host:999999/a",
                          "@sha256:",
                          "a@",
                          "..",
                          "../a",
                          "a/../b",
                          "a:x/y:"}) {
    EXPECT_FALSE(parse_reference(bad)) << bad;
  }
  EXPECT_FALSE(parse_reference(kHex));
  EXPECT_TRUE(parse_reference(std::string(250, 'a')));
  EXPECT_FALSE(normalize_for_registry(std::string(250, 'a'))) << "too long with its registry";
  EXPECT_FALSE(parse_reference(std::string(256, 'a')));
  EXPECT_FALSE(parse_reference("a:" + std::string(129, 't')));
  EXPECT_TRUE(parse_reference("a:" + std::string(128, 't')));
  auto upper = parse_reference("Busybox");
  ASSERT_FALSE(upper);
  EXPECT_NE(upper.error().text().find("repository name must be lowercase"), std::string::npos);
}

TEST(Reference, TakesTheWholeGrammar) {
  for (std::string good :
       {"a", "a.b", "a_b", "a__b", "a---b", "a/b/c/d", "a:B_c.d-e", "A.com/b", "a0/1b", "localhost/x"}) {
    auto r = parse_reference(good);
    ASSERT_TRUE(r) << good;
    EXPECT_EQ(r->text(), good);
  }
}

TEST(Reference, CandidatesFollowPodmansOrder) {
  EXPECT_EQ(local_candidates("busybox", {"example.org"}),
            (std::vector<std::string>{"localhost/busybox:latest", "example.org/busybox:latest",
                                      "docker.io/library/busybox:latest"}));
  EXPECT_EQ(local_candidates("example.org/a:1", {"x.org"}), std::vector<std::string>{"example.org/a:1"});
  EXPECT_EQ(local_candidates("q.io/a:1@sha256:" + kHex, {}), std::vector<std::string>{"q.io/a@sha256:" + kHex});
  EXPECT_TRUE(local_candidates("NOPE", {}).empty());
}

}  // namespace
}  // namespace cove::oci_image
