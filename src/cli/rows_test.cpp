// What ps, images and info print, and how filters compare.
#include <gtest/gtest.h>

#include "cli/commands.hpp"
#include "cli/facts.hpp"
#include "cli/match.hpp"
#include "cli/ps_rows.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kNow = 1'800'000'000 * kSecond;

state::View a_container() {
  state::View v;
  v.record.id = std::string(60, 'a') + "0123";
  v.record.name = "web";
  v.record.image_name = "localhost/busybox:latest";
  v.record.image_id = std::string(64, 'b');
  v.record.command = "sleep 100";
  v.record.labels = R"({"app":"web"})";
  v.record.mounts = R"(["/data"])";
  v.record.networks = "[]";
  v.record.ports = "[]";
  v.record.created = kNow - 180 * kSecond;
  return v;
}

TEST(PsStatus, EveryPhase) {
  state::View v = a_container();
  EXPECT_EQ(ps_status(v, kNow), "Created");
  v.phase = state::Phase::initialized;
  EXPECT_EQ(ps_status(v, kNow), "Initialized");
  v.phase = state::Phase::running, v.started_at = kNow - 3 * kSecond;
  EXPECT_EQ(ps_status(v, kNow), "Up 3 seconds");
  v.phase = state::Phase::paused;
  EXPECT_EQ(ps_status(v, kNow), "Paused");
  v.phase = state::Phase::exited, v.exit_code = 137, v.finished_at = kNow - 3600 * kSecond;
  EXPECT_EQ(ps_status(v, kNow), "Exited (137) About an hour ago");
}

TEST(PsTable, HasPodmansColumns) {
  EXPECT_EQ(ps_table({a_container()}, {.at = kNow}, true),
            "CONTAINER ID  IMAGE                     COMMAND     CREATED        STATUS      PORTS       NAMES\n"
            "aaaaaaaaaaaa  localhost/busybox:latest  sleep 100   3 minutes ago  Created                 web\n");
  EXPECT_EQ(ps_table({}, {.at = kNow}, false), "");
}

TEST(PsTable, LongCommandsAreCut) {
  EXPECT_EQ(ps_command("12345678901234567", false), "12345678901234567");
  EXPECT_EQ(ps_command("123456789012345678", false), "12345678901234567...");
  EXPECT_EQ(ps_command("123456789012345678", true), "123456789012345678");
}

TEST(PsPorts, RangesAndDefaults) {
  EXPECT_EQ(ps_ports("[]"), "");
  EXPECT_EQ(ps_ports(R"([{"hostPort":8080,"containerPort":80},
                         {"hostIp":"127.0.0.1","hostPort":90,"containerPort":90,"range":3,"protocol":"udp"}])"),
            "0.0.0.0:8080->80/tcp, 127.0.0.1:90-92->90-92/udp");
}

std::string by_template(const std::string& text) {
  json::Value rows = json::Value::array();
  rows.push(ps_row(a_container(), {.at = kNow}, text, {}));
  auto out = format::render({.name = "ps",
                             .origin = format::Origin::user,
                             .template_text = text,
                             .titles = format::make_titles(ps_fields()),
                             .shape = {.type_name = "psReporter"}},
                            rows);
  return out ? *out : out.error().text();
}

TEST(PsTemplate, FieldsByName) {
  EXPECT_EQ(by_template("{{.ID}} {{.Names}} {{.Image}}"), "aaaaaaaaaaaa web localhost/busybox:latest\n");
  EXPECT_EQ(by_template("{{.Label \"app\"}}|{{.Labels}}"), "web|map[app:web]\n");
  EXPECT_EQ(by_template("{{.Mounts}} {{.Networks}} {{.RunningFor}}"), "[/data]  3 minutes ago\n");
  EXPECT_EQ(by_template("{{.State}} {{.Pid}} {{.Restarts}} {{.Exited}}"), "created 0 0 false\n");
  EXPECT_NE(by_template("{{.NoSuch}}").find("can't evaluate field NoSuch"), std::string::npos);
}

TEST(PsJson, KeysOfPodman) {
  plan::ContainerConfig config;
  config.argv = {"sh", "-c", "echo a b"};
  config.ports = {{.host_port = 8080, .container_port = 80}};
  config.expose = {"53/udp"};
  json::Value x = ps_json(a_container(), config, kNow, {});
  EXPECT_EQ(x["Command"].dump(), R"(["sh","-c","echo a b"])");
  EXPECT_EQ(x["Names"].dump(), R"(["web"])");
  EXPECT_EQ(x["Created"].as_int(), kNow / kSecond - 180);
  EXPECT_EQ(x["StartedAt"].as_int(), -62135596800);
  EXPECT_EQ(x["ExposedPorts"].dump(), R"({"53":["udp"]})");
  EXPECT_EQ(x["Ports"].items().size(), 1u);
  EXPECT_TRUE(x["Size"].is_null());
}

TEST(Sizes, ThreeDigits) {
  EXPECT_EQ(short_size(0), "0B");
  EXPECT_EQ(short_size(999), "999B");
  EXPECT_EQ(short_size(4261550), "4.26MB");
  EXPECT_EQ(short_size(1200), "1.2kB");
}

TEST(Match, Labels) {
  auto labels = *json::parse(R"({"app":"web","tier.x":"a"})");
  EXPECT_TRUE(label_matches(labels, "app"));
  EXPECT_TRUE(label_matches(labels, "app=web"));
  EXPECT_FALSE(label_matches(labels, "app=db"));
  EXPECT_FALSE(label_matches(labels, "ap"));
  EXPECT_TRUE(label_matches(labels, "tier*=a"));
  EXPECT_FALSE(label_matches({}, "app"));
}

TEST(Match, NamesIdsReferences) {
  EXPECT_TRUE(Pattern("^f[13]$").matches("f1"));
  EXPECT_FALSE(Pattern("^f[13]$").matches("f12"));
  EXPECT_FALSE(Pattern("(").matches("("));  // does not compile
  EXPECT_TRUE(id_matches("abcdef", "ABC"));
  EXPECT_FALSE(id_matches("abcdef", "bcd"));
  EXPECT_TRUE(id_matches("abcdef", "ef$"));
  EXPECT_TRUE(reference_matches("localhost/other:2", "localhost/oth*"));
  EXPECT_TRUE(reference_matches("localhost/a/other:2", "other"));
  EXPECT_TRUE(reference_matches("localhost:5000/other:2", "other:2"));
  EXPECT_FALSE(reference_matches("localhost/other:2", "another"));
}

TEST(Facts, Yaml) {
  auto v = *json::parse(R"({"a":{"b":"c","n":1,"empty":""},"list":["x","1"],"none":[],"o":{},"k":"a: b","z":null})");
  EXPECT_EQ(to_yaml(v),
            "a:\n  b: c\n  n: 1\n  empty: \"\"\nlist:\n- x\n- \"1\"\nnone: []\no: {}\nk: \"a: b\"\nz: null\n");
}

TEST(Facts, YamlOfSeveralLines) {
  json::Value v = json::Value::object({{"version", "crun 1\nspec: 1.0.0"}});
  EXPECT_EQ(to_yaml(v), "version: |-\n  crun 1\n  spec: 1.0.0\n");
}

TEST(Facts, HintsForWhatIsMissing) {
  linux_::HostFacts none;
  EXPECT_GE(host_hints(none).size(), 7u);
  linux_::HostFacts all;
  all.new_mount_api = all.overlay = all.overlay_append_layers = all.idmapped_layers = all.user_namespaces =
      all.seccomp = all.apparmor = all.graph_d_type = true;
  all.cgroup_mode = linux_::CgroupMode::v2;
  EXPECT_TRUE(host_hints(all).empty());
}

TEST(Facts, Words) {
  EXPECT_EQ(go_arch("x86_64"), "amd64");
  EXPECT_EQ(go_arch("riscv64"), "riscv64");
  EXPECT_EQ(uptime_text(3 * 3600 + 5 * 60 + 7), "3h 5m 7.00s");
}

// Every command of the issue has something behind it, in both places.
TEST(Program, CommandsAreJoined) {
  for (const char* path : {"run",
                           "create",
                           "start",
                           "stop",
                           "restart",
                           "kill",
                           "rm",
                           "ps",
                           "inspect",
                           "logs",
                           "attach",
                           "exec",
                           "wait",
                           "pause",
                           "unpause",
                           "container cleanup",
                           "container exists",
                           "info",
                           "version",
                           "load",
                           "pull",
                           "images",
                           "image inspect",
                           "image exists",
                           "tag",
                           "untag",
                           "rmi",
                           "port",
                           "rename",
                           "container prune",
                           "system check",
                           "container list",
                           "image rm"}) {
    const auto* found = options::find_command(program(), path);
    ASSERT_TRUE(found) << path;
    EXPECT_TRUE(found->handler) << path;
  }
  EXPECT_EQ(options::find_command(program(), "container inspect")->handler, container_inspect);
  EXPECT_EQ(options::find_command(program(), "image inspect")->handler, image_inspect);
}

}  // namespace
}  // namespace cove::cli
