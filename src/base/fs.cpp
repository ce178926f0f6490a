#include "base/fs.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove {

Result<std::string> read_fd(int fd, size_t max_bytes) {
  std::string out;
  struct stat st = TRY(sys::fstat(fd));
  size_t room = S_ISREG(st.st_mode) && st.st_size > 0 ? static_cast<size_t>(st.st_size) + 1 : 4096;
  for (;;) {
    if (out.size() >= max_bytes)
      return Failure(Error(Code::invalid, fmt::format("file is larger than {} bytes", max_bytes)));
    size_t have = out.size();
    out.resize(have + std::min(room, max_bytes - have + 1));
    size_t n = TRY(sys::read(fd, out.data() + have, out.size() - have));
    out.resize(have + n);
    if (n == 0) return out;
    room = std::max<size_t>(4096, out.size());
  }
}

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  UniqueFd fd = TRY(sys::open(path, O_RDONLY));
  return TRY_CTX(read_fd(fd.get(), max_bytes), fmt::format("reading {}", path));
}

Result<> write_all(int fd, std::string_view data) {
  while (!data.empty()) data.remove_prefix(TRY(sys::write(fd, data.data(), data.size())));
  return {};
}

Result<> ensure_dir(const std::string& path, mode_t mode) {
  auto made = sys::mkdirat(AT_FDCWD, path, mode);
  if (made || made.error().sys_errno() == EEXIST) return {};
  if (made.error().sys_errno() != ENOENT) return made;
  size_t slash = path.find_last_not_of('/');
  slash = path.rfind('/', slash);
  if (slash == std::string::npos || slash == 0) return made;
  TRY(ensure_dir(path.substr(0, slash), 0755));
  made = sys::mkdirat(AT_FDCWD, path, mode);
  if (!made && made.error().sys_errno() != EEXIST) return made;
  return {};
}

bool path_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

namespace {
struct CloseDir {
  void operator()(DIR* d) const { ::closedir(d); }
};
using DirHandle = std::unique_ptr<DIR, CloseDir>;

Result<DirHandle> open_dir_at(int dir, const std::string& name) {
  UniqueFd fd = TRY(sys::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  DirHandle handle(::fdopendir(fd.get()));
  if (!handle) return Failure(Error::from_errno(errno, fmt::format("read directory {}", name)));
  (void)fd.release();
  return handle;
}

bool is_dot(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

// Depth first, by descriptors, so that a link swapped in meanwhile cannot lead out. Another file system is left alone.
Result<> remove_below(int parent, const std::string& name, dev_t dev, int depth) {
  auto gone = sys::unlinkat(parent, name, 0);
  if (gone || gone.error().sys_errno() == ENOENT) return {};
  if (gone.error().sys_errno() != EISDIR && gone.error().sys_errno() != EPERM) return gone;
  if (depth > 2048) return Failure(Error(Code::invalid, fmt::format("{} is nested too deeply", name)));
  {
    auto opened = open_dir_at(parent, name);
    if (!opened) return opened.error().sys_errno() == ENOTDIR ? gone : Failure(std::move(opened).error());
    int fd = ::dirfd(opened->get());
    if (TRY(sys::fstat(fd)).st_dev != dev) {
      return Failure(Error(Code::in_use, fmt::format("{} is a mount point", name)));
    }
    while (dirent* entry = ::readdir(opened->get())) {
      if (!is_dot(entry->d_name)) TRY(remove_below(fd, entry->d_name, dev, depth + 1));
    }
  }
  auto removed = sys::unlinkat(parent, name, AT_REMOVEDIR);
  if (!removed && removed.error().sys_errno() != ENOENT) return removed;
  return {};
}
}  // namespace

Result<std::vector<std::string>> list_dir(const std::string& path) {
  UniqueFd fd = TRY(sys::open(path, O_RDONLY | O_DIRECTORY));
  DirHandle handle(::fdopendir(fd.get()));
  if (!handle) return Failure(Error::from_errno(errno, fmt::format("read directory {}", path)));
  (void)fd.release();
  std::vector<std::string> names;
  while (dirent* entry = ::readdir(handle.get())) {
    if (!is_dot(entry->d_name)) names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<> remove_tree(const std::string& path) {
  auto st = sys::fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
  if (!st) return st.error().sys_errno() == ENOENT ? Result<>() : Failure(std::move(st).error());
  return TRY_CTX(remove_below(AT_FDCWD, path, st->st_dev, 0), fmt::format("removing {}", path)), Result<>();
}

std::string join_path(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  std::string out(a);
  if (out.back() != '/') out += '/';
  while (!b.empty() && b.front() == '/') b.remove_prefix(1);
  return out.append(b);
}

std::string clean_path(std::string_view path) {
  bool absolute = !path.empty() && path.front() == '/';
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!absolute) {
      parts.push_back(std::move(part));
    }
  }
  std::string out = join(parts, "/");
  if (absolute) return "/" + out;
  return out.empty() ? "." : out;
}

Result<std::string> program_dir() {
  std::string self = TRY(sys::readlinkat(AT_FDCWD, "/proc/self/exe"));
  return self.substr(0, self.rfind('/'));
}

Result<> write_atomic(const std::string& path, std::string_view data, mode_t mode, bool durable) {
  std::string temporary = fmt::format("{}.{}.tmp", path, random_hex(8));
  UniqueFd fd = TRY(sys::open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  auto finish = [&]() -> Result<> {
    TRY(write_all(fd.get(), data));
    if (durable) TRY(sys::fsync(fd.get()));
    return sys::renameat(AT_FDCWD, temporary, AT_FDCWD, path);
  };
  auto done = finish();
  if (!done) {
    (void)sys::unlinkat(AT_FDCWD, temporary, 0);
    return Failure(std::move(done).error().with(fmt::format("writing {}", path)));
  }
  return {};
}

namespace {
Result<UniqueFd> open_locked(const std::string& path, bool wait, short type = F_WRLCK) {
  // The file may be removed or replaced between open and lock: then the lock is on a file that no longer counts.
  for (;;) {
    UniqueFd fd = TRY(sys::open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    TRY_CTX(sys::fcntl_ofd_lock(fd.get(), type, wait), fmt::format("locking {}", path));
    struct stat ours = TRY(sys::fstat(fd.get()));
    auto there = sys::fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if (there && there->st_ino == ours.st_ino && there->st_dev == ours.st_dev) return fd;
  }
}
}  // namespace

Result<FileLock> FileLock::lock(const std::string& path) { return FileLock(TRY(open_locked(path, true))); }
Result<FileLock> FileLock::lock_shared(const std::string& path) {
  return FileLock(TRY(open_locked(path, true, F_RDLCK)));
}
Result<FileLock> FileLock::try_lock(const std::string& path) { return FileLock(TRY(open_locked(path, false))); }

bool FileLock::is_held(const std::string& path) {
  auto fd = sys::open(path, O_RDWR);
  if (!fd) return false;
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
  return ::fcntl(fd->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace cove
