// Values as Go's fmt prints them.
#include <algorithm>
#include <cmath>

#include "base/util.hpp"
#include "format/quote.hpp"
#include "format/run.hpp"

namespace cove::format {
namespace {

void print_members(const Ref& ref, const Shape& shape, std::string& out) {
  std::vector<const json::Member*> members;
  for (const auto& member : ref.value->members()) members.push_back(&member);
  if (ref.map) std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return a->first < b->first; });
  out += ref.map ? "map[" : "{";
  for (const auto* member : members) {
    if (member != members.front()) out += ' ';
    if (ref.map) out += member->first + ":";
    print_value({&member->second, member->second.is_object() && is_map_member(shape, member->first), false,
                 is_time_member(shape, member->first)},
                shape, out);
  }
  out += ref.map ? ']' : '}';
}

// One directive of a format: %[flags][width][.precision]verb.
struct Directive {
  bool minus = false, plus = false, sharp = false, space = false, zero = false;
  int width = -1, precision = -1;
  char verb = 0;
};

constexpr int kMaxWidth = 4096;

std::string radix(uint64_t value, unsigned base, bool upper) {
  std::string out;
  do {
    out += (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    value /= base;
  } while (value);
  std::reverse(out.begin(), out.end());
  return out;
}

std::string integer_text(const Directive& d, const json::Value& value) {
  const bool negative = value.as_uint(1) == 1 && value.as_int() < 0;
  const uint64_t size = negative ? 0 - static_cast<uint64_t>(value.as_int()) : value.as_uint();
  const unsigned base = d.verb == 'x' || d.verb == 'X' ? 16 : d.verb == 'o' ? 8 : d.verb == 'b' ? 2 : 10;
  std::string digits = radix(size, base, d.verb == 'X');
  const std::string sign = negative ? "-" : d.plus ? "+" : d.space ? " " : "";
  const std::string prefix = !d.sharp ? "" : d.verb == 'x' ? "0x" : d.verb == 'X' ? "0X" : d.verb == 'o' ? "0" : "";
  int wanted = d.precision;
  if (wanted < 0 && d.zero && !d.minus && d.width > 0) wanted = d.width - static_cast<int>(sign.size());
  if (wanted > static_cast<int>(digits.size())) digits.insert(0, static_cast<size_t>(wanted) - digits.size(), '0');
  return sign + prefix + digits;
}

std::string float_text(const Directive& d, double value) {
  std::string text = go_float(value,
                              d.verb == 'v'   ? 'g'
                              : d.verb == 'F' ? 'f'
                                              : static_cast<char>(d.verb | 0x20),
                              d.precision < 0 && d.verb != 'v' && d.verb != 'g' && d.verb != 'G' ? 6 : d.precision);
  if (d.plus && text[0] != '-' && text[0] != '+') text.insert(0, "+");
  if (d.zero && !d.minus && d.width > static_cast<int>(text.size()))
    text.insert(text[0] == '-' || text[0] == '+' ? 1 : 0, static_cast<size_t>(d.width) - text.size(), '0');
  return text;
}

std::string hex_text(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text)
    out += upper ? fmt::format("{:02X}", static_cast<unsigned char>(c))
                 : fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string plain(const Ref& ref, const Shape& shape) {
  std::string out;
  print_value(ref, shape, out);
  return out;
}

// Empty where the verb does not suit the value.
std::optional<std::string> directive_text(const Directive& d, const Ref& ref, const Shape& shape) {
  const json::Value& value = *ref.value;
  const std::string_view verbs_of_int = "dxXobv";
  if (d.verb == 'T') return type_of(ref, shape);
  if (value.is_string()) {
    std::string text = value.as_string();
    if (ref.time && (d.verb == 'v' || d.verb == 's')) text = plain(ref, shape);
    if (d.precision >= 0) text = first_runes(text, static_cast<size_t>(d.precision));
    if (d.verb == 's') return text;
    if (d.verb == 'v') return d.sharp ? quote_go(text) : text;
    if (d.verb == 'q') return quote_go(text);
    if (d.verb == 'x' || d.verb == 'X') return hex_text(text, d.verb == 'X');
    return std::nullopt;
  }
  if (value.is_bool() && (d.verb == 't' || d.verb == 'v')) return plain(ref, shape);
  if (value.is_integer()) {
    if (verbs_of_int.find(d.verb) != verbs_of_int.npos) return integer_text(d, value);
    if (d.verb == 'c' || d.verb == 'q') {
      std::string rune;
      append_rune(rune, static_cast<char32_t>(value.as_int()));
      return d.verb == 'c' ? rune : "'" + rune + "'";
    }
    if (d.verb == 'U') return fmt::format("U+{:04X}", value.as_int());
    return std::nullopt;
  }
  if (value.is_number() && std::string_view("vgGfFeE").find(d.verb) != std::string_view::npos)
    return float_text(d, value.as_double());
  if (value.is_array() || value.is_object() || value.is_null()) {
    if (d.verb == 'v') return value.is_null() ? "<nil>" : plain(ref, shape);
    if (value.is_null()) return "%!" + std::string(1, d.verb) + "(<nil>)";
    if (!value.is_array()) return d.verb == 's' ? std::optional(plain(ref, shape)) : std::nullopt;
    std::string out = "[";
    for (const auto& item : value.items()) {
      const auto text = directive_text(d, Ref{&item}, shape);
      if (!text) return std::nullopt;
      if (out.size() > 1) out += ' ';
      out += *text;
    }
    return out + "]";
  }
  return std::nullopt;
}

void append_padded(std::string& out, const std::string& text, const Directive& d) {
  const size_t runes = rune_count(text);
  const size_t missing = d.width > 0 && static_cast<size_t>(d.width) > runes ? static_cast<size_t>(d.width) - runes : 0;
  if (!d.minus) out.append(missing, d.zero ? '0' : ' ');
  out += text;
  if (d.minus) out.append(missing, ' ');
}

// Reads one directive; `at` stands behind the % and is left behind the verb.
class Directives {
 public:
  Directives(std::string_view format, const std::vector<Ref>& args) : format_(format), args_(args) {}
  size_t at = 0, next = 0;

  Directive read() {
    Directive d;
    for (; at < format_.size(); ++at) {
      bool* flag = format_[at] == '-'   ? &d.minus
                   : format_[at] == '+' ? &d.plus
                   : format_[at] == '#' ? &d.sharp
                   : format_[at] == ' ' ? &d.space
                   : format_[at] == '0' ? &d.zero
                                        : nullptr;
      if (!flag) break;
      *flag = true;
    }
    d.width = count();
    if (d.width < -1) {
      d.minus = true;
      d.width = -d.width;
    }
    if (at < format_.size() && format_[at] == '.') {
      ++at;
      d.precision = std::max(0, count());
    }
    if (at < format_.size()) d.verb = format_[at++];
    return d;
  }

 private:
  int count() {
    if (at < format_.size() && format_[at] == '*') {
      ++at;
      if (next >= args_.size() || !args_[next].value->is_integer()) return -1;
      return static_cast<int>(std::clamp<int64_t>(args_[next++].value->as_int(), -kMaxWidth, kMaxWidth));
    }
    int value = -1;
    for (; at < format_.size() && format_[at] >= '0' && format_[at] <= '9'; ++at)
      value = std::min(kMaxWidth, std::max(value, 0) * 10 + (format_[at] - '0'));
    return value;
  }

  std::string_view format_;
  const std::vector<Ref>& args_;
};

}  // namespace

void print_value(const Ref& ref, const Shape& shape, std::string& out) {
  const json::Value& value = *ref.value;
  if (value.is_string()) {
    if (!ref.time) {
      out += value.as_string();
    } else {
      const auto time = parse_rfc3339(value.as_string());
      out += time ? go_time_string(*time) : value.as_string();
    }
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_integer()) {
    out += integer_text({.verb = 'd'}, value);
  } else if (value.is_number()) {
    out += go_float(value.as_double(), 'g', -1);
  } else if (value.is_array()) {
    out += '[';
    for (const auto& item : value.items()) {
      if (&item != &value.items().front()) out += ' ';
      print_value({&item}, shape, out);
    }
    out += ']';
  } else if (value.is_object()) {
    print_members(ref, shape, out);
  } else {
    out += ref.missing ? "<no value>" : "<nil>";
  }
}

std::string go_value(const json::Value& value) {
  std::string out;
  print_value({&value, value.is_object()}, Shape{}, out);
  return out;
}

std::string go_printf(std::string_view format, const std::vector<Ref>& args, const Shape& shape, size_t max_size) {
  std::string out;
  Directives reader(format, args);
  while (reader.at < format.size() && out.size() <= max_size) {
    const size_t percent = std::min(format.find('%', reader.at), format.size());
    out += format.substr(reader.at, percent - reader.at);
    reader.at = percent;
    if (percent == format.size()) break;
    ++reader.at;
    const Directive d = reader.read();
    if (d.verb == '%') {
      out += '%';
    } else if (d.verb == 0) {
      out += "%!(NOVERB)";
    } else if (reader.next >= args.size()) {
      out += fmt::format("%!{}(MISSING)", d.verb);
    } else {
      const Ref& arg = args[reader.next++];
      if (const auto text = directive_text(d, arg, shape))
        append_padded(out, *text, d);
      else
        out += fmt::format("%!{}({}={})", d.verb, type_of(arg, shape), plain(arg, shape));
    }
  }
  if (reader.next >= args.size()) return out;
  out += "%!(EXTRA ";
  for (size_t i = reader.next; i < args.size(); ++i)
    out += fmt::format("{}{}={}", i > reader.next ? ", " : "", type_of(args[i], shape), plain(args[i], shape));
  return out + ")";
}

}  // namespace cove::format
