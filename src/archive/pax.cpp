#include "archive/pax.hpp"

#include "base/util.hpp"

namespace cove::archive {
namespace {

Failure damaged() { return Failure(Error(Code::corrupt, "damaged PAX header")); }

}  // namespace

Result<> each_pax_record(std::string_view text,
                         const std::function<Result<>(std::string_view, std::string_view)>& take) {
  while (!text.empty()) {
    size_t space = text.substr(0, 21).find(' ');
    if (space == std::string_view::npos || space == 0) return damaged();
    auto length = parse_uint(text.substr(0, space));
    if (!length || *length <= space + 2 || *length > text.size() || text[*length - 1] != '\n') return damaged();
    std::string_view record = text.substr(space + 1, *length - space - 2);
    size_t equal = record.find('=');
    if (equal == std::string_view::npos || equal == 0) return damaged();
    TRY(take(record.substr(0, equal), record.substr(equal + 1)));
    text.remove_prefix(*length);
  }
  return {};
}

Result<PaxTime> parse_pax_time(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  size_t dot = text.find('.');
  auto seconds = parse_uint(text.substr(0, dot));
  if (!seconds || *seconds > (1ULL << 40)) return Failure(Error(Code::corrupt, "PAX header: damaged time"));
  PaxTime t{static_cast<int64_t>(*seconds), 0};
  if (dot != std::string_view::npos) {
    std::string digits(text.substr(dot + 1, 9));
    digits.resize(9, '0');
    auto nanos = parse_uint(digits);
    if (!nanos) return Failure(Error(Code::corrupt, "PAX header: damaged time"));
    t.nsec = static_cast<uint32_t>(*nanos);
  }
  if (!negative) return t;
  if (t.nsec == 0) return PaxTime{-t.sec, 0};
  return PaxTime{-t.sec - 1, 1000000000 - t.nsec};
}

Result<uint64_t> parse_pax_number(std::string_view key, std::string_view text) {
  auto n = parse_uint(text);
  if (!n) return Failure(Error(Code::corrupt, fmt::format("PAX header: {} is not a number", key)));
  return *n;
}

}  // namespace cove::archive
