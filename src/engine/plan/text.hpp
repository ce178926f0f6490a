#pragma once
// Helpers of the plan's own parsers. Not for other libraries.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/util.hpp"

namespace cove::plan::text {

// A failure that the user caused. The message is podman's where podman has one.
template <class... Args>
Failure invalid(fmt::format_string<Args...> format, Args&&... args) {
  return Failure(Error(Code::invalid, fmt::format(format, std::forward<Args>(args)...)));
}

// "key=value" -> {"key", "value", true}; without the separator: {all, "", false}.
struct Cut {
  std::string before, after;
  bool found = false;
};
inline Cut cut(std::string_view text, char sep) {
  auto at = text.find(sep);
  if (at == std::string_view::npos) return {std::string(text), "", false};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1)), true};
}

inline bool contains(const std::vector<std::string>& list, std::string_view item) {
  for (const auto& one : list)
    if (one == item) return true;
  return false;
}

// Go's %q for plain texts.
std::string quoted(std::string_view text);
// Go's strconv.ParseBool.
Result<bool> parse_bool(std::string_view text);
// docker/go-units' FromHumanSize: powers of 1000.
Result<int64_t> parse_decimal_size(std::string_view text);
// An absolute container path, cleaned; podman's message otherwise.
Result<std::string> container_path(std::string_view path);
// A host path made absolute from `cwd`.
std::string host_path(std::string_view path, const std::string& cwd);
// Lexical cleaning as Go's path.Clean.
std::string clean(std::string_view path);
// Is `path` equal to `dir` or below it? Both clean.
bool is_below(std::string_view path, std::string_view dir);

}  // namespace cove::plan::text
