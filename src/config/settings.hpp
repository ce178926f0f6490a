#pragma once
// Settings: TOML files flattened to "table.key" -> values, merged in order, before they get their types. Text in, text
// out, no look at the system; so it is what the fuzzer and the cache work on.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::config {

// One key. Scalars have one value. `append`: the list goes on after the built-in one. `sticky` is the list's own
// {append=…} attribute, which later files inherit. Tables in a list are written "key=value\nkey=value".
struct Setting {
  enum class Kind { text, integer, boolean, real, list };
  Kind kind = Kind::text;
  std::vector<std::string> values;
  bool append = false, sticky = false;
  std::string file;
  uint32_t line = 0;
  std::string origin(std::string_view key) const;  // "/etc/…/containers.conf:12: engine.runtime"
  bool operator==(const Setting&) const = default;
};

using Settings = std::map<std::string, Setting, std::less<>>;

// Parses one file's text into `into`. Code::invalid names file, line and key (or what TOML itself refuses). At most 1
// MiB of text, 64 levels. `into` keeps what came before the error.
Result<> merge_toml(Settings& into, std::string_view text, const std::string& file);

// The cache's text form and back (Code::corrupt).
std::string encode_settings(const Settings& settings);
Result<Settings> decode_settings(std::string_view text);

}  // namespace cove::config
