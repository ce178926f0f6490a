#include "monitor/oom.hpp"

#include <fcntl.h>

#include <array>

#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/sys_monitor.hpp"

namespace cove::monitor {

std::string oom_file(std::string_view proc_cgroup) {
  std::string unified;
  for (const auto& line : split(proc_cgroup, '\n')) {
    auto parts = split_n(line, ':', 3);
    if (parts.size() != 3) continue;
    for (const auto& controller : split(parts[1], ',')) {
      if (controller == "memory") return "/sys/fs/cgroup/memory" + parts[2] + "/memory.oom_control";
    }
    if (parts[0] == "0") unified = "/sys/fs/cgroup" + parts[2] + "/memory.events";
  }
  return unified;
}

bool oom_in(std::string_view text) {
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("oom_kill ")) return line != "oom_kill 0";
  }
  return false;
}

void OomWatch::open(int pid, const std::string& cgroup_path) {
  auto try_open = [&](const std::string& path) {
    auto fd = sys::open(path, O_RDONLY);
    if (fd) counter_ = std::move(*fd);
    return fd.has_value();
  };
  if (cgroup_path.empty()) {
    std::string path = oom_file(read_small("/proc/" + std::to_string(pid) + "/cgroup"));
    if (!path.empty()) try_open(path);
  } else if (!try_open("/sys/fs/cgroup/memory" + cgroup_path + "/memory.oom_control")) {
    try_open("/sys/fs/cgroup" + cgroup_path + "/memory.events");
  }
}

bool OomWatch::happened() const {
  if (!counter_.valid()) return false;
  std::array<char, 1024> text;
  auto n = sys::pread(counter_.get(), text.data(), text.size(), 0);
  return n && oom_in({text.data(), *n});
}

}  // namespace cove::monitor
