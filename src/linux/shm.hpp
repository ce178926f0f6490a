#pragma once
// Detached tmpfs mounts, the container's /dev/shm above all (rows M1 and M2 of the container specification).
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::linux_ {

// `size` in bytes, 0: the kernel's default (half of memory). `context`: SELinux mount label, empty: none. `options`:
// further tmpfs options (nr_inodes, huge, uid, …); an empty value is a flag.
struct TmpfsSpec {
  std::string source = "tmpfs";
  uint64_t size = 0;
  mode_t mode = 01777;
  std::string context;
  bool noexec = true, nosuid = true, nodev = true, read_only = false;
  std::vector<std::pair<std::string, std::string>> options;
};

// -> descriptor of a detached tmpfs; a failed call leaves nothing behind.
Result<UniqueFd> make_tmpfs(const TmpfsSpec& spec);
// Row M1: source `shm`, noexec,nosuid,nodev, mode=1777, size, and context="…" where there is a label.
Result<UniqueFd> make_shm(uint64_t size, const std::string& label = {});
// A detached clone of the mount at `path` as the process `pid` sees it, taken by a helper child in that process's mount
// namespace (a mount of another namespace cannot be bound from here). For containers that share one /dev/shm (row G4).
Result<UniqueFd> clone_mount_of(pid_t pid, const std::string& path);
// Row M2: lazily; "not a mount point" and "not there" are success, any other error is for the caller to warn about.
Result<> detach_mount(const std::string& target);

}  // namespace cove::linux_
