#pragma once
// The two text files that a monitor leaves on tmpfs, "key=value" lines, written by rename only.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/messages.hpp"

namespace cove::runtime {

// <runroot>/c/<id>/status. `starting` until the runtime has made the container.
struct MonitorStatus {
  protocol::State state = protocol::State::starting;
  int pid = 0;             // the container's first process; 0: none yet
  uint64_t pid_start = 0;  // /proc/PID/stat field 22
  int monitor_pid = 0;
  int64_t created_at = 0, started_at = 0;  // nanoseconds since the epoch; 0: not yet
};

// <runroot>/exits/<id>: written first when the container has ended.
struct ExitRecord {
  int exit_code = 0;  // valid where signal == 0
  int signal = 0;
  bool oom = false;
  int64_t started_at = 0, finished_at = 0;
  int pid = 0;
  int shell_code() const { return signal ? 128 + signal : exit_code; }
};

// Code::not_found where there is no file, Code::corrupt where a required line is missing or wrong.
Result<MonitorStatus> read_status(const std::string& path);
Result<ExitRecord> read_exit(const std::string& path);

Result<MonitorStatus> parse_status(std::string_view text);
Result<ExitRecord> parse_exit_record(std::string_view text);

}  // namespace cove::runtime
