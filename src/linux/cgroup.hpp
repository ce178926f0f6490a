#pragma once
// Control groups, version 1, hybrid and version 2, without engine ideas. Every path takes a root prefix, so that tests
// run on a fake tree. Sources: cgroups(7), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::linux_ {

enum class CgroupMode { none, v1, hybrid, v2 };  // hybrid: v1 controllers and a v2 tree beside them
std::string_view to_string(CgroupMode mode);

// One mounted tree. `controllers` of v2: what cgroup.controllers says at its root; of v1: the tree's controllers, or
// "name=systemd".
struct CgroupTree {
  std::string mount_point;  // with the root prefix
  std::vector<std::string> controllers;
  bool v2 = false;
};
struct CgroupLayout {
  CgroupMode mode = CgroupMode::none;
  std::vector<CgroupTree> trees;
  bool has(std::string_view controller) const;
  const CgroupTree* find(std::string_view controller) const;  // the v1 tree, else the v2 tree that has it; or null
  const CgroupTree* v2_tree() const;                          // or null
};
// v2 costs two small reads; v1 and hybrid read <root>/proc/self/mountinfo.
Result<CgroupLayout> read_cgroup_layout(const std::string& root = "");

// A line of /proc/PID/cgroup: "controllers" is "" on v2.
struct CgroupMembership {
  std::string controllers, path;
};
Result<std::vector<CgroupMembership>> parse_proc_cgroup(std::string_view text);
Result<std::vector<CgroupMembership>> read_proc_cgroup(pid_t pid, const std::string& root = "");  // 0: ourselves

// Numbers for `stats`, the kernel's counters as they are: bytes, nanoseconds, operations. 0 where a controller is
// missing.
struct CgroupUsage {
  uint64_t memory = 0, memory_limit = 0, memory_cache = 0;  // limit 0: none; cache: inactive_file
  uint64_t cpu_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  uint64_t pids = 0, pids_limit = 0;  // limit 0: none
  uint64_t read_bytes = 0, write_bytes = 0, read_ops = 0, write_ops = 0;
};

// One container's cgroup: its directory on each tree where it exists. Holds paths only. Never covers the root of a
// tree: making one from "" or "/" is Code::invalid, so that no call here can reach foreign processes.
class Cgroup {
 public:
  // The same path on every tree ("/cove/<id>").
  static Result<Cgroup> at(const CgroupLayout& layout, std::string_view path);
  // Where a process is now; its paths may differ from tree to tree, and trees where it sits in the root, or in the
  // cgroup that we are in ourselves, are left out. Code::gone where the process has ended.
  static Result<Cgroup> of(const CgroupLayout& layout, pid_t pid, const std::string& root = "");

  const std::vector<std::string>& dirs() const { return dirs_; }  // existing or not, one for each tree
  bool exists() const;
  // Any process in it or below, on any tree.
  Result<bool> populated() const;
  Result<std::vector<pid_t>> pids() const;  // of all trees and sub-cgroups, sorted, each once

  // SIGKILL to everything in it, until it is empty: cgroup.kill (5.14), else frozen, each process by its pidfd, thawed,
  // again until none is left. Code::timed_out where processes stay (uninterruptible sleep). Absent is fine.
  Result<> kill_all(std::chrono::milliseconds limit = std::chrono::seconds(10)) const;
  // Removes the directories, deepest first, on all trees; goes on to the end and gives the first error. Absent is fine.
  // EBUSY (the kernel is still reaping) is retried until `limit`.
  Result<> remove(std::chrono::milliseconds limit = std::chrono::seconds(2)) const;
  Result<> make() const;           // directories with parents on all trees; v1 cpuset inherits its parent's sets
  Result<> join(pid_t pid) const;  // into every tree; 0: the caller
  Result<> freeze() const;         // asks, and waits a moment for the kernel to say so
  Result<> thaw() const;
  Result<bool> is_paused() const;
  Result<uint64_t> oom_kills() const;  // since it was made (memory.events, memory.oom_control)
  Result<CgroupUsage> usage() const;

 private:
  struct Dir {
    std::string path;
    bool v2;
    std::vector<std::string> controllers;
  };
  const Dir* dir_of(std::string_view controller) const;
  void add(const CgroupTree& tree, std::string_view path);
  Result<> kill_round() const;
  Result<> set_frozen(bool on) const;
  std::vector<Dir> places_;
  std::vector<std::string> dirs_;
};

// systemd's names (systemd.slice(5), systemd.scope(5)), pure.
struct SystemdCgroup {
  std::string slice;  // machine.slice
  std::string scope;  // libpod-<id>.scope
  std::string path;   // /machine.slice/libpod-<id>.scope
};
// "slice:prefix:id" as OCI runtimes take it; an empty slice is system.slice. Code::invalid on any other form.
Result<SystemdCgroup> parse_systemd_cgroup(std::string_view text);
// "machine-foo.slice" -> "/machine.slice/machine-foo.slice"; "-.slice" -> "/".
Result<std::string> expand_slice(std::string_view slice);
// Escapes a name for a unit as systemd-escape(1) does: "-" and odd bytes as \xNN, "/" as "-".
std::string escape_unit_name(std::string_view name);

}  // namespace cove::linux_
