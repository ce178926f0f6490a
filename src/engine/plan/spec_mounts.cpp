#include "engine/plan/spec_parts.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

namespace {

bool gid5_is_mapped(const SpecContext& c) {
  if (c.inputs.gid_map.empty()) return !c.host.rootless || c.host.available_gids >= 5;
  for (const auto& range : c.inputs.gid_map)
    if (range.inside <= 5 && 5 - range.inside < range.size) return true;
  return false;
}

std::string_view cgroup_access(const SpecContext& c) {
  if (c.config.privileged) return "rw";
  if (!c.host.cgroup_v2) return "ro";
  for (const auto& path : c.config.unmask)
    if (path == "ALL" || text::clean(path) == "/sys/fs/cgroup") return "rw";
  return "ro";
}

SpecMount sys_mount(const SpecContext& c) {
  std::string access = c.config.privileged ? "rw" : "ro";
  if (!c.can_mount_sysfs()) return {"/sys", "bind", "/sys", {"rprivate", "nosuid", "noexec", "nodev", access, "rbind"}};
  if (c.config.privileged) return {"/sys", "sysfs", "sysfs", {"rprivate", "nosuid", "noexec", "nodev", "rw"}};
  return {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}};
}

SpecMount cgroup_mount(const SpecContext& c) {
  if (c.config.systemd && c.host.cgroup_v2) {  // G12
    if (c.config.cgroup.is_host()) return {"/sys/fs/cgroup", "bind", "/sys/fs/cgroup", {"bind", "private", "rw"}};
    return {"/sys/fs/cgroup", "cgroup", "cgroup", {"private", "rw"}};
  }
  std::string access(cgroup_access(c));
  if (!c.can_mount_sysfs())
    return {"/sys/fs/cgroup", "cgroup", "/sys/fs/cgroup", {"rprivate", "nosuid", "noexec", "nodev", access}};
  return {"/sys/fs/cgroup", "cgroup", "cgroup", {"rprivate", "nosuid", "noexec", "nodev", "relatime", access}};
}

// What every container has, before anybody asked.
std::vector<SpecMount> base_mounts(const SpecContext& c) {
  std::vector<SpecMount> out;
  SpecMount proc{"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}};
  if (c.in_userns() && c.config.pid.is_host())
    proc = {"/proc", "bind", "/proc", {"rbind", "nosuid", "noexec", "nodev"}};
  if (!c.config.proc_opts.empty()) proc.options = c.config.proc_opts;
  out.push_back(std::move(proc));
  SpecMount dev{"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "strictatime", "mode=755", "size=65536k"}};
  if (c.config.read_only && !c.config.read_only_tmpfs) dev.options.emplace_back("ro");
  out.push_back(std::move(dev));
  out.push_back(sys_mount(c));
  SpecMount pts{"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}};
  if (gid5_is_mapped(c)) pts.options.emplace_back("gid=5");
  out.push_back(std::move(pts));
  if (c.in_userns() && c.config.ipc.is_host())
    out.push_back({"/dev/mqueue", "bind", "/dev/mqueue", {"bind", "nosuid", "noexec", "nodev"}});
  else
    out.push_back({"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}});
  out.push_back(cgroup_mount(c));
  return out;
}

// G4, G5.
std::vector<SpecMount> own_mounts(const SpecContext& c) {
  std::vector<SpecMount> out;
  auto bind = [&](const std::string& source, const std::string& destination) {
    if (source.empty()) return;
    Strings options = {"bind", "private"};
    if (c.config.read_only) options.insert(options.end(), {"ro", "nosuid", "noexec", "nodev"});
    out.push_back({destination, "bind", source, std::move(options)});
  };
  const auto& files = c.inputs.files;
  bind(files.resolv_conf, "/etc/resolv.conf");
  bind(files.hosts, "/etc/hosts");
  bind(files.hostname, "/etc/hostname");
  bind(files.containerenv, "/run/.containerenv");
  bind(files.passwd, "/etc/passwd");
  bind(files.group, "/etc/group");
  bind(files.localtime, "/etc/localtime");
  for (const auto& [source, destination] : files.secrets) bind(source, destination);
  if (!c.inputs.shm_path.empty()) {
    Strings options = {"bind", "rprivate"};
    if (c.inputs.shm_path != "/dev/shm") options.insert(options.end(), {"nosuid", "noexec", "nodev"});
    if (c.config.read_only && !c.config.read_only_tmpfs) options.emplace_back("ro");
    out.push_back({"/dev/shm", "bind", c.inputs.shm_path, std::move(options)});
  }
  return out;
}

// What options imply, each only where the user has no mount.
std::vector<SpecMount> implied_mounts(const SpecContext& c) {
  std::vector<SpecMount> out;
  auto tmpfs = [&](std::string path, Strings options) {
    for (const auto& other : out)
      if (other.destination == path) return;
    out.push_back({std::move(path), "tmpfs", "tmpfs", std::move(options)});
  };
  if (c.config.init) out.push_back({"/run/podman-init", "bind", c.config.init_path, {"bind", "private", "ro"}});
  if (c.config.systemd) {  // G12
    std::string size = c.config.shm_size_systemd ? fmt::format("size={}", *c.config.shm_size_systemd) : "size=65536k";
    for (auto path : {"/run", "/run/lock"})
      tmpfs(path, {"rw", "rprivate", "noexec", "nosuid", "nodev", "tmpcopyup", size});
    for (auto path : {"/tmp", "/var/log/journal"})
      tmpfs(path, {"rw", "rprivate", "noexec", "nosuid", "nodev", "tmpcopyup"});
    if (!c.host.cgroup_v2 && !c.config.cgroup.is_path() && c.config.cgroups_mode != "disabled")
      out.push_back({"/sys/fs/cgroup/systemd",
                     "bind",
                     "/sys/fs/cgroup/systemd" + cgroup_below_root(c.config, c.host),
                     {"bind", "private", "nodev", "noexec", "nosuid"}});
  }
  if (c.config.read_only && c.config.read_only_tmpfs)
    for (auto path : {"/tmp", "/var/tmp", "/run"}) tmpfs(path, {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"});
  return out;
}

// Without the right to make nodes, a device comes as a bind of the host's node.
std::vector<SpecMount> device_mounts(const SpecContext& c) {
  std::vector<SpecMount> out;
  if (!c.in_userns()) return out;
  for (const auto& device : c.inputs.devices) {
    bool write = device.permissions.find('w') != std::string::npos;
    const auto& source = device.host_path.empty() ? device.path : device.host_path;
    out.push_back({device.path, "bind", source, {"slave", "nosuid", "noexec", write ? "rw" : "ro", "rbind"}});
  }
  return out;
}

}  // namespace

json::Value make_mounts(const SpecContext& c) {
  std::map<std::string, bool> users;
  for (const auto& mount : c.inputs.mounts) users[text::clean(mount.destination)] = true;
  bool user_dev = users.contains("/dev");
  auto free = [&](const SpecMount& mount) {
    return !users.contains(mount.destination) && !(user_dev && text::is_below(mount.destination, "/dev"));
  };
  std::vector<SpecMount> all;
  for (auto& mount : base_mounts(c))
    if (free(mount)) all.push_back(std::move(mount));
  for (auto& mount : own_mounts(c)) {
    if (free(mount)) {
      all.push_back(std::move(mount));
    } else if (mount.destination != "/dev/shm") {
      c.warnings.push_back(
          fmt::format("the mount that was asked for at {} replaces the engine's own file", mount.destination));
    }
  }
  for (auto& mount : implied_mounts(c))
    if (!users.contains(mount.destination)) all.push_back(std::move(mount));
  all.insert(all.end(), c.inputs.mounts.begin(), c.inputs.mounts.end());
  for (auto& mount : device_mounts(c))
    if (!users.contains(mount.destination)) all.push_back(std::move(mount));
  json::Array out;
  for (auto& mount : order_mounts(std::move(all))) {
    auto one = json::Value::object();
    one.set("destination", mount.destination);
    one.set("type", mount.type);
    one.set("source", mount.source);
    if (!mount.options.empty()) one.set("options", mount.options);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace cove::plan
