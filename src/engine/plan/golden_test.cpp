// Request -> stored configuration -> specification, against files. COVE_RECORD_GOLDEN=1 writes them anew; those tests
// then count as skipped, so that a recording never looks like a success.
#include <stdlib.h>

#include "base/fs.hpp"
#include "engine/plan/plan_fixture.hpp"

namespace cove::plan {
namespace {

using Change = void (*)(Plan&);
struct Case {
  const char* name;
  Change change;
};

void on_v1(Plan& p) {
  p.host.cgroup_v2 = false;
  p.host.controllers = {"blkio", "cpu", "cpuset", "devices", "memory", "pids"};
}

const Case kCases[] = {
    {"defaults", [](Plan&) {}},
    {"defaults_v1", on_v1},
    {"privileged",
     [](Plan& p) {
       p.request.privileged = true;
       p.inputs.devices = {{.path = "/dev/sda", .type = 'b', .major = 8, .minor = 0, .mode = 0660, .gid = 6},
                           {.path = "/dev/kmsg", .major = 1, .minor = 11, .mode = 0644}};
     }},
    {"read_only", [](Plan& p) { p.request.read_only = true; }},
    {"read_only_without_tmpfs",
     [](Plan& p) {
       p.request.read_only = true;
       p.request.read_only_tmpfs = false;
     }},
    {"user",
     [](Plan& p) {
       p.request.user = "user:audio";
       p.request.group_add = {"wheel"};
       p.request.cap_add = {"net_admin", "CAP_SYS_TIME"};
       p.inputs.user = {.uid = 1000, .gid = 63, .groups = {10}, .name = "user", .home = "/home/user"};
     }},
    {"capabilities",
     [](Plan& p) {
       p.request.cap_drop = {"chown", "setuid"};
       p.request.cap_add = {"NET_RAW"};
       p.request.security_opt = {"no-new-privileges"};
     }},
    {"no_capabilities", [](Plan& p) { p.request.cap_drop = {"all"}; }},
    {"volumes",
     [](Plan& p) {
       p.request.volumes = {"data:/data/inner", "./here:/here:ro,Z", "/srv:/data:rslave,noexec", "/anonymous",
                            "/etc/hosts:/etc/hosts"};
       p.request.mounts = {"type=bind,src=/a,dst=/b,ro=true,bind-propagation=rshared",
                           "type=tmpfs,target=/scratch,tmpfs-size=1m,tmpfs-mode=700",
                           "type=volume,source=logs,target=/logs,volume-subpath=today,U=true"};
       p.image.volumes = {"/var/lib/db", "/data"};
     }},
    {"tmpfs",
     [](Plan& p) {
       p.request.tmpfs = {"/run:rw,size=64k,mode=1777,exec", "/tmp"};
       p.request.shm_size = "128m";
     }},
    {"devices",
     [](Plan& p) {
       p.request.devices = {"/dev/fuse", "/dev/sda:/dev/xvda:r"};
       p.request.device_cgroup_rules = {"c 10:* rmw", "a *:* r"};
       p.inputs.devices = {
           {.path = "/dev/fuse", .major = 10, .minor = 229},
           {.path = "/dev/xvda", .type = 'b', .major = 8, .minor = 0, .mode = 0660, .gid = 6, .permissions = "r"}};
     }},
    {"limits_v2",
     [](Plan& p) {
       p.request.limits = {.memory = 64 << 20,
                           .memory_reservation = 32 << 20,
                           .cpus = 1.5,
                           .cpu_shares = 512,
                           .cpuset_cpus = "0-2",
                           .cpuset_mems = "0",
                           .pids_limit = 100,
                           .blkio_weight = 300,
                           .device_read_bps = {"/dev/sda:1mb"},
                           .device_write_iops = {"/dev/sda:100"},
                           .cgroup_conf = {"memory.high=50000000"}};
       p.inputs.device_numbers = {{"/dev/sda", {8, 0}}};
     }},
    {"limits_v1",
     [](Plan& p) {
       on_v1(p);
       p.request.limits = {.memory = 64 << 20,
                           .memory_swap = -1,
                           .memory_swappiness = 10,
                           .oom_kill_disable = true,
                           .cpu_period = 50000,
                           .cpu_rt_period = 1000000,
                           .cpu_quota = 25000,
                           .cpu_rt_runtime = 950000,
                           .pids_limit = -1};
     }},
    {"limits_missing_controllers",
     [](Plan& p) {
       p.host.controllers = {"cpu"};
       p.request.limits = {.memory = 64 << 20, .cpuset_cpus = "0", .pids_limit = 5};
     }},
    {"host_namespaces",
     [](Plan& p) {
       p.request.ipc = p.request.pid = p.request.uts = p.request.cgroupns = "host";
       p.request.networks = {"host"};
       p.inputs.shm_path = "/dev/shm";
       p.defaults.sysctls = {"net.ipv4.ping_group_range=0 0", "fs.mqueue.msg_max=100"};
     }},
    {"joined_namespaces",
     [](Plan& p) {
       p.request.ipc = p.request.pid = "container:other";
       p.request.networks = {"ns:/run/netns/x"};
       p.request.uts = "ns:/proc/1/ns/uts";
       p.inputs.joined = {{"ipc", "/proc/77/ns/ipc"}, {"pid", "/proc/77/ns/pid"}};
     }},
    {"userns",
     [](Plan& p) {
       p.request.uid_maps = {"0:100000:1000"};
       p.request.gid_maps = {"0:200000:4", "u7:9:1"};
       p.request.devices = {"/dev/fuse"};
       p.inputs.devices = {{.path = "/dev/fuse", .major = 10, .minor = 229}};
       p.inputs.user.groups = {3, 10};
     }},
    {"userns_host_network",
     [](Plan& p) {
       p.request.userns = "auto:size=65536,uidmapping=0:100:1";
       p.request.networks = {"host"};
       p.request.pid = "host";
       p.inputs.uid_map = p.inputs.gid_map = {{0, 100000, 65536}};
     }},
    {"init",
     [](Plan& p) {
       p.request.init = true;
       p.defaults.init_path = "/usr/libexec/podman/catatonit";
       p.request.command = {"sleep", "inf"};
     }},
    {"ulimits_lowered",
     [](Plan& p) {
       p.request.ulimits = {"nofile=2000000:4000000", "core=0", "nproc=100:-1"};
       p.request.oom_score_adj = -500;
     }},
    {"ulimits_as_root",
     [](Plan& p) {
       p.host.may_raise_rlimits = true;
       p.request.ulimits = {"nproc=unlimited"};
       p.request.oom_score_adj = -500;
     }},
    {"ulimits_host", [](Plan& p) { p.request.ulimits = {"host"}; }},
    {"seccomp_bpf", [](Plan& p) { p.inputs.seccomp_bpf = "BAAAAA=="; }},
    {"security_options",
     [](Plan& p) {
       p.host.apparmor = true;
       p.request.security_opt = {"seccomp=unconfined",       "apparmor=mine",
                                 "label=type:web_t",         "mask=/proc/version:/proc/stat",
                                 "unmask=/proc/acpi:/sys/*", "proc-opts=hidepid=2"};
       p.inputs.apparmor_profile = "mine";
     }},
    {"labels_and_annotations",
     [](Plan& p) {
       p.image.labels = {{"from", "image"}, {"kept", "yes"}};
       p.request.labels = {"from=user", "empty"};
       p.request.label_files = {"labels"};
       p.files.label_files = {"# comment\nfile=1\n\n"};
       p.request.annotations = {"a=b=c"};
       p.defaults.annotations = {"conf=1", "a=conf"};
       p.request.remove = true;
       p.request.create_command = {"cove", "run", "--rm"};
     }},
    {"environment",
     [](Plan& p) {
       p.host.environment = {{"LC_ALL", "C"}, {"LC_TIME", "de"}, {"HOME", "/home/me"}, {"http_proxy", "http://p"}};
       p.request.env = {"A=1", "LC_*", "HOME", "UNSET", "LANG=de", "B=x=y"};
       p.request.env_files = {"file"};
       p.files.env_files = {"# c\n  A=file\nFILE= v \nLC_ALL\n"};
       p.request.env_merge = {"PATH=/opt:${PATH}", "X=${NO:-word}$LANG"};
       p.request.terminal = true;
       p.request.hostname = "box";
     }},
    {"entrypoint",
     [](Plan& p) {
       p.image.entrypoint = {"/entry"};
       p.request.command = {"arg"};
       p.image.workdir = "srv/app";
       p.image.user = "daemon";
       p.image.stop_signal = "SIGQUIT";
     }},
    {"entrypoint_replaced",
     [](Plan& p) {
       p.image.entrypoint = {"/entry"};
       p.request.entrypoint = Strings{"/other", "-x"};
       p.request.workdir = "/w/../x/";
       p.request.stop_signal = "SIGRTMIN+3";
       p.request.stop_timeout = 0;
     }},
    {"systemd_v2", [](Plan& p) { p.request.command = {"/sbin/init"}; }},
    {"systemd_v1",
     [](Plan& p) {
       on_v1(p);
       p.request.command = {"/usr/lib/systemd/systemd"};
       p.request.tmpfs = {"/tmp:size=1m"};
     }},
    {"systemd_off",
     [](Plan& p) {
       p.request.command = {"/sbin/init"};
       p.request.systemd = "false";
     }},
    {"systemd_cgroups",
     [](Plan& p) {
       p.host.systemd_cgroups = true;
       p.request.cgroup_parent = "a-b.slice";
     }},
    {"cgroups_disabled", [](Plan& p) { p.request.cgroups = "disabled"; }},
    {"network",
     [](Plan& p) {
       p.request.networks = {"front:ip=10.0.0.5,alias=a,mac=AA:bb:cc:dd:ee:ff", "back"};
       p.request.publish = {"8080:80", "127.0.0.1::53/udp", "[::1]:9000-9002:9000-9002"};
       p.request.expose = {"7000-7001"};
       p.image.exposed_ports = {"80/tcp", "nonsense"};
       p.request.dns = {"1.1.1.1"};
       p.request.add_host = {"db:10.0.0.9", "gw:host-gateway"};
       p.request.network_aliases = {"web1"};
       p.inputs.netns_path = "/proc/99/fd/5";
     }},
    {"life",
     [](Plan& p) {
       p.request.restart_policy = "on-failure:3";
       p.request.log_driver = "json-file";
       p.request.log_opts = {"max-size=10mb", "max-file=3", "tag={{.Name}}", "labels=x"};
       p.request.health_cmd = "curl -f localhost";
       p.request.health_interval = "5s";
       p.request.secrets = {"key", "pass,type=env,target=PASS", "cert,mode=0400,uid=5"};
       p.inputs.files.secrets = {{"/run/cove/c/x/secrets/key", "/run/secrets/key"}};
       p.inputs.extra_env = {"PASS=hidden"};
       p.request.preserve_fd = "3,5";
     }},
    {"rootless",
     [](Plan& p) {
       p.host.rootless = p.host.in_userns = true;
       p.host.uid = p.host.gid = 1000;
       p.host.available_gids = 65537;
       p.request.networks = {};
       p.inputs.devices = {{.path = "/dev/fuse", .major = 10, .minor = 229, .permissions = "r"}};
       p.inputs.netns_path = "";
     }},
    {"rootfs",
     [](Plan& p) {
       p.with_image = false;
       p.request.image.clear();
       p.request.rootfs = "rootfs:O";
       p.request.command = {"true"};
     }},
};

class Golden : public testing::TestWithParam<Case> {};

// spec: G1 G4 G5 G15 G16 G17 G18 G19 G20 G21
TEST_P(Golden, Plan) {
  Plan plan;
  GetParam().change(plan);
  auto config = plan.config();
  ASSERT_TRUE(config) << config.error().text();
  auto before = to_json(*config).dump();
  auto spec = plan.spec(*config);
  ASSERT_TRUE(spec) << spec.error().text();
  EXPECT_EQ(to_json(*config).dump(), before) << "making the specification changed the configuration";

  auto all = json::Value::object();
  all.set("config", to_json(*config));
  all.set("spec", *spec);
  all.set("warnings", plan.warnings);
  auto text = all.dump(1) + "\n";
  auto path = std::string(COVE_SOURCE_DIR) + "/tests/golden/plan/" + GetParam().name + ".json";
  if (getenv("COVE_RECORD_GOLDEN")) {
    ASSERT_TRUE(write_atomic(path, text));
    GTEST_SKIP() << "recorded " << path;
  }
  auto wanted = read_file(path);
  ASSERT_TRUE(wanted) << wanted.error().text();
  EXPECT_EQ(text, *wanted) << "record anew with COVE_RECORD_GOLDEN=1 if this is meant";
}

// Stored, read back, the same: also through text.
TEST_P(Golden, RoundTrip) {
  Plan plan;
  GetParam().change(plan);
  auto config = plan.config();
  ASSERT_TRUE(config) << config.error().text();
  auto parsed = json::parse(to_json(*config).dump());
  ASSERT_TRUE(parsed);
  auto back = from_json(*parsed);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, *config);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(kCases), [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace cove::plan
