// HostConfig of the inspect document.
#include <set>

#include "engine/inspect_parts.hpp"
#include "engine/plan/make_spec.hpp"

namespace cove::engine {
namespace {

using json::Value;

std::string mode_text(const plan::NamespaceChoice& n) {
  if (n.mode == "path") return "ns:" + n.value;
  return n.value.empty() ? n.mode : n.mode + ":" + n.value;
}

// The user namespace as podman says it: nothing for the host's, "private" for one of the container's own.
std::string userns_text(const plan::ContainerConfig& c) {
  if (c.userns.is_container() || c.userns.is_path()) return mode_text(c.userns);
  return plan::has_userns(c) ? "private" : "";
}

void set_binds(Value& x, const plan::ContainerConfig& c, const InspectContext& context) {
  Value binds = Value::array(), tmpfs = Value::object();
  for (const auto& m : c.mounts) {
    auto made = plan::make_mount(m, m.source, {});
    std::string options = join(made ? made->options : m.options, ",");
    if (m.kind == plan::MountKind::tmpfs || m.kind == plan::MountKind::ramfs) {
      tmpfs.set(m.destination, options);
      continue;
    }
    std::string source = m.source;
    if (m.kind == plan::MountKind::volume && source.empty()) source = volume_path(m, context);
    binds.push(options.empty() ? fmt::format("{}:{}", source, m.destination)
                               : fmt::format("{}:{}:{}", source, m.destination, options));
  }
  x.set("Binds", binds);
  x.set("Tmpfs", tmpfs);
}

void set_capabilities(Value& x, const plan::ContainerConfig& c, const InspectContext& context) {
  const auto& known = c.privileged ? context.all_capabilities : context.default_capabilities;
  std::set<std::string> left(known.begin(), known.end());
  Value add = Value::array(), drop = Value::array();
  for (const auto& name : context.bounding) {
    if (left.erase(name) == 0) add.push(name);
  }
  for (const auto& name : left) drop.push(name);
  x.set("CapAdd", add), x.set("CapDrop", drop);
}

Value log_config(const plan::ContainerConfig& c, const InspectContext& context) {
  Value log = Value::object();
  log.set("Type", c.log.driver);
  log.set("Config", c.log.options.empty() ? Value() : string_map(c.log.options));
  bool has_file = c.log.driver != "none" && c.log.driver != "passthrough";
  log.set("Path", !c.log.path.empty() ? c.log.path : has_file ? context.log_path : "");
  log.set("Tag", c.log.tag);
  log.set("Size", c.log.max_size > 0 ? human_size(c.log.max_size) : "0B");
  return log;
}

// As podman: what was asked for, from the annotations that it leaves.
Value security_options(const plan::ContainerConfig& c) {
  Value out = Value::array();
  if (c.no_new_privileges) out.push("no-new-privileges");
  for (const char* name : {"label", "seccomp", "apparmor"}) {
    auto found = c.annotations.find(fmt::format("io.podman.annotations.{}", name));
    if (found != c.annotations.end()) out.push(fmt::format("{}={}", name, found->second));
  }
  if (c.privileged || c.unmask == std::vector<std::string>{"ALL"}) out.push("unmask=all");
  return out;
}

Value throttles(const std::vector<plan::ThrottleDevice>& devices) {
  Value out = Value::array();
  for (const auto& d : devices) out.push(Value::object({{"Path", d.path}, {"Rate", d.rate}}));
  return out;
}

Value devices(const plan::ContainerConfig& c) {
  Value out = Value::array();
  if (c.privileged) return out;  // it has them all
  for (const auto& d : c.devices) {
    out.push(Value::object({{"PathOnHost", d.host},
                            {"PathInContainer", d.container.empty() ? d.host : d.container},
                            {"CgroupPermissions", d.permissions}}));
  }
  return out;
}

Value ulimits(const plan::ContainerConfig& c) {
  Value out = Value::array();
  for (const auto& r : c.rlimits) {
    // As podman: unlimited is -1.
    out.push(Value::object(
        {{"Name", r.type}, {"Soft", static_cast<int64_t>(r.soft)}, {"Hard", static_cast<int64_t>(r.hard)}}));
  }
  return out;
}

Value id_map(const plan::IdMap& map) {
  Value out = Value::array();
  for (const auto& r : map) out.push(fmt::format("{}:{}:{}", r.inside, r.outside, r.size));
  return out;
}

void set_limits(Value& x, const plan::ContainerConfig& c) {
  const auto& l = c.limits;
  x.set("CpuShares", l.cpu_shares.value_or(0)), x.set("Memory", l.memory.value_or(0));
  uint64_t period = l.cpu_period.value_or(0);
  x.set("NanoCpus", period == 100000 ? l.cpu_quota.value_or(0) * 10000 : 0);
  x.set("CgroupParent", c.cgroup_parent), x.set("BlkioWeight", l.blkio_weight.value_or(0));
  Value weights = Value::array();
  for (const auto& w : l.weight_devices) weights.push(Value::object({{"Path", w.path}, {"Weight", w.weight}}));
  x.set("BlkioWeightDevice", weights);
  x.set("BlkioDeviceReadBps", throttles(l.read_bps)), x.set("BlkioDeviceWriteBps", throttles(l.write_bps));
  x.set("BlkioDeviceReadIOps", throttles(l.read_iops)), x.set("BlkioDeviceWriteIOps", throttles(l.write_iops));
  x.set("CpuPeriod", period), x.set("CpuQuota", l.cpu_quota.value_or(0));
  x.set("CpuRealtimePeriod", l.cpu_rt_period.value_or(0)), x.set("CpuRealtimeRuntime", l.cpu_rt_runtime.value_or(0));
  x.set("CpusetCpus", l.cpuset_cpus), x.set("CpusetMems", l.cpuset_mems), x.set("Devices", devices(c));
  x.set("DiskQuota", 0), x.set("KernelMemory", l.kernel_memory.value_or(0));
  x.set("MemoryReservation", l.memory_reservation.value_or(0)), x.set("MemorySwap", l.memory_swap.value_or(0));
  x.set("MemorySwappiness", l.memory_swappiness ? static_cast<int64_t>(*l.memory_swappiness) : -1);
  x.set("OomKillDisable", l.oom_kill_disable);
  if (c.init) x.set("Init", true);
  x.set("PidsLimit", l.pids.value_or(0)), x.set("Ulimits", ulimits(c));
  for (const char* none : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"}) x.set(none, 0);
  x.set("CgroupConf", l.unified.empty() ? Value() : string_map(l.unified));
}

}  // namespace

Value inspect_ports(const plan::ContainerConfig& config) {
  Value out = Value::object();
  for (const auto& p : config.ports) {
    for (unsigned i = 0; i < std::max<unsigned>(p.range, 1); i++) {
      Value& list = out.at_or_add(fmt::format("{}/{}", p.container_port + i, p.protocol));
      list.push(Value::object({{"HostIp", p.host_ip.empty() ? "0.0.0.0" : p.host_ip},
                               {"HostPort", p.host_port ? fmt::format("{}", p.host_port + i) : ""}}));
    }
  }
  return out;
}

Value inspect_host_config(const plan::ContainerConfig& c, const InspectContext& context) {
  Value x = Value::object();
  set_binds(x, c, context);
  x.set("CgroupManager", context.cgroup_manager), x.set("CgroupMode", mode_text(c.cgroup));
  x.set("ContainerIDFile", c.cidfile), x.set("LogConfig", log_config(c, context));
  x.set("NetworkMode", mode_text(c.network)), x.set("PortBindings", inspect_ports(c));
  x.set("RestartPolicy", Value::object({{"Name", c.restart.name.empty() ? "no" : c.restart.name},
                                        {"MaximumRetryCount", c.restart.max_retries}}));
  x.set("AutoRemove", c.remove), x.set("AutoRemoveImage", c.remove_image);
  x.set("Annotations", c.annotations.empty() ? Value() : string_map(c.annotations));
  x.set("VolumeDriver", ""), x.set("VolumesFrom", c.volumes_from.empty() ? Value() : Value(c.volumes_from));
  set_capabilities(x, c, context);
  x.set("Dns", c.dns), x.set("DnsOptions", c.dns_options), x.set("DnsSearch", c.dns_search);
  x.set("ExtraHosts", c.add_hosts), x.set("HostsFile", c.hosts_file), x.set("GroupAdd", c.groups);
  x.set("IpcMode", mode_text(c.ipc)), x.set("Cgroup", "");
  x.set("Cgroups", c.cgroups_mode == "enabled" ? "default" : c.cgroups_mode), x.set("Links", nullptr);
  x.set("OomScoreAdj", c.oom_score_adj.value_or(0)), x.set("PidMode", mode_text(c.pid));
  x.set("Privileged", c.privileged), x.set("PublishAllPorts", c.publish_all), x.set("ReadonlyRootfs", c.read_only);
  x.set("SecurityOpt", security_options(c)), x.set("UTSMode", mode_text(c.uts)), x.set("UsernsMode", userns_text(c));
  if (!c.uid_map.empty())
    x.set("IDMappings", Value::object({{"UidMap", id_map(c.uid_map)}, {"GidMap", id_map(c.gid_map)}}));
  x.set("ShmSize", c.shm_size), x.set("Runtime", "oci");
  x.set("ConsoleSize", json::Array{0, 0}), x.set("Isolation", "");
  set_limits(x, c);
  return x;
}

}  // namespace cove::engine
