// info, version, system check.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

// A tree as YAML, as far as `info` needs it.
void write_yaml(std::string& out, const json::Value& v, size_t depth) {
  std::string indent(depth * 2, ' ');
  for (const auto& [key, item] : v.members()) {
    if (item.is_object() && !item.empty()) {
      out += fmt::format("{}{}:\n", indent, key);
      write_yaml(out, item, depth + 1);
    } else if (item.is_array() && !item.empty()) {
      out += fmt::format("{}{}:\n", indent, key);
      for (const auto& x : item.items())
        out += fmt::format("{}- {}\n", indent, x.is_string() ? x.as_string() : x.dump());
    } else {
      out += fmt::format("{}{}: {}\n", indent, key,
                         item.is_string() && !item.as_string().empty() ? item.as_string()
                         : item.is_string()                            ? "\"\""
                                                                       : item.dump());
    }
  }
}

// One line for each thing that this host lacks, with the way out.
std::vector<std::string> hints(const engine::Engine& e) {
  const auto& f = e.facts;
  std::vector<std::string> out;
  auto need = [&](bool have, const char* text) {
    if (!have) out.emplace_back(text);
  };
  need(f.new_mount_api, "no new mount API: a kernel of 5.2 or later is needed");
  need(f.overlay, "overlay cannot be mounted on the graph root: images are copied (vfs); use ext4 or xfs");
  need(f.overlay_append_layers,
       "no appendable overlay layers: images of many layers are mounted by a helper (kernel 6.5)");
  need(f.idmapped_layers,
       "no idmapped layers: --uidmap and --userns=auto are not possible (kernel 6.15, or ext4/xfs/btrfs)");
  need(f.seccomp, "no seccomp in this kernel: containers run without a system call filter");
  need(f.apparmor || f.selinux, "neither AppArmor nor SELinux is enabled: containers have no mandatory access control");
  need(f.cgroup_mode == linux_::CgroupMode::v2,
       "cgroup v2 is not the only hierarchy: some limits are missing (boot with systemd.unified_cgroup_hierarchy=1)");
  return out;
}

json::Value info_document(engine::Engine& e, const std::vector<state::View>& views, size_t images) {
  const auto& f = e.facts;
  json::Value host = json::Value::object(), store = json::Value::object(), version = json::Value::object();
  host.set("arch", f.arch == "x86_64" ? "amd64" : f.arch), host.set("cgroupControllers", f.cgroup_controllers);
  host.set("cgroupManager", e.config.engine.cgroup_manager.empty() ? "cgroupfs" : e.config.engine.cgroup_manager);
  host.set("cgroupVersion", f.cgroup_mode == linux_::CgroupMode::v2 ? "v2" : "v1");
  host.set("cgroupLayout", std::string(linux_::to_string(f.cgroup_mode)));
  host.set("cpus", f.cpus);
  json::Value distribution = json::Value::object();
  distribution.set("distribution", f.os_id), distribution.set("version", f.os_version);
  host.set("distribution", distribution);
  host.set("hostname", f.hostname), host.set("kernel", f.kernel), host.set("logDriver", e.config.containers.log_driver);
  host.set("memTotal", f.memory), host.set("os", "linux");
  json::Value runtime = json::Value::object();
  runtime.set("name", e.runtime.name()), runtime.set("path", e.runtime.path());
  auto text = e.runtime.version();
  runtime.set("version", text ? text->substr(0, text->find('\n')) : "");
  host.set("ociRuntime", runtime);
  json::Value security = json::Value::object();
  security.set("apparmorEnabled", f.apparmor), security.set("selinuxEnabled", f.selinux),
      security.set("seccompEnabled", f.seccomp);
  security.set("rootless", f.rootless),
      security.set("capabilities", join(e.config.containers.default_capabilities, ","));
  host.set("security", security);
  json::Value features = json::Value::object();
  features.set("newMountApi", f.new_mount_api), features.set("openat2", f.openat2), features.set("pidfd", f.pidfd);
  features.set("overlay", f.overlay), features.set("overlayAppendLayers", f.overlay_append_layers),
      features.set("idmappedLayers", f.idmapped_layers);
  features.set("userNamespaces", f.user_namespaces);
  host.set("features", features), host.set("hints", hints(e)), host.set("swapTotal", f.swap);
  json::Value counts = json::Value::object();
  int running = 0, paused = 0;
  for (const auto& v : views) running += v.phase == state::Phase::running, paused += v.phase == state::Phase::paused;
  counts.set("number", views.size()), counts.set("paused", paused), counts.set("running", running);
  counts.set("stopped", static_cast<int>(views.size()) - running - paused);
  store.set("containerStore", counts), store.set("graphDriverName", f.overlay ? "overlay" : "vfs"),
      store.set("graphRoot", e.paths().graph_root);
  json::Value status = json::Value::object();
  status.set("Backing Filesystem", f.graph_fs), status.set("Supports d_type", f.graph_d_type);
  store.set("graphStatus", status);
  json::Value image_count = json::Value::object();
  image_count.set("number", images);
  store.set("imageStore", image_count), store.set("runRoot", e.paths().run_root);
  version.set("APIVersion", COVE_VERSION), version.set("Version", COVE_VERSION), version.set("OsArch", "linux/amd64");
  json::Value out = json::Value::object();
  out.set("host", host), out.set("store", store), out.set("version", version);
  return out;
}

// Templates use Go's field names: .Host.CgroupVersion beside "cgroupVersion".
json::Value with_go_names(const json::Value& v) {
  if (!v.is_object()) return v;
  json::Value out = json::Value::object();
  for (const auto& [k, x] : v.members()) {
    std::string name = k;
    if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    out.set(name, with_go_names(x));
  }
  if (const auto* runtime = out.find("OciRuntime")) out.set("OCIRuntime", *runtime);
  return out;
}

Result<> print_formatted(const cli_options::FormatOptions& o, const json::Value& document, std::string_view name) {
  std::string out;
  if (format::is_json_format(o.format)) {
    out = document.dump(2) + "\n";
  } else {
    format::Report report{.name = name, .origin = format::Origin::single, .template_text = o.format};
    out = TRY(format::render(report, with_go_names(document)));
    if (!out.ends_with('\n')) out += '\n';
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return {};
}

}  // namespace

Result<int> info(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_format(invocation.line.own));
  auto e = TRY(open(invocation));
  auto views = TRY(engine::list(e));
  auto images = TRY(e.images().list());
  json::Value document = info_document(e, views, images.size());
  if (o.format_set) {
    TRY(print_formatted(o, document, "info"));
    return 0;
  }
  std::string out;
  write_yaml(out, document, 0);
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}

Result<int> version(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_format(invocation.line.own));
  json::Value client = json::Value::object();
  client.set("APIVersion", COVE_VERSION), client.set("Version", COVE_VERSION), client.set("OsArch", "linux/amd64"),
      client.set("Os", "linux");
  if (o.format_set) {
    json::Value document = json::Value::object();
    document.set("Client", client);
    TRY(print_formatted(o, document, "version"));
    return 0;
  }
  fmt::print("Client:       cove engine\nVersion:      {}\nAPI Version:  {}\nOS/Arch:      linux/amd64\n", COVE_VERSION,
             COVE_VERSION);
  return 0;
}

Result<int> system_check(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_check(invocation.line.own));
  auto e = TRY(open(invocation));
  auto report = TRY(engine::sweep(e, !o.quick));
  for (const auto& line : report.findings) fmt::print("{}\n", line);
  if (report.findings.empty()) fmt::print("no problem found\n");
  return 0;
}

}  // namespace cove::cli
