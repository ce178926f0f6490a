#pragma once
// The monitor's own mount namespace (architecture.md, decision 1 and "Traps").
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/messages.hpp"

namespace cove::monitor {

// Leaves the host's mount namespace and gives a descriptor of it. The propagation of the host's mounts is kept.
Result<UniqueFd> leave_host_mounts();

// Covers <mount_dir> with a private tmpfs that only this namespace sees. The host's mount that holds it becomes a slave
// here first, so that the tmpfs does not propagate back.
Result<> cover_mount_dir(const std::string& mount_dir);

// Attaches detached mounts below mount_dir, in order, making their directories.
Result<> attach_mounts(const std::string& mount_dir, const std::vector<protocol::MountTarget>& targets,
                       const std::vector<UniqueFd>& mounts);

// crun 1.8.1 refuses a host that has a v2 tree beside v1 hierarchies. An empty tmpfs over the tree hides it, here only.
Result<> hide_hybrid_cgroup();

// A new network namespace, bound to the file <mount_dir>/netns. The monitor itself stays in its own.
Result<UniqueFd> make_network(const std::string& mount_dir);

}  // namespace cove::monitor
