#pragma once
// Everything between a stored configuration and a monitor that can be launched: root file system, own files, mounts,
// user, specification. Holds what it acquired; dropping it frees all of it.
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/plan/make_spec.hpp"
#include "runtime/launch.hpp"

namespace cove::engine {

struct Prepared {
  std::vector<UniqueFd> mounts;  // detached, one for each of request.mounts
  protocol::LaunchRequest request;
};

// Needs the container's lock and an existing, empty run directory. A failure leaves only files in the run directory.
Result<Prepared> prepare(Engine& engine, const state::Record& record, const plan::ContainerConfig& config);

// The detached root file system of a container, for `start` and for reading a stopped one. `userns` is lent, -1: none.
Result<UniqueFd> mount_root(Engine& engine, const plan::ContainerConfig& config, int userns);

// Turns the configuration's mounts into those of the specification; volumes are made and filled.
Result<std::vector<plan::SpecMount>> resolve_mounts(Engine& engine, const plan::ContainerConfig& config, int root,
                                                    const plan::SpecUser& user, Prepared& prepared);
// resolv.conf, hosts, hostname, .containerenv in the run directory (G5).
Result<plan::OwnFiles> write_own_files(Engine& engine, const plan::ContainerConfig& config,
                                       const plan::HostFacts& facts);

}  // namespace cove::engine
