#include "engine/plan/plan_fixture.hpp"

namespace cove::plan {
namespace {

Strings ordered(Strings destinations) {
  std::vector<SpecMount> mounts;
  for (auto& one : destinations) mounts.push_back({.destination = std::move(one)});
  Strings out;
  for (auto& mount : order_mounts(std::move(mounts))) out.push_back(mount.destination);
  return out;
}

// spec: G20
TEST(OrderMounts, NothingIsCoveredAndTheRestStays) {
  EXPECT_EQ(ordered({"/z", "/a", "/m"}), (Strings{"/z", "/a", "/m"}));
  EXPECT_EQ(ordered({"/a/b/c", "/z", "/a", "/a/b"}), (Strings{"/a", "/a/b", "/a/b/c", "/z"}));
  EXPECT_EQ(ordered({"/ab", "/a"}), (Strings{"/ab", "/a"}));
  EXPECT_EQ(ordered({"/x/y", "/a", "/"}), (Strings{"/", "/x/y", "/a"}));
  EXPECT_EQ(ordered({"/run/x", "/tmp", "/run/"}), (Strings{"/run/", "/run/x", "/tmp"}));
}

// Every order of a small tree ends with parents before children.
TEST(OrderMounts, HoldsForAllOrders) {
  Strings all = {"/a", "/a/b", "/a/b/c", "/a/d", "/e"};
  std::sort(all.begin(), all.end());
  do {
    auto out = ordered(all);
    auto at = [&](const std::string& one) { return std::find(out.begin(), out.end(), one) - out.begin(); };
    EXPECT_EQ(out.size(), all.size());
    EXPECT_LT(at("/a"), at("/a/b"));
    EXPECT_LT(at("/a/b"), at("/a/b/c"));
    EXPECT_LT(at("/a"), at("/a/d"));
  } while (std::next_permutation(all.begin(), all.end()));
}

TEST(MakeMount, EngineWorkIsLeftOut) {
  MountWish wish{.source = "/a", .destination = "/b", .options = {"Z", "U", "idmap", "no-dereference", "nocopy"}};
  auto mount = make_mount(wish, "/real", {}, {.nosuid = true});
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->source, "/real");
  EXPECT_EQ(mount->options, (Strings{"copy-symlink", "rprivate", "nosuid", "rbind"}));
  MountWish memory{.kind = MountKind::tmpfs, .destination = "/t", .options = {"U"}};
  mount = make_mount(memory, "", {.uid = 5, .gid = 6});
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->type, "tmpfs");
  EXPECT_EQ(mount->options, (Strings{"uid=5", "gid=6", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
}

TEST(UserMounts, AUsersDevReplacesAllBelowIt) {
  Plan plan;
  plan.request.volumes = {"/dev:/dev:rslave"};
  auto config = plan.config();
  ASSERT_TRUE(config);
  auto spec = plan.spec(*config);
  ASSERT_TRUE(spec);
  int below_dev = 0;
  for (const auto& mount : (*spec)["mounts"].items()) below_dev += mount["destination"].as_string().starts_with("/dev");
  EXPECT_EQ(below_dev, 1);
  EXPECT_EQ((*spec)["linux"]["rootfsPropagation"].as_string(), "rslave");
}

// spec: G17
TEST(Hostname, WhereItComesFrom) {
  ContainerConfig config{.id = "0123456789abcdef"};
  config.uts = config.network = {"private", ""};
  EXPECT_EQ(effective_hostname(config, "host"), "0123456789ab");
  config.network = {"host", ""};
  EXPECT_EQ(effective_hostname(config, "host"), "host");
  config.hostname = "mine";
  EXPECT_EQ(effective_hostname(config, "host"), "mine");
}

// spec: G19
TEST(CgroupPath, ByManager) {
  ContainerConfig config{.id = "ID"};
  HostFacts host;
  EXPECT_EQ(make_cgroup_path(config, host), "/libpod_parent/libpod-ID");
  config.cgroup_parent = "mine/deep";
  EXPECT_EQ(make_cgroup_path(config, host), "/mine/deep/libpod-ID");
  host.rootless = true;
  host.cgroup_delegated = false;
  EXPECT_EQ(make_cgroup_path(config, host), "");
  host.cgroup_delegated = true;
  host.systemd_cgroups = true;
  config.cgroup_parent.clear();
  EXPECT_EQ(make_cgroup_path(config, host), "user.slice:libpod:ID");
  host.rootless = false;
  config.cgroup_parent = "a-b.slice";
  EXPECT_EQ(make_cgroup_path(config, host), "a-b.slice:libpod:ID");
  EXPECT_EQ(cgroup_below_root(config, host), "/a.slice/a-b.slice/libpod-ID.scope");
}

struct ExecFixture {
  Plan plan;
  ContainerConfig config;
  json::Value process;
  ExecRequest request{.command = {"ps"}};
  ExecFixture() {
    plan.request.env = {"A=1"};
    plan.request.cap_add = {"net_raw"};
    plan.request.workdir = "/srv";
    plan.request.security_opt = {"no-new-privileges"};
    config = *plan.config();
    process = (*plan.spec(config))["process"];
    request.user = {.home = "/root"};
  }
  json::Value make() {
    auto made = make_process_spec(config, process, request, plan.host);
    EXPECT_TRUE(made) << made.error().text();
    return made ? *made : json::Value();
  }
};

TEST(Exec, InheritsFromTheContainer) {
  ExecFixture f;
  auto made = f.make();
  EXPECT_EQ(made["cwd"].as_string(), "/srv");
  EXPECT_EQ(made["env"], f.process["env"]);
  EXPECT_EQ(made["capabilities"]["effective"].strings(), f.process["capabilities"]["bounding"].strings());
  EXPECT_EQ(made["rlimits"], f.process["rlimits"]);
  EXPECT_TRUE(made["noNewPrivileges"].as_bool());
  EXPECT_EQ(made.find("terminal"), nullptr);
}

TEST(Exec, OtherUserDirectoryAndEnvironment) {
  ExecFixture f;
  f.plan.host.environment = {{"TERM", "screen"}, {"P", "q"}};
  f.request.user = {.uid = 1000, .gid = 1000, .groups = {10}, .home = "/home/user"};
  f.request.user_given = true;
  f.request.terminal = true;
  f.request.console_size = {24, 80};
  f.request.env = {"A=2", "P"};
  f.request.workdir = "/tmp";
  auto made = f.make();
  EXPECT_EQ(made["user"]["uid"].as_int(), 1000);
  EXPECT_EQ(made["user"]["additionalGids"].dump(), "[1000,10]");
  auto env = made["env"].strings();
  for (auto wanted : {"HOME=/home/user", "TERM=screen", "A=2", "P=q"})
    EXPECT_NE(std::find(env.begin(), env.end(), wanted), env.end()) << wanted;
  EXPECT_EQ(made["cwd"].as_string(), "/tmp");
  EXPECT_EQ(made["consoleSize"]["width"].as_int(), 80);
  EXPECT_EQ(made["capabilities"]["effective"].strings(), Strings{"CAP_NET_RAW"});
}

TEST(Exec, Privileged) {
  ExecFixture f;
  f.request.privileged = true;
  auto made = f.make();
  EXPECT_EQ(made["capabilities"]["bounding"].size(), 41U);
  EXPECT_EQ(made.find("noNewPrivileges"), nullptr);
  f.request.command.clear();
  EXPECT_FALSE(make_process_spec(f.config, f.process, f.request, f.plan.host));
}

TEST(Ports, Shapes) {
  auto ports = parse_ports({"80", ":80", "8080:80/UDP", "0.0.0.0:1-3:1-3", "[fe80::1]:5:5"});
  ASSERT_TRUE(ports);
  EXPECT_EQ((*ports)[0], (PortMapping{"", 0, 80, 1, "tcp"}));
  EXPECT_EQ((*ports)[1], (PortMapping{"", 0, 80, 1, "tcp"}));
  EXPECT_EQ((*ports)[2], (PortMapping{"", 8080, 80, 1, "udp"}));
  EXPECT_EQ((*ports)[3], (PortMapping{"", 1, 1, 3, "tcp"}));
  EXPECT_EQ((*ports)[4], (PortMapping{"fe80::1", 5, 5, 1, "tcp"}));
  for (auto wrong :
       {"", "a:b:c:d", "80/", "80/tcp/udp", "[::1]", "[::1:80:80", ":::80:80", "80-", "-80", "0", "1.2.3.256:80:80"})
    EXPECT_FALSE(parse_ports({wrong})) << wrong;
}

TEST(Devices, Shapes) {
  Plan plan;
  plan.request.devices = {"/dev/a", "/dev/a:/dev/b", "/dev/a:rw", "/dev/a:/dev/b:m"};
  auto config = plan.config();
  ASSERT_TRUE(config);
  EXPECT_EQ(config->devices, (std::vector<DeviceWish>{{"/dev/a", "/dev/a", "rwm"},
                                                      {"/dev/a", "/dev/b", "rwm"},
                                                      {"/dev/a", "/dev/a", "rw"},
                                                      {"/dev/a", "/dev/b", "m"}}));
}

TEST(Entrypoint, PodmansRules) {
  auto argv = [](std::optional<Strings> entrypoint, Strings command) {
    Plan plan;
    plan.image.entrypoint = {"/entry", "-e"};
    plan.request.entrypoint = std::move(entrypoint);
    plan.request.command = std::move(command);
    auto config = plan.config();
    return config ? config->argv : Strings{"error"};
  };
  EXPECT_EQ(argv({}, {}), (Strings{"/entry", "-e", "/bin/sh"}));
  EXPECT_EQ(argv({}, {"x"}), (Strings{"/entry", "-e", "x"}));
  EXPECT_EQ(argv(Strings{"/mine"}, {}), (Strings{"/mine"}));
  EXPECT_EQ(argv(Strings{""}, {"x"}), (Strings{"x"}));
  EXPECT_EQ(argv(Strings{""}, {}), (Strings{"error"}));
  EXPECT_EQ(argv(Strings{}, {}), (Strings{"/bin/sh"}));
}

TEST(Restart, Shapes) {
  EXPECT_EQ(parse_restart_policy("")->name, "no");
  EXPECT_EQ(parse_restart_policy("never")->name, "no");
  EXPECT_EQ(*parse_restart_policy("on-failure:5"), (RestartPolicy{"on-failure", 5}));
  EXPECT_FALSE(parse_restart_policy("on-failure:-1"));
  EXPECT_FALSE(parse_restart_policy("on-failure:x"));
  EXPECT_FALSE(parse_restart_policy("on-failure:1:2"));
}

}  // namespace
}  // namespace cove::plan
