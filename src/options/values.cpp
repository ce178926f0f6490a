#include "options/values.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/util.hpp"
#include "options/parsed.hpp"

namespace cove::options {
namespace {

Error bad_syntax(std::string_view function, std::string_view text) {
  return Error(Code::usage, fmt::format("strconv.{}: parsing {}: invalid syntax", function, go_quote(text)));
}

Error out_of_range(std::string_view function, std::string_view text) {
  return Error(Code::usage, fmt::format("strconv.{}: parsing {}: value out of range", function, go_quote(text)));
}

// Cuts 0x, 0o, 0b and 0 and gives the base that they mean.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  switch (digits[1]) {
    case 'x':
    case 'X':
      digits.remove_prefix(2);
      return 16;
    case 'o':
    case 'O':
      digits.remove_prefix(2);
      return 8;
    case 'b':
    case 'B':
      digits.remove_prefix(2);
      return 2;
    default:
      digits.remove_prefix(1);
      return 8;
  }
}

Result<uint64_t> digits_value(std::string_view digits, int base, std::string_view function, std::string_view whole) {
  if (base == 0) base = take_base(digits);
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error == std::errc::invalid_argument || end != digits.data() + digits.size())
    return Failure(bad_syntax(function, whole));
  if (error == std::errc::result_out_of_range) return Failure(out_of_range(function, whole));
  return value;
}

Result<> check_choice(const Option& option, std::string_view text) {
  const auto known = split(option.choices, ',');
  for (const auto& choice : known)
    if (choice == text) return {};
  return Failure(Error(Code::usage, fmt::format("{} is not a valid value.  Choose from: {}", go_quote(text),
                                                go_quote(join(known, ", ")))));
}

Result<> check_uints(std::string_view text) {
  for (const auto& part : split(text, ',')) TRY(go_uint(part, 10));
  return {};
}

}  // namespace

Result<int64_t> go_int(std::string_view text) {
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  const uint64_t value = TRY(digits_value(digits, 0, "ParseInt", text));
  const uint64_t limit = uint64_t{1} << 63;
  if (value > (negative ? limit : limit - 1)) return Failure(out_of_range("ParseInt", text));
  return static_cast<int64_t>(negative ? 0 - value : value);
}

Result<uint64_t> go_uint(std::string_view text, int base) { return digits_value(text, base, "ParseUint", text); }

Result<double> go_float(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != 0 || copy[0] == ' ') return Failure(bad_syntax("ParseFloat", text));
  if (errno == ERANGE && value != 0) return Failure(out_of_range("ParseFloat", text));
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

std::string go_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
          out += c;
    }
  }
  return out + '"';
}

Result<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::string> fields;
  if (text.empty()) return fields;
  if (const auto newline = text.find('\n'); newline != text.npos) text = text.substr(0, newline);  // one record only
  size_t at = 0;
  for (;;) {
    std::string field;
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size())
          return Failure(Error(Code::usage, fmt::format("parse error on line 1, column {}: extraneous or missing \" in "
                                                        "quoted-field",
                                                        text.size() + 1)));
        if (text[at] != '"')
          field += text[at];
        else if (at + 1 < text.size() && text[at + 1] == '"')
          field += text[at++];
        else
          break;
      }
      ++at;
      if (at < text.size() && text[at] != ',')
        return Failure(Error(Code::usage, fmt::format("parse error on line 1, column {}: extraneous or missing \" in "
                                                      "quoted-field",
                                                      at + 1)));
    } else {
      const size_t end = std::min(text.find(',', at), text.size());
      field = text.substr(at, end - at);
      if (const auto quote = field.find('"'); quote != field.npos)
        return Failure(Error(
            Code::usage, fmt::format("parse error on line 1, column {}: bare \" in non-quoted-field", at + quote + 1)));
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= text.size()) return fields;
    ++at;  // the comma
  }
}

Result<> check_value(const Option& option, std::string_view text) {
  switch (option.type) {
    case Type::boolean:
      if (!parse_bool(text)) return Failure(bad_syntax("ParseBool", text));
      return {};
    case Type::string:
    case Type::string_array:
      return {};
    case Type::string_slice:
      TRY(parse_csv(text));
      return {};
    case Type::integer:
      TRY(go_int(text));
      return {};
    case Type::unsigned_int:
      TRY(go_uint(text));
      return {};
    case Type::uint_slice:
      return check_uints(text);
    case Type::floating:
      TRY(go_float(text));
      return {};
    case Type::duration:
      if (!parse_duration(text))
        return Failure(Error(Code::usage, fmt::format("time: invalid duration {}", go_quote(text))));
      return {};
    case Type::choice:
      return check_choice(option, text);
  }
  return {};
}

}  // namespace cove::options
