#pragma once
// ContainerConfig: the stored wish of one container. Made by make_config, written to the durable database as JSON and
// never changed by making a specification of it. All option texts are parsed, all defaults filled in: what stands here
// is what will be done on every start, whatever containers.conf says then. Not here: what *is* (pid, addresses, state).
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/util.hpp"
#include "engine/plan/facts.hpp"
#include "engine/plan/request.hpp"
#include "json/json.hpp"
#include "linux/idmap.hpp"

namespace cove::plan {

using StringMap = std::map<std::string, std::string>;
using linux_::IdMap;
using linux_::IdRange;

// How one namespace is chosen. `mode` is one of: host, private, none (network, ipc), shareable (ipc), container, pod,
// path ("ns:"), auto, nomap, keep-id (userns), bridge, slirp4netns, pasta (network). `value`: the container's
// name or id as given, the path, or the text after "mode:".
struct NamespaceChoice {
  std::string mode, value;
  bool is_host() const { return mode == "host"; }
  bool is_container() const { return mode == "container"; }
  bool is_path() const { return mode == "path"; }
  bool operator==(const NamespaceChoice&) const = default;
};

// Options of --userns=auto and keep-id, parsed.
struct UsernsOptions {
  uint32_t size = 0;                 // auto: 0 = guessed from the image
  IdMap uid_pins, gid_pins;          // auto:uidmapping=, gidmapping=
  std::optional<uint32_t> uid, gid;  // keep-id:uid=, gid=
  bool operator==(const UsernsOptions&) const = default;
};

// One mount that the user, containers.conf or the image asked for.
enum class MountKind { bind, tmpfs, ramfs, volume, image, devpts, mqueue, overlay, glob, artifact };
std::string_view to_string(MountKind kind);
struct MountWish {
  MountKind kind = MountKind::bind;
  std::string source;       // host path, volume name ("" = anonymous), image reference
  std::string destination;  // absolute, cleaned
  Strings options;          // in the user's order; z, Z, U, idmap… kept for the engine
  std::string subpath;      // volume, image
  bool read_write = false;  // image
  bool from_image = false;  // declared by the image (G7)
  bool operator==(const MountWish&) const = default;
};

// --device HOST[:CONTAINER[:PERMISSIONS]]; the engine stats `host` when it starts the container (a directory gives all
// devices below it).
struct DeviceWish {
  std::string host, container, permissions = "rwm";
  bool operator==(const DeviceWish&) const = default;
};
struct DeviceRule {  // --device-cgroup-rule
  char type = 'c';
  std::optional<int64_t> major, minor;  // empty: *
  std::string access = "rwm";
  bool operator==(const DeviceRule&) const = default;
};
struct Rlimit {
  std::string type;             // RLIMIT_NOFILE
  uint64_t soft = 0, hard = 0;  // UINT64_MAX: unlimited
  bool asked = true;            // by the user, else a default: lowered silently
  bool operator==(const Rlimit&) const = default;
};
struct WeightDevice {
  std::string path;
  uint16_t weight = 0;
  bool operator==(const WeightDevice&) const = default;
};
struct ThrottleDevice {
  std::string path;
  uint64_t rate = 0;  // bytes or operations a second
  bool operator==(const ThrottleDevice&) const = default;
};
struct HugepageLimit {
  std::string page_size;  // "2MB"
  uint64_t limit = 0;     // bytes
  bool operator==(const HugepageLimit&) const = default;
};

// cgroup limits, checked. Memory in bytes, CPU times in microseconds. Empty: none.
struct Limits {
  std::optional<int64_t> memory, memory_swap, memory_reservation, kernel_memory;
  std::optional<uint64_t> memory_swappiness;
  bool oom_kill_disable = false;
  std::optional<uint64_t> cpu_shares, cpu_period, cpu_rt_period;
  std::optional<int64_t> cpu_quota, cpu_rt_runtime;
  std::string cpuset_cpus, cpuset_mems;
  std::optional<int64_t> pids;
  bool pids_asked = false;  // by the user
  std::optional<uint16_t> blkio_weight;
  std::vector<WeightDevice> weight_devices;
  std::vector<ThrottleDevice> read_bps, write_bps, read_iops, write_iops;
  std::vector<HugepageLimit> hugepages;
  StringMap unified;
  bool operator==(const Limits&) const = default;
};

struct RestartPolicy {
  std::string name = "no";   // no, always, on-failure, unless-stopped
  unsigned max_retries = 0;  // on-failure: 0 = no limit
  bool operator==(const RestartPolicy&) const = default;
};

struct LogConfig {
  std::string driver = "k8s-file", path, tag;  // path "": in the container's directory
  int64_t max_size = -1;                       // bytes
  unsigned max_files = 1;
  StringMap options;  // the others, as given
  bool operator==(const LogConfig&) const = default;
};

// A published port. 0 as host port: chosen when the network is set up. `range` ports follow each other.
struct PortMapping {
  std::string host_ip;
  uint16_t host_port = 0, container_port = 0, range = 1;
  std::string protocol = "tcp";  // tcp, udp, sctp
  bool operator==(const PortMapping&) const = default;
};
struct NetworkWish {
  std::string name;
  Strings aliases, ips;  // static addresses
  std::string mac, interface_name;
  StringMap options;
  bool operator==(const NetworkWish&) const = default;
};

// A secret: as a file below /run/secrets, or in the environment.
struct SecretWish {
  std::string source, target;
  bool env = false;
  uint32_t uid = 0, gid = 0, mode = 0444;
  bool operator==(const SecretWish&) const = default;
};

// The health check as given (run by the monitor; not decided here).
struct HealthConfig {
  Strings test;  // {"CMD", …}, {"CMD-SHELL", …}, {"NONE"}
  int64_t interval_ns = 0, timeout_ns = 0, start_period_ns = 0;
  unsigned retries = 0;
  std::string on_failure = "none";
  std::string startup_test;
  bool operator==(const HealthConfig&) const = default;
};

struct ContainerConfig {
  static constexpr int kVersion = 1;

  // Who it is.
  std::string id, name, image_id, image_name, rootfs;
  bool rootfs_overlay = false;  // --rootfs PATH:O
  IdMap rootfs_idmap;           // --rootfs PATH:idmap; empty: none
  bool rootfs_idmapped = false;
  Nanos created = 0;
  std::string pod;
  Strings requires_;              // names or ids as given; the engine resolves them
  StringMap labels, annotations;  // annotations: the user's and containers.conf's, and those podman records
  Strings create_command;

  // Its process.
  Strings entrypoint, command;  // as resolved; argv = entrypoint + command
  Strings argv;                 // what is started, without the init program
  Strings env;                  // KEY=VALUE in a stable order, without the late ones (HOME, HOSTNAME, container)
  std::string workdir = "/";
  std::string user;  // as given; resolved at each start (G8)
  Strings groups;    // --group-add
  std::string umask = "0022", timezone;
  bool terminal = false, open_stdin = false;
  unsigned preserve_fds = 0;
  std::vector<unsigned> preserve_fd_list;
  bool init = false;
  std::string init_path;  // on the host
  bool systemd = false;   // systemd mode was decided on (G12)
  int stop_signal = 15;
  unsigned stop_timeout = 10;  // seconds
  unsigned timeout = 0;        // seconds; 0: none
  std::string hostname;        // as given; "": from the id, or the host's with a host UTS namespace
  std::string domainname;
  std::string sdnotify = "container";

  // Isolation.
  bool privileged = false, no_new_privileges = false, read_only = false;
  bool read_only_tmpfs = false;  // tmpfs on /tmp, /var/tmp and /run of a read-only container
  Strings capabilities;          // final, sorted: bounding = effective = permitted of root
  Strings cap_add, cap_drop;     // as given, normalized
  std::string seccomp;           // "": the default profile, "unconfined", or a path
  std::string apparmor;          // "": none or the host's default, "unconfined", or a profile
  std::string selinux_process_label, selinux_mount_label;
  Strings label_opts;    // type:…, level:…, disable
  Strings mask, unmask;  // paths; unmask {"ALL"}
  Strings proc_opts;
  NamespaceChoice ipc, pid, uts, cgroup, network, userns;
  UsernsOptions userns_options;
  IdMap uid_map, gid_map;  // container ids to host ids; empty: none, or filled by the engine for auto, keep-id
  std::string sub_uid_name, sub_gid_name;
  std::string cgroup_parent, cgroups_mode = "enabled";  // enabled, disabled, no-conmon, split

  // Files and devices.
  std::vector<MountWish> mounts;  // at most one at each destination
  Strings volumes_from;           // as given: the engine resolves them
  Strings image_volumes;          // declared paths, already turned into `mounts` as chosen (G7)
  std::string image_volume_mode = "anonymous";
  int64_t shm_size = 65536 * 1024;  // bytes
  std::optional<int64_t> shm_size_systemd;
  std::vector<DeviceWish> devices;
  std::vector<DeviceRule> device_rules;
  std::vector<SecretWish> secrets;
  StringMap storage_opts;
  bool manage_passwd = true;  // write the resolved user's line into /etc/passwd
  Strings passwd_entry, group_entry, host_users;

  // Limits.
  Limits limits;
  std::vector<Rlimit> rlimits;  // sorted by type
  bool rlimits_host = false;    // --ulimit host
  StringMap sysctls;
  std::optional<int> oom_score_adj;

  // Network, kept for the network back end.
  std::vector<NetworkWish> networks;
  std::vector<PortMapping> ports;
  bool publish_all = false;
  Strings expose;  // "80/tcp", each port by itself
  Strings dns, dns_search, dns_options, add_hosts;
  bool manage_hosts = true, manage_resolv = true, manage_hostname = true;
  std::string hosts_file;
  StringMap network_options;

  // Life.
  bool remove = false, remove_image = false;
  RestartPolicy restart;
  LogConfig log;
  std::string pidfile, cidfile, conmon_pidfile;
  std::optional<HealthConfig> health;

  bool operator==(const ContainerConfig&) const = default;
};

// A user namespace of the container's own (or one that it joins)?
bool has_userns(const ContainerConfig& config);
// "72d0…" -> its first twelve digits, as hostname.
std::string short_id(std::string_view id);

// Stable: the same configuration gives the same text. Fields that hold their default are left out. from_json refuses a
// newer version and any value out of range (Code::corrupt), and ignores members that it does not know.
json::Value to_json(const ContainerConfig& config);
Result<ContainerConfig> from_json(const json::Value& value);

}  // namespace cove::plan
