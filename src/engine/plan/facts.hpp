#pragma once
// What the pure plan knows about the world: the host, the configuration, the image. Plain structs that the engine
// fills, so that a test can say "cgroup v1" or "no user namespaces" (style rule PROBE1).
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cove::plan {

using Strings = std::vector<std::string>;

// One resource limit of our own process; UINT64_MAX is unlimited.
struct RlimitFact {
  uint64_t soft = UINT64_MAX, hard = UINT64_MAX;
};

struct HostFacts {
  std::string kernel = "6.1.0", arch = "x86_64";  // uname
  std::string hostname = "localhost";
  std::string cwd = "/";                                            // where relative host paths start
  std::string runtime = "crun";                                     // crun, runc: what its specification dialect needs
  bool cgroup_v2 = true;                                            // the unified hierarchy is the only one
  bool cgroup_hybrid = false;                                       // v1 controllers with a v2 tree beside them
  Strings controllers = {"cpu", "cpuset", "io", "memory", "pids"};  // that we may use; v1 names on v1
  bool systemd_cgroups = false;                                     // the systemd cgroup manager is in use
  bool rootless = false;
  bool cgroup_delegated = true;          // we may make cgroups (false: rootless without delegation)
  bool user_namespaces = true;           // can be made
  bool in_userns = false;                // we are in one already
  uint32_t uid = 0, gid = 0;             // effective
  uint32_t available_gids = UINT32_MAX;  // mapped in our own user namespace (rootless)
  bool apparmor = false, selinux = false, seccomp = true;
  bool idmapped_mounts = true;           // mount_setattr with MOUNT_ATTR_IDMAP
  uint64_t capabilities = ~uint64_t{0};  // bounding set: bit n = capability n
  int last_capability = 40;
  unsigned cpus = 1;                               // online
  bool thermal_throttle = false;                   // /sys/devices/system/cpu/cpu0/thermal_throttle exists
  uint64_t memory = 0;                             // bytes
  std::map<std::string, RlimitFact> rlimits;       // "RLIMIT_NOFILE" -> ours; missing: no limit known
  bool may_raise_rlimits = false;                  // CAP_SYS_RESOURCE in the first user namespace
  uint64_t nr_open = 1048576;                      // fs.nr_open: nobody may set more files than this
  int oom_score_adj = 0;                           // ours; without CAP_SYS_RESOURCE nothing lower can be set
  std::map<std::string, std::string> environment;  // the caller's, for KEY and KEY*
};

// What containers.conf (or the built-in defaults) says about new containers.
struct EngineDefaults {
  Strings capabilities = {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
                          "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
                          "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
  Strings env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  Strings annotations, sysctls, ulimits, devices, volumes, mounts, cgroup_conf;
  Strings dns_servers, dns_searches, dns_options;
  std::string ipcns = "shareable", pidns = "private", utsns = "private", netns = "private";
  std::string cgroupns;  // "": private on cgroup v2, host on v1
  std::string userns;    // "": host
  std::string cgroups = "enabled";
  int64_t pids_limit = 2048;        // 0 or below: none
  int64_t shm_size = 65536 * 1024;  // bytes
  std::string seccomp_profile;      // path; "" : the engine's search
  std::string apparmor_profile = "containers-default";
  bool env_host = false, http_proxy = true, init = false, label = true, no_hosts = false, privileged = false,
       read_only = false;
  bool container_name_as_hostname = false;
  std::string init_path;  // host path of the init program, found by the engine
  std::string log_driver = "k8s-file", log_path, log_tag;
  int64_t log_size_max = -1;  // bytes; negative: no limit
  std::optional<int> oom_score_adj;
  std::string tz, umask = "0022";
  unsigned stop_timeout = 10;  // seconds
  std::string image_volume_mode = "anonymous";
  std::string rootless_network = "pasta";  // what "private" means without root
  std::string default_network = "podman";
  std::string base_hosts_file, host_containers_internal_ip;
  std::string cgroup_parent;  // "": /libpod_parent, or machine.slice with systemd
  std::string detach_keys = "ctrl-p,ctrl-q";
};

// What of an image's configuration steers its containers (image-spec, config.md). The engine fills it from its image
// configuration type.
struct ImageDefaults {
  std::string id, name;  // 64 hex; the reference that the user gave, normalized
  std::string os, architecture;
  Strings entrypoint, command, env;
  std::string user, workdir, stop_signal;
  std::map<std::string, std::string> labels, annotations;
  Strings volumes, exposed_ports;  // "/data"; "80/tcp"
  std::string healthcheck;         // JSON text of config.Healthcheck, "" where none
};

}  // namespace cove::plan
