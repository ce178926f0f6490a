// What a user gets wrong, and the message: podman's where podman has one.
#include "engine/plan/plan_fixture.hpp"

namespace cove::plan {
namespace {

struct Wrong {
  void (*change)(Plan&);
  const char* message;
};

const Wrong kWrong[] = {
    // Mounts.
    {[](Plan& p) { p.request.volumes = {"a:/b:ro:x"}; },
     "a:/b:ro:x: incorrect volume format, should be [host-dir:]ctr-dir[:option]"},
    {[](Plan& p) { p.request.volumes = {":/b"}; }, "host directory cannot be empty"},
    {[](Plan& p) { p.request.volumes = {"/a:b"}; }, "invalid container path \"b\", must be an absolute path"},
    {[](Plan& p) { p.request.volumes = {"/a:/b:ro,rw"}; },
     "invalid options \"ro, rw\", can only specify 1 'rw' or 'ro' option"},
    {[](Plan& p) { p.request.volumes = {"/a:/b:bogus"}; }, "invalid option type \"bogus\""},
    {[](Plan& p) { p.request.volumes = {"/a:/b:O,upperdir=/u"}; }, "must set both `upperdir` and `workdir`"},
    {[](Plan& p) { p.request.volumes = {"/a:/b", "/c:/b/"}; }, "/b: duplicate mount destination"},
    {[](Plan& p) { p.request.mounts = {"type=bind,src=/a"}; }, "must set volume destination"},
    {[](Plan& p) { p.request.mounts = {"type=what,dst=/a"}; }, "invalid filesystem type \"what\""},
    {[](Plan& p) { p.request.mounts = {"type=tmpfs,src=/a,dst=/a"}; },
     "\"src\" option not supported for \"tmpfs\" mount types"},
    {[](Plan& p) { p.request.mounts = {"type=bind,src=/a,dst=/a,nope"}; }, "nope: invalid mount option"},
    {[](Plan& p) { p.request.mounts = {"type=bind,src=/a,dst=/a,bind-propagation=x"}; },
     "invalid value \"bind-propagation=x\""},
    {[](Plan& p) { p.request.mounts = {"type=bind,src=/a,dst=/a,subpath=x"}; },
     "cannot set option \"subpath\" on non-volume mounts"},
    {[](Plan& p) { p.request.mounts = {"type=image,dst=/a"}; }, "must set source and destination for image volume"},
    {[](Plan& p) { p.request.tmpfs = {"/t:bogus"}; }, "unknown mount option \"bogus\": invalid mount option"},
    {[](Plan& p) { p.request.tmpfs = {"/t:size=1,size=2"}; },
     "only one tmpfs size can be specified: duplicate mount option passed"},
    {[](Plan& p) { p.request.tmpfs = {"/t:exec,noexec"}; },
     "only one of 'noexec' and 'exec' can be used: duplicate mount option passed"},
    {[](Plan& p) { p.request.image_volume = "x"; },
     "invalid ImageVolumeMode \"x\", value must be one of ignore,tmpfs,anonymous"},
    // Security.
    {[](Plan& p) { p.request.cap_add = {"bogus"}; }, "unknown capability \"CAP_bogus\""},
    {[](Plan& p) {
       p.request.cap_add = {"chown"};
       p.request.cap_drop = {"chown"};
     },
     "capability \"CAP_CHOWN\" cannot be dropped and added"},
    {[](Plan& p) {
       p.request.cap_add = {"all"};
       p.request.cap_drop = {"all"};
     },
     "adding all caps and removing all caps not allowed"},
    {[](Plan& p) { p.request.security_opt = {"what"}; }, "invalid --security-opt 1: \"what\""},
    {[](Plan& p) { p.request.security_opt = {"what=x"}; }, "invalid --security-opt 2: \"what=x\""},
    {[](Plan& p) { p.request.security_opt = {"systempaths=x"}; },
     "invalid systempaths option \"x\", only `unconfined` is supported"},
    {[](Plan& p) { p.request.security_opt = {"apparmor=x"}; },
     "apparmor profile \"x\" specified, but Apparmor is not enabled on this system"},
    {[](Plan& p) { p.request.devices = {"/dev/a:/dev/b:x"}; },
     "invalid device mode \"x\" in device \"/dev/a:/dev/b:x\""},
    {[](Plan& p) { p.request.devices = {"/dev/a:b"}; }, "invalid device mode \"b\" in device \"/dev/a:b\""},
    {[](Plan& p) { p.request.device_cgroup_rules = {"c 1:1"}; },
     "invalid device cgroup rule requires type, major:Minor, and access rules: \"c 1:1\""},
    {[](Plan& p) { p.request.secrets = {"a,type=x"}; }, "type x is invalid: parsing secret"},
    // Namespaces.
    {[](Plan& p) { p.request.pid = "what"; }, "unrecognized namespace mode what passed"},
    {[](Plan& p) { p.request.ipc = "ns:"; }, "namespace mode path requires a value"},
    {[](Plan& p) {
       p.request.uts = "host";
       p.request.hostname = "x";
     },
     "invalid config provided: cannot set hostname when running in the host UTS namespace: invalid configuration"},
    {[](Plan& p) { p.request.userns = "auto:bogus=1"; }, "unknown option specified: \"bogus\""},
    {[](Plan& p) { p.request.userns = "private"; },
     "must provide at least one UID or GID mapping to configure a user namespace"},
    {[](Plan& p) { p.request.uid_maps = {"0"}; },
     "initializing ID mappings: UID setting is malformed expected [\"[+ug]uint32:[@]uint32[:uint32]\"] : \"0\""},
    {[](Plan& p) { p.request.uid_maps = {"0:1:10", "5:100:1"}; }, "UID maps overlap at container id 5"},
    {[](Plan& p) { p.request.uid_maps = {"0:1:10", "50:3:1"}; }, "UID maps overlap at host id 3"},
    {[](Plan& p) {
       p.request.uid_maps = {"0:1:4294967295"};
       p.host.user_namespaces = false;
     },
     "this kernel does not let us make a user namespace"},
    {[](Plan& p) {
       p.request.ipc = "host";
       p.request.shm_size = "1m";
     },
     "invalid config provided: cannot set shmsize when running in the host IPC Namespace"},
    // Network.
    {[](Plan& p) { p.request.networks = {"host", "x"}; },
     "cannot set multiple networks without bridge network mode, selected mode host: invalid argument"},
    {[](Plan& p) { p.request.networks = {"a", "none"}; },
     "can only set extra network names, selected mode none conflicts with bridge: invalid argument"},
    {[](Plan& p) { p.request.networks = {"a:ip=x"}; }, "invalid ip address \"x\""},
    {[](Plan& p) { p.request.ip = "10.0.0.1"; },
     "invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking"},
    {[](Plan& p) { p.request.publish = {"a"}; }, "invalid port number: parsing \"a\": invalid syntax"},
    {[](Plan& p) { p.request.publish = {"80:90-91"}; },
     "host and container port ranges have different lengths: 1 vs 2"},
    {[](Plan& p) { p.request.publish = {"1.2.3:80:80"}; }, "cannot parse \"1.2.3\" as an IP address"},
    {[](Plan& p) { p.request.publish = {"70000:80"}; },
     "port numbers must be between 1 and 65535 (inclusive), got 70000"},
    {[](Plan& p) { p.request.publish = {"::1:80:80"}; },
     "invalid port format - format is [[hostIP:]hostPort:]containerPort"},
    {[](Plan& p) { p.request.expose = {"5-4"}; },
     "the end port of a range must be higher than the start port - 4 is not higher than 5"},
    {[](Plan& p) { p.request.dns = {"x"}; }, "x is not an ip address"},
    {[](Plan& p) {
       p.request.no_hosts = true;
       p.request.add_host = {"a:1.1.1.1"};
     },
     "--no-hosts and --add-host cannot be set together"},
    // Limits.
    {[](Plan& p) { p.request.ulimits = {"nofile"}; },
     "ulimit option \"nofile\" requires name=SOFT:HARD, failed to be parsed: invalid ulimit argument: nofile"},
    {[](Plan& p) { p.request.ulimits = {"bogus=1"}; },
     "ulimit option \"bogus=1\" requires name=SOFT:HARD, failed to be parsed: invalid ulimit type: bogus"},
    {[](Plan& p) { p.request.ulimits = {"nofile=2:1"}; },
     "ulimit option \"nofile=2:1\" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than "
     "or equal to "
     "hard limit: 2 > 1"},
    {[](Plan& p) { p.request.sysctls = {"a.b=1"}; }, "sysctl 'a.b' is not allowed"},
    {[](Plan& p) { p.request.sysctls = {"net.x"}; },
     "net.x is invalid, sysctl values must be in the form of KEY=VALUE"},
    {[](Plan& p) { p.request.sysctls = {"net.x= 1"}; }, "'net.x= 1' is invalid, extra spaces found"},
    {[](Plan& p) {
       p.request.sysctls = {"net.x=1"};
       p.request.networks = {"host"};
     },
     "sysctl net.x=1 can't be set since Network Namespace set to host: invalid argument"},
    {[](Plan& p) { p.request.limits.memory_swap = 1 << 30; },
     "you should always set a memory limit when using a memoryswap limit, see usage"},
    {[](Plan& p) { p.request.limits.cpuset_cpus = "0-9"; },
     "requested CPUs are not available - requested 0-9, available: 0-3"},
    {[](Plan& p) { p.request.limits.cpuset_cpus = "x"; }, "invalid value x for cpuset cpus"},
    {[](Plan& p) { p.request.limits.blkio_weight = 5; }, "range of blkio weight is from 10 to 1000"},
    {[](Plan& p) { p.request.limits.device_read_bps = {"sda:1"}; }, "bad format for device path: sda:1"},
    {[](Plan& p) { p.request.limits.cgroup_conf = {"memory.high"}; }, "--cgroup-conf must be formatted KEY=VALUE"},
    {[](Plan& p) {
       p.host.cgroup_v2 = false;
       p.host.controllers = {"memory"};
       p.request.limits.cgroup_conf = {"a=b"};
     },
     "cannot use --cgroup-conf without cgroup v2"},
    {[](Plan& p) {
       p.request.cgroups = "disabled";
       p.request.limits.cpu_shares = 5;
     },
     "cannot specify resource limits when cgroups are disabled is specified"},
    {[](Plan& p) { p.request.cgroups = "x"; },
     "invalid cgroup mode \"x\": must be one of enabled, disabled, no-conmon, split"},
    {[](Plan& p) {
       p.host.systemd_cgroups = true;
       p.request.cgroup_parent = "/x";
     },
     "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument"},
    // Life.
    {[](Plan& p) { p.request.restart_policy = "sometimes"; },
     "\"sometimes\" is not a valid restart policy, choose one of no, on-failure, always, unless-stopped"},
    {[](Plan& p) { p.request.restart_policy = "always:3"; },
     "restart policy retries can only be specified with on-failure restart policy"},
    {[](Plan& p) {
       p.request.restart_policy = "always";
       p.request.remove = true;
     },
     "the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\""},
    {[](Plan& p) { p.request.log_driver = "k8s-flie"; }, "invalid log driver \"k8s-flie\": invalid argument"},
    {[](Plan& p) { p.request.log_opts = {"x"}; }, "invalid log option \"x\""},
    {[](Plan& p) {
       p.request.health_cmd = "x";
       p.request.no_healthcheck = true;
     },
     "cannot specify both --no-healthcheck and --health-cmd"},
    {[](Plan& p) {
       p.request.health_cmd = "x";
       p.request.health_timeout = "0s";
     },
     "healthcheck-timeout must be at least 1 second"},
    {[](Plan& p) {
       p.request.preserve_fds = 1;
       p.request.preserve_fd = "3";
     },
     "cannot specify both --preserve-fds and --preserve-fd"},
    {[](Plan& p) { p.request.systemd = "maybe"; },
     "invalid config provided: --systemd values must be one of \"true, false, always\": invalid configuration"},
    // Process.
    {[](Plan& p) { p.image.command.clear(); },
     "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"},
    {[](Plan& p) { p.request.workdir = "rel"; },
     "the working directory \"rel\" is invalid, it needs to be an absolute path"},
    {[](Plan& p) { p.request.umask = "9"; }, "invalid umask 9: invalid argument"},
    {[](Plan& p) { p.request.init = true; }, "lookup init binary: could not find \"catatonit\""},
    {[](Plan& p) {
       p.request.init = true;
       p.request.init_path = "/i";
       p.request.pid = "host";
     },
     "cannot add init binary as PID 1 (PID namespace isn't private)"},
    {[](Plan& p) { p.request.env = {"=x"}; }, "invalid variable: \"=x\""},
    {[](Plan& p) { p.request.env_merge = {"x"}; }, "missing `=` for --env-merge substitution x"},
    {[](Plan& p) { p.request.annotations = {"x"}; }, "annotations must be formatted KEY=VALUE"},
    {[](Plan& p) { p.request.rootfs = "/x"; },
     "invalid config provided: both image and rootfs cannot be simultaneously: invalid configuration"},
};

TEST(Errors, NameTheMistake) {
  for (const auto& wrong : kWrong) {
    Plan plan;
    wrong.change(plan);
    auto config = plan.config();
    EXPECT_FALSE(config) << "not refused: " << wrong.message;
    if (!config) {
      EXPECT_EQ(config.error().message(), wrong.message);
    }
  }
}

TEST(Warnings, PortsWithoutANetwork) {
  Plan plan;
  plan.request.networks = {"host"};
  plan.request.publish = {"80:80"};
  auto config = plan.config();
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->ports.empty());
  EXPECT_EQ(plan.warnings,
            Strings{"Port mappings have been discarded because \"host\" network namespace mode does not support them"});
}

TEST(Warnings, CapabilityLabelsOfImages) {
  Plan plan;
  plan.image.labels["io.containers.capabilities"] = "CHOWN,net_bind_service";
  auto config = plan.config();
  ASSERT_TRUE(config);
  EXPECT_EQ(config->capabilities, (Strings{"CAP_CHOWN", "CAP_NET_BIND_SERVICE"}));
  plan.image.labels["io.containers.capabilities"] = "sys_admin";
  config = plan.config();
  ASSERT_TRUE(config);
  EXPECT_EQ(config->capabilities.size(), 11U);
  EXPECT_EQ(plan.warnings.size(), 1U);
}

TEST(Stored, RefusesWhatItDoesNotUnderstand) {
  for (auto text : {"[]", "{}", R"({"version":99})", R"({"version":1,"id":5})", R"({"version":1,"stopTimeout":-1})",
                    R"({"version":1,"mounts":[{"kind":"what"}]})", R"({"version":1,"env":[1]})",
                    R"({"version":1,"limits":[]})", R"({"version":1,"ports":[{"hostPort":70000}]})"}) {
    auto value = json::parse(text);
    ASSERT_TRUE(value);
    auto config = from_json(*value);
    EXPECT_FALSE(config) << text;
    if (!config) {
      EXPECT_EQ(config.error().code(), Code::corrupt);
    }
  }
  auto value = json::parse(R"({"version":1,"id":"x","future":{}})");
  ASSERT_TRUE(value);
  EXPECT_TRUE(from_json(*value));
}

}  // namespace
}  // namespace cove::plan
