#include "engine/plan/text.hpp"

#include <cctype>
#include <cmath>

#include "base/fs.hpp"
#include "json/json.hpp"

namespace cove::plan::text {

std::string quoted(std::string_view text) { return json::quote(text); }

Result<bool> parse_bool(std::string_view text) {
  for (auto yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (auto no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return invalid("invalid boolean value {}", quoted(text));
}

Result<int64_t> parse_decimal_size(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) || text[end] == '.')) ++end;
  std::string unit = to_lower(trim(text.substr(end)));
  if (!unit.empty() && unit.back() == 'b') unit.pop_back();
  double factor = 0;
  if (unit.empty()) factor = 1;
  constexpr std::string_view kUnits = "kmgtp";
  if (unit.size() == 1) {
    if (auto at = kUnits.find(unit[0]); at != std::string_view::npos) factor = std::pow(1000, at + 1);
  }
  auto digits = text.substr(0, end);
  auto dot = digits.find('.');
  auto whole = parse_uint(digits.substr(0, dot));
  double value = whole ? static_cast<double>(*whole) : -1;
  if (whole && dot != std::string_view::npos) {
    auto part = digits.substr(dot + 1);
    auto fraction = parse_uint(part);
    value = fraction ? value + static_cast<double>(*fraction) / std::pow(10, part.size()) : -1;
  }
  if (factor == 0 || value < 0 || value * factor > 9e18) return invalid("invalid size: '{}'", text);
  return static_cast<int64_t>(value * factor);
}

std::string clean(std::string_view path) { return clean_path(path); }

Result<std::string> container_path(std::string_view path) {
  if (path.empty()) return invalid("container directory cannot be empty");
  if (path.front() != '/') return invalid("invalid container path {}, must be an absolute path", quoted(path));
  return clean(path);
}

std::string host_path(std::string_view path, const std::string& cwd) {
  if (path.starts_with('/')) return clean(path);
  return clean(join_path(cwd, path));
}

bool is_below(std::string_view path, std::string_view dir) {
  if (dir == "/") return true;
  return path == dir || (path.size() > dir.size() && path.starts_with(dir) && path[dir.size()] == '/');
}

}  // namespace cove::plan::text
