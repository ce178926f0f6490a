#include "runtime/runtime_error.hpp"

#include <algorithm>
#include <vector>

#include "base/util.hpp"
#include "json/json.hpp"

namespace cove::runtime {
namespace {

struct Line {
  std::string level, message;
};

// logrus' text form: time="…" level=error msg="…"
std::string text_field(std::string_view line, std::string_view key) {
  size_t at = line.find(key);
  if (at == std::string_view::npos || (at > 0 && line[at - 1] != ' ')) return {};
  line.remove_prefix(at + key.size());
  if (!line.starts_with('"')) return std::string(line.substr(0, line.find(' ')));
  std::string out;
  for (size_t i = 1; i < line.size() && line[i] != '"'; i++) {
    if (line[i] == '\\' && i + 1 < line.size()) i++;
    out += line[i];
  }
  return out;
}

// crun's text form begins with a time: "2023-01-02T03:04:05.123456Z: message".
std::string_view without_time(std::string_view line) {
  size_t colon = line.find(": ");
  bool stamped = colon != std::string_view::npos && colon > 18 && colon < 40 && line[0] >= '0' && line[0] <= '9' &&
                 line[10] == 'T';
  return stamped ? line.substr(colon + 2) : line;
}

Line parse_line(std::string_view line) {
  if (line.starts_with('{')) {
    auto v = json::parse(line);
    if (v && (*v)["msg"].is_string()) return {.level = (*v)["level"].as_string(), .message = (*v)["msg"].as_string()};
  }
  std::string message = text_field(line, "msg=");
  if (!message.empty()) return {.level = text_field(line, "level="), .message = message};
  return {.level = "", .message = std::string(without_time(line))};
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::string clean_message(std::string_view log) {
  std::string cause, other;
  for (const auto& raw : split(log, '\n')) {
    std::string_view text = trim(raw);
    if (text.empty()) continue;
    Line line = parse_line(text);
    bool minor = line.level == "warning" || line.level == "warn" || line.level == "info" || line.level == "debug";
    (minor ? other : cause) = line.message;
  }
  std::string message = cause.empty() ? other : cause;
  std::replace(message.begin(), message.end(), '\n', ' ');
  return std::string(trim(message));
}

Error runtime_error(const std::string& runtime_name, std::string_view message) {
  std::string lower = to_lower(message);
  Code code = Code::runtime;
  if (has(lower, "permission denied") || has(lower, "operation not permitted"))
    code = Code::not_executable;
  else if (has(lower, "executable file") && has(lower, "not found"))
    code = Code::no_command;
  else if (has(lower, "no such file or directory") || has(lower, "open executable"))
    code = Code::no_command;
  return Error(code, fmt::format("{}: {}", runtime_name, message));
}

}  // namespace cove::runtime
