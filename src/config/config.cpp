#include "config/config.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "config/apply.hpp"
#include "config/files.hpp"

namespace cove::config {
namespace {

constexpr const char* kVariables[] = {"CONTAINERS_CONF",
                                      "CONTAINERS_CONF_OVERRIDE",
                                      "CONTAINERS_STORAGE_CONF",
                                      "COVE_ROOT",
                                      "COVE_RUNROOT",
                                      "HOME",
                                      "STORAGE_DRIVER",
                                      "STORAGE_OPTS",
                                      "TMPDIR",
                                      "XDG_CONFIG_HOME",
                                      "XDG_DATA_HOME",
                                      "XDG_RUNTIME_DIR"};

std::string default_run_root(const Environment& e) {
  if (e.uid == 0) return "/run/cove";
  std::string xdg = e.get("XDG_RUNTIME_DIR");
  return xdg.empty() ? fmt::format("/tmp/cove-{}", e.uid) : xdg + "/cove";
}

Result<std::string> default_graph_root(const Environment& e) {
  if (e.uid == 0) return std::string("/var/lib/cove");
  if (std::string xdg = e.get("XDG_DATA_HOME"); !xdg.empty()) return xdg + "/cove";
  if (std::string home = e.get("HOME"); !home.empty()) return home + "/.local/share/cove";
  return Failure(
      Error(Code::invalid, "where to keep images is unknown: HOME is not set").hint("set HOME, or give --root"));
}

Result<> make_absolute(std::string& path) {
  if (path.starts_with('/')) {
    path = clean_path(path);
    return {};
  }
  std::string here = TRY(sys::readlinkat(AT_FDCWD, "/proc/self/cwd"));
  path = clean_path(here + "/" + path);
  return {};
}

// Where the run root is before any file was read; the cache lies there.
std::string early_run_root(const GlobalOptions& options, const Environment& e) {
  if (options.runroot) return *options.runroot;
  std::string from_env = e.get("COVE_RUNROOT");
  return from_env.empty() ? e.root + default_run_root(e) : from_env;
}

Result<> check_driver(const std::string& driver) {
  if (driver.empty() || driver == "overlay" || driver == "vfs") return {};
  return Failure(
      Error(Code::invalid, fmt::format("storage driver {:?} is not supported", driver)).hint("use overlay or vfs"));
}

Result<> apply_environment(const Environment& e, Config& c) {
  if (std::string v = e.get("COVE_ROOT"); !v.empty()) c.storage.graph_root = v;
  if (std::string v = e.get("COVE_RUNROOT"); !v.empty()) c.storage.run_root = v;
  if (std::string v = e.get("STORAGE_DRIVER"); !v.empty()) {
    TRY_CTX(check_driver(v), "STORAGE_DRIVER");
    c.storage.driver = v;
  }
  if (std::string v = e.get("STORAGE_OPTS"); !v.empty()) {
    for (std::string& option : split(v, ',')) c.storage.options.push_back(std::move(option));
  }
  if (std::string v = e.get("TMPDIR"); !v.empty()) c.engine.image_copy_tmp_dir = v;
  return {};
}

template <class T>
void override_with(const std::optional<T>& option, T& field) {
  if (option) field = *option;
}

Result<> apply_options(const GlobalOptions& o, Config& c) {
  override_with(o.root, c.storage.graph_root);
  override_with(o.runroot, c.storage.run_root);
  if (o.storage_driver) TRY_CTX(check_driver(*o.storage_driver), "--storage-driver");
  override_with(o.storage_driver, c.storage.driver);
  override_with(o.imagestore, c.storage.image_store);
  c.storage.options.insert(c.storage.options.end(), o.storage_opts.begin(), o.storage_opts.end());
  c.storage.transient = c.storage.transient || o.transient_store;
  override_with(o.runtime, c.engine.runtime);
  override_with(o.cgroup_manager, c.engine.cgroup_manager);
  if (!c.engine.cgroup_manager.empty() && c.engine.cgroup_manager != "systemd" &&
      c.engine.cgroup_manager != "cgroupfs") {
    return Failure(Error(Code::usage, fmt::format("unknown cgroup manager {:?}", c.engine.cgroup_manager))
                       .hint("use cgroupfs or systemd"));
  }
  if (o.conmon) c.engine.conmon_path = {*o.conmon};
  override_with(o.events_backend, c.engine.events_logger);
  override_with(o.namespace_, c.engine.namespace_);
  override_with(o.tmpdir, c.engine.tmp_dir);
  override_with(o.volumepath, c.engine.volume_path);
  if (!o.hooks_dirs.empty()) c.engine.hooks_dir = o.hooks_dirs;
  override_with(o.network_config_dir, c.network.network_config_dir);
  override_with(o.network_backend, c.network.network_backend);
  override_with(o.log_level, c.log_level);
  c.runtime_flags = o.runtime_flags;
  return {};
}

}  // namespace

Environment Environment::current() {
  Environment e;
  e.uid = ::geteuid();
  for (const char* name : kVariables) {
    if (const char* value = std::getenv(name)) e.env.emplace(name, value);
  }
  return e;
}

std::string Environment::get(std::string_view name) const {
  auto it = env.find(std::string(name));
  return it == env.end() ? "" : it->second;
}

Result<Config> load_config(const GlobalOptions& options, const Environment& environment) {
  std::string cache = join_path(early_run_root(options, environment), "config.cache");
  TRY(make_absolute(cache));
  MergedFiles merged = TRY(load_settings(environment, options.modules, cache));
  Config c;
  c.rootless = environment.uid != 0;
  c.files = std::move(merged.files);
  TRY(apply_settings(merged.settings, c));
  TRY(apply_environment(environment, c));
  TRY(apply_options(options, c));
  if (c.storage.graph_root.empty()) c.storage.graph_root = TRY(default_graph_root(environment));
  if (c.storage.run_root.empty()) c.storage.run_root = default_run_root(environment);
  TRY(make_absolute(c.storage.graph_root));
  TRY(make_absolute(c.storage.run_root));
  if (!c.storage.image_store.empty()) TRY(make_absolute(c.storage.image_store));
  return c;
}

Strings runtime_paths(const Config& config, std::string_view name) {
  if (name.find('/') != std::string_view::npos) return {std::string(name)};
  auto it = config.engine.runtimes.find(std::string(name));
  if (it != config.engine.runtimes.end() && !it->second.empty()) return it->second;
  Strings out;
  for (const char* dir :
       {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/sbin", "/bin", "/run/current-system/sw/bin"}) {
    out.push_back(fmt::format("{}/{}", dir, name));
  }
  return out;
}

}  // namespace cove::config
