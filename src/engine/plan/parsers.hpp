#pragma once
// Parsers of groups of options, called by make_config. Internal to the plan.
#include "engine/plan/config.hpp"
#include "engine/plan/facts.hpp"

namespace cove::plan {

Result<StringMap> parse_sysctls(const Strings& args);

// security.cpp: --security-opt, capabilities, --device, --device-cgroup-rule, --secret.
Result<> apply_security(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                        const HostFacts& host, Strings& warnings);
Result<DeviceWish> parse_device(std::string_view text);
Result<DeviceRule> parse_device_rule(std::string_view text);
Result<SecretWish> parse_secret(std::string_view text);

// namespaces.cpp: all six choices and the id maps.
Result<> apply_namespaces(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                          const HostFacts& host);

// network.cpp: networks, ports, names.
Result<> apply_network(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                       const EngineDefaults& defaults, const HostFacts& host, Strings& warnings);

// environment.cpp: the environment in podman's order of precedence, labels and annotations.
Result<> apply_environment(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                           const EngineDefaults& defaults, const HostFacts& host, const Strings& env_files);
Result<> apply_labels(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                      const EngineDefaults& defaults, const HostFacts& host, const Strings& label_files);
void set_env(Strings& env, std::string_view key, std::string_view value);
const std::string* find_env(const Strings& env, std::string_view key);  // the whole KEY=VALUE

// life.cpp: logs, restart, stop, health.
Result<> apply_life(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                    const EngineDefaults& defaults, const HostFacts& host);

}  // namespace cove::plan
