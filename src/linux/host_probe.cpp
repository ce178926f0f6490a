// Trying what the kernel and the graph root can do.
#include "linux/host_probe.hpp"

#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/fs.hpp"
#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "linux/capabilities.hpp"
#include "linux/idmap.hpp"
#include "linux/labels.hpp"
#include "linux/overlay.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

constexpr int kSysAdmin = 21;

struct LimitName {
  int resource;
  const char* name;
};
constexpr LimitName kLimits[] = {
    {RLIMIT_AS, "RLIMIT_AS"},           {RLIMIT_CORE, "RLIMIT_CORE"},         {RLIMIT_CPU, "RLIMIT_CPU"},
    {RLIMIT_DATA, "RLIMIT_DATA"},       {RLIMIT_FSIZE, "RLIMIT_FSIZE"},       {RLIMIT_LOCKS, "RLIMIT_LOCKS"},
    {RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"}, {RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"}, {RLIMIT_NICE, "RLIMIT_NICE"},
    {RLIMIT_NOFILE, "RLIMIT_NOFILE"},   {RLIMIT_NPROC, "RLIMIT_NPROC"},       {RLIMIT_RSS, "RLIMIT_RSS"},
    {RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},   {RLIMIT_RTTIME, "RLIMIT_RTTIME"},     {RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
    {RLIMIT_STACK, "RLIMIT_STACK"}};

struct FsName {
  uint64_t magic;
  const char* name;
};
constexpr FsName kFileSystems[] = {{0xef53, "ext4"},      {0x58465342, "xfs"},      {0x9123683e, "btrfs"},
                                   {0x01021994, "tmpfs"}, {0x794c7630, "overlay"},  {0x2fc12fc1, "zfs"},
                                   {0x6969, "nfs"},       {0x65735546, "fuse"},     {0xf2f52010, "f2fs"},
                                   {0xe0f5e1e2, "erofs"}, {0x73717368, "squashfs"}, {0xff534d42, "cifs"},
                                   {0x01021997, "9p"},    {0xca451a4e, "bcachefs"}, {0x6a656a63, "virtiofs"}};

std::string fs_name(const std::string& path) {
  auto magic = sys::fs_magic(path);
  if (!magic) return "";
  for (const FsName& f : kFileSystems) {
    if (f.magic == *magic) return f.name;
  }
  return fmt::format("0x{:x}", *magic);
}

std::string os_value(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    std::string_view value = trim(std::string_view(line).substr(key.size() + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
  }
  return "";
}

void read_os(HostFacts& f) {
  auto text = read_file("/etc/os-release");
  if (!text) text = read_file("/usr/lib/os-release");
  if (!text) return;
  f.os_id = os_value(*text, "ID");
  f.os_version = os_value(*text, "VERSION_ID");
  f.os_name = os_value(*text, "PRETTY_NAME");
}

void read_system(HostFacts& f) {
  utsname u = {};
  ::uname(&u);
  f.kernel = u.release;
  f.arch = u.machine;
  std::vector<std::string> parts = split_n(f.kernel, '.', 3);
  f.kernel_major = static_cast<int>(parse_int(parts[0]).value_or(0));
  if (parts.size() > 1) {
    std::string_view minor = parts[1];
    f.kernel_minor = static_cast<int>(parse_int(minor.substr(0, minor.find_first_not_of("0123456789"))).value_or(0));
  }
  f.boot_id = boot_id();
  f.cpus = static_cast<unsigned>(sysx::online_cpus());
  struct sysinfo info = {};
  if (::sysinfo(&info) == 0) {
    f.memory = uint64_t{info.totalram} * info.mem_unit;
    f.swap = uint64_t{info.totalswap} * info.mem_unit;
  }
  read_os(f);
  f.apparmor = apparmor_enabled();
  f.selinux = selinux_enabled();
  f.systemd = path_exists("/run/systemd/system");
  auto status = read_file("/proc/self/status");
  f.seccomp = status && status->find("\nSeccomp:") != std::string::npos;
}

// A call with arguments that cannot work: only a kernel without it says ENOSYS.
bool has_call(long number, long a = -1, long b = -1, long c = -1, long d = -1) {
  return ::syscall(number, a, b, c, d, 0L) >= 0 || errno != ENOSYS;
}

void probe_calls(HostFacts& f) {
  UniqueFd fs;
  if (auto r = sys::fsopen("tmpfs")) fs = std::move(*r);
  f.new_mount_api = fs.valid();
  if (!f.new_mount_api) f.new_mount_api = has_call(SYS_open_tree) && has_call(SYS_move_mount);
  f.mount_setattr = has_call(SYS_mount_setattr);
  f.openat2 = sys::openat2(AT_FDCWD, "/", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT).has_value();
  f.pidfd = sys::pidfd_open(::getpid()).has_value();
  f.pidfd_getfd = has_call(SYS_pidfd_getfd);
  f.clone3 = has_call(SYS_clone3, 0, 0);
  f.close_range = ::syscall(SYS_close_range, ~0U, ~0U, 0) == 0;
  if (auto ovl = sys::fsopen("overlay")) {
    f.overlay_append_layers = sys::fsconfig_string(ovl->get(), "lowerdir+", "/").has_value();
  }
}

// A scratch directory below the graph root with what the trials need; gone with the object.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& graph_root) {
    Scratch s(join_path(graph_root, ".probe-" + random_hex(12)));
    TRY(sys::mkdirat(AT_FDCWD, s.path_, 0700));
    for (const char* name : {"l1", "l2", "u", "w"}) TRY(sys::mkdirat(AT_FDCWD, s.at(name), 0755));
    TRY(write_atomic(s.at("l1/file"), "x"));
    return s;
  }
  Scratch(Scratch&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    if (!path_.empty()) (void)remove_tree(path_);
  }
  std::string at(const char* name) const { return join_path(path_, name); }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

bool probe_reflink(const Scratch& s) {
  auto from = sys::open(s.at("l1/file"), O_RDONLY);
  auto to = sys::open(s.at("l2/clone"), O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!from || !to) return false;
  auto cloned = sysx::try_clone(from->get(), to->get());
  return cloned && *cloned;
}

bool probe_d_type(const Scratch& s) {
  auto fd = sys::open(s.at("l1"), O_RDONLY | O_DIRECTORY);
  if (!fd) return false;
  auto entries = sysx::read_dir(fd->get());
  return entries && entries->size() == 1 && entries->front().type == DT_REG;
}

void probe_overlay(HostFacts& f, const Scratch& s) {
  OverlaySpec spec = {.lower = {s.at("l1"), s.at("l2")}, .upper = s.at("u"), .work = s.at("w")};
  auto mounted = mount_overlay(spec);
  if (!mounted && f.rootless) {
    spec.userxattr = true;
    mounted = mount_overlay(spec);
    f.overlay_userxattr = mounted.has_value();
  }
  f.overlay = mounted.has_value();
  if (!mounted) {
    LOG_DEBUG("overlay cannot be mounted: {}", mounted.error().text());
    return;
  }
  f.overlay_whiteout = sys::unlinkat(mounted->get(), "file", 0).has_value();
}

void probe_idmap(HostFacts& f, const Scratch& s) {
  uint32_t id = f.rootless ? f.uid : 100000;
  auto ns = f.rootless ? make_userns({{0, id, 1}}, {{0, static_cast<uint32_t>(::getegid()), 1}})
                       : make_userns({{0, id, 65536}}, {{0, id, 65536}});
  f.user_namespaces = ns.has_value();
  if (!ns || !f.overlay) return;
  OverlaySpec spec = {.lower = {s.at("l1"), s.at("l2")}, .lower_userns = ns->get(), .userxattr = f.overlay_userxattr};
  auto mounted = mount_overlay(spec);
  if (!mounted) {
    LOG_DEBUG("idmapped layers cannot be mounted: {}", mounted.error().text());
    return;
  }
  auto st = sys::fstatat(mounted->get(), "file", AT_SYMLINK_NOFOLLOW);
  f.idmapped_layers = st && st->st_uid == id;
}

Result<> probe_graph_root(HostFacts& f, const std::string& graph_root) {
  f.graph_fs = fs_name(graph_root);
  Scratch s = TRY_CTX(Scratch::make(graph_root), "trying out the graph root");
  f.graph_xattr = sysx::set_xattr(s.at("l1"), f.rootless ? "user.cove" : "trusted.cove", "1").has_value();
  f.graph_d_type = probe_d_type(s);
  f.graph_reflink = probe_reflink(s);
  probe_overlay(f, s);
  probe_idmap(f, s);
  return {};
}

bool in_user_namespace() {
  auto text = read_file("/proc/self/uid_map");
  auto map = text ? parse_id_map(*text) : Failure(Error(Code::system, "unreadable"));
  return map && !is_identity(*map);
}

}  // namespace

Result<> read_process_facts(HostFacts& f) {
  f.uid = ::geteuid();
  f.hostname = sysx::host_name();
  CapabilitySets sets = TRY(read_capability_sets());
  f.capabilities = sets.effective;
  f.bounding = sets.bounding;
  f.in_userns = in_user_namespace();
  f.rootless = f.in_userns || !(f.capabilities & capability_bit(kSysAdmin));
  f.rlimits.clear();
  for (const LimitName& l : kLimits) {
    rlimit limit = TRY(sysx::get_limit(l.resource));
    auto value = [](rlim_t n) { return n == RLIM_INFINITY ? UINT64_MAX : uint64_t{n}; };
    f.rlimits.push_back({l.name, value(limit.rlim_cur), value(limit.rlim_max)});
  }
  return {};
}

Result<HostFacts> probe_host(const std::string& graph_root) {
  HostFacts f;
  read_system(f);
  TRY(read_process_facts(f));
  f.last_cap = read_last_capability();
  probe_calls(f);
  auto layout = read_cgroup_layout();
  if (layout) f.cgroups = std::move(*layout);
  f.cgroup_mode = f.cgroups.mode;
  for (const CgroupTree& t : f.cgroups.trees) {
    for (const std::string& c : t.controllers) {
      if (!c.starts_with("name=")) f.cgroup_controllers.push_back(c);
    }
  }
  std::sort(f.cgroup_controllers.begin(), f.cgroup_controllers.end());
  f.cgroup_controllers.erase(std::unique(f.cgroup_controllers.begin(), f.cgroup_controllers.end()),
                             f.cgroup_controllers.end());
  TRY(probe_graph_root(f, graph_root));
  return f;
}

}  // namespace cove::linux_
