#pragma once
// Parsing of -v, --mount and --tmpfs, and the completion of mount options. Internal to the plan.
#include "engine/plan/config.hpp"
#include "engine/plan/make_spec.hpp"

namespace cove::plan {

// All mounts of a request: the user's, then containers.conf's where the user has none at the destination, then the
// image's volumes. Two of the user's at one destination are an error unless they are the same.
Result<std::vector<MountWish>> parse_mounts(const CreateRequest& request, const ImageDefaults* image,
                                            const EngineDefaults& defaults, const HostFacts& host);

Result<MountWish> parse_volume_option(std::string_view text, const HostFacts& host);
Result<MountWish> parse_mount_option(std::string_view text, const HostFacts& host);
Result<MountWish> parse_tmpfs_option(std::string_view text);

// Checks and completes the options of a bind (tmpfs = false) or a tmpfs: one of each kind, propagation and recursion
// filled in.
Result<Strings> complete_options(const Strings& options, bool tmpfs, bool rootless, SourceFlags flags);

}  // namespace cove::plan
