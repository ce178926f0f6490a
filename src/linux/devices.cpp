#include "linux/devices.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove::linux_ {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::string_view kSkippedDirs[] = {"pts",  "shm",         "fd",    "mqueue",
                                             ".lxc", ".lxd-mounts", ".udev", "lxd-containers"};

bool is_device(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode); }

DeviceNode make_node(std::string path, const struct stat& st) {
  return {.path = std::move(path),
          .type = S_ISBLK(st.st_mode)    ? 'b'
                  : S_ISFIFO(st.st_mode) ? 'p'
                                         : 'c',
          .major = S_ISFIFO(st.st_mode) ? 0 : major(st.st_rdev),
          .minor = S_ISFIFO(st.st_mode) ? 0 : minor(st.st_rdev),
          .mode = st.st_mode & 07777,
          .uid = st.st_uid,
          .gid = st.st_gid};
}

bool is_skipped_dir(std::string_view name) {
  return std::find(std::begin(kSkippedDirs), std::end(kSkippedDirs), name) != std::end(kSkippedDirs);
}

Result<> collect(const std::string& dir, std::vector<DeviceNode>& out, int depth) {
  if (depth > kMaxDepth) return {};
  auto names = list_dir(dir);
  // Hot-unplugged meanwhile, or not for us to read: not a reason to refuse the others.
  if (!names && depth > 0 && (names.error().sys_errno() == ENOENT || names.error().sys_errno() == EACCES)) return {};
  if (!names) return Failure(std::move(names).error());
  for (const std::string& name : *names) {
    std::string path = join_path(dir, name);
    auto st = sys::fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if (!st && (st.error().sys_errno() == ENOENT || st.error().sys_errno() == EACCES)) continue;
    if (!st) return Failure(std::move(st).error());
    if (S_ISDIR(st->st_mode)) {
      if (!is_skipped_dir(name)) TRY(collect(path, out, depth + 1));
    } else if (is_device(st->st_mode) && !(S_ISCHR(st->st_mode) && st->st_rdev == 0)) {
      out.push_back(make_node(path, *st));
    }
  }
  return {};
}

// tty0, tty1, … : what a systemd in the container would take for its own consoles.
bool is_virtual_terminal(std::string_view name) {
  return name.starts_with("tty") && name.size() > 3 && parse_uint(name.substr(3)).has_value();
}

}  // namespace

Result<DeviceNode> stat_device(const std::string& path) {
  struct stat st = TRY(sys::fstatat(AT_FDCWD, path));
  if (!is_device(st.st_mode)) return Failure(Error(Code::invalid, fmt::format("{} is not a device", path)));
  return make_node(path, st);
}

Result<std::vector<DeviceNode>> expand_device(const std::string& path) {
  struct stat st = TRY(sys::fstatat(AT_FDCWD, path));
  std::vector<DeviceNode> out;
  if (!S_ISDIR(st.st_mode)) {
    out.push_back(TRY(stat_device(path)));
    return out;
  }
  TRY(collect(clean_path(path), out, 0));
  if (out.empty()) return Failure(Error(Code::invalid, fmt::format("no devices found in {}", path)));
  std::sort(out.begin(), out.end(), [](const DeviceNode& a, const DeviceNode& b) { return a.path < b.path; });
  return out;
}

Result<std::vector<DeviceNode>> host_devices(const std::string& dev, bool skip_virtual_terminals) {
  std::vector<DeviceNode> all;
  TRY(collect(dev, all, 0));
  std::erase_if(all, [&](const DeviceNode& d) {
    std::string_view name = std::string_view(d.path).substr(dev.size() + 1);
    // Each container has its own of these.
    if (name == "console" || name == "tty" || name == "ptmx") return true;
    return skip_virtual_terminals && is_virtual_terminal(name);
  });
  std::sort(all.begin(), all.end(), [](const DeviceNode& a, const DeviceNode& b) { return a.path < b.path; });
  return all;
}

}  // namespace cove::linux_
