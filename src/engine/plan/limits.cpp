#include <cmath>

#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

namespace {

Result<std::pair<std::string, std::string>> device_and_value(const std::string& text) {
  auto parts = text::cut(text, ':');
  if (!parts.found) return invalid("bad format: {}", text);
  if (!parts.before.starts_with("/dev/")) return invalid("bad format for device path: {}", text);
  return std::pair(parts.before, parts.after);
}

Result<std::vector<WeightDevice>> parse_weights(const Strings& args) {
  std::vector<WeightDevice> out;
  for (const auto& text : args) {
    auto [path, value] = TRY(device_and_value(text));
    auto weight = parse_uint(value);
    if (!weight || *weight > 1000 || (*weight > 0 && *weight < 10))
      return invalid("invalid weight for device: {}", text);
    out.push_back({path, static_cast<uint16_t>(*weight)});
  }
  return out;
}

Result<std::vector<ThrottleDevice>> parse_throttles(const Strings& args, bool bytes) {
  std::vector<ThrottleDevice> out;
  for (const auto& text : args) {
    auto [path, value] = TRY(device_and_value(text));
    std::optional<uint64_t> rate = parse_uint(value);
    if (bytes && !rate) {
      auto size = parse_bytes(value);
      if (size && *size >= 0) rate = static_cast<uint64_t>(*size);
    }
    if (!rate)
      return invalid(
          "invalid rate for device: {}. The correct format is <device-path>:<number>{}. Number must be a positive "
          "integer{}",
          text, bytes ? "[<unit>]" : "", bytes ? ". Unit is optional and can be kb, mb, or gb" : "");
    out.push_back({path, *rate});
  }
  return out;
}

Result<std::vector<HugepageLimit>> parse_hugepages(const Strings& args) {
  std::vector<HugepageLimit> out;
  for (const auto& text : args) {
    auto parts = text::cut(text, '=');
    if (!parts.found) parts = text::cut(text, ':');
    auto limit = parse_bytes(parts.after);
    if (!parts.found || !limit || *limit < 0)
      return invalid("invalid hugepage limit {}, expected SIZE=LIMIT", quoted(text));
    out.push_back({parts.before, static_cast<uint64_t>(*limit)});
  }
  return out;
}

// Does this host have the controller? v1 names the block controller differently.
bool has_controller(const HostFacts& host, std::string_view v2_name, std::string_view v1_name) {
  return text::contains(host.controllers, host.cgroup_v2 ? v2_name : v1_name);
}

Result<> check_memory(Limits& limits, const ResourceLimits& in, const HostFacts& host, Strings& warnings) {
  if (in.memory && *in.memory > 0) limits.memory = in.memory;
  if (in.memory_swap) limits.memory_swap = in.memory_swap;
  if (limits.memory && !limits.memory_swap) limits.memory_swap = 2 * *limits.memory;
  if (in.memory_reservation && *in.memory_reservation > 0) limits.memory_reservation = in.memory_reservation;
  limits.kernel_memory = in.kernel_memory;
  limits.memory_swappiness = in.memory_swappiness;
  limits.oom_kill_disable = in.oom_kill_disable;
  if (limits.memory && *limits.memory < 6 << 20)
    return invalid("invalid value for memory: {} is below the smallest limit that a container can start with (6m)",
                   *limits.memory);
  if (limits.memory_swap && *limits.memory_swap >= 0) {
    if (!limits.memory) return invalid("you should always set a memory limit when using a memoryswap limit, see usage");
    if (*limits.memory_swap < *limits.memory)
      return invalid("minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (limits.memory_swappiness && *limits.memory_swappiness > 100)
    return invalid("invalid value: {}, valid memory swappiness range is 0-100", *limits.memory_swappiness);
  if (limits.memory && limits.memory_reservation && *limits.memory < *limits.memory_reservation)
    return invalid("minimum memory limit cannot be less than memory reservation limit, see usage");
  bool any = limits.memory || limits.memory_swap || limits.memory_reservation || limits.memory_swappiness;
  if (any && !has_controller(host, "memory", "memory")) {
    warnings.emplace_back(
        "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
    limits.memory = limits.memory_swap = limits.memory_reservation = limits.kernel_memory = std::nullopt;
    limits.memory_swappiness = std::nullopt;
  }
  if (host.cgroup_v2 && (limits.memory_swappiness || limits.oom_kill_disable || limits.kernel_memory)) {
    warnings.emplace_back(
        "memory swappiness, kernel memory and disabling the OOM killer do not exist on cgroups V2. They are "
        "discarded.");
    limits.memory_swappiness = std::nullopt;
    limits.kernel_memory = std::nullopt;
    limits.oom_kill_disable = false;
  }
  return {};
}

Result<> check_cpu(Limits& limits, const ResourceLimits& in, const HostFacts& host, Strings& warnings) {
  if (in.cpus && *in.cpus > 0) {
    if ((in.cpu_period && *in.cpu_period) || (in.cpu_quota && *in.cpu_quota > 0))
      return invalid("--cpu-period and --cpus cannot be set together");
    limits.cpu_period = 100000;
    limits.cpu_quota = static_cast<int64_t>(std::llround(*in.cpus * 100000));
    if (*limits.cpu_quota < 1000) return invalid("CPU cfs quota cannot be less than 1ms (i.e. 1000)");
  }
  auto positive = [](auto value) { return value && *value > 0; };
  if (positive(in.cpu_period)) limits.cpu_period = in.cpu_period;
  if (positive(in.cpu_quota)) limits.cpu_quota = in.cpu_quota;
  if (positive(in.cpu_shares)) limits.cpu_shares = in.cpu_shares;
  if (positive(in.cpu_rt_period)) limits.cpu_rt_period = in.cpu_rt_period;
  if (positive(in.cpu_rt_runtime)) limits.cpu_rt_runtime = in.cpu_rt_runtime;
  limits.cpuset_cpus = in.cpuset_cpus;
  limits.cpuset_mems = in.cpuset_mems;
  if (limits.cpu_period && (*limits.cpu_period < 1000 || *limits.cpu_period > 1000000))
    return invalid("CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (limits.cpu_quota && *limits.cpu_quota < 1000) return invalid("CPU cfs quota cannot be less than 1ms (i.e. 1000)");
  if (host.cgroup_v2 && (limits.cpu_rt_period || limits.cpu_rt_runtime)) {
    warnings.emplace_back("Realtime period and runtime not supported on cgroups V2 systems");
    limits.cpu_rt_period = std::nullopt;
    limits.cpu_rt_runtime = std::nullopt;
  }
  bool time =
      limits.cpu_period || limits.cpu_quota || limits.cpu_shares || limits.cpu_rt_period || limits.cpu_rt_runtime;
  if (time && !has_controller(host, "cpu", "cpu")) {
    warnings.emplace_back(
        "Your kernel does not support CPU limits or the cgroup is not mounted. CPU limits discarded.");
    limits.cpu_period = limits.cpu_shares = limits.cpu_rt_period = std::nullopt;
    limits.cpu_quota = limits.cpu_rt_runtime = std::nullopt;
  }
  if ((!limits.cpuset_cpus.empty() || !limits.cpuset_mems.empty()) && !has_controller(host, "cpuset", "cpuset")) {
    warnings.emplace_back("Your kernel does not support cpuset or the cgroup is not mounted. CPUset discarded.");
    limits.cpuset_cpus.clear();
    limits.cpuset_mems.clear();
  }
  return {};
}

// "0-3,5": numbers, rising ranges.
Result<> check_cpuset(const std::string& list, std::string_view what, std::optional<unsigned> below) {
  if (list.empty()) return {};
  for (const auto& part : split(list, ',')) {
    auto range = text::cut(part, '-');
    auto first = parse_uint(range.before), last = range.found ? parse_uint(range.after) : first;
    if (!first || !last || *last < *first || *last > 65535)
      return invalid("invalid value {} for cpuset {}", list, what);
    if (below && *last >= *below)
      return invalid("requested CPUs are not available - requested {}, available: 0-{}", list, *below - 1);
  }
  return {};
}

Result<> check_io(Limits& limits, const ResourceLimits& in, const HostFacts& host, Strings& warnings) {
  limits.blkio_weight = in.blkio_weight;
  if (limits.blkio_weight && *limits.blkio_weight == 0) limits.blkio_weight = std::nullopt;
  if (limits.blkio_weight && (*limits.blkio_weight < 10 || *limits.blkio_weight > 1000))
    return invalid("range of blkio weight is from 10 to 1000");
  limits.weight_devices = TRY(parse_weights(in.blkio_weight_device));
  limits.read_bps = TRY(parse_throttles(in.device_read_bps, true));
  limits.write_bps = TRY(parse_throttles(in.device_write_bps, true));
  limits.read_iops = TRY(parse_throttles(in.device_read_iops, false));
  limits.write_iops = TRY(parse_throttles(in.device_write_iops, false));
  bool any = limits.blkio_weight || !limits.weight_devices.empty() || !limits.read_bps.empty() ||
             !limits.write_bps.empty() || !limits.read_iops.empty() || !limits.write_iops.empty();
  if (any && !has_controller(host, "io", "blkio")) {
    warnings.emplace_back(
        "Your kernel does not support Block I/O limits or the cgroup is not mounted. They are discarded.");
    limits.blkio_weight = std::nullopt;
    limits.weight_devices.clear();
    for (auto* list : {&limits.read_bps, &limits.write_bps, &limits.read_iops, &limits.write_iops}) list->clear();
  }
  return {};
}

bool any_limit(const Limits& limits) {
  Limits none;
  none.pids = limits.pids;
  none.pids_asked = limits.pids_asked;
  return !(limits == none) || limits.pids_asked;
}

}  // namespace

Result<Limits> parse_limits(const ResourceLimits& in, const HostFacts& host, Strings& warnings) {
  Limits limits;
  if (in.pids_limit) {
    limits.pids = *in.pids_limit <= 0 ? -1 : *in.pids_limit;
    limits.pids_asked = true;
  }
  TRY(check_memory(limits, in, host, warnings));
  TRY(check_cpu(limits, in, host, warnings));
  TRY(check_cpuset(limits.cpuset_cpus, "cpus", host.cpus));
  TRY(check_cpuset(limits.cpuset_mems, "mems", std::nullopt));
  TRY(check_io(limits, in, host, warnings));
  limits.hugepages = TRY(parse_hugepages(in.hugetlb));
  for (const auto& text : in.cgroup_conf) {
    auto pair = text::cut(text, '=');
    if (!pair.found) return invalid("--cgroup-conf must be formatted KEY=VALUE");
    limits.unified[pair.before] = pair.after;
  }
  if (!limits.unified.empty() && !host.cgroup_v2) return invalid("cannot use --cgroup-conf without cgroup v2");
  if (!in.rdma.empty()) return Failure(Error(Code::unsupported, "RDMA limits are not supported"));
  if (limits.pids_asked && !has_controller(host, "pids", "pids")) {
    warnings.emplace_back(
        "Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded.");
    limits.pids = std::nullopt;
    limits.pids_asked = false;
  }
  if (any_limit(limits) && host.rootless && !host.cgroup_v2) {
    warnings.emplace_back("Resource limits are not supported and ignored on cgroups V1 rootless systems");
    return Limits{};
  }
  return limits;
}

Result<std::vector<Rlimit>> parse_ulimits(const Strings& args, bool asked) {
  static const Strings kNames = {"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                 "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",    "as"};
  std::vector<Rlimit> out;
  for (const auto& text : args) {
    if (text == "host") return std::vector<Rlimit>{};
    auto lower = to_lower(text);
    if (lower.starts_with("rlimit_")) lower = lower.substr(7);
    auto fail = [&](std::string_view why) {
      return invalid("ulimit option {} requires name=SOFT:HARD, failed to be parsed: {}", quoted(lower), why);
    };
    auto pair = text::cut(lower, '=');
    if (!pair.found) return fail(fmt::format("invalid ulimit argument: {}", lower));
    if (!text::contains(kNames, pair.before)) return fail(fmt::format("invalid ulimit type: {}", pair.before));
    auto value = [](const std::string& number) -> std::optional<uint64_t> {
      if (number == "-1" || number == "unlimited") return UINT64_MAX;
      return parse_uint(number);
    };
    auto limits = text::cut(pair.after, ':');
    auto soft = value(limits.before), hard = limits.found ? value(limits.after) : soft;
    if (!soft || !hard) return fail(fmt::format("invalid ulimit value: {}", pair.after));
    if (*soft > *hard)
      return fail(fmt::format("ulimit soft limit must be less than or equal to hard limit: {} > {}", limits.before,
                              limits.found ? limits.after : limits.before));
    std::string type = "RLIMIT_";
    for (char c : pair.before) type += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    std::erase_if(out, [&](const Rlimit& other) { return other.type == type; });
    out.push_back({type, *soft, *hard, asked});
  }
  std::sort(out.begin(), out.end(), [](const Rlimit& a, const Rlimit& b) { return a.type < b.type; });
  return out;
}

Result<StringMap> parse_sysctls(const Strings& args) {
  static const Strings kAllowed = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                   "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  StringMap out;
  for (const auto& text : args) {
    auto pair = text::cut(text, '=');
    if (!pair.found) return invalid("{} is invalid, sysctl values must be in the form of KEY=VALUE", text);
    if (trim(pair.before) != pair.before || trim(pair.after) != pair.after)
      return invalid("'{}' is invalid, extra spaces found", text);
    if (!text::contains(kAllowed, pair.before) && !pair.before.starts_with("net.") &&
        !pair.before.starts_with("fs.mqueue."))
      return invalid("sysctl '{}' is not allowed", pair.before);
    out[pair.before] = pair.after;
  }
  return out;
}

}  // namespace cove::plan
