#include "linux/sys_files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::linux_::sysx {
namespace {

Failure fail(std::string what) { return Failure(Error::from_errno(errno, std::move(what))); }

struct CloseDir {
  void operator()(DIR* d) const { ::closedir(d); }
};

Result<> copy_by_hand(int from, int to, off_t at, off_t end) {
  char buffer[65536];
  while (at < end) {
    size_t want = std::min<size_t>(sizeof buffer, static_cast<size_t>(end - at));
    size_t n = TRY(sys::pread(from, buffer, want, at));
    if (n == 0) break;
    for (size_t done = 0; done < n;) {
      done += TRY(sys::pwrite(to, buffer + done, n - done, at + static_cast<off_t>(done)));
    }
    at += static_cast<off_t>(n);
  }
  return {};
}

Result<> copy_range(int from, int to, off_t at, off_t end) {
  while (at < end) {
    off_t in = at, out = at;
    ssize_t n = ::copy_file_range(from, &in, to, &out, static_cast<size_t>(end - at), 0);
    if (n < 0 && errno == EINTR) continue;
    // Across file systems, or where the file system has no such call.
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
      return copy_by_hand(from, to, at, end);
    }
    if (n < 0) return fail("copying a file");
    if (n == 0) break;
    at += n;
  }
  return {};
}

}  // namespace

std::string fd_path(int fd) { return fmt::format("/proc/self/fd/{}", fd); }
std::string fd_path(int dir, std::string_view name) { return fmt::format("/proc/self/fd/{}/{}", dir, name); }

Result<std::vector<std::string>> list_xattrs(const std::string& path) {
  std::string names(1024, '\0');
  for (;;) {
    ssize_t n = ::llistxattr(path.c_str(), names.data(), names.size());
    if (n >= 0) {
      names.resize(static_cast<size_t>(n));
      break;
    }
    if (errno == ENOTSUP) return std::vector<std::string>{};
    if (errno != ERANGE || names.size() > XATTR_LIST_MAX) return fail("listing attributes");
    names.resize(names.size() * 4);
  }
  std::vector<std::string> out;
  for (size_t at = 0; at < names.size();) {
    std::string name = names.c_str() + at;
    at += name.size() + 1;
    out.push_back(std::move(name));
  }
  return out;
}

Result<std::string> get_xattr(const std::string& path, const std::string& name) {
  std::string value(256, '\0');
  for (;;) {
    ssize_t n = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (n >= 0) {
      value.resize(static_cast<size_t>(n));
      return value;
    }
    if (errno != ERANGE || value.size() > XATTR_SIZE_MAX) return fail(fmt::format("reading attribute {}", name));
    value.resize(value.size() * 8);
  }
}

Result<> set_xattr(const std::string& path, const std::string& name, std::string_view value) {
  if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) < 0) {
    return fail(fmt::format("setting attribute {}", name));
  }
  return {};
}

Result<bool> try_clone(int from, int to) {
  if (::ioctl(to, FICLONE, from) == 0) return true;
  if (errno == EOPNOTSUPP || errno == EXDEV || errno == EINVAL || errno == ENOTTY || errno == ENOSYS ||
      errno == EPERM || errno == ETXTBSY) {
    return false;
  }
  return fail("cloning a file");
}

Result<> copy_content(int from, int to, uint64_t size) {
  if (size == 0 || TRY(try_clone(from, to))) return {};
  off_t end = static_cast<off_t>(size);
  for (off_t at = 0; at < end;) {
    off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // a hole up to the end
    if (data < 0) data = at;                // holes are not told
    off_t hole = ::lseek(from, data, SEEK_HOLE);
    if (hole < 0 || hole > end) hole = end;
    TRY(copy_range(from, to, data, hole));
    at = hole;
  }
  return sys::ftruncate(to, end);
}

Result<> set_times(int dir, const std::string& name, const struct stat& like) {
  timespec times[2] = {like.st_atim, like.st_mtim};
  int r = name.empty() ? ::futimens(dir, times) : ::utimensat(dir, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  if (r < 0) return fail("setting times");
  return {};
}

Result<std::vector<DirEntry>> read_dir(int fd) {
  // A descriptor of its own: closedir closes what it was given.
  UniqueFd copy = TRY(sys::openat(fd, ".", O_RDONLY | O_DIRECTORY));
  std::unique_ptr<DIR, CloseDir> dir(::fdopendir(copy.get()));
  if (!dir) return fail("reading a directory");
  [[maybe_unused]] int owned = copy.release();
  std::vector<DirEntry> out;
  for (;;) {
    errno = 0;
    dirent* e = ::readdir(dir.get());
    if (!e) break;
    std::string_view name = e->d_name;
    if (name != "." && name != "..") out.push_back({std::string(name), e->d_type});
  }
  if (errno) return fail("reading a directory");
  return out;
}

Result<rlimit> get_limit(int resource) {
  rlimit limit;
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) < 0) return fail("reading a resource limit");
  return limit;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

uint64_t online_cpus() {
  long n = ::sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? static_cast<uint64_t>(n) : 1;
}

}  // namespace cove::linux_::sysx
