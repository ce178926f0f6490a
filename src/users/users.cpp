#include "users/users.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::users {

namespace {
constexpr size_t kMaxFile = 16UL << 20;
}

Result<std::string> read_account_file(int root_fd, const std::string& path) {
  auto file = sys::openat2(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                           RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  if (!file) {
    // No such file, a link that leads nowhere or round in circles, a socket, a FIFO's other end: no entries.
    for (int missing : {ENOENT, ENOTDIR, ELOOP, ENXIO, ENODEV, EISDIR})
      if (file.error().sys_errno() == missing) return std::string();
    return Failure(std::move(file).error().with("reading " + path + " of the container"));
  }
  auto status = TRY(sys::fstat(file->get()));
  if (!S_ISREG(status.st_mode)) return std::string();
  if (status.st_size > static_cast<off_t>(kMaxFile))
    return Failure(Error(Code::invalid, path + " of the container is larger than 16 MiB"));
  return TRY_CTX(read_fd(file->get(), kMaxFile), "reading " + path + " of the container");
}

Result<ResolvedUser> resolve_user(int root_fd, std::string_view user, const std::vector<std::string>& more_groups) {
  if (root_fd < 0)
    return Failure(Error(Code::bad_state, "the root file system is not mounted, a user cannot be looked up"));
  auto passwd = TRY(read_account_file(root_fd, "/etc/passwd"));
  auto group = TRY(read_account_file(root_fd, "/etc/group"));
  return resolve(passwd, group, user, more_groups);
}

}  // namespace cove::users
