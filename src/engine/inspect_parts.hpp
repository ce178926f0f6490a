#pragma once
// The parts of podman's inspect document that are made from a stored configuration alone. Pure.
#include "engine/plan/config.hpp"
#include "engine/plan/facts.hpp"
#include "json/json.hpp"

namespace cove::engine {

// What the parts need besides the configuration.
struct InspectContext {
  std::string cgroup_manager = "cgroupfs", host_hostname, log_path;
  std::vector<std::string> default_capabilities;  // of containers.conf: CapAdd and CapDrop are told against them
  std::vector<std::string> all_capabilities;      // the same for a privileged container
  std::vector<std::string> bounding;              // what the container has
  json::Value process;                            // of the last config.json, or null
  std::string volume_dir;                         // <graph root>/volumes
  std::string anonymous_volume_dir;               // the container's own
};

json::Value inspect_config(const plan::ContainerConfig& config, const InspectContext& context);
json::Value inspect_host_config(const plan::ContainerConfig& config, const InspectContext& context);
json::Value inspect_mounts(const plan::ContainerConfig& config, const InspectContext& context);
json::Value inspect_networks(const plan::ContainerConfig& config);
// {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}
json::Value inspect_ports(const plan::ContainerConfig& config);

// Where the files of a volume lie on this host; one without a name belongs to its container.
std::string volume_path(const plan::MountWish& wish, const InspectContext& context);
json::Value string_map(const std::map<std::string, std::string>& map);

}  // namespace cove::engine
