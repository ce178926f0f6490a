#include "format/quote.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cove::format {
namespace {

// Bytes of the UTF-8 sequence at the start; 1 where it is broken.
size_t rune_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t wanted = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (wanted > text.size()) return 1;
  for (size_t i = 1; i < wanted; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  return wanted;
}

std::optional<uint32_t> digits(std::string_view text, int base) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// After the backslash; `at` stands on the letter and is left behind the escape.
bool unescape(std::string_view text, size_t& at, std::string& out) {
  const char c = text[at++];
  static constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
  if (const size_t i = kLetters.find(c); i != kLetters.npos) {
    out += kMeanings[i];
    return true;
  }
  const size_t count = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
  const bool octal = count == 3;
  if (octal) --at;
  if (count == 0 || at + count > text.size()) return false;
  const auto value = digits(text.substr(at, count), octal ? 8 : 16);
  if (!value || (octal && *value > 255) || *value > 0x10ffff) return false;
  at += count;
  if (c == 'u' || c == 'U')
    append_rune(out, *value);
  else
    out += static_cast<char>(*value);
  return true;
}

}  // namespace

std::string quote_go(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = rune_length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    static constexpr std::string_view kSpecial = "\a\b\f\n\r\t\v\\\"", kLetters = "abfnrtv\\\"";
    if (length > 1)
      out += text.substr(0, length);
    else if (const size_t i = kSpecial.find(text[0]); i != kSpecial.npos)
      (out += '\\') += kLetters[i];
    else if (c < 0x20 || c >= 0x7f)
      out += fmt::format("\\x{:02x}", c);
    else
      out += text[0];
    text.remove_prefix(length);
  }
  return out + '"';
}

std::optional<std::string> unquote(std::string_view inside) {
  std::string out;
  for (size_t at = 0; at < inside.size();) {
    if (inside[at] != '\\') {
      out += inside[at++];
      continue;
    }
    ++at;
    if (at >= inside.size() || !unescape(inside, at, out)) return std::nullopt;
  }
  return out;
}

std::optional<char32_t> single_rune(std::string_view text) {
  if (text.empty() || rune_length(text) != text.size()) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (text.size() == 1) return lead;
  char32_t rune = lead & (0x7f >> text.size());
  for (size_t i = 1; i < text.size(); ++i) rune = rune << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  return rune;
}

std::optional<json::Value> go_number(const std::string& text) {
  std::string_view body = text;
  const bool negative = body.starts_with('-');
  if (negative || body.starts_with('+')) body.remove_prefix(1);
  int base = 10;
  if (body.size() > 2 && body[0] == '0' && (body[1] == 'x' || body[1] == 'X')) base = 16;
  if (body.size() > 2 && body[0] == '0' && (body[1] == 'o' || body[1] == 'O')) base = 8;
  if (body.size() > 2 && body[0] == '0' && (body[1] == 'b' || body[1] == 'B')) base = 2;
  if (base != 10) body.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, base);
  if (!body.empty() && error == std::errc() && end == body.data() + body.size()) {
    if (!negative) return value > INT64_MAX ? json::Value(value) : json::Value(static_cast<int64_t>(value));
    if (value <= uint64_t{1} << 63) return json::Value(static_cast<int64_t>(0 - value));
  }
  if (base != 10 || body.empty() || !(body[0] == '.' || (body[0] >= '0' && body[0] <= '9'))) return std::nullopt;
  char* stop = nullptr;
  const double real = std::strtod(text.c_str(), &stop);
  if (*stop != 0 || !std::isfinite(real)) return std::nullopt;
  return json::Value(real);
}

void append_rune(std::string& out, char32_t rune) {
  if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000)) rune = 0xfffd;
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xc0 | rune >> 6);
    out += static_cast<char>(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xe0 | rune >> 12);
    out += static_cast<char>(0x80 | (rune >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (rune & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | rune >> 18);
    out += static_cast<char>(0x80 | (rune >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (rune >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (rune & 0x3f));
  }
}

size_t rune_count(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(rune_length(text));
  return count;
}

std::string_view first_runes(std::string_view text, size_t count) {
  size_t at = 0;
  for (; count > 0 && at < text.size(); --count) at += rune_length(text.substr(at));
  return text.substr(0, at);
}

// Go's shortest form switches to exponents below 1e-4 and from 1e6 on, however many digits there are.
std::string go_float(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  if (verb == 'f') return precision < 0 ? fmt::format("{:f}", value) : fmt::format("{:.{}f}", value, precision);
  if (verb == 'e') return fmt::format("{:.{}e}", value, precision < 0 ? 6 : precision);
  if (precision >= 0) return fmt::format("{:.{}g}", value, precision);
  const double size = std::fabs(value);
  char buffer[400];
  const auto form =
      size != 0 && (size < 1e-4 || size >= 1e6) ? std::chars_format::scientific : std::chars_format::fixed;
  const auto done = std::to_chars(buffer, buffer + sizeof buffer, value, form);
  return std::string(buffer, done.ptr);
}

}  // namespace cove::format
