#pragma once
// Literals of Go's syntax. Internal to this library.
#include <optional>
#include <string>
#include <string_view>

#include "json/json.hpp"

namespace cove::format {

std::string quote_go(std::string_view text);                      // %q
std::optional<std::string> unquote(std::string_view inside);      // what stands between quotes, with its escapes
std::optional<char32_t> single_rune(std::string_view text);       // of a character constant
std::optional<json::Value> go_number(const std::string& digits);  // 12, -0x1f, 1.5e3
void append_rune(std::string& out, char32_t rune);
size_t rune_count(std::string_view text);
std::string_view first_runes(std::string_view text, size_t count);
std::string go_float(double value, char verb, int precision);  // verb f, e or g; precision -1: shortest

}  // namespace cove::format
