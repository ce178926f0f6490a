#pragma once
// Config: the merged, checked and from then on immutable configuration of one command. Sources, later ones winning:
// built-in values; /usr/share/containers/containers.conf; /etc/containers/containers.conf and containers.conf.d/*.conf;
// rootless: /etc/containers/containers.rootless.conf and its .d directories; the user's containers/containers.conf and
// .d (all of these replaced by $CONTAINERS_CONF where set); --module files; $CONTAINERS_CONF_OVERRIDE; storage.conf;
// the environment; the command line (containers.conf(5), containers-storage.conf(5)).
//
// Stores: a storage.conf written for other engines never moves ours, since their stores have another format. Of it only
// `driver` (overlay or vfs) and the overlay options mountopt, ignore_chown_errors, and the auto-userns sizes count. The
// graph root and run root come from --root/--runroot, then $COVE_ROOT/$COVE_RUNROOT, then /etc/cove/storage.conf (the
// same format), or, rootless, $XDG_CONFIG_HOME/cove/storage.conf, then the defaults.
//
// Unknown keys are logged at debug. A value of the wrong kind is Code::invalid and names file, line and key.
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace cove::config {

using Strings = std::vector<std::string>;

// [containers]: defaults of new containers. Lists of KEY=VALUE keep their spelling.
struct ContainersConfig {
  std::string apparmor_profile = "containers-default";
  Strings annotations;
  std::string base_hosts_file;
  Strings cgroup_conf;
  std::string cgroupns;             // "": private on v2, else host
  std::string cgroups = "enabled";  // enabled, disabled, no-conmon, split
  bool container_name_as_hostname = false;
  Strings default_capabilities = {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
                                  "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
                                  "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};  // always with the CAP_
                                                                                             // prefix, upper case
  Strings default_sysctls = {"net.ipv4.ping_group_range=0 0"};
  Strings default_ulimits, devices;
  Strings dns_servers, dns_options, dns_searches;
  Strings env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  bool env_host = false;
  std::string host_containers_internal_ip;
  bool http_proxy = true;
  bool init = false;
  std::string init_path;
  std::string ipcns = "shareable";
  bool keyring = true;
  bool label = true;  // SELinux separation, where SELinux is enabled
  std::string log_driver = "k8s-file";
  std::string log_path;
  int64_t log_size_max = -1;  // bytes; negative: no limit
  std::string log_tag;
  Strings mounts;
  std::string netns = "private";
  bool no_hosts = false;
  std::optional<int> oom_score_adj;
  int64_t pids_limit = 2048;  // 0 or -1: none
  std::string pidns = "private";
  bool prepare_volume_on_create = false;
  bool privileged = false;
  bool read_only = false;
  std::string seccomp_profile;  // "": /etc/containers/seccomp.json, else /usr/share/containers/seccomp.json
  int64_t shm_size = int64_t{65536} * 1024;  // bytes
  std::string tz;
  std::string umask = "0022";
  std::string userns;  // "": host
  int64_t userns_size = 65536;
  std::string utsns = "private";
  Strings volumes;
};

// [engine]
struct EngineConfig {
  std::string cgroup_manager;  // "": chosen by the engine; systemd or cgroupfs
  Strings conmon_path;
  std::string detach_keys = "ctrl-p,ctrl-q";
  Strings env;
  std::string events_logger = "file";
  unsigned exit_command_delay = 300;  // seconds
  Strings helper_binaries_dir;
  Strings hooks_dir = {"/usr/share/containers/oci/hooks.d"};
  std::string image_copy_tmp_dir = "/var/tmp";
  std::string image_default_transport = "docker://";
  unsigned image_parallel_copies = 0;           // 0: chosen
  std::string image_volume_mode = "anonymous";  // anonymous (bind), tmpfs, ignore
  std::string init_path;
  std::string infra_image, infra_command;
  std::string namespace_;
  bool no_pivot_root = false;
  uint32_t num_locks = 2048;            // accepted; cove has no lock table
  std::string pull_policy = "missing";  // always, missing, newer, never
  unsigned retry = 3;
  std::string runtime;                      // "": the first of crun, runc that is there
  std::map<std::string, Strings> runtimes;  // name -> candidate paths
  Strings runtime_supports_json, runtime_supports_nocgroup, runtime_supports_kvm;
  std::string static_dir, tmp_dir, volume_path;
  unsigned stop_timeout = 10;  // seconds
};

// [network]
struct NetworkConfig {
  std::string network_backend;  // "": native; cni, netavark
  std::string default_network = "podman";
  std::string default_subnet = "10.88.0.0/16";
  struct Pool {
    std::string base;
    unsigned size = 24;
    bool operator==(const Pool&) const = default;
  };
  std::vector<Pool> default_subnet_pools = {
      {"10.89.0.0/16", 24}, {"10.90.0.0/15", 24}, {"10.92.0.0/14", 24}, {"10.96.0.0/11", 24}, {"10.128.0.0/9", 24}};
  std::string default_rootless_network_cmd = "pasta";
  std::string network_config_dir;  // "": <graph root>/networks
  Strings cni_plugin_dirs = {"/usr/local/libexec/cni", "/usr/libexec/cni", "/usr/local/lib/cni", "/usr/lib/cni",
                             "/opt/cni/bin"};
  Strings netavark_plugin_dirs;
  std::string firewall_driver;
  uint16_t dns_bind_port = 0;
  Strings pasta_options;
};

struct StorageConfig {
  std::string graph_root, run_root;  // absolute, never empty
  std::string driver;                // "": chosen by the engine; overlay or vfs
  Strings options;                   // driver options, "overlay.mountopt=nodev" and the like, later ones win
  std::string image_store;           // "": in the graph root
  bool transient = false;
  uint32_t auto_userns_min_size = 1024, auto_userns_max_size = 65536;
  std::string remap_user;  // root-auto-userns-user; "": "containers"
};

// What stands before the command: `cove --root … --runtime … run`. Unset = not said.
struct GlobalOptions {
  std::optional<std::string> root, runroot, runtime, storage_driver, cgroup_manager, conmon, log_level;
  std::optional<std::string> network_config_dir, tmpdir, volumepath, imagestore, config_dir, network_backend;
  std::optional<std::string> default_mounts_file, events_backend, namespace_;
  Strings runtime_flags, storage_opts, hooks_dirs, modules;
  bool transient_store = false, syslog = false, noout = false;
};

// Where the process stands: everything that load_config may look at besides files. `root` is put before every absolute
// path that is read (tests); uid decides on rootless.
struct Environment {
  std::string root;
  uid_t uid = 0;
  std::map<std::string, std::string> env;  // only the names that matter, see current()
  static Environment current();
  std::string get(std::string_view name) const;  // "" where unset
};

// Immutable after load_config.
struct Config {
  ContainersConfig containers;
  EngineConfig engine;
  NetworkConfig network;
  StorageConfig storage;
  Strings runtime_flags;  // --runtime-flag, without the dashes
  std::string log_level = "warn";
  Strings files;  // that were read, in order
  bool rootless = false;
};

// Reads and merges everything. With an existing run root it reads <run root>/config.cache in place of the files as long
// as no file that was considered has changed, appeared or gone (path, device, inode, size, mtime), and writes it
// otherwise.
Result<Config> load_config(const GlobalOptions& options, const Environment& environment = Environment::current());

// Candidates of a runtime by name, in order: engine.runtimes, else the usual directories. A path is itself.
Strings runtime_paths(const Config& config, std::string_view name);

}  // namespace cove::config
