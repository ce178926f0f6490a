#include "cli/facts.hpp"

#include <sys/statvfs.h>

namespace cove::cli {
namespace {

using json::Value;

// A scalar that YAML would read as something else is quoted.
bool needs_quotes(const std::string& text) {
  if (text.empty() || text == "null" || text == "~" || text == "true" || text == "false" || text == "yes" ||
      text == "no")
    return true;
  if (parse_int(text) || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return true;
  // Digits and one point: a number.
  if (text.find_first_not_of("0123456789.") == std::string::npos && std::count(text.begin(), text.end(), '.') <= 1)
    return true;
  return text.find(": ") != std::string::npos || text.find(" #") != std::string::npos ||
         text.find('\n') != std::string::npos;
}

std::string scalar(const Value& v) {
  if (v.is_object()) return "{}";
  if (v.is_array()) return "[]";
  if (!v.is_string()) return v.dump();
  return needs_quotes(v.as_string()) ? json::quote(v.as_string()) : v.as_string();
}

// Text of several lines is written as it is, below its key.
bool is_block(const Value& v) {
  const std::string& text = v.as_string();
  return text.find('\n') != std::string::npos && text.front() != ' ' && !text.ends_with('\n');
}

void write_yaml(std::string& out, const Value& v, size_t depth) {
  const std::string indent(depth * 2, ' ');
  for (const auto& [key, item] : v.members()) {
    out += indent + key + ":";
    if (item.is_object() && !item.empty()) {
      out += '\n';
      write_yaml(out, item, depth + 1);
    } else if (item.is_array() && !item.empty()) {
      out += '\n';
      for (const auto& x : item.items()) {
        if (x.is_object() && !x.empty()) {
          std::string inner;
          write_yaml(inner, x, depth + 1);
          inner[depth * 2] = '-';
          out += inner;
        } else {
          out += indent + "- " + scalar(x) + "\n";
        }
      }
    } else if (is_block(item)) {
      out += " |-\n";
      for (const auto& line : split(item.as_string(), '\n')) out.append(indent).append("  ").append(line).append("\n");
    } else {
      out += " " + scalar(item) + "\n";
    }
  }
}

Value distribution(const linux_::HostFacts& f) {
  return Value::object({{"distribution", f.os_id}, {"version", f.os_version}});
}

Value runtime_part(engine::Engine& e) {
  auto text = e.runtime.version();
  std::string version = text ? std::string(trim(*text)) : "";
  return Value::object({{"name", e.runtime.name()}, {"package", ""}, {"path", e.runtime.path()}, {"version", version}});
}

Value security_part(const engine::Engine& e) {
  const auto& f = e.facts;
  std::string profile = e.config.containers.seccomp_profile;
  return Value::object({{"apparmorEnabled", f.apparmor},
                        {"capabilities", join(e.config.containers.default_capabilities, ",")},
                        {"rootless", f.rootless},
                        {"seccompEnabled", f.seccomp},
                        {"seccompProfilePath", profile},
                        {"selinuxEnabled", f.selinux}});
}

Value features_part(const linux_::HostFacts& f) {
  return Value::object({{"newMountApi", f.new_mount_api},
                        {"mountSetattr", f.mount_setattr},
                        {"openat2", f.openat2},
                        {"pidfd", f.pidfd},
                        {"overlay", f.overlay},
                        {"overlayAppendLayers", f.overlay_append_layers},
                        {"idmappedLayers", f.idmapped_layers},
                        {"userNamespaces", f.user_namespaces},
                        {"seccomp", f.seccomp},
                        {"apparmor", f.apparmor},
                        {"selinux", f.selinux},
                        {"systemd", f.systemd}});
}

Value host_part(engine::Engine& e, const HostNumbers& n) {
  const auto& f = e.facts;
  Value host = Value::object();
  host.set("arch", go_arch(f.arch)), host.set("cgroupControllers", f.cgroup_controllers);
  host.set("cgroupManager", e.config.engine.cgroup_manager.empty() ? "cgroupfs" : e.config.engine.cgroup_manager);
  host.set("cgroupVersion", f.cgroup_mode == linux_::CgroupMode::v2 ? "v2" : "v1");
  host.set("cgroupLayout", std::string(linux_::to_string(f.cgroup_mode)));
  auto monitor = e.helper("cove-monitor");
  host.set("conmon", Value::object({{"package", "cove"},
                                    {"path", monitor ? *monitor : ""},
                                    {"version", fmt::format("cove-monitor version {}", COVE_VERSION)}}));
  host.set("cpus", f.cpus), host.set("databaseBackend", "sqlite"), host.set("distribution", distribution(f));
  host.set("eventLogger", e.config.engine.events_logger), host.set("hostname", f.hostname);
  host.set("idMappings", Value::object({{"gidmap", nullptr}, {"uidmap", nullptr}}));
  host.set("kernel", f.kernel), host.set("logDriver", e.config.containers.log_driver);
  host.set("memFree", n.memory_free), host.set("memTotal", f.memory);
  host.set("networkBackend", e.config.network.network_backend.empty() ? "native" : e.config.network.network_backend);
  host.set("ociRuntime", runtime_part(e)), host.set("os", "linux");
  host.set("rootlessNetworkCmd", e.config.network.default_rootless_network_cmd);
  host.set("security", security_part(e)), host.set("serviceIsRemote", false);
  host.set("swapFree", n.swap_free), host.set("swapTotal", f.swap), host.set("uptime", uptime_text(n.uptime));
  host.set("variant", ""), host.set("features", features_part(f)), host.set("hints", host_hints(f));
  return host;
}

Value store_part(const engine::Engine& e, const std::vector<state::View>& views, size_t images, const HostNumbers& n) {
  const auto& f = e.facts;
  size_t running = 0, paused = 0;
  for (const auto& v : views) {
    running += v.phase == state::Phase::running;
    paused += v.phase == state::Phase::paused;
  }
  Value store = Value::object();
  store.set("configFile", e.config.files.empty() ? "" : e.config.files.back());
  store.set("containerStore", Value::object({{"number", views.size()},
                                             {"paused", paused},
                                             {"running", running},
                                             {"stopped", views.size() - running - paused}}));
  store.set("graphDriverName", f.overlay ? "overlay" : "vfs");
  Value options = Value::object();
  for (const auto& text : e.config.storage.options) {
    auto pair = split_n(text, '=', 2);
    options.set(pair[0], pair.size() > 1 ? pair[1] : "");
  }
  store.set("graphOptions", options), store.set("graphRoot", e.paths().graph_root);
  store.set("graphRootAllocated", n.store_size), store.set("graphRootUsed", n.store_used);
  auto word = [](bool b) { return b ? "true" : "false"; };
  store.set("graphStatus", Value::object({{"Backing Filesystem", f.graph_fs},
                                          {"Native Overlay Diff", word(f.overlay)},
                                          {"Supports d_type", word(f.graph_d_type)},
                                          {"Supports reflink", word(f.graph_reflink)},
                                          {"Supports xattr", word(f.graph_xattr)},
                                          {"Using metacopy", "false"}}));
  store.set("imageCopyTmpDir", e.config.engine.image_copy_tmp_dir);
  store.set("imageStore", Value::object({{"number", images}})), store.set("runRoot", e.paths().run_root);
  store.set("transientStore", e.config.storage.transient), store.set("volumePath", e.paths().graph_root + "/volumes");
  return store;
}

int64_t meminfo(const std::string& text, std::string_view name) {
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    std::string_view rest = trim(std::string_view(line).substr(name.size()));
    return parse_int(rest.substr(0, rest.find(' '))).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace

std::string to_yaml(const Value& value) {
  std::string out;
  write_yaml(out, value, 0);
  return out;
}

std::string go_arch(const std::string& machine) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}, {"loongarch64", "loong64"}};
  for (const auto& [linux_name, go_name] : kNames) {
    if (machine == linux_name) return std::string(go_name);
  }
  return machine;
}

std::string uptime_text(int64_t seconds) {
  std::string out = fmt::format("{}h {}m {}.00s", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (seconds >= 86400) out += fmt::format(" (Approximately {:.2f} days)", static_cast<double>(seconds) / 86400);
  return out;
}

std::vector<std::string> host_hints(const linux_::HostFacts& f) {
  std::vector<std::string> out;
  auto need = [&](bool have, const char* text) {
    if (!have) out.emplace_back(text);
  };
  need(f.new_mount_api, "no new mount API: needs a kernel of 5.2 or later");
  need(f.overlay, "no overlay on the graph root, so images are copied (vfs): put the graph root on ext4 or xfs");
  need(f.overlay_append_layers,
       "no appending of overlay layers, so images of many layers are mounted by a helper: needs a kernel of 6.5 or "
       "later");
  need(f.idmapped_layers,
       "no idmapped layers, so --uidmap and --userns=auto do not work: needs a kernel of 5.19 or later and a file "
       "system that knows idmapped mounts");
  need(f.user_namespaces, "no user namespaces: set user.max_user_namespaces above 0");
  need(f.seccomp, "no seccomp, so containers run without a filter of system calls: needs CONFIG_SECCOMP_FILTER");
  need(f.apparmor || f.selinux, "neither AppArmor nor SELinux: containers are not confined by a security module");
  need(f.cgroup_mode == linux_::CgroupMode::v2,
       "not only cgroup v2, so some limits are missing: boot with systemd.unified_cgroup_hierarchy=1");
  need(f.graph_d_type,
       "the graph root's file system does not tell file types, which overlay needs: make xfs with ftype=1");
  need(!f.rootless, "not root: limits need a delegated cgroup, and more than one id needs /etc/subuid and /etc/subgid");
  return out;
}

HostNumbers read_host_numbers(const std::string& graph_root) {
  HostNumbers n;
  if (auto text = read_file("/proc/meminfo"))
    n.memory_free = meminfo(*text, "MemFree:"), n.swap_free = meminfo(*text, "SwapFree:");
  if (auto text = read_file("/proc/uptime"))
    n.uptime = parse_int(std::string_view(*text).substr(0, text->find('.'))).value_or(0);
  struct statvfs st = {};
  if (::statvfs(graph_root.c_str(), &st) == 0) {
    n.store_size = st.f_blocks * st.f_frsize;
    n.store_used = (st.f_blocks - st.f_bfree) * st.f_frsize;
  }
  return n;
}

Value version_document() {
#if defined(__x86_64__)
  constexpr const char* kArch = "amd64";
#elif defined(__aarch64__)
  constexpr const char* kArch = "arm64";
#else
  constexpr const char* kArch = "unknown";
#endif
  return Value::object({{"APIVersion", COVE_VERSION},
                        {"Version", COVE_VERSION},
                        {"OsArch", fmt::format("linux/{}", kArch)},
                        {"Os", "linux"}});
}

Value info_document(engine::Engine& e, const std::vector<state::View>& views, size_t images,
                    const HostNumbers& numbers) {
  Value out = Value::object();
  out.set("host", host_part(e, numbers)), out.set("store", store_part(e, views, images, numbers));
  out.set("registries", Value::object());
  out.set("plugins", Value::object({{"authorization", nullptr},
                                    {"log", std::vector<std::string>{"k8s-file", "json-file", "none"}},
                                    {"network", json::Array{}},
                                    {"volume", std::vector<std::string>{"local"}}}));
  out.set("version", version_document());
  return out;
}

}  // namespace cove::cli
