// User namespaces that only carry a map, and idmapped mounts.
#include <linux/mount.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "linux/idmap.hpp"
#include "linux/sys_child.hpp"

namespace cove::linux_ {
namespace {

// The child waits until the parent closes its end, by intent or by dying.
struct Hold {
  int read, write;
};

int hold_main(void* argument) {
  const Hold& hold = *static_cast<const Hold*>(argument);
  child::close(hold.write);
  child::read_until_end(hold.read);
  return 0;
}

Result<> write_proc(pid_t pid, const char* file, const std::string& text) {
  UniqueFd fd = TRY(sys::open(fmt::format("/proc/{}/{}", pid, file), O_WRONLY));
  // The kernel takes a map in a single write only.
  size_t n = TRY_CTX(sys::write(fd.get(), text.data(), text.size()), fmt::format("writing {}", file));
  if (n != text.size()) return Failure(Error(Code::internal, fmt::format("writing {}: cut short", file)));
  return {};
}

Result<> run_map_program(const char* program, pid_t pid, const IdMap& map) {
  SpawnSpec spec = {.argv = {program, std::to_string(pid)}};
  for (const IdRange& r : map) {
    for (uint32_t n : {r.inside, r.outside, r.size}) spec.argv.push_back(std::to_string(n));
  }
  Output out = TRY(run_program(std::move(spec)));
  if (out.status.shell_code() == 0) return {};
  return Failure(Error(Code::denied, fmt::format("{}: {}", program, out.err)));
}

Result<> write_map(pid_t pid, const char* file, const char* program, const IdMap& map) {
  auto direct = write_proc(pid, file, format_id_map(map));
  if (direct || direct.error().sys_errno() != EPERM) return direct;
  auto helped = run_map_program(program, pid, map);
  // No such program: what the kernel said is the better answer.
  if (!helped && helped.error().code() != Code::denied) return direct;
  return helped;
}

// Somebody without rights may map nothing but his own group, and only where setgroups(2) is forbidden.
Result<> write_gid_map(pid_t pid, const IdMap& map) {
  if (::geteuid() != 0 && map.size() == 1 && map[0].size == 1) TRY(write_proc(pid, "setgroups", "deny"));
  return write_map(pid, "gid_map", "newgidmap", map);
}

}  // namespace

Result<UniqueFd> make_userns(const IdMap& uids, const IdMap& gids) {
  TRY_CTX(check_id_map(uids), "user ids");
  TRY_CTX(check_id_map(gids), "group ids");
  sys::Pipe pipe = TRY(sys::pipe2());
  Hold hold = {pipe.read.get(), pipe.write.get()};
  HelperChild helper = TRY_CTX(HelperChild::start(CLONE_NEWUSER, hold_main, &hold), "making a user namespace");
  auto made = [&]() -> Result<UniqueFd> {
    TRY(write_map(helper.pid(), "uid_map", "newuidmap", uids));
    TRY(write_gid_map(helper.pid(), gids));
    return sys::open(fmt::format("/proc/{}/ns/user", helper.pid()), O_RDONLY);
  }();
  pipe.write.reset();
  if (!made) return Failure(std::move(made).error().with("making a user namespace"));
  return made;
}

Result<> idmap_mount(int mount, int userns) {
  auto set = sys::mount_setattr(mount, "", 0, MOUNT_ATTR_IDMAP, 0, 0, userns);
  if (set) return {};
  int err = set.error().sys_errno();
  if (err == EINVAL || err == ENOSYS || err == EOPNOTSUPP) {
    return Failure(
        std::move(set).error().as(Code::unsupported).hint("this file system or kernel has no idmapped mounts"));
  }
  return set;
}

}  // namespace cove::linux_
