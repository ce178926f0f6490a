#include "config/settings.hpp"

#include <optional>

#include "base/util.hpp"

namespace cove::config {
namespace {

constexpr char kKinds[] = {'t', 'i', 'b', 'r', 'l'};

// Newline and backslash are the only bytes with a meaning in the cache.
std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      i++;
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<Setting::Kind> kind_from(char c) {
  for (size_t i = 0; i < sizeof kKinds; i++) {
    if (kKinds[i] == c) return static_cast<Setting::Kind>(i);
  }
  return std::nullopt;
}

std::string_view take_line(std::string_view& text) {
  size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

Failure corrupt() { return Failure(Error(Code::corrupt, "the configuration cache makes no sense")); }

}  // namespace

std::string Setting::origin(std::string_view key) const { return fmt::format("{}:{}: {}", file, line, key); }

// A setting is "k<kind><append><sticky> <line>", then its key, file, and "v" lines.
std::string encode_settings(const Settings& settings) {
  std::string out;
  for (const auto& [key, s] : settings) {
    out += fmt::format("k{}{}{} {}\n{}\n{}\n", kKinds[static_cast<size_t>(s.kind)], s.append ? 1 : 0, s.sticky ? 1 : 0,
                       s.line, escape(key), escape(s.file));
    for (const std::string& v : s.values) out += "v" + escape(v) + "\n";
  }
  return out + "end\n";
}

Result<Settings> decode_settings(std::string_view text) {
  Settings out;
  Setting* current = nullptr;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line == "end") {
      if (!text.empty()) break;
      return out;
    }
    if (line.starts_with('v') && current) {
      current->values.push_back(unescape(line.substr(1)));
      continue;
    }
    if (line.size() < 6 || line[0] != 'k' || line[4] != ' ') break;
    auto kind = kind_from(line[1]);
    auto number = parse_uint(line.substr(5));
    if (!kind || !number || *number > UINT32_MAX) break;
    std::string key = unescape(take_line(text));
    Setting s = {
        .kind = *kind, .append = line[2] == '1', .sticky = line[3] == '1', .line = static_cast<uint32_t>(*number)};
    s.file = unescape(take_line(text));
    current = &out.insert_or_assign(std::move(key), std::move(s)).first->second;
  }
  return corrupt();
}

}  // namespace cove::config
