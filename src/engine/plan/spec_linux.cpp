#include <fnmatch.h>

#include "engine/plan/spec_parts.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

namespace {

constexpr std::string_view kMaskedPaths[] = {
    "/proc/acpi",      "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",           "/proc/sched_debug",
    "/proc/scsi",      "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    "/sys/fs/selinux", "/proc/interrupts",
};
constexpr std::string_view kReadOnlyPaths[] = {
    "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

bool is_unmasked(const Strings& unmask, std::string_view path) {
  for (const auto& pattern : unmask)
    if (pattern == "ALL" || fnmatch(pattern.c_str(), std::string(path).c_str(), FNM_PATHNAME) == 0) return true;
  return false;
}

void set_protected_paths(const SpecContext& c, json::Value& out) {
  Strings masked, read_only;
  if (!c.config.privileged) {
    for (auto path : kMaskedPaths)
      if (!is_unmasked(c.config.unmask, path)) masked.emplace_back(path);
    // One directory for each processor reads the sensors that the others read too.
    for (unsigned cpu = 0; cpu < c.host.cpus; ++cpu) {
      auto path = fmt::format("/sys/devices/system/cpu/cpu{}/thermal_throttle", cpu);
      if (c.host.thermal_throttle && !is_unmasked(c.config.unmask, path)) masked.push_back(std::move(path));
    }
    for (auto path : kReadOnlyPaths)
      if (!is_unmasked(c.config.unmask, path)) read_only.emplace_back(path);
    if (!c.can_mount_sysfs() && c.host.rootless) masked.emplace_back("/sys/kernel");
  }
  masked.insert(masked.end(), c.config.mask.begin(), c.config.mask.end());
  if (!masked.empty()) out.set("maskedPaths", masked);
  if (!read_only.empty()) out.set("readonlyPaths", read_only);
}

json::Value make_namespace(std::string_view type, std::string_view path) {
  auto out = json::Value::object();
  out.set("type", type);
  if (!path.empty()) out.set("path", path);
  return out;
}

json::Value make_namespaces(const SpecContext& c) {
  json::Array out;
  auto add = [&](std::string_view type, const NamespaceChoice& choice) {
    if (auto joined = c.inputs.joined.find(std::string(type)); joined != c.inputs.joined.end())
      out.push_back(make_namespace(type, joined->second));
    else if (choice.is_path())
      out.push_back(make_namespace(type, choice.value));
    else if (!choice.is_host())
      out.push_back(make_namespace(type, ""));
  };
  add("pid", c.config.pid);
  if (c.inputs.netns_path)
    out.push_back(make_namespace("network", *c.inputs.netns_path));  // G1
  else
    add("network", c.config.network);
  add("ipc", c.config.ipc);
  add("uts", c.config.uts);
  add("mount", {"private", ""});
  if (c.new_userns()) add("user", c.config.userns);
  add("cgroup", c.config.cgroup);
  return out;
}

json::Value make_id_map(const IdMap& map) {
  json::Array out;
  for (const auto& range : map) {
    auto one = json::Value::object();
    one.set("containerID", range.inside);
    one.set("hostID", range.outside);
    one.set("size", range.size);
    out.push_back(std::move(one));
  }
  return out;
}

json::Value device_rule(bool allow, char type, std::optional<int64_t> major, std::optional<int64_t> minor,
                        std::string_view access) {
  auto out = json::Value::object();
  out.set("allow", allow);
  if (type) out.set("type", std::string(1, type));
  if (major) out.set("major", *major);
  if (minor) out.set("minor", *minor);
  out.set("access", access);
  return out;
}

json::Value make_device_rules(const SpecContext& c) {
  json::Array out;
  if (c.config.privileged) {
    out.push_back(device_rule(true, 0, {}, {}, "rwm"));
    return out;
  }
  if (!c.in_userns()) out.push_back(device_rule(false, 0, {}, {}, "rwm"));
  if (!c.in_userns())
    for (const auto& device : c.inputs.devices)
      if (device.type != 'p')
        out.push_back(device_rule(true, device.type, device.major, device.minor, device.permissions));
  if (!c.host.rootless)
    for (const auto& rule : c.config.device_rules)
      out.push_back(device_rule(true, rule.type, rule.major, rule.minor, rule.access));
  return out;
}

json::Value make_devices(const SpecContext& c) {
  json::Array out;
  if (c.in_userns()) return out;
  for (const auto& device : c.inputs.devices) {
    auto one = json::Value::object();
    one.set("path", device.path);
    one.set("type", std::string(1, device.type));
    if (device.type != 'p') {
      one.set("major", device.major);
      one.set("minor", device.minor);
    }
    one.set("fileMode", device.mode);
    one.set("uid", device.uid);
    one.set("gid", device.gid);
    out.push_back(std::move(one));
  }
  return out;
}

template <class T>
void set_if(json::Value& out, std::string_view key, const std::optional<T>& value) {
  if (value) out.set(key, *value);
}

json::Value make_memory(const Limits& limits) {
  auto out = json::Value::object();
  set_if(out, "limit", limits.memory);
  set_if(out, "swap", limits.memory_swap);
  set_if(out, "reservation", limits.memory_reservation);
  set_if(out, "kernel", limits.kernel_memory);
  set_if(out, "swappiness", limits.memory_swappiness);
  if (limits.oom_kill_disable) out.set("disableOOMKiller", true);
  return out;
}

json::Value make_cpu(const Limits& limits) {
  auto out = json::Value::object();
  set_if(out, "shares", limits.cpu_shares);
  set_if(out, "quota", limits.cpu_quota);
  set_if(out, "period", limits.cpu_period);
  set_if(out, "realtimeRuntime", limits.cpu_rt_runtime);
  set_if(out, "realtimePeriod", limits.cpu_rt_period);
  if (!limits.cpuset_cpus.empty()) out.set("cpus", limits.cpuset_cpus);
  if (!limits.cpuset_mems.empty()) out.set("mems", limits.cpuset_mems);
  return out;
}

// Devices that the engine could not find on the host are left out: it has said so already.
template <class T, class Fill>
void set_block_devices(const SpecContext& c, json::Value& out, std::string_view key, const std::vector<T>& devices,
                       Fill fill) {
  json::Array list;
  for (const auto& device : devices) {
    auto numbers = c.inputs.device_numbers.find(device.path);
    if (numbers == c.inputs.device_numbers.end()) continue;
    auto one = json::Value::object();
    one.set("major", numbers->second.first);
    one.set("minor", numbers->second.second);
    fill(one, device);
    list.push_back(std::move(one));
  }
  if (!list.empty()) out.set(key, std::move(list));
}

json::Value make_block_io(const SpecContext& c) {
  const auto& limits = c.config.limits;
  auto out = json::Value::object();
  set_if(out, "weight", limits.blkio_weight);
  set_block_devices(c, out, "weightDevice", limits.weight_devices,
                    [](json::Value& one, const WeightDevice& device) { one.set("weight", device.weight); });
  auto rate = [](json::Value& one, const ThrottleDevice& device) { one.set("rate", device.rate); };
  set_block_devices(c, out, "throttleReadBpsDevice", limits.read_bps, rate);
  set_block_devices(c, out, "throttleWriteBpsDevice", limits.write_bps, rate);
  set_block_devices(c, out, "throttleReadIOPSDevice", limits.read_iops, rate);
  set_block_devices(c, out, "throttleWriteIOPSDevice", limits.write_iops, rate);
  return out;
}

json::Value make_resources(const SpecContext& c) {
  auto out = json::Value::object();
  auto add = [&](std::string_view key, json::Value section) {
    if (!section.empty()) out.set(key, std::move(section));
  };
  add("devices", make_device_rules(c));
  if (c.inputs.cgroup_path.empty()) return out;
  const auto& limits = c.config.limits;
  add("memory", make_memory(limits));
  add("cpu", make_cpu(limits));
  if (limits.pids && *limits.pids >= 0) {  // none: what a new cgroup has anyway
    auto pids = json::Value::object();
    pids.set("limit", *limits.pids);
    out.set("pids", std::move(pids));
  }
  add("blockIO", make_block_io(c));
  json::Array pages;
  for (const auto& limit : limits.hugepages) {
    auto one = json::Value::object();
    one.set("pageSize", limit.page_size);
    one.set("limit", limit.limit);
    pages.push_back(std::move(one));
  }
  add("hugepageLimits", std::move(pages));
  auto unified = json::Value::object();
  for (const auto& [key, value] : limits.unified) unified.set(key, value);
  add("unified", std::move(unified));
  return out;
}

// A shared or slave volume needs a root that lets mounts through.
std::string root_propagation(const SpecContext& c) {
  std::string out;
  for (const auto& mount : c.inputs.mounts)
    for (const auto& option : mount.options) {
      if (option == "shared" || option == "rshared") return "shared";
      if (option == "slave" || option == "rslave") out = "rslave";
    }
  return out;
}

}  // namespace

json::Value make_linux(const SpecContext& c) {
  auto out = json::Value::object();
  if (!c.inputs.uid_map.empty()) out.set("uidMappings", make_id_map(c.inputs.uid_map));
  if (!c.inputs.gid_map.empty()) out.set("gidMappings", make_id_map(c.inputs.gid_map));
  if (!c.config.sysctls.empty()) {
    auto sysctl = json::Value::object();
    for (const auto& [key, value] : c.config.sysctls) sysctl.set(key, value);
    out.set("sysctl", std::move(sysctl));
  }
  if (auto resources = make_resources(c); !resources.empty()) out.set("resources", std::move(resources));
  if (!c.inputs.cgroup_path.empty()) out.set("cgroupsPath", c.inputs.cgroup_path);
  out.set("namespaces", make_namespaces(c));
  if (auto devices = make_devices(c); !devices.empty()) out.set("devices", std::move(devices));
  if (!c.inputs.seccomp_section.is_null() && c.inputs.seccomp_bpf.empty()) out.set("seccomp", c.inputs.seccomp_section);
  if (auto propagation = root_propagation(c); !propagation.empty()) out.set("rootfsPropagation", propagation);
  set_protected_paths(c, out);
  if (!c.config.selinux_mount_label.empty()) out.set("mountLabel", c.config.selinux_mount_label);
  return out;
}

}  // namespace cove::plan
