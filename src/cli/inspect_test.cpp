// The parts of a container's inspect document that come from its configuration.
#include <gtest/gtest.h>

#include "engine/inspect_parts.hpp"

namespace cove::engine {
namespace {

plan::ContainerConfig a_config() {
  plan::ContainerConfig c;
  c.id = std::string(64, 'c');
  c.argv = {"sleep", "100"};
  c.entrypoint = {"sleep"}, c.command = {"100"};
  c.env = {"PATH=/bin"};
  c.stop_signal = 15;
  return c;
}

TEST(InspectConfig, Podman5Spellings) {
  auto x = inspect_config(a_config(), {.host_hostname = "host"});
  EXPECT_EQ(x["Entrypoint"].dump(), R"(["sleep"])");
  EXPECT_EQ(x["Cmd"].dump(), R"(["100"])");
  EXPECT_EQ(x["StopSignal"].as_string(), "SIGTERM");
  EXPECT_EQ(x["Hostname"].as_string(), "cccccccccccc");
  EXPECT_EQ(x["Umask"].as_string(), "0022");
  EXPECT_TRUE(x["Labels"].is_null());
  EXPECT_EQ(x["Env"].dump(), R"(["PATH=/bin"])");
}

TEST(InspectConfig, EnvironmentOfTheLastStart) {
  InspectContext context;
  context.process = *json::parse(R"({"env":["PATH=/bin","HOME=/root"]})");
  EXPECT_EQ(inspect_config(a_config(), context)["Env"].size(), 2u);
}

TEST(InspectMounts, OptionsAreSplit) {
  auto c = a_config();
  c.mounts = {{.kind = plan::MountKind::bind, .source = "/src", .destination = "/dst", .options = {"ro", "Z"}},
              {.kind = plan::MountKind::tmpfs, .destination = "/tmp"},
              {.kind = plan::MountKind::volume, .source = "data", .destination = "/data"}};
  auto x = inspect_mounts(c, {.volume_dir = "/v"});
  ASSERT_EQ(x.size(), 2u);
  const auto& bind = x.items()[0];
  EXPECT_EQ(bind["Type"].as_string(), "bind");
  EXPECT_FALSE(bind["RW"].as_bool(true));
  EXPECT_EQ(bind["Mode"].as_string(), "Z");
  EXPECT_EQ(bind["Propagation"].as_string(), "rprivate");
  EXPECT_EQ(bind["Options"].dump(), R"(["rbind"])");
  EXPECT_EQ(x.items()[1]["Source"].as_string(), "/v/data/_data");
}

TEST(InspectHostConfig, LimitsCapabilitiesPorts) {
  auto c = a_config();
  c.limits.memory = 64 << 20;
  c.limits.cpu_period = 100000, c.limits.cpu_quota = 50000;
  c.ports = {{.host_port = 8080, .container_port = 80, .range = 2}};
  c.rlimits = {{.type = "RLIMIT_NOFILE", .soft = 10, .hard = UINT64_MAX}};
  auto x = inspect_host_config(
      c, {.default_capabilities = {"CAP_CHOWN", "CAP_KILL"}, .bounding = {"CAP_CHOWN", "CAP_SYS_TIME"}});
  EXPECT_EQ(x["Memory"].as_int(), 64 << 20);
  EXPECT_EQ(x["NanoCpus"].as_int(), 500000000);
  EXPECT_EQ(x["CapAdd"].dump(), R"(["CAP_SYS_TIME"])");
  EXPECT_EQ(x["CapDrop"].dump(), R"(["CAP_KILL"])");
  EXPECT_EQ(x["PortBindings"].dump(),
            R"({"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/tcp":[{"HostIp":"0.0.0.0","HostPort":"8081"}]})");
  EXPECT_EQ(x["Ulimits"].items()[0]["Hard"].as_int(), -1);
  EXPECT_EQ(x["RestartPolicy"]["Name"].as_string(), "no");
  EXPECT_EQ(x["MemorySwappiness"].as_int(), -1);
}

}  // namespace
}  // namespace cove::engine
