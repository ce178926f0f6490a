#include "linux/sys_child.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/sys/sys.hpp"

namespace cove::linux_ {
namespace {

int result(long r) { return r < 0 ? -errno : static_cast<int>(r); }

}  // namespace

Result<HelperChild> HelperChild::start(unsigned long new_namespaces, Body body, void* argument) {
  // The raw call: namespace flags go in, and no handlers of the C library run in a child that only makes system calls.
  long pid = ::syscall(SYS_clone, new_namespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) return Failure(Error::from_errno(errno, "starting a helper process"));
  if (pid == 0) ::_exit(body(argument));
  return HelperChild(static_cast<pid_t>(pid));
}

void HelperChild::wait() {
  if (pid_ <= 0) return;
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

namespace child {

int unshare(int flags) { return result(::unshare(flags)); }
int mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data) {
  return result(::syscall(SYS_mount, source, target, type, flags, data));
}
int move_mount(int from, int to_dir, const char* to) {
  return result(::syscall(SYS_move_mount, from, "", to_dir, to, MOVE_MOUNT_F_EMPTY_PATH));
}
int setns(int fd, int type) { return ::setns(fd, type) < 0 ? -errno : 0; }
int open_tree_clone(const char* path) {
  return result(::syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}
int fchdir(int fd) { return result(::fchdir(fd)); }
int close(int fd) { return result(::close(fd)); }

int read_until_end(int fd) {
  char byte;
  for (;;) {
    ssize_t n = ::read(fd, &byte, 1);
    if (n == 0) return 0;
    if (n < 0 && errno != EINTR) return -errno;
  }
}

int send_report(int socket, ChildReport report, int fd) {
  iovec part = {&report, sizeof report};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return result(::sendmsg(socket, &message, MSG_NOSIGNAL));
}

}  // namespace child

Result<UniqueFd> receive_report(int socket, const char* const* steps, int step_count) {
  sys::Received got = TRY(sys::receive_message(socket, sizeof(ChildReport)));
  ChildReport report;
  if (got.data.size() != sizeof report)
    return Failure(Error(Code::internal, "a helper process ended without a report"));
  std::memcpy(&report, got.data.data(), sizeof report);
  if (report.step != 0) {
    const char* step = report.step >= 1 && report.step <= step_count ? steps[report.step - 1] : "unknown step";
    return Failure(Error::from_errno(report.error, step));
  }
  if (got.fds.empty()) return Failure(Error(Code::internal, "a helper process sent no descriptor"));
  return std::move(got.fds.front());
}

}  // namespace cove::linux_
