#include "archive/sys_fs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>

#include "base/sys/sys.hpp"

namespace cove::archive::sys_fs {
namespace {

Result<> check(long r, std::string_view what) {
  if (r < 0) return Failure(Error::from_errno(errno, std::string(what)));
  return {};
}

std::string proc_path(int dir, const std::string& path) { return fmt::format("/proc/self/fd/{}/{}", dir, path); }

}  // namespace

Result<> futimens(int fd, const timespec& mtime) {
  std::array<timespec, 2> times{mtime, mtime};
  return check(::futimens(fd, times.data()), "set time");
}

Result<> utimensat(int dir, const std::string& path, const timespec& mtime) {
  std::array<timespec, 2> times{mtime, mtime};
  return check(::utimensat(dir, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), "set time");
}

Result<> fsetxattr(int fd, const std::string& name, std::string_view value) {
  return check(::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0), "set extended attribute " + name);
}

Result<> setxattrat(int dir, const std::string& path, const std::string& name, std::string_view value) {
  return check(::lsetxattr(proc_path(dir, path).c_str(), name.c_str(), value.data(), value.size(), 0),
               "set extended attribute " + name);
}

Result<std::string> getxattrat(int dir, const std::string& path, const std::string& name) {
  std::string value(65536, '\0');
  ssize_t n = ::lgetxattr(proc_path(dir, path).c_str(), name.c_str(), value.data(), value.size());
  TRY(check(n, "read extended attribute " + name));
  value.resize(static_cast<size_t>(n));
  return value;
}

Result<UniqueFd> open_tmpfile(const std::string& dir) { return sys::open(dir, O_TMPFILE | O_RDWR, 0600); }

void start_writeback(int fd) { (void)::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); }
void advise_sequential(int fd) { (void)::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); }

}  // namespace cove::archive::sys_fs
