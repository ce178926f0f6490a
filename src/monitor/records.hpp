#pragma once
// The status file and the exit record (read by runtime/monitor_files.hpp): "key=value" lines.
#include <string>

#include "protocol/messages.hpp"

namespace cove::monitor {

std::string make_status(const protocol::StatusReply& status);
std::string make_exit_record(const protocol::Exited& exit, int pid);

}  // namespace cove::monitor
