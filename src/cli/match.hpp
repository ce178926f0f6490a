#pragma once
// How the filters of podman compare texts.
#include <regex.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"

namespace cove::cli {

// An extended regular expression, found anywhere in a text. One that does not compile matches nothing, as in podman.
class Pattern {
 public:
  explicit Pattern(const std::string& text);
  bool matches(const std::string& text) const;

 private:
  std::shared_ptr<regex_t> compiled_;  // shared: filters are copied
};

// A prefix of the id where the text is hexadecimal, else a pattern.
bool id_matches(const std::string& id, const std::string& wanted);
// "key" or "key=value"; * in the key stands for anything.
bool label_matches(const json::Value& labels, const std::string& wanted);
// A shell pattern over an image's full name, its repository, or the last parts of it, with or without tag.
bool reference_matches(const std::string& name, const std::string& wanted);

}  // namespace cove::cli
