#include "engine/plan/make_spec.hpp"

#include "engine/plan/spec_parts.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

std::string effective_hostname(const ContainerConfig& config, const std::string& host_hostname) {
  if (!config.hostname.empty()) return config.hostname;
  if (config.uts.is_host() || config.network.is_host()) return host_hostname;
  return short_id(config.id);
}

std::string cgroup_below_root(const ContainerConfig& config, const HostFacts& host) {
  if (config.cgroups_mode == "disabled") return "";
  if (!host.systemd_cgroups)
    return text::clean("/" + (config.cgroup_parent.empty() ? "libpod_parent" : config.cgroup_parent) + "/libpod-" +
                       config.id);
  std::string slice =
      config.cgroup_parent.empty() ? (host.rootless ? "user.slice" : "machine.slice") : config.cgroup_parent;
  // "a-b.slice" lies in "a.slice".
  std::string path, stem = slice.substr(0, slice.size() - std::string_view(".slice").size());
  for (auto dash = stem.find('-'); dash != std::string::npos; dash = stem.find('-', dash + 1))
    path += "/" + stem.substr(0, dash) + ".slice";
  return path + "/" + slice + "/libpod-" + config.id + ".scope";
}

std::string make_cgroup_path(const ContainerConfig& config, const HostFacts& host) {
  if (config.cgroups_mode == "disabled") return "";
  if (host.rootless && !host.cgroup_delegated) return "";
  if (!host.systemd_cgroups) return cgroup_below_root(config, host);
  std::string slice =
      config.cgroup_parent.empty() ? (host.rootless ? "user.slice" : "machine.slice") : config.cgroup_parent;
  return slice + ":libpod:" + config.id;
}

bool SpecContext::can_mount_sysfs() const {
  if (config.network.is_host() && in_userns()) return false;
  if (!new_userns()) return true;
  const auto& mode = config.network.mode;
  return mode == "slirp4netns" || mode == "pasta" || mode == "private" || mode == "none" || mode == "bridge";
}

namespace {

// G16, and what podman's own tools look for.
json::Value make_annotations(const SpecContext& c) {
  auto out = json::Value::object();
  auto all = c.config.annotations;
  all.try_emplace("io.container.manager", "libpod");
  all["io.kubernetes.cri-o.Created"] = rfc3339_nano(c.config.created);
  all["org.opencontainers.image.stopSignal"] = std::to_string(c.config.stop_signal);
  if (c.host.systemd_cgroups) {
    all["org.systemd.property.KillSignal"] = std::to_string(c.config.stop_signal);
    if (c.config.stop_timeout)
      all["org.systemd.property.TimeoutStopUSec"] = fmt::format("uint64 {}", uint64_t{c.config.stop_timeout} * 1000000);
  }
  if (!c.inputs.seccomp_bpf.empty()) all["run.oci.seccomp_bpf_data"] = c.inputs.seccomp_bpf;
  for (const auto& [key, value] : all) out.set(key, value);
  return out;
}

}  // namespace

Result<json::Value> make_spec(const ContainerConfig& config, const SpecInputs& inputs, const HostFacts& host,
                              std::vector<std::string>& warnings) {
  if (inputs.root_path.empty()) return Failure(Error(Code::internal, "no root path for the specification"));
  if (config.argv.empty()) return Failure(Error(Code::internal, "no command for the specification"));
  SpecContext c{config, inputs, host, warnings};
  auto spec = json::Value::object();
  spec.set("ociVersion", "1.0.2");
  spec.set("process", make_process(c));
  auto root = json::Value::object();
  root.set("path", inputs.root_path);
  if (config.read_only) root.set("readonly", true);
  spec.set("root", std::move(root));
  // G17. A joined namespace keeps the name it has.
  if (config.uts.mode == "private") {
    spec.set("hostname", effective_hostname(config, inputs.hostname.empty() ? host.hostname : inputs.hostname));
    if (!config.domainname.empty()) spec.set("domainname", config.domainname);
  }
  spec.set("mounts", make_mounts(c));
  if (!inputs.hooks.is_null()) spec.set("hooks", inputs.hooks);
  spec.set("annotations", make_annotations(c));
  spec.set("linux", make_linux(c));
  return spec;
}

}  // namespace cove::plan
