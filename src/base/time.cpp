#include <array>
#include <cmath>
#include <ctime>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove {
namespace {

constexpr Nanos kSecond = 1'000'000'000;

struct Parts {
  std::tm tm{};
  int64_t nanos = 0;
};

Parts to_parts(Nanos t) {
  Parts p;
  time_t seconds = static_cast<time_t>(t / kSecond);
  p.nanos = t % kSecond;
  if (p.nanos < 0) {
    p.nanos += kSecond;
    seconds--;
  }
  ::gmtime_r(&seconds, &p.tm);
  return p;
}

std::string fraction(int64_t nanos) {
  if (nanos == 0) return "";
  std::string out = fmt::format(".{:09}", nanos);
  while (out.back() == '0') out.pop_back();
  return out;
}

std::string date_time(const Parts& p, char between) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", p.tm.tm_year + 1900, p.tm.tm_mon + 1, p.tm.tm_mday,
                     between, p.tm.tm_hour, p.tm.tm_min, p.tm.tm_sec);
}

}  // namespace

Nanos now() {
  timespec ts{};
  ::clock_gettime(CLOCK_REALTIME, &ts);
  return ts.tv_sec * kSecond + ts.tv_nsec;
}

std::string rfc3339_nano(Nanos t) {
  Parts p = to_parts(t);
  return date_time(p, 'T') + fraction(p.nanos) + "Z";
}
std::string rfc3339_nano_padded(Nanos t) {
  Parts p = to_parts(t);
  return fmt::format("{}.{:09}Z", date_time(p, 'T'), p.nanos);
}
std::string go_time_string(Nanos t) {
  Parts p = to_parts(t);
  return date_time(p, ' ') + fraction(p.nanos) + " +0000 UTC";
}

Result<Nanos> parse_rfc3339(std::string_view text) {
  auto bad = [&] { return Failure(Error(Code::invalid, fmt::format("invalid time: {}", text))); };
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':')
    return bad();
  static constexpr std::array<std::pair<int, int>, 6> kFields = {{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
  std::array<int, 6> n{};
  for (size_t i = 0; i < n.size(); i++) {
    auto v =
        parse_uint(text.substr(static_cast<size_t>(kFields.at(i).first), static_cast<size_t>(kFields.at(i).second)));
    if (!v) return bad();
    n.at(i) = static_cast<int>(*v);
  }
  if (n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60) return bad();
  std::string_view rest = text.substr(19);
  int64_t nanos = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int64_t unit = kSecond / 10;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      nanos += (rest[0] - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
  }
  int64_t offset = 0;
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    auto h = parse_uint(rest.substr(1, 2)), m = parse_uint(rest.substr(4, 2));
    if (!h || !m) return bad();
    offset = static_cast<int64_t>(*h * 3600 + *m * 60) * (rest[0] == '-' ? -1 : 1);
  } else if (rest != "Z" && rest != "z") {
    return bad();
  }
  std::tm tm{};
  tm.tm_year = n[0] - 1900, tm.tm_mon = n[1] - 1, tm.tm_mday = n[2], tm.tm_hour = n[3], tm.tm_min = n[4],
  tm.tm_sec = n[5];
  return (static_cast<Nanos>(::timegm(&tm)) - offset) * kSecond + nanos;
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  auto bad = [&] { return Failure(Error(Code::invalid, fmt::format("time: invalid duration \"{}\"", text))); };
  std::string_view rest = text;
  bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) return bad();
  static constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {
      {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}}};
  double total = 0;
  while (!rest.empty()) {
    size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    std::string number(rest.substr(0, digits));
    if (number.empty() || number == ".") return bad();
    rest.remove_prefix(digits);
    size_t letters = std::min(rest.find_first_of("0123456789."), rest.size());
    std::string_view unit = rest.substr(0, letters);
    rest.remove_prefix(letters);
    double scale = 0;
    for (const auto& [name, value] : kUnits) {
      if (unit == name) scale = value;
    }
    if (scale == 0) {
      return Failure(
          Error(Code::invalid, unit.empty() ? fmt::format("time: missing unit in duration \"{}\"", text)
                                            : fmt::format("time: unknown unit \"{}\" in duration \"{}\"", unit, text)));
    }
    char* end = nullptr;
    total += std::strtod(number.c_str(), &end) * scale;
    if (*end) return bad();
  }
  if (total > 9.2e18) return bad();
  return std::chrono::nanoseconds(static_cast<int64_t>(negative ? -total : total));
}

std::string go_duration(std::chrono::nanoseconds d) {
  int64_t n = d.count();
  if (n == 0) return "0s";
  std::string sign = n < 0 ? "-" : "";
  uint64_t u = n < 0 ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
  auto scaled = [&](uint64_t unit) {
    std::string out = fmt::format("{}", u / unit);
    uint64_t rest = u % unit;
    if (rest) {
      std::string digits = fmt::format("{}", unit + rest).substr(1);
      while (digits.back() == '0') digits.pop_back();
      out += "." + digits;
    }
    return out;
  };
  if (u < 1000) return fmt::format("{}{}ns", sign, u);
  if (u < 1'000'000) return sign + scaled(1000) + "µs";
  if (u < 1'000'000'000) return sign + scaled(1'000'000) + "ms";
  uint64_t minutes = u / 60'000'000'000;
  u %= 60'000'000'000;
  std::string out = scaled(1'000'000'000) + "s";
  if (minutes == 0) return sign + out;
  out = fmt::format("{}m{}", minutes % 60, out);
  return minutes >= 60 ? fmt::format("{}{}h{}", sign, minutes / 60, out) : sign + out;
}

// The steps of docker's go-units HumanDuration.
std::string human_duration(std::chrono::nanoseconds d) {
  int64_t seconds = d.count() / kSecond;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return fmt::format("{} seconds", seconds);
  int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  auto hours = static_cast<int64_t>(std::llround(static_cast<double>(seconds) / 3600));
  if (hours == 1) return "About an hour";
  int64_t days = hours / 24;
  if (hours < 48) return fmt::format("{} hours", hours);
  if (days < 14) return fmt::format("{} days", days);
  if (days < 60) return fmt::format("{} weeks", days / 7);
  if (days < 730) return fmt::format("{} months", days / 30);
  return fmt::format("{} years", days / 365);
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id");
  return text ? std::string(trim(*text)) : std::string();
}

}  // namespace cove
