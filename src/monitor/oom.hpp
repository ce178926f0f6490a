#pragma once
// Did the kernel kill something of the container for want of memory?
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace cove::monitor {

// Holds the cgroup's counter open from the start, so that the answer does not depend on paths at the end.
class OomWatch {
 public:
  // `cgroup_path` below the hierarchies' roots; empty: /proc/PID/cgroup tells. Without a memory controller: never.
  void open(int pid, const std::string& cgroup_path);
  bool happened() const;

 private:
  UniqueFd counter_;
};

// From the text of /proc/PID/cgroup: the file with the counter below /sys/fs/cgroup, "" where there is none.
std::string oom_file(std::string_view proc_cgroup);
// From the text of memory.events or memory.oom_control: the value of "oom_kill".
bool oom_in(std::string_view text);

}  // namespace cove::monitor
