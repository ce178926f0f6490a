#pragma once
// Capability names (capabilities(7)) and what this process has.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::linux_ {

const std::vector<std::string>& capability_names();         // index = number: "CAP_CHOWN", …
std::optional<int> find_capability(std::string_view name);  // "CAP_NET_ADMIN", "net_admin"
std::vector<std::string> capability_list(uint64_t mask);    // in the order of their numbers
constexpr uint64_t capability_bit(int number) { return uint64_t{1} << number; }

// Sets of a process, from the text of /proc/PID/status.
struct CapabilitySets {
  uint64_t effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
};
Result<CapabilitySets> parse_capability_sets(std::string_view status);
Result<CapabilitySets> read_capability_sets();           // ours
int read_last_capability(const std::string& root = "");  // /proc/sys/kernel/cap_last_cap; 40 where unreadable

}  // namespace cove::linux_
