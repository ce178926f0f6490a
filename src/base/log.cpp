#include "base/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>

namespace cove {
namespace {
// The one process-wide setting: how much the log says. Written by main only.
std::atomic<LogLevel>& level_setting() {
  static std::atomic<LogLevel> level{LogLevel::warn};
  return level;
}
}  // namespace

void set_log_level(LogLevel level) { level_setting() = level; }

namespace log_detail {
bool enabled(LogLevel level) { return level >= level_setting(); }

void write(LogLevel level, std::string_view text) {
  static constexpr std::array<std::string_view, 5> kNames = {"trace", "debug", "info", "warning", "error"};
  std::string line = fmt::format("level={} msg=\"{}\"\n", kNames.at(static_cast<size_t>(level)), text);
  [[maybe_unused]] auto n = ::write(STDERR_FILENO, line.data(), line.size());
}
}  // namespace log_detail
}  // namespace cove
