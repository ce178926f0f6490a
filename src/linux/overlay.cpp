#include "linux/overlay.hpp"

#include <linux/mount.h>

#include <cerrno>

#include "base/sys/sys.hpp"
#include "linux/idmap.hpp"
#include "linux/overlay_helper.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

constexpr size_t kMaxValue = 255;  // fsconfig(2) takes 256 bytes with the end mark

Result<> check_spec(const OverlaySpec& spec) {
  if (spec.upper.empty() != spec.work.empty()) {
    return Failure(Error(Code::invalid, "an overlay needs both an upper and a work directory, or neither"));
  }
  if (spec.lower.empty() && spec.upper.empty()) return Failure(Error(Code::invalid, "an overlay needs a directory"));
  if (spec.lower.size() > kMaxLayers) {
    return Failure(Error(Code::unsupported,
                         fmt::format("{} layers are more than the kernel's {}", spec.lower.size(), kMaxLayers)));
  }
  return {};
}

// The kernel takes a backslash in these values for an escape; such paths, and long ones, are named by a descriptor,
// which `keep` holds until the mount is made.
Result<> set_dir(int fs, const char* key, const std::string& path, std::vector<UniqueFd>& keep) {
  if (path.size() <= kMaxValue && path.find('\\') == std::string::npos) return sys::fsconfig_string(fs, key, path);
  keep.push_back(TRY(sys::open(path, O_PATH | O_DIRECTORY)));
  return sys::fsconfig_string(fs, key, sysx::fd_path(keep.back().get()));
}

Result<> add_lower(int fs, const OverlaySpec& spec, const std::string& path, std::vector<UniqueFd>& keep) {
  if (spec.lower_userns < 0) return set_dir(fs, "lowerdir+", path, keep);
  keep.push_back(TRY(clone_layer(path, spec.lower_userns)));
  auto set = sys::fsconfig_fd(fs, "lowerdir+", keep.back().get());
  if (set || set.error().sys_errno() != EINVAL) return set;
  return sys::fsconfig_string(fs, "lowerdir+", sysx::fd_path(keep.back().get()));
}

Result<> set_option(int fs, const std::string& key, const std::string& value) {
  if (value.empty()) return sys::fsconfig_flag(fs, key.c_str());
  return sys::fsconfig_string(fs, key.c_str(), value);
}

Result<UniqueFd> mount_direct(const OverlaySpec& spec) {
  UniqueFd fs = TRY(sys::fsopen("overlay"));
  std::vector<UniqueFd> keep;
  TRY(sys::fsconfig_string(fs.get(), "source", spec.source));
  for (const std::string& path : spec.lower) TRY(add_lower(fs.get(), spec, path, keep));
  if (!spec.upper.empty()) {
    TRY(set_dir(fs.get(), "upperdir", spec.upper, keep));
    TRY(set_dir(fs.get(), "workdir", spec.work, keep));
  }
  if (spec.userxattr) {
    TRY(sys::fsconfig_flag(fs.get(), "userxattr"));
  } else {
    for (const auto& [key, value] : plain_overlay_options()) TRY(set_option(fs.get(), key, value));
  }
  if (spec.volatile_ && !spec.upper.empty()) TRY(sys::fsconfig_flag(fs.get(), "volatile"));
  for (const auto& [key, value] : spec.options) TRY(set_option(fs.get(), key, value));
  TRY(sys::fsconfig_create(fs.get()));
  return sys::fsmount(fs.get(), spec.read_only || spec.upper.empty() ? MOUNT_ATTR_RDONLY : 0);
}

// Overlay refuses a single directory: it is cloned instead.
Result<UniqueFd> clone_single(const OverlaySpec& spec) {
  bool lower = spec.upper.empty();
  UniqueFd tree = TRY(clone_layer(lower ? spec.lower.front() : spec.upper, lower ? spec.lower_userns : -1));
  uint64_t set = lower || spec.read_only ? MOUNT_ATTR_RDONLY : 0;
  TRY(sys::mount_setattr(tree.get(), "", 0, set, 0, MS_PRIVATE));
  return tree;
}

// What a kernel says that does not know lowerdir+ or refuses detached layers.
bool is_too_old(const Error& e) {
  return e.sys_errno() == EINVAL || e.sys_errno() == ENOSYS || e.sys_errno() == EOPNOTSUPP;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& plain_overlay_options() {
  static const std::vector<std::pair<std::string, std::string>> options = {
      {"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "off"}};
  return options;
}

Result<UniqueFd> clone_layer(const std::string& path, int userns) {
  UniqueFd tree = TRY(sys::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE));
  if (userns >= 0) TRY_CTX(idmap_mount(tree.get(), userns), fmt::format("mapping the owners of {}", path));
  return tree;
}

Result<UniqueFd> mount_overlay(const OverlaySpec& spec) {
  TRY(check_spec(spec));
  if (spec.lower.size() + (spec.upper.empty() ? 0 : 1) == 1) return clone_single(spec);
  if (spec.way == OverlayWay::helper) return mount_overlay_by_helper(spec);
  auto made = mount_direct(spec);
  if (made || spec.way == OverlayWay::direct || !is_too_old(made.error())) return made;
  auto helped = mount_overlay_by_helper(spec);
  // Where both fail the newer interface explains itself better, unless it is not there at all.
  return helped || made.error().sys_errno() == ENOSYS ? std::move(helped) : std::move(made);
}

Result<UniqueFd> open_rootfs(const std::string& path) {
  UniqueFd tree = TRY(sys::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE));
  struct stat st = TRY(sys::fstat(tree.get()));
  if (!S_ISDIR(st.st_mode)) return Failure(Error::from_errno(ENOTDIR, path));
  // A slave of the original: what the host mounts there later shows up, what the container mounts does not go out.
  auto set = sys::mount_setattr(tree.get(), "", AT_RECURSIVE, 0, 0, MS_SLAVE);
  if (!set && set.error().sys_errno() != ENOSYS) return Failure(std::move(set).error());
  return tree;
}

}  // namespace cove::linux_
