#pragma once
// Signal names and numbers of Linux (signal(7)), with the real-time ones. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::linux_ {

// "SIGTERM", "term", "15", "SIGRTMIN+3", "RTMAX-1" -> number (1-64). Code::invalid with a near name. SIGRTMIN is 34, as
// the C library's.
Result<int> parse_signal(std::string_view text);
std::string signal_name(int signal);             // "SIGTERM", "SIGRTMIN+3"; the number where it is none
const std::vector<std::string>& signal_names();  // for completion, with the SIG prefix

}  // namespace cove::linux_
