#include "monitor/mount_space.hpp"

#include <linux/mount.h>
#include <sched.h>

#include <array>
#include <utility>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "monitor/crash_point.hpp"
#include "monitor/sys_monitor.hpp"

namespace cove::monitor {
namespace {

// <sys/mount.h> and <linux/mount.h> cannot both be included; these are the kernel's numbers.
constexpr unsigned long kNosuid = 2, kNodev = 4, kNoexec = 8, kBind = 4096, kRec = 16384, kUnbindable = 1UL << 17,
                        kPrivate = 1UL << 18, kSlave = 1UL << 19, kShared = 1UL << 20;

Result<unsigned long> propagation_flags(const std::string& name) {
  static constexpr std::array<std::pair<const char*, unsigned long>, 8> kNames = {
      {{"private", kPrivate},
       {"slave", kSlave},
       {"shared", kShared},
       {"unbindable", kUnbindable},
       {"rprivate", kPrivate | kRec},
       {"rslave", kSlave | kRec},
       {"rshared", kShared | kRec},
       {"runbindable", kUnbindable | kRec}}};
  for (const auto& [known, flags] : kNames) {
    if (name == known) return flags;
  }
  return Failure(Error(Code::invalid, "mount propagation \"" + name + "\" is not known"));
}

std::string parent_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

Result<UniqueFd> leave_host_mounts() {
  UniqueFd host = TRY(sys::open("/proc/self/ns/mnt", O_RDONLY));
  TRY(sys::unshare(CLONE_NEWNS));
  return host;
}

Result<> cover_mount_dir(const std::string& mount_dir) {
  std::string holder = mount_dir;
  while (holder != "/" && !is_mount_root(holder)) holder = parent_of(holder);
  TRY(sys::mount("", holder, "", kSlave, ""));
  TRY(sys::mount("tmpfs", mount_dir, "tmpfs", kNosuid | kNodev | kNoexec, "mode=755,size=256k"));
  return sys::mount("", mount_dir, "", kPrivate, "");
}

Result<> attach_mounts(const std::string& mount_dir, const std::vector<protocol::MountTarget>& targets,
                       const std::vector<UniqueFd>& mounts) {
  for (size_t i = 0; i < targets.size(); i++) {
    const auto& target = targets[i];
    std::string path = clean_path(join_path(mount_dir, target.destination));
    if (!path.starts_with(mount_dir + "/")) {
      return Failure(
          Error(Code::invalid, "mount destination \"" + target.destination + "\" leaves the mount directory"));
    }
    TRY(ensure_dir(path));
    TRY_CTX(sys::move_mount(mounts.at(i).get(), AT_FDCWD, path), "attaching " + target.destination);
    if (target.propagation.empty()) continue;
    unsigned long flags = TRY(propagation_flags(target.propagation));
    TRY(sys::mount("", path, "", flags, ""));
  }
  return {};
}

Result<> hide_hybrid_cgroup() {
  TRY(sys::mount("", "/sys/fs/cgroup", "", kPrivate, ""));
  return sys::mount("tmpfs", "/sys/fs/cgroup/unified", "tmpfs", kNosuid | kNodev | kNoexec, "mode=755,size=64k");
}

Result<UniqueFd> make_network(const std::string& mount_dir) {
  UniqueFd own = TRY(sys::open("/proc/self/ns/net", O_RDONLY));
  TRY(sys::unshare(CLONE_NEWNET));
  auto made = sys::open("/proc/self/ns/net", O_RDONLY);
  TRY(sys::setns(own.get(), CLONE_NEWNET));
  if (!made) return made;
  std::string path = join_path(mount_dir, "netns");
  TRY(sys::open(path, O_WRONLY | O_CREAT, 0600));
  TRY(sys::mount("/proc/self/fd/" + std::to_string(made->get()), path, "", kBind, ""));
  return made;
}

}  // namespace cove::monitor
