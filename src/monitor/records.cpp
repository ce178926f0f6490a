#include "monitor/records.hpp"

#include <fmt/format.h>

namespace cove::monitor {

std::string make_status(const protocol::StatusReply& s) {
  static constexpr const char* kStates[] = {"starting", "created", "running", "stopped"};
  return fmt::format("state={}\npid={}\npid_start={}\nmonitor_pid={}\ncreated_at={}\nstarted_at={}\n",
                     kStates[static_cast<size_t>(s.state)], s.pid, s.pid_start, s.monitor_pid, s.created_at,
                     s.started_at);
}

std::string make_exit_record(const protocol::Exited& e, int pid) {
  return fmt::format("exit_code={}\nsignal={}\noom={}\nstarted_at={}\nfinished_at={}\npid={}\n", e.code, e.signal,
                     e.oom ? 1 : 0, e.started_at, e.finished_at, pid);
}

}  // namespace cove::monitor
