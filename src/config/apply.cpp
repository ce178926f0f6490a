#include "config/apply.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>

#include "base/log.hpp"
#include "base/util.hpp"

namespace cove::config {
namespace {

// Reads keys into fields by the field's type, keeps the first error, and remembers what was read.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}
  void in(std::string table) { table_ = std::move(table) + "."; }

  void operator()(const char* key, std::string& field) {
    if (const Setting* s = take(key, Setting::Kind::text, "a text")) field = s->values[0];
  }
  void operator()(const char* key, bool& field) {
    if (const Setting* s = take(key, Setting::Kind::boolean, "true or false")) field = s->values[0] == "true";
  }
  template <class T>
    requires std::is_integral_v<T>
  void operator()(const char* key, T& field) {
    const Setting* s = take(key, Setting::Kind::integer, "a number");
    if (!s) return;
    auto n = parse_int(s->values[0]);
    if (n && std::in_range<T>(*n)) {
      field = static_cast<T>(*n);
    } else {
      fail(key, *s, fmt::format("{} is out of range", s->values[0]));
    }
  }
  void operator()(const char* key, std::optional<int>& field) {
    int n = field.value_or(0);
    if (!find(key)) return;
    (*this)(key, n);
    field = n;
  }
  void operator()(const char* key, Strings& field) {
    const Setting* s = take(key, Setting::Kind::list, "a list of texts");
    if (!s) return;
    if (!s->append) field.clear();
    field.insert(field.end(), s->values.begin(), s->values.end());
  }
  // One of a closed set; "" stays possible where the field's own default is.
  void choice(const char* key, std::string& field, std::initializer_list<std::string_view> allowed) {
    (*this)(key, field);
    const Setting* s = find(key);
    if (!s || std::find(allowed.begin(), allowed.end(), field) != allowed.end()) return;
    std::vector<std::string> known(allowed.begin(), allowed.end());
    fail(key, *s, fmt::format("{:?} is none of {}", field, join(known, ", ")));
  }
  // "64m", or a number of bytes.
  void bytes(const char* key, int64_t& field) {
    const Setting* s = find(key);
    if (!s) return;
    used_.insert(table_ + key);
    auto n = s->kind == Setting::Kind::list ? Failure(Error(Code::invalid, "a size was expected"))
                                            : parse_bytes(s->values[0]);
    if (n) {
      field = *n;
    } else {
      fail(key, *s, n.error().message());
    }
  }
  // All keys below "<table>.<prefix>.", as lists.
  void map(const std::string& prefix, std::map<std::string, Strings>& field) {
    std::string full = table_ + prefix + ".";
    for (auto it = settings_.lower_bound(full); it != settings_.end() && it->first.starts_with(full); ++it) {
      used_.insert(it->first);
      field[it->first.substr(full.size())] = it->second.values;
    }
  }
  const Setting* find(std::string_view key) const {
    auto it = settings_.find(table_ + std::string(key));
    return it == settings_.end() ? nullptr : &it->second;
  }
  void fail(std::string_view key, const Setting& s, std::string what) {
    if (!error_) error_ = Error(Code::invalid, fmt::format("{}: {}", s.origin(table_ + std::string(key)), what));
  }
  void log_unread() const {
    for (const auto& [key, s] : settings_) {
      if (!used_.contains(key)) LOG_DEBUG("{} is not used", s.origin(key));
    }
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  const Setting* take(const char* key, Setting::Kind kind, const char* expected) {
    const Setting* s = find(key);
    if (!s) return nullptr;
    used_.insert(table_ + key);
    if (s->kind == kind && (kind == Setting::Kind::list || s->values.size() == 1)) return s;
    fail(key, *s, fmt::format("{} was expected", expected));
    return nullptr;
  }

  const Settings& settings_;
  std::string table_;
  std::set<std::string, std::less<>> used_;
  std::optional<Error> error_;
};

// "net_raw" -> "CAP_NET_RAW"
void normalize_capabilities(Strings& names) {
  for (std::string& name : names) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!name.starts_with("CAP_") && name != "ALL") name.insert(0, "CAP_");
  }
}

void bind(Reader& r, ContainersConfig& c) {
  r.in("containers");
  r("apparmor_profile", c.apparmor_profile), r("annotations", c.annotations), r("base_hosts_file", c.base_hosts_file);
  r("cgroup_conf", c.cgroup_conf), r("cgroupns", c.cgroupns);
  r.choice("cgroups", c.cgroups, {"enabled", "disabled", "no-conmon", "split"});
  r("container_name_as_hostname", c.container_name_as_hostname);
  r("default_capabilities", c.default_capabilities);
  normalize_capabilities(c.default_capabilities);
  r("default_sysctls", c.default_sysctls), r("default_ulimits", c.default_ulimits), r("devices", c.devices);
  r("dns_servers", c.dns_servers), r("dns_options", c.dns_options), r("dns_searches", c.dns_searches);
  r("env", c.env), r("env_host", c.env_host), r("host_containers_internal_ip", c.host_containers_internal_ip);
  r("http_proxy", c.http_proxy), r("init", c.init), r("init_path", c.init_path), r("ipcns", c.ipcns);
  r("keyring", c.keyring), r("label", c.label), r("log_driver", c.log_driver), r("log_path", c.log_path);
  r("log_size_max", c.log_size_max), r("log_tag", c.log_tag), r("mounts", c.mounts), r("netns", c.netns);
  r("no_hosts", c.no_hosts), r("oom_score_adj", c.oom_score_adj), r("pids_limit", c.pids_limit), r("pidns", c.pidns);
  r("prepare_volume_on_create", c.prepare_volume_on_create), r("privileged", c.privileged), r("read_only", c.read_only);
  r("seccomp_profile", c.seccomp_profile), r.bytes("shm_size", c.shm_size), r("tz", c.tz), r("umask", c.umask);
  r("userns", c.userns), r("userns_size", c.userns_size), r("utsns", c.utsns), r("volumes", c.volumes);
  auto mask = parse_uint(c.umask, 8);
  if (const Setting* s = r.find("umask"); s && !c.umask.empty() && (!mask || *mask > 0777)) {
    r.fail("umask", *s, fmt::format("{:?} is no octal mask", c.umask));
  }
}

void bind(Reader& r, EngineConfig& e) {
  r.in("engine");
  r.choice("cgroup_manager", e.cgroup_manager, {"systemd", "cgroupfs", ""});
  r("conmon_path", e.conmon_path), r("detach_keys", e.detach_keys), r("env", e.env);
  r.choice("events_logger", e.events_logger, {"file", "journald", "none", ""});
  r("exit_command_delay", e.exit_command_delay), r("helper_binaries_dir", e.helper_binaries_dir);
  r("hooks_dir", e.hooks_dir), r("image_copy_tmp_dir", e.image_copy_tmp_dir);
  r("image_default_transport", e.image_default_transport), r("image_parallel_copies", e.image_parallel_copies);
  r.choice("image_volume_mode", e.image_volume_mode, {"anonymous", "bind", "tmpfs", "ignore"});
  r("init_path", e.init_path), r("infra_image", e.infra_image), r("infra_command", e.infra_command);
  r("namespace", e.namespace_), r("no_pivot_root", e.no_pivot_root), r("num_locks", e.num_locks);
  r.choice("pull_policy", e.pull_policy, {"always", "missing", "ifnotpresent", "newer", "never", ""});
  r("retry", e.retry), r("runtime", e.runtime), r.map("runtimes", e.runtimes);
  r("runtime_supports_json", e.runtime_supports_json), r("runtime_supports_nocgroup", e.runtime_supports_nocgroup);
  r("runtime_supports_kvm", e.runtime_supports_kvm), r("static_dir", e.static_dir), r("tmp_dir", e.tmp_dir);
  r("volume_path", e.volume_path), r("stop_timeout", e.stop_timeout);
}

void bind_pools(Reader& r, std::vector<NetworkConfig::Pool>& pools) {
  Strings records;
  r("default_subnet_pools", records);
  const Setting* s = r.find("default_subnet_pools");
  if (!s) return;
  if (!s->append) pools.clear();
  for (const std::string& record : records) {
    NetworkConfig::Pool pool;
    for (const std::string& line : split(record, '\n')) {
      if (line.starts_with("base=")) pool.base = line.substr(5);
      if (line.starts_with("size=")) pool.size = static_cast<unsigned>(parse_uint(line.substr(5)).value_or(0));
    }
    if (pool.base.empty() || pool.size == 0 || pool.size > 128) {
      return r.fail("default_subnet_pools", *s, "each pool needs a base (a network) and a size (prefix length)");
    }
    pools.push_back(std::move(pool));
  }
}

void bind(Reader& r, NetworkConfig& n) {
  r.in("network");
  r.choice("network_backend", n.network_backend, {"native", "cni", "netavark", ""});
  r("default_network", n.default_network), r("default_subnet", n.default_subnet);
  bind_pools(r, n.default_subnet_pools);
  r("default_rootless_network_cmd", n.default_rootless_network_cmd), r("network_config_dir", n.network_config_dir);
  r("cni_plugin_dirs", n.cni_plugin_dirs), r("netavark_plugin_dirs", n.netavark_plugin_dirs);
  r("firewall_driver", n.firewall_driver), r("dns_bind_port", n.dns_bind_port), r("pasta_options", n.pasta_options);
}

void bind(Reader& r, StorageConfig& s) {
  r.in("storage");
  r("graphroot", s.graph_root), r("runroot", s.run_root), r("imagestore", s.image_store);
  r("transient_store", s.transient);
  r.choice("driver", s.driver, {"overlay", "vfs", ""});
  r.in("storage.options");
  r("auto-userns-min-size", s.auto_userns_min_size), r("auto-userns-max-size", s.auto_userns_max_size);
  r("root-auto-userns-user", s.remap_user);
  // The old place of the overlay options first, so that the newer one wins.
  for (const char* table : {"storage.options", "storage.options.overlay"}) {
    r.in(table);
    for (const char* key : {"mountopt", "ignore_chown_errors", "force_mask"}) {
      std::string value;
      r(key, value);
      if (!value.empty()) s.options.push_back(fmt::format("overlay.{}={}", key, value));
    }
  }
}

}  // namespace

Result<> apply_settings(const Settings& settings, Config& config) {
  Reader reader(settings);
  bind(reader, config.containers);
  bind(reader, config.engine);
  bind(reader, config.network);
  bind(reader, config.storage);
  if (reader.error()) return Failure(*reader.error());
  reader.log_unread();
  return {};
}

}  // namespace cove::config
