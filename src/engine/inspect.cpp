#include <fcntl.h>

#include "base/sys/sys.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/verbs.hpp"
#include "storage/container_dir.hpp"

namespace cove::engine {
namespace {

json::Value to_map(const std::map<std::string, std::string>& m) {
  json::Value out = json::Value::object();
  for (const auto& [k, v] : m) out.set(k, v);
  return out;
}

std::string time_text(Nanos t) { return t ? rfc3339_nano(t) : "0001-01-01T00:00:00Z"; }

json::Value state_part(const state::View& v) {
  json::Value s = json::Value::object();
  s.set("OciVersion", "1.0.2"), s.set("Status", std::string(state::to_string(v.phase)));
  bool up = v.phase == state::Phase::running, paused = v.phase == state::Phase::paused;
  s.set("Running", up), s.set("Paused", paused), s.set("Restarting", false), s.set("OOMKilled", v.oom),
      s.set("Dead", false);
  s.set("Pid", up || paused ? v.pid : 0), s.set("ConmonPid", v.monitor_pid), s.set("ExitCode", v.exit_code),
      s.set("Error", "");
  s.set("StartedAt", time_text(v.started_at)), s.set("FinishedAt", time_text(v.finished_at));
  s.set("CheckpointedAt", time_text(0)), s.set("RestoredAt", time_text(0));
  return s;
}

json::Value config_part(const plan::ContainerConfig& c, const plan::HostFacts& facts) {
  json::Value x = json::Value::object();
  x.set("Hostname", plan::effective_hostname(c, facts.hostname)), x.set("Domainname", c.domainname),
      x.set("User", c.user);
  x.set("AttachStdin", false), x.set("AttachStdout", false), x.set("AttachStderr", false), x.set("Tty", c.terminal);
  x.set("OpenStdin", c.open_stdin), x.set("StdinOnce", false), x.set("Env", c.env), x.set("Cmd", c.command),
      x.set("Image", c.image_name);
  x.set("Volumes", nullptr), x.set("WorkingDir", c.workdir), x.set("Entrypoint", c.entrypoint),
      x.set("OnBuild", nullptr);
  x.set("Labels", to_map(c.labels)), x.set("Annotations", to_map(c.annotations)), x.set("StopSignal", c.stop_signal);
  x.set("CreateCommand", c.create_command), x.set("Umask", c.umask), x.set("Timeout", c.timeout),
      x.set("StopTimeout", c.stop_timeout);
  x.set("Passwd", c.manage_passwd), x.set("sdNotifyMode", c.sdnotify), x.set("SystemdMode", c.systemd);
  return x;
}

std::string mode_text(const plan::NamespaceChoice& n) {
  if (n.mode == "path") return "ns:" + n.value;
  return n.value.empty() ? n.mode : n.mode + ":" + n.value;
}

json::Value host_part(const plan::ContainerConfig& c) {
  json::Value x = json::Value::object();
  json::Value binds = json::Value::array(), tmpfs = json::Value::object();
  for (const auto& m : c.mounts) {
    if (m.kind == plan::MountKind::tmpfs) tmpfs.set(m.destination, join(m.options, ","));
    if (m.kind == plan::MountKind::bind || m.kind == plan::MountKind::volume)
      binds.push(fmt::format("{}:{}:{}", m.source, m.destination, join(m.options, ",")));
  }
  x.set("Binds", binds), x.set("CgroupManager", "cgroupfs"), x.set("CgroupMode", mode_text(c.cgroup)),
      x.set("ContainerIDFile", c.cidfile);
  json::Value log = json::Value::object();
  log.set("Type", c.log.driver), log.set("Config", nullptr), log.set("Path", c.log.path), log.set("Tag", c.log.tag);
  log.set("Size", c.log.max_size > 0 ? human_size(c.log.max_size) : "0B");
  x.set("LogConfig", log), x.set("NetworkMode", mode_text(c.network)), x.set("PortBindings", json::Value::object());
  json::Value restart = json::Value::object();
  restart.set("Name", c.restart.name), restart.set("MaximumRetryCount", c.restart.max_retries);
  x.set("RestartPolicy", restart), x.set("AutoRemove", c.remove), x.set("AutoRemoveImage", c.remove_image),
      x.set("Annotations", to_map(c.annotations));
  x.set("CapAdd", c.cap_add), x.set("CapDrop", c.cap_drop), x.set("Dns", c.dns), x.set("DnsOptions", c.dns_options),
      x.set("DnsSearch", c.dns_search);
  x.set("ExtraHosts", c.add_hosts), x.set("GroupAdd", c.groups), x.set("IpcMode", mode_text(c.ipc)),
      x.set("Cgroup", ""), x.set("Cgroups", c.cgroups_mode == "enabled" ? "default" : c.cgroups_mode);
  x.set("OomScoreAdj", c.oom_score_adj.value_or(0)), x.set("PidMode", mode_text(c.pid)),
      x.set("Privileged", c.privileged);
  x.set("PublishAllPorts", c.publish_all), x.set("ReadonlyRootfs", c.read_only);
  json::Value security = json::Value::array();
  if (c.no_new_privileges) security.push("no-new-privileges");
  if (!c.seccomp.empty()) security.push("seccomp=" + c.seccomp);
  if (!c.apparmor.empty()) security.push("apparmor=" + c.apparmor);
  x.set("SecurityOpt", security), x.set("Tmpfs", tmpfs), x.set("UTSMode", mode_text(c.uts)),
      x.set("UsernsMode", mode_text(c.userns)), x.set("ShmSize", c.shm_size);
  x.set("Runtime", "oci"), x.set("Init", c.init), x.set("CgroupParent", c.cgroup_parent);
  const auto& l = c.limits;
  x.set("CpuShares", l.cpu_shares.value_or(0)), x.set("Memory", l.memory.value_or(0)),
      x.set("MemorySwap", l.memory_swap.value_or(0));
  double cpus = l.cpu_period && l.cpu_quota && *l.cpu_period
                    ? static_cast<double>(*l.cpu_quota) / static_cast<double>(*l.cpu_period) * 1e9
                    : 0;
  x.set("NanoCpus", static_cast<int64_t>(cpus)), x.set("CpuPeriod", l.cpu_period.value_or(0)),
      x.set("CpuQuota", l.cpu_quota.value_or(0));
  x.set("CpusetCpus", l.cpuset_cpus), x.set("CpusetMems", l.cpuset_mems),
      x.set("MemoryReservation", l.memory_reservation.value_or(0));
  x.set("MemorySwappiness", l.memory_swappiness ? static_cast<int64_t>(*l.memory_swappiness) : -1),
      x.set("OomKillDisable", l.oom_kill_disable);
  x.set("PidsLimit", l.pids.value_or(0));
  json::Value ulimits = json::Value::array();
  for (const auto& r : c.rlimits) {
    json::Value u = json::Value::object();
    u.set("Name", r.type), u.set("Soft", r.soft), u.set("Hard", r.hard);
    ulimits.push(u);
  }
  x.set("Ulimits", ulimits);
  return x;
}

json::Value mounts_part(Engine& e, const plan::ContainerConfig& c) {
  json::Value out = json::Value::array();
  for (const auto& m : c.mounts) {
    if (m.kind == plan::MountKind::tmpfs) continue;
    json::Value x = json::Value::object();
    x.set("Type", std::string(plan::to_string(m.kind)));
    if (m.kind == plan::MountKind::volume) {
      x.set("Name", m.source);
      x.set("Source", m.source.empty() ? e.paths().container_dir(c.id) + "/volumes"
                                       : e.paths().graph_root + "/volumes/" + m.source + "/_data");
    } else {
      x.set("Source", m.source);
    }
    bool read_only = std::find(m.options.begin(), m.options.end(), "ro") != m.options.end();
    x.set("Destination", m.destination), x.set("Driver", m.kind == plan::MountKind::volume ? "local" : ""),
        x.set("Mode", "");
    x.set("Options", m.options), x.set("RW", !read_only), x.set("Propagation", "rprivate");
    out.push(x);
  }
  return out;
}

}  // namespace

Result<json::Value> inspect(Engine& engine, const state::View& view, bool with_size) {
  plan::ContainerConfig c = TRY(load_container(view.record));
  plan::HostFacts facts = plan_facts(engine);
  const auto& p = engine.paths();
  json::Value x = json::Value::object();
  x.set("Id", c.id), x.set("Created", rfc3339_nano(c.created)), x.set("Path", c.argv.empty() ? "" : c.argv[0]);
  x.set("Args",
        c.argv.empty() ? std::vector<std::string>() : std::vector<std::string>(c.argv.begin() + 1, c.argv.end()));
  x.set("State", state_part(view)), x.set("Image", c.image_id), x.set("ImageDigest", ""),
      x.set("ImageName", c.image_name), x.set("Rootfs", c.rootfs), x.set("Pod", c.pod);
  std::string run = p.run_dir(c.id);
  x.set("ResolvConfPath", run + "/resolv.conf"), x.set("HostnamePath", run + "/hostname"),
      x.set("HostsPath", run + "/hosts");
  x.set("StaticDir", p.container_dir(c.id)), x.set("OCIConfigPath", run + "/config.json"),
      x.set("OCIRuntime", engine.runtime.name());
  x.set("ConmonPidFile", c.conmon_pidfile), x.set("PidFile", c.pidfile), x.set("Name", c.name),
      x.set("RestartCount", 0), x.set("Driver", "overlay");
  x.set("MountLabel", c.selinux_mount_label), x.set("ProcessLabel", c.selinux_process_label),
      x.set("AppArmorProfile", c.apparmor);
  x.set("EffectiveCaps", c.capabilities), x.set("BoundingCaps", c.capabilities), x.set("ExecIDs", json::Value::array());
  json::Value driver = json::Value::object(), data = json::Value::object();
  data.set("UpperDir", p.container_dir(c.id) + "/diff"), data.set("WorkDir", p.container_dir(c.id) + "/work"),
      data.set("MergedDir", p.mount_dir() + "/root");
  driver.set("Name", "overlay"), driver.set("Data", data);
  x.set("GraphDriver", driver);
  if (with_size) {
    int64_t rw = TRY(storage::writable_size(p.graph_root, c.id));
    auto image = engine.images().find(c.image_id);
    x.set("SizeRw", rw), x.set("SizeRootFs", rw + (image ? image->image.size : 0));
  }
  x.set("Mounts", mounts_part(engine, c)), x.set("Dependencies", json::Value::array());
  json::Value network = json::Value::object();
  network.set("IPAddress", ""), network.set("Gateway", ""), network.set("MacAddress", ""),
      network.set("Ports", json::Value::object()), network.set("Networks", json::Value::object()),
      network.set("SandboxKey", "");
  x.set("NetworkSettings", network), x.set("Namespace", ""), x.set("IsInfra", false), x.set("IsService", false),
      x.set("KubeExitCodePropagation", "invalid"), x.set("lockNumber", 0);
  x.set("Config", config_part(c, facts)), x.set("HostConfig", host_part(c));
  return x;
}

}  // namespace cove::engine
