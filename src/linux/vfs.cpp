// make_vfs_root: the merged copy for file systems on which overlay cannot be mounted.
#include <sys/sysmacros.h>

#include <cerrno>
#include <map>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "linux/overlay.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

// Two descriptors a level stay open; deeper trees than this would run out of them.
constexpr int kMaxDepth = 400;

bool is_overlay_xattr(std::string_view name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

bool is_whiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

bool is_opaque(int dir) {
  for (const char* name : {"trusted.overlay.opaque", "user.overlay.opaque"}) {
    auto value = sysx::get_xattr(sysx::fd_path(dir, "."), name);
    if (value && *value == "y") return true;
  }
  return false;
}

// Copies one layer over what the lower ones have left in the target.
class LayerCopy {
 public:
  LayerCopy(int layer, int target) : layer_(layer), target_(target) {}

  Result<> run() {
    struct stat st = TRY(sys::fstat(layer_));
    TRY(copy_children(layer_, target_, "", 0));
    return copy_dir_attributes(layer_, target_, st);
  }

 private:
  Result<> copy_children(int from, int to, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return Failure(Error(Code::unsupported, "directories are nested too deeply"));
    std::vector<sysx::DirEntry> entries = TRY(sysx::read_dir(from));
    for (const sysx::DirEntry& e : entries) {
      std::string path = prefix.empty() ? e.name : prefix + "/" + e.name;
      TRY_CTX(copy_entry(from, to, e.name, path, depth), path);
    }
    return {};
  }

  Result<> copy_entry(int from, int to, const std::string& name, const std::string& path, int depth) {
    struct stat st = TRY(sys::fstatat(from, name, AT_SYMLINK_NOFOLLOW));
    if (S_ISDIR(st.st_mode)) return copy_dir(from, to, name, path, depth, st);
    TRY(remove_tree(sysx::fd_path(to, name)));
    if (is_whiteout(st)) return {};
    if (st.st_nlink > 1) {
      auto [it, is_new] = links_.try_emplace({st.st_dev, st.st_ino}, path);
      if (!is_new) return sys::linkat(target_, it->second, to, name, 0);
    }
    if (S_ISREG(st.st_mode)) return copy_file(from, to, name, st);
    return copy_special(from, to, name, st);
  }

  Result<> copy_dir(int from, int to, const std::string& name, const std::string& path, int depth,
                    const struct stat& st) {
    UniqueFd source = TRY(sys::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    auto there = sys::fstatat(to, name, AT_SYMLINK_NOFOLLOW);
    if (there && (!S_ISDIR(there->st_mode) || is_opaque(source.get()))) {
      TRY(remove_tree(sysx::fd_path(to, name)));
      there = Failure(Error(Code::gone, "replaced"));
    }
    if (!there) TRY(sys::mkdirat(to, name, 0700));
    UniqueFd made = TRY(sys::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(copy_children(source.get(), made.get(), path, depth + 1));
    return copy_dir_attributes(source.get(), made.get(), st);
  }

  // Owner before mode and capabilities, which a change of owner clears; times last.
  Result<> copy_dir_attributes(int from, int to, const struct stat& st) {
    TRY(sys::fchown(to, st.st_uid, st.st_gid));
    TRY(sys::fchmod(to, st.st_mode & 07777));
    TRY(copy_xattrs(sysx::fd_path(from, "."), sysx::fd_path(to, ".")));
    return sysx::set_times(to, "", st);
  }

  Result<> copy_file(int from, int to, const std::string& name, const struct stat& st) {
    UniqueFd source = TRY(sys::openat(from, name, O_RDONLY | O_NOFOLLOW));
    UniqueFd made = TRY(sys::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    TRY(sysx::copy_content(source.get(), made.get(), static_cast<uint64_t>(st.st_size)));
    TRY(sys::fchown(made.get(), st.st_uid, st.st_gid));
    TRY(sys::fchmod(made.get(), st.st_mode & 07777));
    TRY(copy_xattrs(sysx::fd_path(from, name), sysx::fd_path(to, name)));
    return sysx::set_times(made.get(), "", st);
  }

  Result<> copy_special(int from, int to, const std::string& name, const struct stat& st) {
    if (S_ISLNK(st.st_mode)) {
      std::string link = TRY(sys::readlinkat(from, name));
      TRY(sys::symlinkat(link, to, name));
    } else {
      TRY(sys::mknodat(to, name, (st.st_mode & S_IFMT) | 0600, st.st_rdev));
    }
    TRY(sys::fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW));
    // Nobody else sees the target yet, so the name is still the node made above.
    if (!S_ISLNK(st.st_mode)) TRY(sys::fchmodat(to, name, st.st_mode & 07777));
    TRY(copy_xattrs(sysx::fd_path(from, name), sysx::fd_path(to, name)));
    return sysx::set_times(to, name, st);
  }

  Result<> copy_xattrs(const std::string& from, const std::string& to) {
    std::vector<std::string> names = TRY(sysx::list_xattrs(from));
    for (const std::string& name : names) {
      if (is_overlay_xattr(name)) continue;
      std::string value = TRY(sysx::get_xattr(from, name));
      auto set = sysx::set_xattr(to, name, value);
      // The label of the store is not the container's, and a target without attributes cannot take the optional ones.
      if (!set && (name == "security.selinux" || set.error().sys_errno() == ENOTSUP)) continue;
      if (!set) return set;
    }
    return {};
  }

  int layer_, target_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // first name in the target, of this layer's inodes
};

}  // namespace

Result<> make_vfs_root(const std::vector<std::string>& layers, const std::string& target) {
  UniqueFd to = TRY(sys::open(target, O_RDONLY | O_DIRECTORY));
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    UniqueFd from = TRY(sys::open(*layer, O_RDONLY | O_DIRECTORY));
    TRY_CTX(LayerCopy(from.get(), to.get()).run(), fmt::format("copying layer {}", *layer));
  }
  return {};
}

}  // namespace cove::linux_
