#include "base/fs.hpp"
#include "engine/inspect_parts.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/verbs.hpp"
#include "linux/capabilities.hpp"
#include "storage/container_dir.hpp"

namespace cove::engine {
namespace {

using json::Value;

// Starts by the restart policy since the user's own.
uint64_t restart_count(const Engine& engine, const std::string& id) {
  auto text = read_file(engine.paths().restarts(id));
  return text ? parse_uint(trim(*text)).value_or(0) : 0;
}

std::string time_text(Nanos t) { return t ? rfc3339_nano(t) : "0001-01-01T00:00:00Z"; }

bool has_process(const state::View& v) {
  return v.phase == state::Phase::running || v.phase == state::Phase::paused || v.phase == state::Phase::initialized ||
         v.phase == state::Phase::stopping;
}

Value state_part(const state::View& v, const std::string& cgroup) {
  Value s = Value::object();
  s.set("OciVersion", "1.0.2"), s.set("Status", std::string(state::to_string(v.phase)));
  s.set("Running", v.phase == state::Phase::running), s.set("Paused", v.phase == state::Phase::paused);
  s.set("Restarting", false), s.set("OOMKilled", v.oom), s.set("Dead", false);
  s.set("Pid", has_process(v) ? v.pid : 0);
  if (has_process(v) && v.monitor_pid) s.set("ConmonPid", v.monitor_pid);
  s.set("ExitCode", v.exit_code), s.set("Error", "");
  s.set("StartedAt", time_text(v.started_at)), s.set("FinishedAt", time_text(v.finished_at));
  if (has_process(v) && !cgroup.empty()) s.set("CgroupPath", cgroup);
  s.set("CheckpointedAt", time_text(0)), s.set("RestoredAt", time_text(0));
  if (v.record.stopped_by_user) s.set("StoppedByUser", true);
  return s;
}

// The process that the runtime was told to start last; null where nothing runs.
Value last_process(const Engine& e, const std::string& id) {
  auto text = read_file(e.paths().run_dir(id) + "/config.json");
  if (!text) return {};
  auto spec = json::parse(*text);
  return spec ? (*spec)["process"] : Value();
}

InspectContext make_context(const Engine& e, const plan::ContainerConfig& c) {
  InspectContext x;
  if (!e.config.engine.cgroup_manager.empty()) x.cgroup_manager = e.config.engine.cgroup_manager;
  x.host_hostname = e.facts.hostname, x.log_path = e.paths().log(c.id);
  x.default_capabilities = e.config.containers.default_capabilities;
  x.all_capabilities = linux_::capability_list(e.facts.bounding);
  x.process = last_process(e, c.id);
  const Value& bounding = x.process["capabilities"]["bounding"];
  x.bounding = bounding.is_array() ? bounding.strings() : c.capabilities;
  x.volume_dir = e.paths().graph_root + "/volumes";
  x.anonymous_volume_dir = e.paths().container_dir(c.id) + "/volumes";
  return x;
}

Value graph_driver(const Engine& e, const plan::ContainerConfig& c, const std::vector<std::string>& layers,
                   bool mounted) {
  const auto& p = e.paths();
  std::vector<std::string> lower;
  for (auto it = layers.rbegin(); it != layers.rend(); ++it)
    lower.push_back(fmt::format("{}/layers/{}/diff", p.graph_root, *it));
  Value data = Value::object();
  if (!lower.empty()) data.set("LowerDir", join(lower, ":"));
  if (mounted) data.set("MergedDir", p.mount_dir() + "/root");  // in the monitor's own mount namespace
  data.set("UpperDir", p.container_dir(c.id) + "/diff"), data.set("WorkDir", p.container_dir(c.id) + "/work");
  return Value::object({{"Name", e.facts.overlay ? "overlay" : "vfs"}, {"Data", data}});
}

}  // namespace

Result<Value> inspect(Engine& engine, const state::View& view, bool with_size) {
  plan::ContainerConfig c = TRY(load_container(view.record));
  InspectContext context = make_context(engine, c);
  const auto& p = engine.paths();
  std::optional<storage::Image> image;
  if (!c.image_id.empty()) {
    auto found = engine.images().find(c.image_id);
    if (found) image = std::move(found->image);
  }
  const std::string run = p.run_dir(c.id);
  auto own_file = [&](const char* name) { return path_exists(run + "/" + name) ? run + "/" + name : std::string(); };

  Value x = Value::object();
  x.set("Id", c.id), x.set("Created", rfc3339_nano(c.created)), x.set("Path", c.argv.empty() ? "" : c.argv[0]);
  x.set("Args",
        c.argv.empty() ? std::vector<std::string>() : std::vector<std::string>(c.argv.begin() + 1, c.argv.end()));
  x.set("State", state_part(view, plan::cgroup_below_root(c, plan_facts(engine))));
  x.set("Image", c.image_id), x.set("ImageDigest", image ? image->digest : ""), x.set("ImageName", c.image_name);
  x.set("Rootfs", c.rootfs), x.set("Pod", c.pod), x.set("ResolvConfPath", own_file("resolv.conf"));
  x.set("HostnamePath", own_file("hostname")), x.set("HostsPath", own_file("hosts"));
  x.set("StaticDir", p.container_dir(c.id));
  if (std::string config = own_file("config.json"); !config.empty()) x.set("OCIConfigPath", config);
  x.set("OCIRuntime", engine.runtime.name()), x.set("ConmonPidFile", c.conmon_pidfile), x.set("PidFile", c.pidfile);
  x.set("Name", c.name), x.set("RestartCount", restart_count(engine, c.id)),
      x.set("Driver", engine.facts.overlay ? "overlay" : "vfs");
  x.set("MountLabel", c.selinux_mount_label), x.set("ProcessLabel", c.selinux_process_label);
  const Value& apparmor = context.process["apparmorProfile"];
  x.set("AppArmorProfile", apparmor.is_string() ? apparmor.as_string() : c.apparmor);
  const Value& effective = context.process["capabilities"]["effective"];
  x.set("EffectiveCaps", effective.is_array() ? effective : Value(c.capabilities));
  x.set("BoundingCaps", context.bounding), x.set("ExecIDs", Value::array());
  x.set("GraphDriver", graph_driver(engine, c, image ? image->layers : std::vector<std::string>(), has_process(view)));
  if (with_size) {
    int64_t rw = TRY(storage::writable_size(p.graph_root, c.id));
    x.set("SizeRw", rw), x.set("SizeRootFs", rw + (image ? image->size : 0));
  }
  x.set("Mounts", inspect_mounts(c, context)), x.set("Dependencies", c.requires_);
  x.set("NetworkSettings", inspect_networks(c)), x.set("Namespace", ""), x.set("IsInfra", false);
  x.set("IsService", false), x.set("KubeExitCodePropagation", "invalid"), x.set("lockNumber", 0);
  x.set("Config", inspect_config(c, context)), x.set("HostConfig", inspect_host_config(c, context));
  x.set("UseImageHosts", false), x.set("UseImageHostname", false);
  return x;
}

}  // namespace cove::engine
