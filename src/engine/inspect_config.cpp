// Config, Mounts and NetworkSettings of the inspect document.
#include <algorithm>

#include "engine/inspect_parts.hpp"
#include "engine/plan/make_spec.hpp"
#include "linux/signals.hpp"

namespace cove::engine {
namespace {

using json::Value;

Value list_or_null(const std::vector<std::string>& list) { return list.empty() ? Value() : Value(list); }

// The environment of the last start, or, before the first, what is known of it.
Value environment(const plan::ContainerConfig& c, const InspectContext& context) {
  const Value& env = context.process["env"];
  return env.is_array() ? env : Value(c.env);
}

Value exposed_ports(const plan::ContainerConfig& c) {
  Value out = Value::object();
  for (const auto& port : c.expose) out.set(port, Value::object());
  const Value published = inspect_ports(c);
  for (const auto& [port, bindings] : published.members()) out.set(port, Value::object());
  return out;
}

Value health(const plan::HealthConfig& h) {
  Value out = Value::object();
  out.set("Test", h.test);
  if (h.start_period_ns) out.set("StartPeriod", h.start_period_ns);
  if (h.interval_ns) out.set("Interval", h.interval_ns);
  if (h.timeout_ns) out.set("Timeout", h.timeout_ns);
  if (h.retries) out.set("Retries", h.retries);
  return out;
}

Value secrets(const plan::ContainerConfig& c) {
  Value out = Value::array();
  for (const auto& s : c.secrets)
    out.push(Value::object({{"Name", s.source}, {"ID", ""}, {"UID", s.uid}, {"GID", s.gid}, {"Mode", s.mode}}));
  return out;
}

// Splits a mount's options the way podman shows them.
void set_mount_options(Value& x, const std::vector<std::string>& options) {
  static constexpr std::string_view kPropagation[] = {"shared", "slave",    "private",    "rshared",
                                                      "rslave", "rprivate", "unbindable", "runbindable"};
  bool writable = true;
  std::string propagation, label;
  Value others = Value::array();
  for (const auto& o : options) {
    if (o == "ro")
      writable = false;
    else if (o == "z" || o == "Z")
      label = o;
    else if (std::ranges::find(kPropagation, o) != std::end(kPropagation))
      propagation = o;
    else if (o != "rw")
      others.push(o);
  }
  x.set("Mode", label), x.set("Options", others), x.set("RW", writable), x.set("Propagation", propagation);
}

Value mount_entry(const plan::MountWish& m, const InspectContext& context) {
  Value x = Value::object();
  bool is_volume = m.kind == plan::MountKind::volume, is_image = m.kind == plan::MountKind::image;
  x.set("Type", is_volume ? "volume" : is_image ? "image" : "bind");
  std::string source = m.source;
  if (is_volume) {
    source = volume_path(m, context);
    x.set("Name", m.source);
  }
  x.set("Source", source), x.set("Destination", m.destination), x.set("Driver", is_volume ? "local" : "");
  auto made = plan::make_mount(m, source, {});
  std::vector<std::string> options = made ? made->options : m.options;
  for (const auto& o : m.options) {
    if (o == "z" || o == "Z") options.push_back(o);  // work of the engine's own, so not in the specification
  }
  set_mount_options(x, options);
  if (!m.subpath.empty()) x.set("SubPath", m.subpath);
  return x;
}

}  // namespace

std::string volume_path(const plan::MountWish& wish, const InspectContext& context) {
  if (!wish.source.empty()) return fmt::format("{}/{}/_data", context.volume_dir, wish.source);
  std::string key = wish.destination;  // as ensure_volume() names it
  std::ranges::replace(key, '/', '_');
  return fmt::format("{}/{}/_data", context.anonymous_volume_dir, key);
}

Value string_map(const std::map<std::string, std::string>& map) {
  Value out = Value::object();
  for (const auto& [k, v] : map) out.set(k, v);
  return out;
}

Value inspect_config(const plan::ContainerConfig& c, const InspectContext& context) {
  Value x = Value::object();
  x.set("Hostname", plan::effective_hostname(c, context.host_hostname)), x.set("Domainname", c.domainname);
  x.set("User", c.user);
  for (const char* name : {"AttachStdin", "AttachStdout", "AttachStderr"}) x.set(name, false);
  x.set("Tty", c.terminal), x.set("OpenStdin", c.open_stdin), x.set("StdinOnce", false);
  x.set("Env", environment(c, context)), x.set("Cmd", list_or_null(c.command)), x.set("Image", c.image_name);
  x.set("Volumes", nullptr), x.set("WorkingDir", c.workdir), x.set("Entrypoint", list_or_null(c.entrypoint));
  x.set("OnBuild", nullptr), x.set("Labels", c.labels.empty() ? Value() : string_map(c.labels));
  x.set("Annotations", c.annotations.empty() ? Value() : string_map(c.annotations));
  x.set("StopSignal", linux_::signal_name(c.stop_signal));
  if (c.health) x.set("Healthcheck", health(*c.health));
  x.set("HealthcheckOnFailureAction", c.health ? c.health->on_failure : "none");
  if (!c.create_command.empty()) x.set("CreateCommand", c.create_command);
  if (!c.timezone.empty()) x.set("Timezone", c.timezone);
  if (c.systemd) x.set("SystemdMode", true);
  x.set("Umask", fmt::format("{:0>4}", c.umask));
  if (!c.secrets.empty()) x.set("Secrets", secrets(c));
  x.set("Timeout", c.timeout), x.set("StopTimeout", c.stop_timeout), x.set("Passwd", c.manage_passwd);
  x.set("sdNotifyMode", c.sdnotify);
  Value ports = exposed_ports(c);
  if (!ports.empty()) x.set("ExposedPorts", ports);
  return x;
}

Value inspect_mounts(const plan::ContainerConfig& c, const InspectContext& context) {
  Value out = Value::array();
  for (const auto& m : c.mounts) {
    bool shown = m.kind == plan::MountKind::bind || m.kind == plan::MountKind::volume ||
                 m.kind == plan::MountKind::image || m.kind == plan::MountKind::overlay;
    if (shown) out.push(mount_entry(m, context));
  }
  return out;
}

Value inspect_networks(const plan::ContainerConfig& c) {
  Value x = Value::object();
  auto add_basic = [](Value& to) {
    to.set("EndpointID", ""), to.set("Gateway", ""), to.set("IPAddress", ""), to.set("IPPrefixLen", 0);
    to.set("IPv6Gateway", ""), to.set("GlobalIPv6Address", ""), to.set("GlobalIPv6PrefixLen", 0);
    to.set("MacAddress", "");
  };
  add_basic(x);
  x.set("Bridge", ""), x.set("SandboxID", ""), x.set("HairpinMode", false), x.set("LinkLocalIPv6Address", "");
  x.set("LinkLocalIPv6PrefixLen", 0);
  Value ports = inspect_ports(c);
  if (!c.network.is_host() && !c.network.is_container()) {
    for (const auto& port : c.expose) {
      if (!ports.find(port)) ports.set(port, nullptr);
    }
  }
  x.set("Ports", ports), x.set("SandboxKey", "");
  if (c.networks.empty()) return x;
  Value networks = Value::object();
  for (const auto& n : c.networks) {
    Value one = Value::object();
    add_basic(one);
    one.set("NetworkID", n.name), one.set("DriverOpts", nullptr), one.set("IPAMConfig", nullptr);
    one.set("Links", nullptr), one.set("Aliases", n.aliases);
    networks.set(n.name, one);
  }
  x.set("Networks", networks);
  return x;
}

}  // namespace cove::engine
