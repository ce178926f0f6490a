#pragma once
// Namespaces and volumes of other containers (G13, --volumes-from).
#include <map>
#include <string>

#include "engine/engine.hpp"
#include "engine/plan/make_spec.hpp"

namespace cove::engine {

// "pid", "ipc", … -> path of the namespace to join; /proc/PID/ns/… of a running container, or the user's own path. An
// unknown container or one that does not run is an error that names both.
struct Joins {
  std::map<std::string, std::string> paths;
  UniqueFd shm;                    // /dev/shm of the container whose IPC namespace is shared, detached
  std::string hosts, resolv_conf;  // of the container whose network namespace is shared
};
Result<Joins> find_joins(Engine& engine, const plan::ContainerConfig& config);

// --volumes-from NAME[:OPTIONS]: adds the other containers' mounts where this one has none at the same destination.
Result<> add_volumes_from(Engine& engine, plan::ContainerConfig& config);

}  // namespace cove::engine
