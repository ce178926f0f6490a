#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"
#include "linux/capabilities.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

namespace {

constexpr std::string_view kAll = "ALL";

Result<Strings> normalize(const Strings& names) {
  Strings out;
  for (const auto& name : names) {
    if (to_lower(name) == "all") {
      out.emplace_back(kAll);
      continue;
    }
    auto number = linux_::find_capability(name);
    if (!number) return invalid("unknown capability {}", quoted("CAP_" + name));
    out.push_back(linux_::capability_names()[*number]);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Strings bounding_set(const HostFacts& host) {
  auto mask = host.capabilities;
  if (host.last_capability < 63) mask &= (uint64_t{1} << (host.last_capability + 1)) - 1;
  auto list = linux_::capability_list(mask);
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

Result<Strings> merge_capabilities(const Strings& base, const Strings& add, const Strings& drop,
                                   const HostFacts& host) {
  auto from = TRY(normalize(base)), added = TRY(normalize(add)), dropped = TRY(normalize(drop));
  if (text::contains(dropped, kAll)) {
    if (text::contains(added, kAll)) return invalid("adding all caps and removing all caps not allowed");
    return added;
  }
  if (text::contains(added, kAll)) {
    from = bounding_set(host);
    added.clear();
  }
  for (const auto& one : added)
    if (text::contains(dropped, one)) return invalid("capability {} cannot be dropped and added", quoted(one));
  std::erase_if(from, [&](const auto& one) { return text::contains(dropped, one); });
  from.insert(from.end(), added.begin(), added.end());
  std::sort(from.begin(), from.end());
  from.erase(std::unique(from.begin(), from.end()), from.end());
  return from;
}

Result<DeviceRule> parse_device_rule(std::string_view text) {
  auto parts = split(text, ' ');
  if (parts.size() != 3)
    return invalid("invalid device cgroup rule requires type, major:Minor, and access rules: {}", quoted(text));
  if (parts[0] != "a" && parts[0] != "b" && parts[0] != "c")
    return invalid("invalid device type in device-access-add: {}", parts[0]);
  DeviceRule rule{.type = parts[0][0], .access = parts[2]};
  auto numbers = text::cut(parts[1], ':');
  auto number = [&](const std::string& value) -> Result<std::optional<int64_t>> {
    if (value == "*" || value.empty()) return std::optional<int64_t>{};
    auto n = parse_uint(value);
    if (!n || *n > INT32_MAX)
      return invalid("invalid device number {} in device cgroup rule {}", quoted(value), quoted(text));
    return std::optional<int64_t>(static_cast<int64_t>(*n));
  };
  rule.major = TRY(number(numbers.before));
  rule.minor = TRY(number(numbers.after));
  for (char c : rule.access)
    if (c != 'r' && c != 'w' && c != 'm') return invalid("invalid device access in device-access-add: {}", c);
  return rule;
}

namespace {
bool valid_permissions(std::string_view mode) {
  if (mode.empty() || mode.size() > 3) return false;
  for (size_t i = 0; i < mode.size(); ++i)
    if (std::string_view("rwm").find(mode[i]) == std::string_view::npos ||
        mode.find(mode[i], i + 1) != std::string_view::npos)
      return false;
  return true;
}
}  // namespace

Result<DeviceWish> parse_device(std::string_view text) {
  auto parts = split(text, ':');
  if (parts.size() > 3 || parts[0].empty()) return invalid("invalid device specification: {}", text);
  if (text.front() != '/' && text.find('=') != std::string_view::npos)
    return Failure(Error(Code::unsupported, fmt::format("CDI devices are not supported: {}", text)));
  DeviceWish device{.host = parts[0]};
  if (parts.size() == 3) {
    if (parts[2].empty()) return invalid("empty device mode in device specification: {}", text);
    if (!valid_permissions(parts[2]))
      return invalid("invalid device mode {} in device {}", quoted(parts[2]), quoted(text));
    device.permissions = parts[2];
  }
  if (parts.size() >= 2) {
    if (valid_permissions(parts[1]))
      device.permissions = parts[1];
    else if (!parts[1].empty() && parts[1][0] != '/')
      return invalid("invalid device mode {} in device {}", quoted(parts[1]), quoted(text));
    else
      device.container = parts[1];
  }
  if (device.container.empty()) device.container = device.host;
  return device;
}

namespace {

Result<> secret_number(std::string_view what, const std::string& value, int base, uint32_t& out) {
  auto number = parse_uint(value, base);
  if (!number || *number > UINT32_MAX) return invalid("{} {} invalid: parsing secret", what, value);
  out = static_cast<uint32_t>(*number);
  return {};
}

// label=…, seccomp=…, … : one --security-opt.
Result<> security_option(ContainerConfig& config, const std::string& option, bool& apparmor_given,
                         bool& seccomp_given) {
  auto pair = text::cut(option, option.find('=') != std::string::npos ? '=' : ':');
  const auto& [key, value, has_value] = pair;
  if (!has_value && key != "no-new-privileges") return invalid("invalid --security-opt 1: {}", quoted(option));
  if (key == "apparmor") {
    config.apparmor = value;
    apparmor_given = true;
    config.annotations["io.podman.annotations.apparmor"] = value;
  } else if (key == "label") {
    config.label_opts.push_back(value);
    config.annotations["io.podman.annotations.label"] = join(config.label_opts, ",label=");
  } else if (key == "mask") {
    for (auto& path : split(value, ':')) config.mask.push_back(std::move(path));
  } else if (key == "unmask") {
    for (auto& path : split(value, ':')) config.unmask.push_back(to_lower(path) == "all" ? "ALL" : std::move(path));
  } else if (key == "systempaths") {
    if (value != "unconfined")
      return invalid("invalid systempaths option {}, only `unconfined` is supported", quoted(value));
    config.unmask.emplace_back("ALL");
  } else if (key == "proc-opts") {
    config.proc_opts = split(value, ',');
  } else if (key == "seccomp") {
    config.seccomp = value;
    seccomp_given = true;
    config.annotations["io.podman.annotations.seccomp"] = value;
  } else if (key == "no-new-privileges") {
    auto on = has_value ? text::parse_bool(value) : Result<bool>(true);
    if (!on) return invalid("invalid --security-opt 2: {}", quoted(option));
    config.no_new_privileges = *on;
  } else {
    return invalid("invalid --security-opt 2: {}", quoted(option));
  }
  return {};
}

Result<> choose_profiles(ContainerConfig& config, const EngineDefaults& defaults, const HostFacts& host,
                         bool apparmor_given, bool seccomp_given) {
  if (!host.apparmor) {
    if (apparmor_given && config.apparmor != "unconfined")
      return Failure(Error(Code::unsupported,
                           fmt::format("apparmor profile {} specified, but Apparmor is not enabled on this system",
                                       quoted(config.apparmor))));
    if (!apparmor_given) config.apparmor.clear();
  } else if (!apparmor_given && !config.privileged) {
    config.apparmor = defaults.apparmor_profile;
  }
  if (!seccomp_given) config.seccomp = config.privileged ? "unconfined" : defaults.seccomp_profile;
  if (seccomp_given && config.seccomp != "unconfined") config.seccomp = text::host_path(config.seccomp, host.cwd);
  if (seccomp_given && config.seccomp != "unconfined" && !host.seccomp)
    return Failure(Error(Code::unsupported, "a seccomp profile was asked for, but this kernel has no seccomp filters"));
  return {};
}

}  // namespace

Result<SecretWish> parse_secret(std::string_view text) {
  SecretWish secret;
  auto parts = split(text, ',');
  std::string type;
  bool mount_only = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto option = text::cut(parts[i], '=');
    if (!option.found) {
      if (i != 0) return invalid("option {} must be in form option=value: parsing secret", parts[i]);
      secret.source = parts[i];
    } else if (option.before == "source") {
      secret.source = option.after;
    } else if (option.before == "type") {
      if (!type.empty()) return invalid("cannot set more than one secret type: parsing secret");
      type = option.after;
      if (type != "mount" && type != "env") return invalid("type {} is invalid: parsing secret", type);
    } else if (option.before == "target") {
      secret.target = option.after;
    } else if (option.before == "mode" || to_lower(option.before) == "uid" || to_lower(option.before) == "gid") {
      mount_only = true;
      bool mode = option.before == "mode", uid = to_lower(option.before) == "uid";
      auto& field = mode ? secret.mode : uid ? secret.uid : secret.gid;
      TRY(secret_number(mode ? "mode" : uid ? "UID" : "GID", option.after, mode ? 8 : 10, field));
    } else {
      return invalid("option {} invalid: parsing secret", parts[i]);
    }
  }
  if (secret.source.empty()) return invalid("no source found {}: parsing secret", text);
  secret.env = type == "env";
  if (secret.env && mount_only)
    return invalid("UID, GID, Mode options cannot be set with secret type env: parsing secret");
  if (secret.target.empty() && secret.env) secret.target = secret.source;
  return secret;
}

namespace {

// A label by which an image says that it needs less.
Result<> narrow_to_label(ContainerConfig& config, const HostFacts& host, Strings& warnings) {
  for (auto key : {"io.containers.capabilities", "io.podman.capabilities"}) {
    auto found = config.labels.find(key);
    if (found == config.labels.end() || config.privileged) continue;
    Strings wanted;
    if (!found->second.empty()) wanted = TRY(merge_capabilities({}, split(found->second, ','), {}, host));
    Strings missing;
    for (const auto& one : wanted)
      if (!text::contains(config.capabilities, one)) missing.push_back(one);
    if (missing.empty())
      config.capabilities = wanted;
    else
      warnings.push_back(fmt::format("Capabilities requested by user or image are not allowed by default: {}",
                                     quoted(join(missing, ","))));
    return {};
  }
  return {};
}

}  // namespace

Result<> apply_security(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                        const HostFacts& host, Strings& warnings) {
  config.privileged = request.privileged || defaults.privileged;
  config.no_new_privileges = request.no_new_privileges;
  bool apparmor_given = false, seccomp_given = false;
  for (const auto& option : request.security_opt) TRY(security_option(config, option, apparmor_given, seccomp_given));
  TRY(choose_profiles(config, defaults, host, apparmor_given, seccomp_given));
  for (const auto& path : config.mask)
    if (!path.starts_with('/'))
      warnings.push_back(fmt::format("Path {} is not an absolute path, skipping...", quoted(path)));
  std::erase_if(config.mask, [](const auto& path) { return !path.starts_with('/'); });
  config.cap_add = TRY(normalize(request.cap_add));
  config.cap_drop = TRY(normalize(request.cap_drop));
  config.capabilities = config.privileged
                            ? bounding_set(host)
                            : TRY(merge_capabilities(defaults.capabilities, config.cap_add, config.cap_drop, host));
  TRY(narrow_to_label(config, host, warnings));
  if (!defaults.label || config.privileged) config.label_opts = {"disable"};
  for (const auto& text : defaults.devices) config.devices.push_back(TRY(parse_device(text)));
  for (const auto& text : request.devices) config.devices.push_back(TRY(parse_device(text)));
  if (!request.gpus.empty())
    return Failure(Error(Code::unsupported, "--gpus needs CDI devices, which are not supported"));
  if (host.rootless && !request.device_cgroup_rules.empty())
    return Failure(
        Error(Code::unsupported, "device cgroup rules are not supported in rootless mode or in a user namespace"));
  for (const auto& text : request.device_cgroup_rules) config.device_rules.push_back(TRY(parse_device_rule(text)));
  for (const auto& text : request.secrets) config.secrets.push_back(TRY(parse_secret(text)));
  return {};
}

}  // namespace cove::plan
