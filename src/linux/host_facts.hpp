#pragma once
// HostFacts: what this kernel and this host can do, probed by trying once (style rule PROBE1) and kept as a small text
// file under the run root, valid for one boot. The plan sees a struct of its own; the engine maps.
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "linux/cgroup.hpp"

namespace cove::linux_ {

// Passive data. Texts that could not be found are empty, features that could not be tried are false.
struct HostFacts {
  // The system.
  std::string boot_id, kernel, arch;  // 6.1.0-28-amd64; x86_64
  int kernel_major = 0, kernel_minor = 0;
  std::string hostname;
  std::string os_id, os_version, os_name;  // ID, VERSION_ID, PRETTY_NAME of os-release
  unsigned cpus = 0;                       // online
  uint64_t memory = 0, swap = 0;           // bytes
  // Kernel features, each tried.
  bool new_mount_api = false;  // fsopen, fsmount, open_tree, move_mount
  bool mount_setattr = false, openat2 = false, pidfd = false, pidfd_getfd = false, clone3 = false, close_range = false;
  bool overlay_append_layers = false;  // lowerdir+
  bool user_namespaces = false;        // we may make one
  bool seccomp = false;
  bool apparmor = false, selinux = false;  // enabled
  bool systemd = false;                    // it runs as the system's manager
  // The graph root.
  std::string graph_fs;            // ext4, xfs, btrfs, tmpfs, overlay, …
  bool overlay = false;            // can be mounted with an upper directory there
  bool overlay_userxattr = false;  // needs userxattr to be mounted
  bool overlay_whiteout = false;   // deleting a lower file works
  bool idmapped_layers = false;    // idmapped lower layers work there
  bool graph_xattr = false, graph_d_type = false, graph_reflink = false;
  // Ours.
  uid_t uid = 0;          // effective
  bool rootless = false;  // no CAP_SYS_ADMIN in the first user namespace
  bool in_userns = false;
  uint64_t capabilities = 0, bounding = 0;  // bit masks; names in linux/capabilities.hpp
  int last_cap = 0;
  struct Limit {
    std::string name;             // RLIMIT_NOFILE
    uint64_t soft = 0, hard = 0;  // UINT64_MAX: unlimited
    bool operator==(const Limit&) const = default;
  };
  std::vector<Limit> rlimits;
  CgroupMode cgroup_mode = CgroupMode::none;    // = cgroups.mode
  std::vector<std::string> cgroup_controllers;  // of all trees, sorted
  CgroupLayout cgroups;                         // so that nobody needs to read mountinfo again

  const Limit* find_limit(std::string_view name) const;
};

// Tries everything; some milliseconds. `graph_root` must exist; a directory below it is made and removed again.
Result<HostFacts> probe_host(const std::string& graph_root);

// Text form: "key value" a line, first line a version; decode gives Code::corrupt where anything is off.
std::string encode_facts(const HostFacts& facts);
Result<HostFacts> decode_facts(std::string_view text);

// The hot path: one small read of <run_root>/facts. Probed anew, and written, where the file is missing, of another
// boot, user or graph root. What changes from process to process (rlimits, capabilities, host name) is always read
// afresh.
Result<HostFacts> load_host_facts(const std::string& run_root, const std::string& graph_root);

}  // namespace cove::linux_
