#pragma once
// From a request to the stored configuration. Pure: no file is read, nothing is looked up.
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/util.hpp"
#include "engine/plan/config.hpp"
#include "engine/plan/facts.hpp"
#include "engine/plan/request.hpp"

namespace cove::plan {

// Chosen by the engine before the configuration is made.
struct Identity {
  std::string id, name;
  Nanos now = 0;
};

// Texts of files that options name, already read by the caller (the command line reads them where the user stands).
struct RequestFiles {
  Strings env_files, label_files;  // contents, in the order of the request's env_files and label_files
};

// Parses every option text with podman's rules and messages and fills in the defaults. `image` is null with --rootfs.
// Code::invalid where the user is wrong, Code::unsupported where the host cannot, Code::no_command where there is
// nothing to run. Decisions that deserve a notice (an option that this host ignores) are added to `warnings`.
Result<ContainerConfig> make_config(const CreateRequest& request, const ImageDefaults* image,
                                    const EngineDefaults& defaults, const HostFacts& host, const Identity& identity,
                                    const RequestFiles& files, std::vector<std::string>& warnings);

// Single parsers, for `exec`, `update` and other front ends too.
Result<std::vector<std::pair<std::string, std::string>>> parse_env_file(std::string_view text,
                                                                        const std::map<std::string, std::string>& from);
// KEY=VALUE, KEY (from `from`, left out where unset) and KEY* (all that begin so).
Result<std::vector<std::pair<std::string, std::string>>> parse_env(const Strings& args,
                                                                   const std::map<std::string, std::string>& from);
// Limits only: `update` and `create` share it. Checks values against what this host has.
Result<Limits> parse_limits(const ResourceLimits& limits, const HostFacts& host, std::vector<std::string>& warnings);
Result<RestartPolicy> parse_restart_policy(std::string_view text);
Result<std::vector<Rlimit>> parse_ulimits(const Strings& args, bool asked);
Result<std::vector<PortMapping>> parse_ports(const Strings& args);
Result<StringMap> parse_pairs(const Strings& args, std::string_view option);  // KEY=VALUE, KEY alone = ""
// "8080-8081/udp" -> {"8080/udp", "8081/udp"}
Result<Strings> parse_expose(const Strings& args);
// --uidmap/--gidmap texts: "CONTAINER:HOST[:SIZE]".
Result<IdMap> parse_id_maps(const Strings& args, std::string_view option);
// Final list of capabilities of cap-add/cap-drop over `base`, podman's merge rules. "all" on either side.
Result<Strings> merge_capabilities(const Strings& base, const Strings& add, const Strings& drop, const HostFacts& host);

}  // namespace cove::plan
