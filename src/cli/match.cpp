#include "cli/match.hpp"

#include <fnmatch.h>

#include "base/util.hpp"

namespace cove::cli {
namespace {

bool glob(const std::string& pattern, const std::string& text, int flags = 0) {
  return ::fnmatch(pattern.c_str(), text.c_str(), flags) == 0;
}

}  // namespace

Pattern::Pattern(const std::string& text) {
  auto compiled = std::make_unique<regex_t>();
  if (::regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return;
  compiled_ = std::shared_ptr<regex_t>(compiled.release(), [](regex_t* r) {
    ::regfree(r);
    delete r;
  });
}

bool Pattern::matches(const std::string& text) const {
  return compiled_ && ::regexec(compiled_.get(), text.c_str(), 0, nullptr, 0) == 0;
}

bool id_matches(const std::string& id, const std::string& wanted) {
  std::string lower = to_lower(wanted);
  return is_hex(lower) ? id.starts_with(lower) : Pattern(wanted).matches(id);
}

bool label_matches(const json::Value& labels, const std::string& wanted) {
  auto pair = split_n(wanted, '=', 2);
  bool any_value = pair.size() < 2 || pair[1].empty();
  bool pattern = pair[0].find('*') != std::string::npos;
  for (const auto& [key, value] : labels.members()) {
    if (!any_value && value.as_string() != pair[1]) continue;
    if (key == pair[0] || (pattern && glob("*" + pair[0] + "*", key))) return true;
  }
  return false;
}

bool reference_matches(const std::string& name, const std::string& wanted) {
  std::string repository = name;
  size_t tag = name.rfind(':');
  if (tag != std::string::npos && name.find('/', tag) == std::string::npos) repository.resize(tag);
  for (std::string text : {name, repository}) {
    for (;;) {
      if (glob(wanted, text, FNM_PATHNAME)) return true;
      size_t slash = text.find('/');
      if (slash == std::string::npos) break;
      text.erase(0, slash + 1);
    }
  }
  return false;
}

}  // namespace cove::cli
