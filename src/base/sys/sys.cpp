#include "base/sys/sys.hpp"

#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>

#include <fmt/format.h>

// <sys/mount.h> and <linux/mount.h> cannot both be included with this libc, so the two old calls are declared here.
extern "C" int mount(const char* source, const char* target, const char* type, unsigned long flags,
                     const void* data) noexcept;
extern "C" int umount2(const char* target, int flags) noexcept;

namespace cove::sys {
namespace {

template <class F>
auto retry(F call) {
  decltype(call()) r;
  do {
    r = call();
  } while (r < 0 && errno == EINTR);
  return r;
}

template <class... A>
Failure fail(fmt::format_string<A...> format, A&&... args) {
  int err = errno;
  return Failure(Error::from_errno(err, fmt::format(format, std::forward<A>(args)...)));
}

template <class... A>
Result<> check(long r, fmt::format_string<A...> format, A&&... args) {
  if (r < 0) return fail(format, std::forward<A>(args)...);
  return {};
}

}  // namespace

Result<UniqueFd> open(const std::string& path, int flags, mode_t mode) { return openat(AT_FDCWD, path, flags, mode); }

Result<UniqueFd> openat(int dir, const std::string& path, int flags, mode_t mode) {
  int fd = retry([&] { return ::openat(dir, path.c_str(), flags | O_CLOEXEC, mode); });
  if (fd < 0) return fail("open {}", path);
  return UniqueFd(fd);
}

Result<UniqueFd> openat2(int dir, const std::string& path, uint64_t flags, uint64_t resolve, mode_t mode) {
  open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
  // EAGAIN: the kernel asks for another try where a rename raced with the look-up below the root.
  for (int tries = 0;; tries++) {
    long fd = retry([&] { return ::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how); });
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    if (errno != EAGAIN || tries >= 32) return fail("open {} below its root", path);
  }
}

Result<size_t> read(int fd, void* data, size_t size) {
  ssize_t n = retry([&] { return ::read(fd, data, size); });
  if (n < 0) return fail("read");
  return static_cast<size_t>(n);
}
Result<size_t> write(int fd, const void* data, size_t size) {
  ssize_t n = retry([&] { return ::write(fd, data, size); });
  if (n < 0) return fail("write");
  return static_cast<size_t>(n);
}
Result<size_t> pread(int fd, void* data, size_t size, off_t offset) {
  ssize_t n = retry([&] { return ::pread(fd, data, size, offset); });
  if (n < 0) return fail("read");
  return static_cast<size_t>(n);
}
Result<size_t> pwrite(int fd, const void* data, size_t size, off_t offset) {
  ssize_t n = retry([&] { return ::pwrite(fd, data, size, offset); });
  if (n < 0) return fail("write");
  return static_cast<size_t>(n);
}
Result<> mkdirat(int dir, const std::string& path, mode_t mode) {
  return check(::mkdirat(dir, path.c_str(), mode), "create directory {}", path);
}
Result<> unlinkat(int dir, const std::string& path, int flags) {
  return check(::unlinkat(dir, path.c_str(), flags), "remove {}", path);
}
Result<> renameat(int from_dir, const std::string& from, int to_dir, const std::string& to, unsigned flags) {
  return check(::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), flags), "rename {} to {}", from, to);
}
Result<> symlinkat(const std::string& target, int dir, const std::string& path) {
  return check(::symlinkat(target.c_str(), dir, path.c_str()), "create symbolic link {}", path);
}
Result<> linkat(int from_dir, const std::string& from, int to_dir, const std::string& to, int flags) {
  return check(::linkat(from_dir, from.c_str(), to_dir, to.c_str(), flags), "link {} to {}", from, to);
}
Result<> mknodat(int dir, const std::string& path, mode_t mode, dev_t dev) {
  return check(::mknodat(dir, path.c_str(), mode, dev), "create node {}", path);
}
Result<> fchownat(int dir, const std::string& path, uid_t uid, gid_t gid, int flags) {
  return check(::fchownat(dir, path.c_str(), uid, gid, flags), "change owner of {}", path);
}
Result<> fchmodat(int dir, const std::string& path, mode_t mode) {
  return check(::fchmodat(dir, path.c_str(), mode, 0), "change mode of {}", path);
}
Result<> fchmod(int fd, mode_t mode) { return check(::fchmod(fd, mode), "change mode"); }
Result<> fchown(int fd, uid_t uid, gid_t gid) { return check(::fchown(fd, uid, gid), "change owner"); }
Result<> ftruncate(int fd, off_t size) { return check(::ftruncate(fd, size), "truncate"); }
Result<> fsync(int fd) {
  return check(retry([&] { return ::fsync(fd); }), "fsync");
}
Result<> syncfs(int fd) {
  return check(retry([&] { return ::syncfs(fd); }), "syncfs");
}

Result<std::string> readlinkat(int dir, const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  ssize_t n = ::readlinkat(dir, path.c_str(), buffer.data(), buffer.size());
  if (n < 0) return fail("read link {}", path);
  return std::string(buffer.data(), static_cast<size_t>(n));
}
Result<struct stat> fstat(int fd) {
  struct stat st{};
  TRY(check(::fstat(fd, &st), "stat"));
  return st;
}
Result<struct stat> fstatat(int dir, const std::string& path, int flags) {
  struct stat st{};
  TRY(check(::fstatat(dir, path.c_str(), &st, flags), "stat {}", path));
  return st;
}
Result<uint64_t> fs_magic(const std::string& path) {
  struct statfs fs{};
  TRY(check(::statfs(path.c_str(), &fs), "statfs {}", path));
  return static_cast<uint64_t>(fs.f_type);
}
Result<UniqueFd> memfd_create(const char* name, unsigned flags) {
  int fd = ::memfd_create(name, flags | MFD_CLOEXEC);
  if (fd < 0) return fail("create memory file {}", name);
  return UniqueFd(fd);
}

Result<> fcntl_ofd_lock(int fd, short type, bool wait) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
  int r = retry([&] { return ::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock); });
  if (r < 0 && (errno == EAGAIN || errno == EACCES)) return Failure(Error(Code::in_use, "the lock is held"));
  return check(r, "lock");
}

Result<> mount(const std::string& source, const std::string& target, const std::string& type, unsigned long flags,
               const std::string& data) {
  return check(::mount(source.c_str(), target.c_str(), type.empty() ? nullptr : type.c_str(), flags,
                       data.empty() ? nullptr : data.c_str()),
               "mount {} at {}", type.empty() ? source : type, target);
}
Result<> umount2(const std::string& target, int flags) {
  return check(::umount2(target.c_str(), flags), "unmount {}", target);
}

Result<UniqueFd> fsopen(const char* type) {
  long fd = ::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
  if (fd < 0) return fail("fsopen {}", type);
  return UniqueFd(static_cast<int>(fd));
}

namespace {
// The kernel explains a refused option in the context's own log: one message for each read, "e text".
std::string context_log(int fs) {
  std::string all;
  std::array<char, 1024> line{};
  for (int i = 0; i < 8; i++) {
    ssize_t n = ::read(fs, line.data(), line.size());
    if (n <= 2) break;
    std::string_view text(line.data() + 2, static_cast<size_t>(n) - 2);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (!all.empty()) all += "; ";
    all += text;
  }
  return all;
}

Result<> config_check(long r, int fs, std::string_view what) {
  if (r >= 0) return {};
  int err = errno;
  std::string why = context_log(fs);
  return Failure(Error::from_errno(
      err, why.empty() ? fmt::format("mount option {}", what) : fmt::format("mount option {}: {}", what, why)));
}
}  // namespace

Result<> fsconfig_string(int fs, const char* key, const std::string& value) {
  return config_check(::syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value.c_str(), 0), fs, key);
}
Result<> fsconfig_flag(int fs, const char* key) {
  return config_check(::syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, nullptr, 0), fs, key);
}
Result<> fsconfig_fd(int fs, const char* key, int fd) {
  return config_check(::syscall(SYS_fsconfig, fs, FSCONFIG_SET_FD, key, nullptr, fd), fs, key);
}
Result<> fsconfig_create(int fs) {
  return config_check(::syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), fs, "set as a whole");
}
Result<UniqueFd> fsmount(int fs, unsigned attr) {
  long fd = ::syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
  if (fd < 0) return fail("fsmount");
  return UniqueFd(static_cast<int>(fd));
}
Result<UniqueFd> open_tree(int dir, const std::string& path, unsigned flags) {
  if (path.empty()) flags |= AT_EMPTY_PATH;
  long fd = ::syscall(SYS_open_tree, dir, path.c_str(), flags | OPEN_TREE_CLOEXEC);
  if (fd < 0) return fail("open mount {}", path);
  return UniqueFd(static_cast<int>(fd));
}
Result<> move_mount(int from, int to_dir, const std::string& to) {
  return check(::syscall(SYS_move_mount, from, "", to_dir, to.c_str(), MOVE_MOUNT_F_EMPTY_PATH), "attach mount at {}",
               to);
}
Result<> mount_setattr(int dir, const std::string& path, unsigned flags, uint64_t set, uint64_t clear,
                       uint64_t propagation, int userns) {
  mount_attr attr = {.attr_set = set,
                     .attr_clr = clear,
                     .propagation = propagation,
                     .userns_fd = userns < 0 ? 0 : static_cast<uint64_t>(userns)};
  if (path.empty()) flags |= AT_EMPTY_PATH;
  return check(::syscall(SYS_mount_setattr, dir, path.c_str(), flags, &attr, sizeof attr), "change mount {}", path);
}

Result<UniqueFd> pidfd_open(pid_t pid) {
  long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) return fail("open process {}", pid);
  return UniqueFd(static_cast<int>(fd));
}
Result<> pidfd_send_signal(int pidfd, int signal) {
  return check(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0), "send signal {}", signal);
}
Result<> kill(pid_t pid, int signal) { return check(::kill(pid, signal), "send signal {} to process {}", signal, pid); }
Result<> setns(int fd, int type) { return check(::setns(fd, type), "join namespace"); }
Result<> unshare(int flags) { return check(::unshare(flags), "make namespace"); }
Result<> set_subreaper() { return check(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "become the reaper of orphans"); }

Result<Pipe> pipe2(int flags) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), flags | O_CLOEXEC) < 0) return fail("make pipe");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}
Result<SocketPair> socketpair(int type) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) < 0) return fail("make socket pair");
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<> send_message(int socket, std::span<const char> data, std::span<const int> fds) {
  iovec part = {const_cast<char*>(data.data()), data.size()};
  msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  std::vector<char> control(fds.empty() ? 0 : CMSG_SPACE(fds.size_bytes()));
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
  }
  ssize_t n = retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
  return check(n, "send message");
}

Result<Received> receive_message(int socket, size_t max_size) {
  Received got;
  got.data.resize(max_size);
  iovec part = {got.data.data(), got.data.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 253)> control;
  msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
  ssize_t n = retry([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC); });
  if (n < 0) return fail("receive message");
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
      got.fds.emplace_back(fd);
    }
  }
  if (message.msg_flags & MSG_TRUNC) return Failure(Error(Code::corrupt, "received message is too long"));
  got.data.resize(static_cast<size_t>(n));
  return got;
}

namespace {
// A socket path over the kernel's 107 bytes is reached through /proc/self/fd of its directory.
struct SocketPath {
  UniqueFd dir;
  sockaddr_un address{};
};
Result<SocketPath> socket_path(const std::string& path) {
  SocketPath out;
  out.address.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof out.address.sun_path) {
    size_t slash = path.rfind('/');
    if (slash == std::string::npos)
      return Failure(Error(Code::invalid, fmt::format("socket name {} is too long", path)));
    out.dir = TRY(open(path.substr(0, slash + 1), O_PATH | O_DIRECTORY));
    name = fmt::format("/proc/self/fd/{}/{}", out.dir.get(), path.substr(slash + 1));
    if (name.size() >= sizeof out.address.sun_path)
      return Failure(Error(Code::invalid, fmt::format("socket name {} is too long", path)));
  }
  std::memcpy(out.address.sun_path, name.c_str(), name.size() + 1);
  return out;
}
Result<UniqueFd> unix_socket(int type) {
  int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail("make socket");
  return UniqueFd(fd);
}
}  // namespace

Result<UniqueFd> listen_unix(const std::string& path, int type, int backlog) {
  SocketPath at = TRY(socket_path(path));
  UniqueFd fd = TRY(unix_socket(type));
  TRY(check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at.address), sizeof at.address), "bind socket {}", path));
  TRY(check(::listen(fd.get(), backlog), "listen on socket {}", path));
  return fd;
}
Result<UniqueFd> connect_unix(const std::string& path, int type) {
  SocketPath at = TRY(socket_path(path));
  UniqueFd fd = TRY(unix_socket(type));
  TRY(check(retry([&] { return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&at.address), sizeof at.address); }),
            "connect to socket {}", path));
  return fd;
}
Result<> set_nonblocking(int fd, bool on) {
  int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return fail("read descriptor flags");
  return check(::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), "change descriptor flags");
}
Result<> set_cloexec(int fd, bool on) {
  return check(::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0), "change descriptor flags");
}

}  // namespace cove::sys
