#pragma once
// The parts of make_spec. Internal to the plan. Each reads the same context and makes one section.
#include "engine/plan/make_spec.hpp"

namespace cove::plan {

struct SpecContext {
  const ContainerConfig& config;
  const SpecInputs& inputs;
  const HostFacts& host;
  std::vector<std::string>& warnings;

  bool new_userns() const { return has_userns(config); }
  bool in_userns() const { return host.rootless || host.in_userns || new_userns(); }
  // A fresh sysfs needs to own the network namespace.
  bool can_mount_sysfs() const;
};

json::Value make_process(const SpecContext& c);
json::Value make_mounts(const SpecContext& c);
json::Value make_linux(const SpecContext& c);
json::Value make_capabilities(const Strings& bounding, const Strings& user_caps, bool root);
Strings allowed_capabilities(const Strings& wanted, const HostFacts& host);
Strings all_capabilities(const HostFacts& host);

}  // namespace cove::plan
