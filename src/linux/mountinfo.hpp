#pragma once
// /proc/PID/mountinfo (proc_pid_mountinfo(5)): a bounded, strict parser and the questions asked of it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::linux_ {

// One mount. Paths are unescaped. `shared`, `master`: peer group numbers, 0 = none.
struct MountEntry {
  int id = 0, parent = 0;
  unsigned major = 0, minor = 0;
  std::string root, mount_point, options;  // options of the mount: "rw,nosuid"
  int shared = 0, master = 0;
  bool unbindable = false;
  std::string fs_type, source, super_options;
};

constexpr size_t kMaxMounts = 200'000;       // more than the kernel's default sysctl fs.mount-max
constexpr size_t kMaxMountinfo = 64U << 20;  // bytes

// Code::corrupt names the line. The order of the kernel is kept: a later mount covers an earlier one.
Result<std::vector<MountEntry>> parse_mountinfo(std::string_view text);
Result<std::vector<MountEntry>> read_mountinfo(const std::string& path = "/proc/self/mountinfo");

// The mount that a path (absolute, links resolved by the caller) lies on: longest mount point, the last one wins.
const MountEntry* find_mount(const std::vector<MountEntry>& mounts, std::string_view path);
bool is_mount_point(const std::vector<MountEntry>& mounts, std::string_view path);
// Whether the mount below `path` propagates to its peers (what `rshared` volumes need).
bool is_shared(const std::vector<MountEntry>& mounts, std::string_view path);

}  // namespace cove::linux_
