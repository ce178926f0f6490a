#include "engine/prepare.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "base/sys/sys.hpp"
#include "engine/crash_point.hpp"
#include "engine/joins.hpp"
#include "engine/plan/make_spec.hpp"
#include "linux/devices.hpp"
#include "linux/idmap.hpp"
#include "linux/labels.hpp"
#include "linux/overlay.hpp"
#include "linux/shm.hpp"
#include "seccomp/seccomp.hpp"
#include "users/users.hpp"

namespace cove::engine {
namespace {

Result<plan::SpecUser> find_user(const plan::ContainerConfig& config, int root) {
  auto found = TRY(users::resolve_user(root, config.user, config.groups));
  return plan::SpecUser{found.uid, found.gid, found.groups, found.name, found.home};
}

// The working directory of an image is made where it is missing; one that the user named must be there.
Result<> ensure_workdir(Engine& engine, const plan::ContainerConfig& config, int root, const plan::SpecUser& user) {
  auto there = sys::openat2(root, config.workdir, O_PATH, RESOLVE_IN_ROOT);
  if (there) return {};
  for (const auto& m : config.mounts) {
    if (config.workdir == m.destination || config.workdir.starts_with(m.destination + "/")) return {};
  }
  bool of_image = false;
  if (!config.image_id.empty()) {
    auto image = TRY(engine.images().find(config.image_id));
    of_image = TRY(image_defaults(image.image, config.image_name)).workdir == config.workdir;
  }
  if (!of_image) {
    return Failure(
        Error(Code::invalid, fmt::format("workdir \"{}\" does not exist on container {}", config.workdir, config.id)));
  }
  UniqueFd at = TRY(sys::openat2(root, "/", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT));
  std::string so_far;
  for (const auto& part : split(config.workdir, '/')) {
    if (part.empty()) continue;
    so_far += "/" + part;
    auto next = sys::openat2(root, so_far, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
    if (!next) {
      TRY_CTX(sys::mkdirat(at.get(), part, 0755), fmt::format("creating the working directory {}", config.workdir));
      next = sys::openat2(root, so_far, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
      if (!next) return Failure(std::move(next).error());
      auto owned = sys::fchownat(at.get(), part, linux_::to_outside(config.uid_map, user.uid).value_or(user.uid),
                                 linux_::to_outside(config.gid_map, user.gid).value_or(user.gid), AT_SYMLINK_NOFOLLOW);
      if (!owned) engine.warnings.push_back(owned.error().text());
    }
    at = std::move(*next);
  }
  return {};
}

Result<std::vector<plan::SpecDevice>> find_devices(const plan::ContainerConfig& config) {
  std::vector<plan::SpecDevice> out;
  auto add = [&](const linux_::DeviceNode& n, std::string path, const std::string& permissions) {
    out.push_back({std::move(path), n.path, n.type, n.major, n.minor, n.mode, n.uid, n.gid, permissions});
  };
  if (config.privileged) {
    for (const auto& n : TRY(linux_::host_devices("/dev", config.systemd))) add(n, n.path, "rwm");
  }
  for (const auto& wish : config.devices) {
    auto found = linux_::expand_device(wish.host);
    if (!found) return Failure(std::move(found).error().with("--device " + wish.host));
    for (const auto& n : *found) {
      std::string base = wish.container.empty() ? wish.host : wish.container;
      add(n, base + n.path.substr(std::min(n.path.size(), wish.host.size())), wish.permissions);
    }
  }
  return out;
}

Result<> add_seccomp(Engine& engine, const plan::ContainerConfig& config, plan::SpecInputs& inputs,
                     const plan::HostFacts& facts) {
  if (config.privileged && config.seccomp.empty()) return {};
  if (config.seccomp == "unconfined" || !facts.seccomp) return {};
  std::string profile = config.seccomp.empty() ? engine.config.containers.seccomp_profile : config.seccomp;
  if (profile.empty()) profile = seccomp::find_default_profile();
  if (profile.empty()) {
    engine.warnings.emplace_back("no seccomp profile found: the container runs unconfined (install containers-common)");
    return {};
  }
  seccomp::Target target{facts.arch, facts.kernel, config.capabilities};
  if (facts.runtime == "crun") {
    auto st = TRY(sys::fstatat(AT_FDCWD, engine.runtime.path()));
    std::string salt = fmt::format("{}-{}-{}", engine.runtime.path(), st.st_size, st.st_mtim.tv_sec);
    auto filter = TRY(seccomp::load_filter(profile, target, engine.paths().run_root + "/seccomp", salt));
    if (!filter.needs_section) {
      inputs.seccomp_bpf = filter.bpf_base64;
      return {};
    }
  }
  inputs.seccomp_section = TRY(seccomp::load_section(profile, target));
  return {};
}

Result<> add_device_numbers(const plan::ContainerConfig& config, plan::SpecInputs& inputs) {
  auto add = [&](const std::string& path) -> Result<> {
    auto n = TRY(linux_::stat_device(path));
    inputs.device_numbers[path] = {n.major, n.minor};
    return {};
  };
  for (const auto& w : config.limits.weight_devices) TRY(add(w.path));
  for (const auto* list :
       {&config.limits.read_bps, &config.limits.write_bps, &config.limits.read_iops, &config.limits.write_iops}) {
    for (const auto& t : *list) TRY(add(t.path));
  }
  return {};
}

protocol::LogSpec log_spec(Engine& engine, const plan::ContainerConfig& config) {
  protocol::LogSpec log;
  if (config.log.driver == "none") log.driver = protocol::LogDriver::none;
  if (config.log.driver == "json-file") log.driver = protocol::LogDriver::json_file;
  if (config.log.driver == "passthrough" || config.log.driver == "passthrough-tty")
    log.driver = protocol::LogDriver::passthrough;
  log.path = config.log.path.empty() ? engine.paths().log(config.id) : config.log.path;
  log.max_size = config.log.max_size > 0 ? static_cast<uint64_t>(config.log.max_size) : 0;
  log.max_files = config.log.max_files;
  log.tag = config.log.tag;
  return log;
}

protocol::LaunchRequest make_request(Engine& engine, const plan::ContainerConfig& config,
                                     const plan::HostFacts& facts) {
  const auto& p = engine.paths();
  protocol::LaunchRequest r;
  r.id = config.id, r.bundle = p.run_dir(config.id), r.run_dir = r.bundle, r.mount_dir = p.mount_dir();
  r.status_path = p.status(config.id), r.attach_path = p.attach(config.id), r.exit_records = {p.exit_record(config.id)};
  r.spill_dir = p.container_dir(config.id);
  r.runtime = engine.runtime.argv(), r.runtime_name = engine.runtime.name();
  r.cleanup = engine.self;
  r.cleanup.insert(r.cleanup.end(), {"container", "cleanup"});
  if (config.remove) r.cleanup.emplace_back("--rm");
  r.cleanup.push_back(config.id);
  r.terminal = config.terminal, r.keep_stdin = config.open_stdin, r.log = log_spec(engine, config);
  r.hide_hybrid_cgroup = facts.cgroup_hybrid && facts.runtime == "crun";
  r.timeout_seconds = config.timeout;
  if (!config.pidfile.empty()) r.pid_files.push_back(config.pidfile);
  if (!config.conmon_pidfile.empty()) r.monitor_pid_files.push_back(config.conmon_pidfile);
  if (config.cgroups_mode != "disabled") r.cgroup_path = plan::cgroup_below_root(config, facts);
  return r;
}

}  // namespace

Result<UniqueFd> mount_root(Engine& engine, const plan::ContainerConfig& config, int userns) {
  if (!config.rootfs.empty() && !config.rootfs_overlay) return linux_::open_rootfs(config.rootfs);
  linux_::OverlaySpec overlay;
  std::string dir = engine.paths().container_dir(config.id);
  overlay.upper = dir + "/diff", overlay.work = dir + "/work";
  overlay.lower_userns = userns, overlay.userxattr = engine.facts.overlay_userxattr;
  if (config.rootfs_overlay) {
    overlay.lower = {config.rootfs};
  } else {
    auto image = TRY(engine.images().find(config.image_id));
    std::string layers = engine.paths().graph_root + "/layers/";
    for (size_t i = image.image.layers.size(); i-- > 0;)
      overlay.lower.push_back(layers + image.image.layers[i] + "/diff");
  }
  bool vfs = engine.config.storage.driver == "vfs" || (engine.config.storage.driver.empty() && !engine.facts.overlay);
  if (!vfs) return linux_::mount_overlay(overlay);
  // vfs: the whole content is copied once, into staging beside it, then renamed.
  std::string root = dir + "/vfs", staging = dir + "/vfs.staging";
  if (!path_exists(root)) {
    TRY(remove_tree(staging));
    TRY(ensure_dir(staging, 0755));
    TRY(linux_::make_vfs_root(overlay.lower, staging));
    TRY(sys::renameat(AT_FDCWD, staging, AT_FDCWD, root));
  }
  return linux_::open_rootfs(root);
}

Result<Prepared> prepare(Engine& engine, const state::Record& record, const plan::ContainerConfig& config) {
  Prepared out;
  plan::HostFacts facts = plan_facts(engine);
  out.request = make_request(engine, config, facts);

  UniqueFd userns;
  if (plan::has_userns(config) && !config.uid_map.empty())
    userns = TRY(linux_::make_userns(config.uid_map, config.gid_map));
  UniqueFd root = TRY_CTX(mount_root(engine, config, userns.get()), "mounting the root file system");
  crash_point("start.mounted");
  plan::SpecInputs inputs;
  Joins joins = TRY(find_joins(engine, config));  // spec G13
  inputs.joined = joins.paths;
  inputs.user = TRY(find_user(config, root.get()));
  TRY(ensure_workdir(engine, config, root.get(), inputs.user));
  inputs.root_path = engine.paths().mount_dir() + "/root";
  inputs.files = TRY(write_own_files(engine, config, facts));
  if (!joins.hosts.empty() && path_exists(joins.hosts)) inputs.files.hosts = joins.hosts;
  if (!joins.resolv_conf.empty() && path_exists(joins.resolv_conf)) inputs.files.resolv_conf = joins.resolv_conf;
  inputs.mounts = TRY(resolve_mounts(engine, config, root.get(), inputs.user, out));
  inputs.devices = TRY(find_devices(config));
  TRY(add_device_numbers(config, inputs));
  inputs.uid_map = config.uid_map, inputs.gid_map = config.gid_map;
  inputs.cgroup_path = config.cgroups_mode == "disabled" ? "" : plan::make_cgroup_path(config, facts);
  inputs.hostname = facts.hostname;
  TRY(add_seccomp(engine, config, inputs, facts));
  if (facts.apparmor && config.apparmor != "unconfined" && !config.privileged) {
    std::string profile = config.apparmor.empty() ? engine.config.containers.apparmor_profile : config.apparmor;
    if (linux_::apparmor_profile_loaded(profile)) inputs.apparmor_profile = profile;
  }

  out.request.mounts.insert(out.request.mounts.begin(), {"root", "private"});
  out.mounts.insert(out.mounts.begin(), std::move(root));
  if (config.ipc.is_host()) {
    inputs.shm_path = "/dev/shm";
  } else if (joins.shm.valid()) {  // spec G4
    inputs.shm_path = engine.paths().mount_dir() + "/shm";
    out.mounts.push_back(std::move(joins.shm));
    out.request.mounts.push_back({"shm", "private"});
  } else if (config.ipc.mode != "none") {
    inputs.shm_path = engine.paths().mount_dir() + "/shm";
    UniqueFd shm =
        TRY_CTX(linux_::make_shm(static_cast<uint64_t>(config.shm_size), config.selinux_mount_label),  // spec M1
                fmt::format("mounting shm at {}", inputs.shm_path));
    if (userns.valid()) {
      auto mapped = linux_::idmap_mount(shm.get(), userns.get());
      if (!mapped) engine.warnings.push_back(mapped.error().text());
    }
    out.mounts.push_back(std::move(shm));
    out.request.mounts.push_back({"shm", "private"});
  }

  json::Value spec =
      TRY_CTX(plan::make_spec(config, inputs, facts, engine.warnings), "making the runtime specification");
  std::string path = engine.paths().run_dir(record.id) + "/config.json";
  UniqueFd file = TRY(sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  TRY_CTX(write_all(file.get(), spec.dump()), path);
  crash_point("start.prepared");
  return out;
}

}  // namespace cove::engine
