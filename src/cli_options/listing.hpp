#pragma once
// Commands that print: ps, inspect, images, info, version, system check; and those that change images.
#include "cli_options/common.hpp"
#include "cli_options/create.hpp"

namespace cove::cli_options {

extern const options::Spec kPsSpec, kInspectSpec, kContainerInspectSpec, kImageInspectSpec, kImagesSpec,
    kImageExistsSpec, kTagSpec, kUntagSpec, kRmiSpec, kLoadSpec, kPullSpec, kInfoSpec, kVersionSpec, kSystemCheckSpec,
    kContainerGroup, kImageGroup, kSystemGroup;

struct PsOptions {
  bool all = false, external = false, latest = false, ns = false, no_trunc = false, pod = false, quiet = false;
  bool noheading = false, size = false, sync = false;
  int64_t last = -1;
  uint64_t watch = 0;  // seconds, 0: once
  std::string format, sort;
  bool format_set = false;
  Pairs filters;
};
Result<PsOptions> fill_ps(const options::Parsed& parsed);

struct InspectOptions {
  std::vector<std::string> names;
  std::string type = "all";  // all, container, image, pod, network, volume, artifact
  std::string format = "json";
  bool latest = false, size = false;
};
Result<InspectOptions> fill_inspect(const options::Parsed& parsed, std::string_view type = "");  // "": by --type
// The user's template with podman's spellings of fields put right: .Id, .Src, .Dst, .ImageID.
std::string normalize_inspect_format(std::string_view format, std::string_view type);

struct ImagesOptions {
  bool all = false, digests = false, history = false, no_trunc = false, noheading = false, quiet = false;
  std::string format, sort = "created";
  bool format_set = false;
  Pairs filters;  // of --filter, or reference=NAME for the positional word
};
Result<ImagesOptions> fill_images(const options::Parsed& parsed);

struct RmiOptions {
  std::vector<std::string> names;
  bool all = false, force = false, ignore = false, no_prune = false;
};
Result<RmiOptions> fill_rmi(const options::Parsed& parsed);

struct LoadOptions {
  std::string input;  // "": standard input
  bool quiet = false;
};
Result<LoadOptions> fill_load(const options::Parsed& parsed, bool stdin_is_terminal);

struct PullOptions {
  std::vector<std::string> names;
  PullFlags flags;
};
Result<PullOptions> fill_pull(const options::Parsed& parsed);

struct FormatOptions {
  std::string format;
  bool format_set = false;
};
Result<FormatOptions> fill_format(const options::Parsed& parsed);  // info, version

struct CheckOptions {
  bool quick = false, repair = false, force = false;
  std::optional<std::chrono::nanoseconds> max_age;
};
Result<CheckOptions> fill_check(const options::Parsed& parsed);

}  // namespace cove::cli_options
