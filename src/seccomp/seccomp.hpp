#pragma once
// seccomp filters from containers-common's profile format (seccomp.json(5)) for one container. Three steps: parse,
// expand by the container's capabilities, architecture and kernel into the runtime specification's linux.seccomp
// section, and compile that with libseccomp as crun does. The compiled filter is cached as a file, because compiling
// costs 16 ms and reading it back less than a tenth of one.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"

namespace cove::seccomp {

// What the profile's conditions look at.
struct Target {
  std::string arch;                       // uname -m: x86_64, aarch64, …
  std::string kernel;                     // uname -r
  std::vector<std::string> capabilities;  // CAP_…, the container's bounding set
};

// The linux.seccomp object. Code::invalid names what is wrong in the profile. The profile may also be a plain
// linux.seccomp section (no archMap, no includes): it is taken as it is.
Result<json::Value> expand(const json::Value& profile, const Target& target);

// A compiled program: an array of struct sock_filter, 8 bytes each.
Result<std::string> compile(const json::Value& section);

std::string base64(std::string_view bytes);

// Where no profile is configured: the administrator's, else the distribution's, else "" (then the caller warns and runs
// unconfined). Below `root` (tests).
std::string find_default_profile(const std::string& root = "");

struct Filter {
  std::string bpf_base64;  // "": unconfined, or `needs_section`
  bool cached = false;
  bool needs_section = false;  // flags or a listener, which only a linux.seccomp section can carry: use load_section
};

// The whole way for one start. `profile_path`: as chosen. `cache_dir`: made where missing. `salt`: what else the bytes
// depend on (the runtime's name and version). A hit costs one stat and one read. A file that is not a filter is made
// again. The cache is replaced atomically and keeps at most 64 filters; failing to write it is no error.
Result<Filter> load_filter(const std::string& profile_path, const Target& target, const std::string& cache_dir,
                           std::string_view salt);
// The expanded section for runtimes that take no compiled filter.
Result<json::Value> load_section(const std::string& profile_path, const Target& target);

}  // namespace cove::seccomp
