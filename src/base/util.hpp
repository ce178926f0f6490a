#pragma once
// Small things that every library needs: text, numbers, time, random ids.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove {

// Text.
std::vector<std::string> split(std::string_view text, char sep);
std::vector<std::string> split_n(std::string_view text, char sep, size_t max_parts);  // the last part keeps the rest
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view sep);
bool is_hex(std::string_view text);
std::string to_hex(std::string_view bytes);
std::optional<std::string> nearest(std::string_view wrong,
                                   const std::vector<std::string>& known);  // for "did you mean"

// Numbers. The whole text must be the number.
std::optional<int64_t> parse_int(std::string_view text, int base = 10);
std::optional<uint64_t> parse_uint(std::string_view text, int base = 10);
// "10", "10b", "64k", "1.5g", "512MiB" (powers of 1024) -> bytes.
Result<int64_t> parse_bytes(std::string_view text);
// 1024 -> "1.02kB" as docker/go-units' HumanSize (powers of 1000, four significant digits).
std::string human_size(int64_t bytes);
std::string human_size_binary(int64_t bytes);  // BytesSize: "1KiB"
// "1h2m3s", "300ms", "10" is refused. As Go's time.ParseDuration.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
std::string go_duration(std::chrono::nanoseconds d);     // "1h2m3s"
std::string human_duration(std::chrono::nanoseconds d);  // "3 minutes", "About an hour"

// Time: nanoseconds since the epoch, UTC.
using Nanos = int64_t;
Nanos now();
std::string rfc3339_nano(Nanos t);         // 2026-01-02T03:04:05.123456789Z (trailing zeros cut, as Go)
std::string rfc3339_nano_padded(Nanos t);  // always nine digits, as log lines have
Result<Nanos> parse_rfc3339(std::string_view text);
std::string go_time_string(Nanos t);  // 2026-01-02 03:04:05.123456789 +0000 UTC

std::string random_hex(size_t digits);  // from getrandom
std::string random_name();              // adjective_surname, for containers without a name
std::string boot_id();                  // of the running kernel

}  // namespace cove
