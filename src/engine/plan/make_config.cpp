#include "engine/plan/make_config.hpp"

#include "engine/plan/mounts.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

namespace {

Result<> apply_identity(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                        const HostFacts& host, const Identity& identity) {
  config.id = identity.id;
  config.name = identity.name;
  config.created = identity.now;
  config.pod = request.pod;
  config.requires_ = request.requires_;
  config.create_command = request.create_command;
  if (image) {
    config.image_id = image->id;
    config.image_name = image->name;
  }
  if (request.rootfs.empty()) {
    if (!image) return invalid("an image or a rootfs is needed");
    return {};
  }
  if (!request.image.empty())
    return invalid("invalid config provided: both image and rootfs cannot be simultaneously: invalid configuration");
  auto parts = text::cut(request.rootfs, ':');
  config.rootfs = text::host_path(parts.before, host.cwd);
  if (!parts.found) return {};
  if (parts.after == "O") {
    config.rootfs_overlay = true;
  } else if (parts.after == "idmap" || parts.after.starts_with("idmap=")) {
    config.rootfs_idmapped = true;
  } else {
    return invalid("invalid option {} of --rootfs, only O and idmap are possible", quoted(parts.after));
  }
  return {};
}

// The command line's two parts, podman's rule: an entrypoint of the user's own drops the image's command.
Result<> apply_command(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image) {
  bool own_entrypoint = request.entrypoint.has_value();
  config.entrypoint = own_entrypoint ? *request.entrypoint : image ? image->entrypoint : Strings{};
  if (config.entrypoint == Strings{""}) config.entrypoint.clear();
  config.command = request.command;
  if (config.command.empty() && image && (!own_entrypoint || request.entrypoint->empty()))
    config.command = image->command;
  config.argv = config.entrypoint;
  config.argv.insert(config.argv.end(), config.command.begin(), config.command.end());
  if (config.argv.empty()) return invalid("no command or entrypoint provided, and no CMD or ENTRYPOINT from image");
  return {};
}

Result<> apply_process(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                       const EngineDefaults& defaults) {
  TRY(apply_command(config, request, image));
  config.workdir = request.workdir.value_or("");
  if (config.workdir.empty() && image) config.workdir = image->workdir;
  if (config.workdir.empty()) config.workdir = "/";
  if (!config.workdir.starts_with('/')) {
    if (request.workdir && !request.workdir->empty())
      return invalid("the working directory {} is invalid, it needs to be an absolute path", quoted(config.workdir));
    config.workdir = "/" + config.workdir;  // images have been seen to say "app"
  }
  config.workdir = text::clean(config.workdir);
  config.user = request.user.value_or("");
  if (config.user.empty() && image) config.user = image->user;
  config.groups = request.group_add;
  config.umask = request.umask.empty() ? defaults.umask : request.umask;
  auto umask = parse_uint(config.umask, 8);
  if (!umask || *umask > 0777) return invalid("invalid umask {}: invalid argument", config.umask);
  config.timezone = request.tz.empty() ? defaults.tz : request.tz;
  config.terminal = request.terminal;
  config.open_stdin = request.interactive;
  config.hostname = request.hostname;
  if (config.hostname.empty() && defaults.container_name_as_hostname) config.hostname = config.name;
  config.domainname = request.domainname;
  if (config.hostname.size() > 64) return invalid("hostname {} is longer than 64 bytes", quoted(config.hostname));
  return {};
}

Result<> apply_init(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults) {
  config.init = request.init || defaults.init;
  if (!config.init) return {};
  config.init_path = request.init_path.empty() ? defaults.init_path : request.init_path;
  if (config.init_path.empty())
    return Failure(
        Error(Code::not_found, "lookup init binary: could not find \"catatonit\"").hint("give one with --init-path"));
  if (config.pid.mode != "private") return invalid("cannot add init binary as PID 1 (PID namespace isn't private)");
  if (to_lower(request.systemd) == "always") return invalid("cannot use container-init binary with systemd=always");
  for (const auto& mount : config.mounts)
    if (mount.destination == "/run/podman-init")
      return invalid("conflict with mount added by --init to {}: duplicate mount destination",
                     quoted(mount.destination));
  return {};
}

Result<> apply_files(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                     const EngineDefaults& defaults, const HostFacts& host) {
  config.read_only = request.read_only || defaults.read_only;
  config.read_only_tmpfs = config.read_only && request.read_only_tmpfs;
  config.mounts = TRY(parse_mounts(request, image, defaults, host));
  config.volumes_from = request.volumes_from;
  for (const auto& text : request.volumes_from) {
    auto pair = text::cut(text, ':');
    if (!pair.found) continue;
    for (const auto& option : split(pair.after, ','))
      if (option != "z" && option != "ro" && option != "rw")
        return invalid("invalid option {} specified - volumes from another container can only use z,ro,rw options",
                       quoted(option));
  }
  if (image) config.image_volumes = image->volumes;
  config.image_volume_mode = request.image_volume.empty() ? defaults.image_volume_mode : to_lower(request.image_volume);
  for (const auto& text : request.storage_opts) config.storage_opts[text.first] = text.second;
  config.manage_passwd = request.passwd;
  config.passwd_entry = request.passwd_entry;
  config.group_entry = request.group_entry;
  config.host_users = request.host_users;
  return {};
}

Result<> apply_shm(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults) {
  config.shm_size = defaults.shm_size;
  if (!request.shm_size.empty()) {
    if (config.ipc.is_host() || config.ipc.mode == "none")
      return invalid("invalid config provided: cannot set shmsize when running in the {} IPC Namespace",
                     config.ipc.mode);
    auto size = parse_bytes(request.shm_size);
    if (!size) return invalid("unable to translate --shm-size: invalid size: '{}'", request.shm_size);
    config.shm_size = *size;
  }
  if (!request.shm_size_systemd.empty()) {
    auto size = parse_bytes(request.shm_size_systemd);
    if (!size) return invalid("unable to translate --shm-size-systemd: invalid size: '{}'", request.shm_size_systemd);
    config.shm_size_systemd = *size;
  }
  return {};
}

Result<> apply_cgroups(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                       const HostFacts& host) {
  config.cgroups_mode = request.cgroups.empty() ? defaults.cgroups : request.cgroups;
  static const Strings kModes = {"enabled", "disabled", "no-conmon", "split"};
  if (!text::contains(kModes, config.cgroups_mode))
    return invalid("invalid cgroup mode {}: must be one of enabled, disabled, no-conmon, split",
                   quoted(config.cgroups_mode));
  config.cgroup_parent = request.cgroup_parent.empty() ? defaults.cgroup_parent : request.cgroup_parent;
  if (host.systemd_cgroups && !config.cgroup_parent.empty() && !config.cgroup_parent.ends_with(".slice"))
    return invalid(
        "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument");
  if (!host.systemd_cgroups && config.cgroup_parent.ends_with(".slice"))
    return invalid("systemd slice received as cgroup parent when using cgroupfs: invalid argument");
  return {};
}

Result<> apply_limits(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                      const HostFacts& host, Strings& warnings) {
  auto wanted = request.limits;
  if (host.cgroup_v2)
    for (const auto& text : defaults.cgroup_conf) wanted.cgroup_conf.insert(wanted.cgroup_conf.begin(), text);
  config.limits = TRY(parse_limits(wanted, host, warnings));
  if (config.cgroups_mode == "disabled") {
    if (!(config.limits == Limits{}))
      return invalid("cannot specify resource limits when cgroups are disabled is specified");
  } else if (!config.limits.pids && !wanted.pids_limit && defaults.pids_limit > 0 &&
             text::contains(host.controllers, "pids") && (host.cgroup_v2 || !host.rootless)) {
    config.limits.pids = defaults.pids_limit;
  }
  config.rlimits = TRY(parse_ulimits(request.ulimits, true));
  config.rlimits_host = text::contains(request.ulimits, "host");
  if (!config.rlimits_host) {
    for (auto& limit : TRY(parse_ulimits(defaults.ulimits, false))) {
      bool said = false;
      for (const auto& other : config.rlimits) said |= other.type == limit.type;
      if (!said) config.rlimits.push_back(std::move(limit));
    }
    std::sort(config.rlimits.begin(), config.rlimits.end(),
              [](const auto& a, const auto& b) { return a.type < b.type; });
  }
  config.oom_score_adj = request.oom_score_adj ? request.oom_score_adj : defaults.oom_score_adj;
  if (config.oom_score_adj && (*config.oom_score_adj < -1000 || *config.oom_score_adj > 1000))
    return invalid("invalid value {} for oom-score-adj, the range is [-1000, 1000]", *config.oom_score_adj);
  return {};
}

// Which namespace a sysctl belongs to, by the choice that was made; null: any.
const NamespaceChoice* sysctl_namespace(const ContainerConfig& config, std::string_view key) {
  if (key.starts_with("fs.mqueue.")) return &config.ipc;
  if (key.starts_with("net.")) return &config.network;
  if (key.starts_with("kernel.domainname") || key.starts_with("kernel.hostname")) return &config.uts;
  return nullptr;
}

Result<> apply_sysctls(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults) {
  for (const auto& [key, value] : TRY(parse_sysctls(defaults.sysctls))) {
    const auto* space = sysctl_namespace(config, key);
    if (space && (space->is_host() || space->is_container() || space->mode == "pod")) continue;
    config.sysctls[key] = value;
  }
  for (const auto& [key, value] : TRY(parse_sysctls(request.sysctls))) {
    const auto* space = sysctl_namespace(config, key);
    if (space && space->is_host())
      return invalid("sysctl {}={} can't be set since {} Namespace set to host: invalid argument", key, value,
                     space == &config.ipc       ? "IPC"
                     : space == &config.network ? "Network"
                                                : "UTS");
    config.sysctls[key] = value;
  }
  return {};
}

// What podman writes down for inspect and kube.
void note_choices(ContainerConfig& config, const CreateRequest& request) {
  auto note = [&](std::string_view key, std::string value) {
    config.annotations["io.podman.annotations." + std::string(key)] = std::move(value);
  };
  if (!request.userns.empty()) note("userns", request.userns);
  if (request.limits.pids_limit) note("pids-limit", std::to_string(*request.limits.pids_limit));
  if (!request.limits.cpuset_cpus.empty()) note("cpuset", request.limits.cpuset_cpus);
  if (!request.limits.cpuset_mems.empty()) note("memory-nodes", request.limits.cpuset_mems);
  if (!request.cidfile.empty()) note("cid-file", request.cidfile);
  if (config.remove) note("autoremove", "TRUE");
  if (config.remove_image) note("autoremove-image", "TRUE");
  if (!config.volumes_from.empty()) note("volumes-from", join(config.volumes_from, ";"));
  if (config.privileged) note("privileged", "TRUE");
  if (config.init) note("init", "TRUE");
  if (config.publish_all) note("publish-all", "TRUE");
}

}  // namespace

Result<ContainerConfig> make_config(const CreateRequest& request, const ImageDefaults* image,
                                    const EngineDefaults& defaults, const HostFacts& host, const Identity& identity,
                                    const RequestFiles& files, std::vector<std::string>& warnings) {
  ContainerConfig config;
  TRY(apply_identity(config, request, image, host, identity));
  TRY(apply_process(config, request, image, defaults));
  TRY(apply_environment(config, request, image, defaults, host, files.env_files));
  TRY(apply_labels(config, request, image, defaults, host, files.label_files));
  TRY(apply_namespaces(config, request, defaults, host));
  TRY(apply_network(config, request, image, defaults, host, warnings));
  TRY(apply_security(config, request, defaults, host, warnings));
  TRY(apply_files(config, request, image, defaults, host));
  TRY(apply_init(config, request, defaults));
  TRY(apply_shm(config, request, defaults));
  TRY(apply_cgroups(config, request, defaults, host));
  TRY(apply_limits(config, request, defaults, host, warnings));
  if (config.userns.mode == "nomap" && !host.rootless) {
    return Failure(Error(Code::invalid, "nomap is only supported in rootless mode"));
  }
  TRY(apply_sysctls(config, request, defaults));
  TRY(apply_life(config, request, image, defaults, host));
  note_choices(config, request);
  return config;
}

}  // namespace cove::plan
