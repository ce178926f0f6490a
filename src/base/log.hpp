#pragma once
// Debug log of the libraries and decisions of the engine; the front end sets where it goes and how much.
#include <fmt/format.h>

#include <string_view>

namespace cove {

enum class LogLevel { trace, debug, info, warn, error };

namespace log_detail {
void write(LogLevel level, std::string_view text);
bool enabled(LogLevel level);
}  // namespace log_detail

// Set once by main before anything else; kept in the process, not in a global that tests share.
void set_log_level(LogLevel level);

template <class... A>
void log(LogLevel level, fmt::format_string<A...> format, A&&... args) {
  if (log_detail::enabled(level)) log_detail::write(level, fmt::format(format, std::forward<A>(args)...));
}

}  // namespace cove
#define LOG_DEBUG(...) ::cove::log(::cove::LogLevel::debug, __VA_ARGS__)
#define LOG_INFO(...) ::cove::log(::cove::LogLevel::info, __VA_ARGS__)
#define LOG_WARN(...) ::cove::log(::cove::LogLevel::warn, __VA_ARGS__)
