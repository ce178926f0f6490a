#include "engine/engine.hpp"

#include <unistd.h>

#include <climits>

#include "base/log.hpp"
#include "json/json.hpp"
#include "oci_image/image_config.hpp"

namespace cove::engine {
namespace {

std::vector<std::string> own_argv(const config::GlobalOptions& o, const config::Config& config,
                                  const std::string& dir) {
  std::vector<std::string> argv = {dir + "/cove", "--root", config.storage.graph_root, "--runroot",
                                   config.storage.run_root};
  if (o.runtime) argv.insert(argv.end(), {"--runtime", *o.runtime});
  if (o.cgroup_manager) argv.insert(argv.end(), {"--cgroup-manager", *o.cgroup_manager});
  return argv;
}

Result<runtime::OciRuntime> choose_runtime(const config::Config& config) {
  std::vector<std::string> names = {config.engine.runtime};
  if (config.engine.runtime.empty()) names = {"crun", "runc"};
  std::optional<Error> first;
  for (const auto& name : names) {
    auto path = runtime::find_runtime(name, config::runtime_paths(config, name));
    if (!path) {
      if (!first) first = path.error();
      continue;
    }
    runtime::OciRuntime::Options o;
    o.path = *path;
    o.root = config.storage.run_root + "/" + path->substr(path->rfind('/') + 1);
    o.systemd_cgroup = config.engine.cgroup_manager == "systemd";
    for (const auto& flag : config.runtime_flags) o.flags.push_back("--" + flag);
    return runtime::OciRuntime(o);
  }
  return Failure(std::move(*first).hint("install crun or runc, or name one with --runtime"));
}

}  // namespace

Result<std::string> Engine::helper(const std::string& name) const {
  for (const auto& dir : {program_dir, program_dir + "/../libexec/cove"}) {
    std::string path = join_path(dir, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return Failure(Error(Code::not_found, fmt::format("helper program {} is missing beside {}", name, program_dir)));
}

Result<Engine> open_engine(const config::GlobalOptions& options) {
  config::Config config = TRY(config::load_config(options));
  state::Paths paths = {config.storage.graph_root, config.storage.run_root};
  state::Store store = TRY_CTX(state::Store::open(paths), "opening the store");
  linux_::HostFacts facts = TRY(linux_::load_host_facts(paths.run_root, paths.graph_root));
  runtime::OciRuntime runtime = TRY(choose_runtime(config));
  std::string dir = TRY(program_dir());
  std::vector<std::string> self = own_argv(options, config, dir);
  return Engine{.config = std::move(config),
                .facts = std::move(facts),
                .store = std::move(store),
                .runtime = std::move(runtime),
                .program_dir = dir,
                .self = std::move(self),
                .warnings = {}};
}

plan::HostFacts plan_facts(const Engine& engine) {
  const auto& f = engine.facts;
  plan::HostFacts out;
  out.kernel = f.kernel, out.arch = f.arch, out.hostname = f.hostname;
  std::array<char, PATH_MAX> cwd{};
  if (::getcwd(cwd.data(), cwd.size())) out.cwd = cwd.data();
  out.runtime = engine.runtime.name();
  out.cgroup_v2 = f.cgroup_mode == linux_::CgroupMode::v2;
  out.cgroup_hybrid = f.cgroup_mode == linux_::CgroupMode::hybrid;
  out.controllers = f.cgroup_controllers;
  out.systemd_cgroups = engine.config.engine.cgroup_manager == "systemd";
  out.rootless = f.rootless, out.in_userns = f.in_userns, out.user_namespaces = f.user_namespaces;
  out.uid = f.uid;
  out.apparmor = f.apparmor, out.selinux = f.selinux, out.seccomp = f.seccomp;
  out.idmapped_mounts = f.idmapped_layers;
  out.capabilities = f.bounding, out.last_capability = f.last_cap;
  out.cpus = f.cpus, out.memory = f.memory;
  for (const auto& l : f.rlimits) out.rlimits[l.name] = {l.soft, l.hard};
  constexpr int kCapSysResource = 24;
  out.may_raise_rlimits = !f.in_userns && (f.capabilities >> kCapSysResource & 1) != 0;
  auto text = read_file("/proc/self/oom_score_adj");
  if (text) out.oom_score_adj = static_cast<int>(parse_int(trim(*text)).value_or(0));
  for (char** e = environ; *e; e++) {
    auto pair = split_n(*e, '=', 2);
    if (pair.size() == 2) out.environment[pair[0]] = pair[1];
  }
  return out;
}

plan::EngineDefaults plan_defaults(const Engine& engine) {
  const auto& c = engine.config.containers;
  plan::EngineDefaults d;
  d.capabilities = c.default_capabilities, d.env = c.env, d.annotations = c.annotations, d.sysctls = c.default_sysctls;
  d.ulimits = c.default_ulimits, d.devices = c.devices, d.volumes = c.volumes, d.mounts = c.mounts,
  d.cgroup_conf = c.cgroup_conf;
  d.dns_servers = c.dns_servers, d.dns_searches = c.dns_searches, d.dns_options = c.dns_options;
  d.ipcns = c.ipcns, d.pidns = c.pidns, d.utsns = c.utsns, d.netns = c.netns, d.cgroupns = c.cgroupns,
  d.userns = c.userns;
  d.cgroups = c.cgroups, d.pids_limit = c.pids_limit, d.shm_size = c.shm_size, d.seccomp_profile = c.seccomp_profile;
  d.apparmor_profile = c.apparmor_profile, d.env_host = c.env_host, d.http_proxy = c.http_proxy, d.init = c.init;
  d.label = c.label, d.no_hosts = c.no_hosts, d.privileged = c.privileged, d.read_only = c.read_only;
  d.container_name_as_hostname = c.container_name_as_hostname, d.init_path = c.init_path;
  if (d.init_path.empty()) {
    for (const char* p : {"/usr/libexec/podman/catatonit", "/usr/bin/catatonit", "/usr/local/bin/catatonit",
                          "/usr/bin/tini", "/usr/bin/dumb-init"}) {
      if (d.init_path.empty() && ::access(p, X_OK) == 0) d.init_path = p;
    }
  }
  d.log_driver = c.log_driver, d.log_path = c.log_path, d.log_tag = c.log_tag, d.log_size_max = c.log_size_max;
  d.oom_score_adj = c.oom_score_adj, d.tz = c.tz, d.umask = c.umask, d.stop_timeout = engine.config.engine.stop_timeout;
  d.image_volume_mode = engine.config.engine.image_volume_mode,
  d.default_network = engine.config.network.default_network;
  d.base_hosts_file = c.base_hosts_file, d.host_containers_internal_ip = c.host_containers_internal_ip;
  d.detach_keys = engine.config.engine.detach_keys;
  return d;
}

Result<plan::ImageDefaults> image_defaults(const storage::Image& image, const std::string& name) {
  oci_image::ImageConfig c = TRY_CTX(oci_image::parse_image_config(image.config), fmt::format("image {}", name));
  plan::ImageDefaults d;
  d.id = image.id, d.name = name, d.os = c.os, d.architecture = c.architecture;
  d.entrypoint = c.entrypoint, d.command = c.cmd, d.env = c.env, d.user = c.user, d.workdir = c.working_dir;
  d.stop_signal = c.stop_signal, d.volumes = c.volumes, d.exposed_ports = c.exposed_ports;
  for (const auto& [k, v] : c.labels) d.labels[k] = v;
  if (c.healthcheck) {
    auto document = json::parse(image.config);
    if (document) d.healthcheck = (*document)["config"]["Healthcheck"].dump();
  }
  return d;
}

Result<plan::ContainerConfig> load_container(const state::Record& record) {
  json::Value v = TRY_CTX(json::parse(record.config), fmt::format("container {}: stored configuration", record.name));
  return TRY_CTX(plan::from_json(v), fmt::format("container {}: stored configuration", record.name));
}

}  // namespace cove::engine
