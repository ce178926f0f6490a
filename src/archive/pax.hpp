#pragma once
// PAX extended header records: "<length> <key>=<value>\n". Private to the tar reader.
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.hpp"

namespace cove::archive {

// Hands each record on in order. Code::corrupt where the text is not a row of records.
Result<> each_pax_record(std::string_view text,
                         const std::function<Result<>(std::string_view, std::string_view)>& take);

struct PaxTime {
  int64_t sec = 0;
  uint32_t nsec = 0;
};
// "1700000000.123456789", also negative; more than nine digits are cut.
Result<PaxTime> parse_pax_time(std::string_view text);
Result<uint64_t> parse_pax_number(std::string_view key, std::string_view text);

}  // namespace cove::archive
