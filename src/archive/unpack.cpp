#include "archive/unpack.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "archive/dir_cache.hpp"
#include "archive/sys_fs.hpp"
#include "base/fs.hpp"
#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "json/json.hpp"

namespace cove::archive {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr uint64_t kWritebackFrom = 1 << 20;
constexpr uint64_t kMaxFile = 1ULL << 44;  // 16 TiB, what ext4 can hold

Failure corrupt(std::string message) { return Failure(Error(Code::corrupt, std::move(message))); }
bool is_whiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

struct Split {
  std::string parent, base;
};
Split split_path(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

class Unpacker {
 public:
  Unpacker(TarReader& tar, int root, const UnpackOptions& options)
      : tar_(tar), root_(root), options_(options), dirs_(root) {}

  Result<UnpackResult> run() {
    while (const TarEntry* entry = TRY(tar_.next())) {
      if (++result_.entries > options_.max_entries) {
        return corrupt(fmt::format("more than {} entries in a layer", options_.max_entries));
      }
      TRY_CTX(one(*entry), fmt::format("entry {}", json::quote(entry->name.substr(0, 200))));
    }
    TRY(dirs_.flush());
    return result_;
  }

 private:
  using Dir = DirCache::Dir;

  Result<> one(const TarEntry& entry) {
    std::string path = TRY(clean_entry_name(entry.name));
    if (path.empty()) return root_entry(entry);
    Split at = split_path(path);
    if (at.base.starts_with(kWhiteout)) return whiteout(at);
    const Dir* parent = TRY(parent_of(at.parent));
    switch (entry.type) {
      case EntryType::file:
        return file(entry, *parent, at.base);
      case EntryType::directory:
        return directory(entry, *parent, path, at.base);
      case EntryType::hard_link:
        return hard_link(entry, at, path);
      case EntryType::symlink:
        return symlink(entry, *parent, at.base);
      default:
        return node(entry, *parent, at.base);
    }
  }

  Result<> root_entry(const TarEntry& entry) {
    if (entry.type != EntryType::directory) return corrupt("the root of the layer is not a directory");
    result_.root = storage::RootOwner{entry.mode, entry.uid, entry.gid};
    TRY(dirs_.get(""));
    return dir_metadata(entry, root_, ".", true);
  }

  // The parent directory, made with its own parents where the archive has no entry for it.
  Result<const Dir*> parent_of(const std::string& path) {
    auto dir = dirs_.get(path);
    if (dir) return dir;
    int err = dir.error().sys_errno();
    if (path.empty() || (err != ENOENT && err != ENOTDIR)) return dir;
    Split at = split_path(path);
    const Dir* above = TRY(parent_of(at.parent));
    auto made = sys::mkdirat(above->fd.get(), at.base, 0755);
    if (!made && made.error().sys_errno() == EEXIST) {
      struct stat st = TRY(sys::fstatat(above->fd.get(), at.base, AT_SYMLINK_NOFOLLOW));
      if (!is_whiteout(st)) return corrupt(fmt::format("its parent {} is not a directory", json::quote(path)));
      TRY(make_opaque_dir(above->fd.get(), at.base));
    } else {
      TRY(std::move(made));
    }
    return dirs_.get(path);
  }

  // A whiteout that a directory replaces hides what lower layers have below it: the new directory is opaque.
  Result<> make_opaque_dir(int parent, const std::string& base) {
    TRY(sys::unlinkat(parent, base, 0));
    TRY(sys::mkdirat(parent, base, 0755));
    return sys_fs::setxattrat(parent, base, options_.opaque_xattr, "y");
  }

  // Of entries with one name the last wins; what stands there goes, with all that is below it.
  Result<> clear(const Dir& parent, const std::string& base) {
    struct stat st = TRY(sys::fstatat(parent.fd.get(), base, AT_SYMLINK_NOFOLLOW));
    if (!S_ISDIR(st.st_mode)) return sys::unlinkat(parent.fd.get(), base, 0);
    std::string path = fmt::format("/proc/self/fd/{}/{}", parent.fd.get(), base);
    std::string parent_path = parent.path;
    TRY(remove_tree(path));
    TRY(dirs_.flush());
    TRY(dirs_.get(parent_path));
    return {};
  }

  // Runs `make(parent)`; if something has the name already, clears it and tries once more.
  template <class Make>
  auto create(const Dir& parent, const std::string& base, Make make) -> decltype(make(0)) {
    std::string parent_path = parent.path;
    auto made = make(parent.fd.get());
    if (made || made.error().sys_errno() != EEXIST) return made;
    TRY(clear(parent, base));
    return make(TRY(dirs_.get(parent_path))->fd.get());
  }

  bool owner_differs(const TarEntry& entry, bool fresh, bool inherits_group) const {
    return options_.keep_owner && (!fresh || inherits_group || entry.uid != uid_ || entry.gid != gid_);
  }
  bool mode_differs(const TarEntry& entry, bool chowned) const {
    return !options_.umask_is_zero || (entry.mode & 07000) != 0 || (chowned && (entry.mode & 06000) != 0);
  }
  static timespec mtime(const TarEntry& entry) { return {entry.mtime_sec, entry.mtime_nsec}; }

  static bool refused_xattr(const std::string& name) {
    return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.") || name == "security.selinux";
  }

  // What the file system or the missing privilege does not allow is left out, as podman does.
  template <class Set>
  Result<> xattrs(const TarEntry& entry, Set set) {
    for (const auto& [name, value] : entry.xattrs) {
      if (refused_xattr(name)) continue;
      auto done = set(name, value);
      if (done) continue;
      int err = done.error().sys_errno();
      if (err != EOPNOTSUPP && err != EPERM) return done;
      LOG_DEBUG("{}: {}", entry.name, done.error().text());
    }
    return {};
  }

  Result<> file(const TarEntry& entry, const Dir& parent, const std::string& base) {
    if (entry.size > kMaxFile) return corrupt(fmt::format("a file of {} bytes is too large", entry.size));
    bool inherits = (parent.mode & S_ISGID) != 0;
    UniqueFd fd = TRY(create(parent, base, [&](int dir) {
      return sys::openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, entry.mode & 0777);
    }));
    if (entry.sparse) {
      TRY(write_sparse(entry, fd.get()));
    } else {
      while (true) {
        std::string_view piece = TRY(tar_.read_data());
        if (piece.empty()) break;
        TRY(write_all(fd.get(), piece));
      }
    }
    // The owner first: changing it clears set-id bits and file capabilities.
    bool chowned = owner_differs(entry, true, inherits);
    if (chowned) TRY(sys::fchown(fd.get(), entry.uid, entry.gid));
    if (mode_differs(entry, chowned)) TRY(sys::fchmod(fd.get(), entry.mode));
    TRY(xattrs(entry, [&](const std::string& name, const std::string& value) {
      return sys_fs::fsetxattr(fd.get(), name, value);
    }));
    TRY(sys_fs::futimens(fd.get(), mtime(entry)));
    if (entry.stored_size >= kWritebackFrom) sys_fs::start_writeback(fd.get());
    return {};
  }

  Result<> write_sparse(const TarEntry& entry, int fd) {
    TRY(sys::ftruncate(fd, static_cast<off_t>(entry.size)));
    std::string_view piece;
    for (const auto& run : entry.runs) {
      uint64_t offset = run.offset, left = run.length;
      while (left > 0) {
        if (piece.empty()) piece = TRY(tar_.read_data());
        size_t n =
            TRY(sys::pwrite(fd, piece.data(), std::min<uint64_t>(left, piece.size()), static_cast<off_t>(offset)));
        piece.remove_prefix(n);
        offset += n;
        left -= n;
      }
    }
    return {};
  }

  Result<> directory(const TarEntry& entry, const Dir& parent, const std::string& path, const std::string& base) {
    int dir = parent.fd.get();
    bool inherits = (parent.mode & S_ISGID) != 0;
    auto made = sys::mkdirat(dir, base, entry.mode & 0777);
    if (made) return dir_metadata(entry, dir, base, inherits);
    if (made.error().sys_errno() != EEXIST) return made;
    struct stat st = TRY(sys::fstatat(dir, base, AT_SYMLINK_NOFOLLOW));
    if (is_whiteout(st)) {
      TRY(make_opaque_dir(dir, base));
    } else if (!S_ISDIR(st.st_mode)) {
      TRY(sys::unlinkat(dir, base, 0));
      TRY(sys::mkdirat(dir, base, entry.mode & 0777));
      TRY(dirs_.flush());  // names through what was a link mean something else now
      dir = TRY(dirs_.get(split_path(path).parent))->fd.get();
    }
    return dir_metadata(entry, dir, base, true);
  }

  // `touched`: it was there before or inherited something, so that owner and mode must be set whatever they are.
  Result<> dir_metadata(const TarEntry& entry, int dir, const std::string& base, bool touched) {
    bool chowned = owner_differs(entry, !touched, touched);
    if (chowned) TRY(sys::fchownat(dir, base, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW));
    if (touched || mode_differs(entry, chowned)) TRY(sys::fchmodat(dir, base, entry.mode));
    TRY(xattrs(entry, [&](const std::string& name, const std::string& value) {
      return sys_fs::setxattrat(dir, base, name, value);
    }));
    TRY(sys_fs::utimensat(dir, base, mtime(entry)));
    if (!touched) return {};
    struct stat st = TRY(sys::fstatat(dir, base, AT_SYMLINK_NOFOLLOW));
    dirs_.set_mtime(st.st_dev, st.st_ino, mtime(entry));
    return {};
  }

  Result<> hard_link(const TarEntry& entry, const Split& at, const std::string& path) {
    std::string target = TRY_CTX(clean_entry_name(entry.link), "hard link");
    if (target.empty()) return corrupt("hard link to the root of the layer");
    Split to = split_path(target);
    auto missing = [&] {
      return corrupt(fmt::format("hard link to {}, which is not in this layer", json::quote(target.substr(0, 200))));
    };
    if (target == path) {
      auto from = dirs_.get(to.parent);
      return from && sys::fstatat((*from)->fd.get(), to.base, AT_SYMLINK_NOFOLLOW) ? Result<>{} : missing();
    }
    auto link = [&](int dir) -> Result<> {
      auto from = dirs_.get(to.parent);
      if (!from) return missing();
      auto linked = sys::linkat((*from)->fd.get(), to.base, dir, at.base, 0);
      if (!linked && linked.error().sys_errno() == ENOENT) return missing();
      if (!linked && linked.error().sys_errno() == EPERM)
        return corrupt("hard link to a directory or a protected file");
      return linked;
    };
    return create(*TRY(dirs_.get(at.parent)), at.base, link);
  }

  Result<> symlink(const TarEntry& entry, const Dir& parent, const std::string& base) {
    if (entry.link.empty()) return corrupt("symbolic link without a target");
    std::string parent_path = parent.path;
    TRY(create(parent, base, [&](int dir) { return sys::symlinkat(entry.link, dir, base); }));
    return node_metadata(entry, TRY(dirs_.get(parent_path))->fd.get(), base, false);
  }

  Result<> node(const TarEntry& entry, const Dir& parent, const std::string& base) {
    bool device = entry.type != EntryType::fifo;
    bool whiteout = entry.type == EntryType::char_device && entry.dev_major == 0 && entry.dev_minor == 0;
    if (device && !whiteout && !options_.make_devices) return {};
    mode_t type = entry.type == EntryType::fifo ? S_IFIFO : entry.type == EntryType::char_device ? S_IFCHR : S_IFBLK;
    std::string parent_path = parent.path;
    TRY(create(parent, base, [&](int dir) {
      return sys::mknodat(dir, base, type | (entry.mode & 0777),
                          device ? makedev(entry.dev_major, entry.dev_minor) : 0);
    }));
    return node_metadata(entry, TRY(dirs_.get(parent_path))->fd.get(), base, true);
  }

  Result<> node_metadata(const TarEntry& entry, int dir, const std::string& base, bool has_mode) {
    if (options_.keep_owner) TRY(sys::fchownat(dir, base, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW));
    if (has_mode && mode_differs(entry, true)) TRY(sys::fchmodat(dir, base, entry.mode));
    TRY(xattrs(entry, [&](const std::string& name, const std::string& value) {
      return sys_fs::setxattrat(dir, base, name, value);
    }));
    return sys_fs::utimensat(dir, base, mtime(entry));
  }

  Result<> whiteout(const Split& at) {
    bool opaque = at.base == kOpaque;
    if (!opaque && at.base.starts_with(".wh..wh.")) return {};  // bookkeeping of aufs, no content
    // Below something that is no directory here (a whiteout, say) there is nothing to hide.
    auto parent = dirs_.get(at.parent);
    if (!parent && parent.error().sys_errno() == ENOTDIR) return {};
    parent = TRY(parent_of(at.parent));
    if (opaque) {
      return sys_fs::fsetxattr((*parent)->fd.get(), options_.opaque_xattr, "y");
    }
    std::string name = at.base.substr(kWhiteout.size());
    if (name.empty() || name == "." || name == "..") return corrupt("damaged whiteout");
    int dir = (*parent)->fd.get();
    auto made = sys::mknodat(dir, name, S_IFCHR, 0);
    if (made || made.error().sys_errno() != EEXIST) return made;
    // The layer itself has the name: it stays, and hides what is below (layer.md: whiteouts concern lower layers only).
    struct stat st = TRY(sys::fstatat(dir, name, AT_SYMLINK_NOFOLLOW));
    if (!S_ISDIR(st.st_mode)) return {};
    return sys_fs::setxattrat(dir, name, options_.opaque_xattr, "y");
  }

  TarReader& tar_;
  int root_;
  const UnpackOptions& options_;
  DirCache dirs_;
  UnpackResult result_;
  uint32_t uid_ = ::geteuid(), gid_ = ::getegid();
};

}  // namespace

UnpackOptions UnpackOptions::for_this_process() {
  UnpackOptions options;
  if (::geteuid() == 0) return options;
  options.keep_owner = options.make_devices = false;
  options.opaque_xattr = "user.overlay.opaque";
  return options;
}

Result<std::string> clean_entry_name(const std::string& name) {
  if (name.find('\0') != std::string::npos) return corrupt("a name holds a zero byte");
  std::string out;
  size_t at = 0;
  while (at < name.size()) {
    size_t end = std::min(name.find('/', at), name.size());
    std::string_view part(name.data() + at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (out.empty()) return corrupt("the name leads out of the layer");
      size_t slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    if (!out.empty()) out += '/';
    out += part;
  }
  if (out.size() > kMaxPath) return corrupt("the name is too long");
  return out;
}

Result<UnpackResult> unpack_layer(TarReader& tar, int root, const UnpackOptions& options) {
  return Unpacker(tar, root, options).run();
}

}  // namespace cove::archive
