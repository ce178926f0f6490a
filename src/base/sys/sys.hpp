#pragma once
// One function for each system call, 1:1, returning Result (the architecture's only place for raw calls). EINTR is
// retried where the call allows it. Every descriptor made here is close-on-exec. Errors carry errno and the path.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::sys {

// Files. `dir` is a descriptor or AT_FDCWD.
Result<UniqueFd> open(const std::string& path, int flags, mode_t mode = 0);
Result<UniqueFd> openat(int dir, const std::string& path, int flags, mode_t mode = 0);
// openat2 with RESOLVE_* flags. RESOLVE_IN_ROOT keeps every link below `dir`.
Result<UniqueFd> openat2(int dir, const std::string& path, uint64_t flags, uint64_t resolve, mode_t mode = 0);
Result<size_t> read(int fd, void* data, size_t size);
Result<size_t> write(int fd, const void* data, size_t size);
Result<size_t> pread(int fd, void* data, size_t size, off_t offset);
Result<size_t> pwrite(int fd, const void* data, size_t size, off_t offset);
Result<> mkdirat(int dir, const std::string& path, mode_t mode);
Result<> unlinkat(int dir, const std::string& path, int flags);
Result<> renameat(int from_dir, const std::string& from, int to_dir, const std::string& to, unsigned flags = 0);
Result<> symlinkat(const std::string& target, int dir, const std::string& path);
Result<> linkat(int from_dir, const std::string& from, int to_dir, const std::string& to, int flags);
Result<> mknodat(int dir, const std::string& path, mode_t mode, dev_t dev);
Result<> fchownat(int dir, const std::string& path, uid_t uid, gid_t gid, int flags);
Result<> fchmodat(int dir, const std::string& path, mode_t mode);
Result<> fchmod(int fd, mode_t mode);
Result<> fchown(int fd, uid_t uid, gid_t gid);
Result<> ftruncate(int fd, off_t size);
Result<> fsync(int fd);
Result<> syncfs(int fd);
Result<std::string> readlinkat(int dir, const std::string& path);
Result<struct stat> fstat(int fd);
Result<struct stat> fstatat(int dir, const std::string& path, int flags = 0);
Result<uint64_t> fs_magic(const std::string& path);  // statfs f_type
Result<UniqueFd> memfd_create(const char* name, unsigned flags = 0);
Result<> fcntl_ofd_lock(int fd, short type, bool wait);  // F_OFD_SETLK(W); a held lock gives Code::in_use

// Mounts (new mount API; `umount` and `mount` are the old calls).
Result<> mount(const std::string& source, const std::string& target, const std::string& type, unsigned long flags,
               const std::string& data);
Result<> umount2(const std::string& target, int flags);
Result<UniqueFd> fsopen(const char* type);
Result<> fsconfig_string(int fs, const char* key, const std::string& value);
Result<> fsconfig_flag(int fs, const char* key);
Result<> fsconfig_fd(int fs, const char* key, int fd);
Result<> fsconfig_create(int fs);  // errors carry the kernel's own message log where there is one
Result<UniqueFd> fsmount(int fs, unsigned attr);
Result<UniqueFd> open_tree(int dir, const std::string& path, unsigned flags);
Result<> move_mount(int from, int to_dir, const std::string& to);  // from: a detached mount's descriptor
Result<> mount_setattr(int dir, const std::string& path, unsigned flags, uint64_t set, uint64_t clear,
                       uint64_t propagation, int userns = -1);

// Processes and namespaces. `setns` and `unshare` are for helper children and the monitor only (SPAWN2).
Result<UniqueFd> pidfd_open(pid_t pid);
Result<> pidfd_send_signal(int pidfd, int signal);
Result<> kill(pid_t pid, int signal);
Result<> setns(int fd, int type);
Result<> unshare(int flags);
Result<> set_subreaper();

// Descriptors and sockets.
struct Pipe {
  UniqueFd read, write;
};
Result<Pipe> pipe2(int flags = 0);
struct SocketPair {
  UniqueFd first, second;
};
Result<SocketPair> socketpair(int type);  // AF_UNIX
Result<> send_message(int socket, std::span<const char> data, std::span<const int> fds);
struct Received {
  std::vector<char> data;  // empty: the peer closed
  std::vector<UniqueFd> fds;
};
Result<Received> receive_message(int socket, size_t max_size);
Result<UniqueFd> listen_unix(const std::string& path, int type, int backlog = 64);  // paths over 107 bytes work
Result<UniqueFd> connect_unix(const std::string& path, int type);
Result<> set_nonblocking(int fd, bool on);
Result<> set_cloexec(int fd, bool on);

}  // namespace cove::sys
