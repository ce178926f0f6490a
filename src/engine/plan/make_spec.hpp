#pragma once
// From a stored configuration to the OCI runtime specification (1.1, runtime-spec config.md and config-linux.md). Pure:
// everything that had to be looked up comes in SpecInputs.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/plan/config.hpp"
#include "engine/plan/facts.hpp"
#include "json/json.hpp"

namespace cove::plan {

// The user, resolved against the container's own files (users::resolve_user), rows G8-G10.
struct SpecUser {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> groups;  // supplementary, without gid
  std::string name;              // "" where the number has no entry
  std::string home = "/";
};

// A device node as found on the host. Also what linux_::DeviceNode says.
struct SpecDevice {
  std::string path;       // in the container
  std::string host_path;  // on the host; "": the same
  char type = 'c';        // c, b, p
  int64_t major = 0, minor = 0;
  uint32_t mode = 0666, uid = 0, gid = 0;
  std::string permissions = "rwm";
};

// A mount that the engine made ready: a bind of a host path, or a file system by its type. Order is kept among
// unrelated ones.
struct SpecMount {
  std::string destination, type = "bind", source;
  Strings options;
};

// Rows G4, G5: the engine's own files. Empty: not made.
struct OwnFiles {
  std::string resolv_conf, hosts, hostname, containerenv, passwd, group, localtime;
  std::map<std::string, std::string> secrets;  // host path -> destination below /run/secrets
};

struct SpecInputs {
  std::string root_path;  // where the monitor mounts the root file system (G15)
  OwnFiles files;
  std::string shm_path;  // our shm directory, that of the joined container, or /dev/shm (G4)
  SpecUser user;
  // Namespaces of others: "ipc", "pid", "uts", "network", "user", "cgroup", "mount" -> path. A "network" path of "" in
  // `netns_path` lets the runtime make one (G1).
  std::map<std::string, std::string> joined;
  std::optional<std::string> netns_path;  // of the namespace that we prepared
  std::vector<SpecMount> mounts;          // all user mounts, resolved; kinds tmpfs, devpts … included
  std::vector<SpecDevice> devices;        // --device, containers.conf, and all of the host's where privileged
  IdMap uid_map, gid_map;                 // of the container's own user namespace; empty: none
  std::string cgroup_path;                // G19, as the runtime takes it; "" : none
  // Exactly one of these at most: base64 BPF for crun's annotation, or a linux.seccomp section (seccomp::expand).
  std::string seccomp_bpf;
  json::Value seccomp_section;
  std::string apparmor_profile;                                       // loaded and usable; "": none
  std::map<std::string, std::pair<int64_t, int64_t>> device_numbers;  // of limits.*_devices paths: path -> major, minor
  std::string hostname;                                               // of the host, for host UTS namespaces
  json::Value hooks;                                                  // a linux hooks section (G6), or null
  Strings extra_env;  // secrets of type env, LISTEN_FDS, … appended, winning
};

// The complete config.json. The configuration is not modified. Warnings name the container's option that was lowered or
// covered (G5, G21).
Result<json::Value> make_spec(const ContainerConfig& config, const SpecInputs& inputs, const HostFacts& host,
                              std::vector<std::string>& warnings);

// Flags of the file system that a bind's source lies on: kept, since a bind may not shed them without privileges.
struct SourceFlags {
  bool noexec = false, nosuid = false, nodev = false;
};
// Turns one wish into the mount of the specification: options checked and completed as podman does. `source`: the
// resolved host path of bind, volume, image and overlay; empty otherwise. Options that are work for the engine (z, Z, U
// on binds, idmap, copy, subpath) are left out. `user`: for U on tmpfs.
Result<SpecMount> make_mount(const MountWish& wish, const std::string& source, const SpecUser& user,
                             SourceFlags flags = {});
// The same check, without a source, when the container is created.
Result<> check_mount_options(const MountWish& wish, bool rootless);

// What the container calls itself: asked for, else the host's name with the host's UTS or network namespace, else its
// short id (or its name, where containers.conf says so: then make_config has stored it).
std::string effective_hostname(const ContainerConfig& config, const std::string& host_hostname);

// G20: no mount covers one that comes after it; unrelated mounts keep their order.
std::vector<SpecMount> order_mounts(std::vector<SpecMount> mounts);

// G19. "" where no cgroup is made.
std::string make_cgroup_path(const ContainerConfig& config, const HostFacts& host);
// Where the cgroup lies below each tree's root: "/libpod_parent/libpod-<id>", with systemd the slice's path.
std::string cgroup_below_root(const ContainerConfig& config, const HostFacts& host);

// `exec`: the process object of the specification (`crun exec --process`).
struct ExecRequest {
  Strings command;
  Strings env, env_files_text;  // KEY=VALUE, KEY, KEY*; contents
  std::optional<std::string> workdir;
  bool terminal = false, privileged = false;
  unsigned preserve_fds = 0;
  SpecUser user;  // resolved; `user_given` says whether --user was
  bool user_given = false;
  std::optional<std::pair<unsigned, unsigned>> console_size;  // rows, columns
};
// `container_process`: the "process" object of the container's own config.json, from which limits, labels, environment
// and capabilities are taken.
Result<json::Value> make_process_spec(const ContainerConfig& config, const json::Value& container_process,
                                      const ExecRequest& request, const HostFacts& host);

}  // namespace cove::plan
