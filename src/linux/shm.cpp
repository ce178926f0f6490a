#include "linux/shm.hpp"

#include <linux/mount.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/sys/sys.hpp"
#include "linux/sys_child.hpp"

// <sys/mount.h> and <linux/mount.h> cannot both be included with this libc.
constexpr int kUmountDetach = 2;    // MNT_DETACH
constexpr int kUmountNofollow = 8;  // UMOUNT_NOFOLLOW

namespace cove::linux_ {

Result<UniqueFd> make_tmpfs(const TmpfsSpec& spec) {
  UniqueFd fs = TRY(sys::fsopen("tmpfs"));
  TRY(sys::fsconfig_string(fs.get(), "source", spec.source));
  TRY(sys::fsconfig_string(fs.get(), "mode", fmt::format("{:o}", static_cast<unsigned>(spec.mode))));
  if (spec.size) TRY(sys::fsconfig_string(fs.get(), "size", std::to_string(spec.size)));
  if (!spec.context.empty()) TRY(sys::fsconfig_string(fs.get(), "context", spec.context));
  for (const auto& [key, value] : spec.options) {
    if (value.empty()) {
      TRY(sys::fsconfig_flag(fs.get(), key.c_str()));
    } else {
      TRY(sys::fsconfig_string(fs.get(), key.c_str(), value));
    }
  }
  TRY(sys::fsconfig_create(fs.get()));
  unsigned attr = (spec.noexec ? MOUNT_ATTR_NOEXEC : 0) | (spec.nosuid ? MOUNT_ATTR_NOSUID : 0) |
                  (spec.nodev ? MOUNT_ATTR_NODEV : 0) | (spec.read_only ? MOUNT_ATTR_RDONLY : 0);
  return sys::fsmount(fs.get(), attr);
}

Result<UniqueFd> make_shm(uint64_t size, const std::string& label) {
  return make_tmpfs({.source = "shm", .size = size, .mode = 01777, .context = label});
}

Result<> detach_mount(const std::string& target) {
  auto r = sys::umount2(target, kUmountDetach | kUmountNofollow);
  if (r || r.error().sys_errno() == EINVAL || r.error().sys_errno() == ENOENT) return {};
  return r;
}

namespace {

struct CloneJob {
  int ns, socket;
  const char* path;
};

int clone_main(void* argument) {
  const CloneJob& job = *static_cast<const CloneJob*>(argument);
  int step = 1, fd = -1;
  int r = child::setns(job.ns, CLONE_NEWNS);
  if (r >= 0) step = 2, r = fd = child::open_tree_clone(job.path);
  ChildReport report = r < 0 ? ChildReport{step, -r} : ChildReport{};
  return child::send_report(job.socket, report, fd) < 0 ? 1 : 0;
}

}  // namespace

Result<UniqueFd> clone_mount_of(pid_t pid, const std::string& path) {
  static const char* const kSteps[] = {"joining the mount namespace", "cloning the mount"};
  UniqueFd ns = TRY(sys::open(fmt::format("/proc/{}/ns/mnt", pid), O_RDONLY));
  sys::SocketPair pair = TRY(sys::socketpair(SOCK_SEQPACKET));
  CloneJob job = {ns.get(), pair.second.get(), path.c_str()};
  HelperChild helper = TRY(HelperChild::start(0, clone_main, &job));
  pair.second.reset();
  return TRY_CTX(receive_report(pair.first.get(), kSteps, 2), fmt::format("{} of process {}", path, pid));
}

}  // namespace cove::linux_
