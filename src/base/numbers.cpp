#include <array>
#include <charconv>
#include <cmath>

#include "base/util.hpp"

namespace cove {
namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text, int base) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  T value{};
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (err != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// %.4g, as docker's go-units prints sizes.
std::string human(double size, double base, const std::array<const char*, 9>& units) {
  size_t i = 0;
  while (size >= base && i + 1 < units.size()) {
    size /= base;
    i++;
  }
  return fmt::format("{:.4g}{}", size, units.at(i));
}

}  // namespace

std::optional<int64_t> parse_int(std::string_view text, int base) { return parse_whole<int64_t>(text, base); }
std::optional<uint64_t> parse_uint(std::string_view text, int base) { return parse_whole<uint64_t>(text, base); }

Result<int64_t> parse_bytes(std::string_view text) {
  auto bad = [&] { return Failure(Error(Code::invalid, fmt::format("invalid size: '{}'", text))); };
  size_t digits = text.find_first_not_of("0123456789.");
  std::string number(text.substr(0, digits));
  std::string unit = to_lower(trim(digits == std::string_view::npos ? std::string_view() : text.substr(digits)));
  if (number.empty() || number.front() == '.') return bad();
  double value = 0;
  auto [end, err] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (err != std::errc() || end != number.data() + number.size()) return bad();
  if (!unit.empty() && unit.back() == 'b') unit.pop_back();
  if (unit.size() == 2 && unit[1] == 'i') unit.pop_back();
  if (unit.size() > 1) return bad();
  static constexpr std::string_view kUnits = "kmgtp";
  int power = 0;
  if (unit.size() == 1) {
    size_t at = kUnits.find(unit[0]);
    if (at == std::string_view::npos) return bad();
    power = static_cast<int>(at) + 1;
  }
  double bytes = value * std::pow(1024.0, power);
  if (bytes > 9.2e18) return bad();
  return static_cast<int64_t>(bytes);
}

std::string human_size(int64_t bytes) {
  return human(static_cast<double>(bytes), 1000, {"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"});
}
std::string human_size_binary(int64_t bytes) {
  return human(static_cast<double>(bytes), 1024, {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"});
}

}  // namespace cove
