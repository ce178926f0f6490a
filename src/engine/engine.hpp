#pragma once
// Engine: what every verb needs, opened once for a command. Verbs are free functions over it (engine/*.hpp).
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "engine/plan/config.hpp"
#include "engine/plan/facts.hpp"
#include "linux/host_facts.hpp"
#include "runtime/oci_runtime.hpp"
#include "state/store.hpp"
#include "storage/image_store.hpp"

namespace cove::engine {

// Immutable but for the databases behind it. `warn` collects what the front end prints to stderr as warnings.
struct Engine {
  config::Config config;
  linux_::HostFacts facts;
  state::Store store;
  runtime::OciRuntime runtime;
  std::string program_dir;        // our own folder: cove-monitor and cove-image stand in it, or in ../libexec/cove
  std::vector<std::string> self;  // argv prefix that runs this cove with the same roots and options
  std::vector<std::string> warnings;

  const state::Paths& paths() const { return store.paths(); }
  storage::ImageStore images() { return storage::ImageStore::open(store.durable()); }
  Result<std::string> helper(const std::string& name) const;  // path of a helper program
};

Result<Engine> open_engine(const config::GlobalOptions& options);

// What the pure plan is told.
plan::HostFacts plan_facts(const Engine& engine);
plan::EngineDefaults plan_defaults(const Engine& engine);
Result<plan::ImageDefaults> image_defaults(const storage::Image& image, const std::string& name);

// The stored configuration of a container.
Result<plan::ContainerConfig> load_container(const state::Record& record);

}  // namespace cove::engine
