#pragma once
// Root file systems as detached mounts: overlay through the new mount API, a plain copy where overlay cannot be
// mounted, and a clone of a directory for --rootfs. Nothing here ever shows up in the caller's mount namespace.
// Sources: Linux Documentation/filesystems/overlayfs.rst, mount_setattr(2), fsopen/fsconfig/fsmount (Linux 5.2).
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::linux_ {

// How mount_overlay works. `automatic` tries `direct` and, where the kernel is too old for it, `helper`. Tests name
// one.
enum class OverlayWay { automatic, direct, helper };

// What to mount. `lower` is listed top first. `upper` and `work` are both given (same file system, both exist) or both
// empty. `lower_userns` is a user namespace's descriptor (see linux/idmap.hpp, lent) whose maps shift the owners of the
// lower layers by idmapped mounts; the upper directory is used as it is, so its files bear host ids and the caller has
// chowned it to the container's root. index, metacopy and redirect_dir are off, so that `upper` alone is the
// container's difference; `options` come after and win. `userxattr` is what a mounter without CAP_SYS_ADMIN in the
// first user namespace needs (5.11). `volatile_` skips all syncs of the upper file system (5.10).
struct OverlaySpec {
  std::vector<std::string> lower;
  std::string upper, work;
  int lower_userns = -1;
  bool read_only = false;
  bool userxattr = false;
  bool volatile_ = false;
  std::vector<std::pair<std::string, std::string>> options;  // value empty: a flag
  std::string source = "overlay";                            // the first column of mountinfo
  OverlayWay way = OverlayWay::automatic;
};

// At most this many layers (the kernel's own limit, OVL_MAX_STACK).
constexpr size_t kMaxLayers = 500;

// -> descriptor of a detached mount: attach it with sys::move_mount, or open files below it. Without `upper` the mount
// is read-only; one lower directory alone (or an upper alone) becomes a bind clone, since overlay refuses it. Closing
// the descriptor frees everything (it may wait 10-25 ms for a grace period). A failed call leaves nothing behind.
// `direct` needs 6.5 (lowerdir+), with `lower_userns` 6.15; `helper` is a child in a mount namespace of its own that
// mounts the old way and hands the descriptor over, 5.2 (with `lower_userns` 5.19).
Result<UniqueFd> mount_overlay(const OverlaySpec& spec);

// A detached recursive bind clone of a directory tree (--rootfs PATH). Own mounts below it come along.
Result<UniqueFd> open_rootfs(const std::string& path);

// Fills `target` (existing, empty) with the merged content of `layers` (top first): owners, modes, times, xattrs, hard
// links, device nodes, sparse and reflinked file data; whiteouts (0:0 character device) and opaque directories
// (trusted.overlay.opaque, or user.overlay.opaque) are applied and not copied. On failure `target` is partly filled:
// the caller stages and renames.
Result<> make_vfs_root(const std::vector<std::string>& layers, const std::string& target);

}  // namespace cove::linux_
