#pragma once
// Texts to values as Go's strconv and encoding/csv read them, with their error texts.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "options/option.hpp"

namespace cove::options {

// Base by prefix (0x, 0o, 0b, 0), as pflag's integers. The error is only the cause: `strconv.ParseInt: parsing "x":
// invalid syntax`.
Result<int64_t> go_int(std::string_view text);
Result<uint64_t> go_uint(std::string_view text, int base = 0);
Result<double> go_float(std::string_view text);
// Whether `text` is a value of that option; the error is the cause alone.
Result<> check_value(const Option& option, std::string_view text);

}  // namespace cove::options
