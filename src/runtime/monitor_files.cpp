#include "runtime/monitor_files.hpp"

#include <array>
#include <optional>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove::runtime {
namespace {

// The lines of one file. Every number asked for must be there and be one.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::optional<std::string_view> find(std::string_view key) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
      size_t end = rest.find('\n');
      if (end == std::string_view::npos) return std::nullopt;  // a line without its end
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      size_t eq = line.find('=');
      if (eq != std::string_view::npos && line.substr(0, eq) == key) return line.substr(eq + 1);
    }
    return std::nullopt;
  }
  template <class T>
  bool number(std::string_view key, T& into) const {
    auto text = find(key);
    auto n = text ? parse_int(*text) : std::nullopt;
    if (!n || static_cast<int64_t>(static_cast<T>(*n)) != *n) return false;
    into = static_cast<T>(*n);
    return true;
  }

 private:
  std::string_view text_;
};

Failure corrupt(const char* what) { return Failure(Error(Code::corrupt, what)); }

Result<std::string> read_if_there(const std::string& path) {
  auto text = read_file(path, 64UL << 10);
  if (!text && text.error().sys_errno() == ENOENT) return Failure(std::move(text).error().as(Code::not_found));
  return text;
}

}  // namespace

Result<MonitorStatus> parse_status(std::string_view text) {
  static constexpr std::array<const char*, 4> kStates = {"starting", "created", "running", "stopped"};
  Lines lines(text);
  MonitorStatus s;
  auto state = lines.find("state");
  size_t i = 0;
  while (state && i < kStates.size() && *state != kStates[i]) i++;
  if (!state || i == kStates.size()) return corrupt("the monitor's status names no state");
  s.state = static_cast<protocol::State>(i);
  if (!lines.number("pid", s.pid) || !lines.number("pid_start", s.pid_start) ||
      !lines.number("monitor_pid", s.monitor_pid) || !lines.number("created_at", s.created_at) ||
      !lines.number("started_at", s.started_at)) {
    return corrupt("the monitor's status lacks a number");
  }
  return s;
}

Result<ExitRecord> parse_exit_record(std::string_view text) {
  Lines lines(text);
  ExitRecord e;
  int oom = 0;
  if (!lines.number("exit_code", e.exit_code) || !lines.number("signal", e.signal) || !lines.number("oom", oom) ||
      !lines.number("started_at", e.started_at) || !lines.number("finished_at", e.finished_at) ||
      !lines.number("pid", e.pid)) {
    return corrupt("the exit record lacks a number");
  }
  e.oom = oom != 0;
  return e;
}

Result<MonitorStatus> read_status(const std::string& path) { return parse_status(TRY(read_if_there(path))); }
Result<ExitRecord> read_exit(const std::string& path) { return parse_exit_record(TRY(read_if_there(path))); }

}  // namespace cove::runtime
