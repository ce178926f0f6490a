#pragma once
// What `info` says about this host. The documents are pure; read_host_numbers() looks.
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "json/json.hpp"

namespace cove::cli {

// One line for each thing that this host lacks, with what that means and the way out.
std::vector<std::string> host_hints(const linux_::HostFacts& facts);
// A tree as YAML 1.2, as podman prints it: block style, keys in their order.
std::string to_yaml(const json::Value& value);
// "amd64" for "x86_64".
std::string go_arch(const std::string& machine);

// Numbers that change while we look. Bytes and seconds; 0 where unknown.
struct HostNumbers {
  int64_t memory_free = 0, swap_free = 0, uptime = 0;
  uint64_t store_size = 0, store_used = 0;
};
HostNumbers read_host_numbers(const std::string& graph_root);
// "3h 5m 12.00s (Approximately 0.12 days)", as podman says it.
std::string uptime_text(int64_t seconds);

// podman's info document, with `features` and `hints` of our own.
json::Value info_document(engine::Engine& engine, const std::vector<state::View>& views, size_t images,
                          const HostNumbers& numbers);
// {APIVersion, Version, OsArch, Os, …}: the same in `info` and `version`.
json::Value version_document();

}  // namespace cove::cli
