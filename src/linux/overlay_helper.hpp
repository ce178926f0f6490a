#pragma once
// The way for older kernels: overlay mounted by a child in a mount namespace of its own. Inside this library only.
#include "linux/overlay.hpp"

namespace cove::linux_ {

// Same contract as mount_overlay with OverlayWay::helper; the spec has been checked.
Result<UniqueFd> mount_overlay_by_helper(const OverlaySpec& spec);

// The options that both ways set before the caller's own. Not with userxattr, which refuses to see them named.
const std::vector<std::pair<std::string, std::string>>& plain_overlay_options();

// A detached, idmapped clone of one lower directory.
Result<UniqueFd> clone_layer(const std::string& path, int userns);

}  // namespace cove::linux_
