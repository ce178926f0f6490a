// TOML text -> Settings. The one file that sees toml++; a fault of the text never leaves it as an exception.
namespace {
// Some faults of the text (a table named "[.x]") run into toml++'s own assertions, which abort the program or, without
// them, are undefined behaviour. So they stay on in every build and unwind to merge_toml below.
struct AssertionFailed {};
[[noreturn]] void fail_assertion();
}  // namespace
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : fail_assertion())
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

#include <optional>

#include "config/settings.hpp"

namespace {
void fail_assertion() { throw AssertionFailed(); }
}  // namespace

namespace cove::config {
namespace {

constexpr size_t kMaxText = 1U << 20;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxNesting = 200;

uint32_t line_of(const toml::node& node) { return node.source().begin.line; }

Failure bad(const std::string& file, uint32_t line, std::string_view key, std::string_view what) {
  return Failure(Error(Code::invalid, fmt::format("{}:{}: {}: {}", file, line, key, what)));
}

std::optional<std::string> scalar_text(const toml::node& node) {
  if (auto* s = node.as_string()) return s->get();
  if (auto* i = node.as_integer()) return std::to_string(i->get());
  if (auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  if (auto* f = node.as_floating_point()) return fmt::format("{}", f->get());
  return std::nullopt;
}

Setting::Kind kind_of(const toml::node& node) {
  if (node.is_integer()) return Setting::Kind::integer;
  if (node.is_boolean()) return Setting::Kind::boolean;
  if (node.is_floating_point()) return Setting::Kind::real;
  return Setting::Kind::text;
}

// A table inside a list: {append=true}, or a record such as {base="10.0.0.0/8", size=24}.
Result<> add_table(const toml::table& table, const std::string& file, const std::string& key, Setting& list,
                   std::optional<bool>& append) {
  if (auto* flag = table.get_as<bool>("append"); flag && table.size() == 1) {
    append = flag->get();
    return {};
  }
  std::string text;
  for (const auto& [name, node] : table) {
    auto value = scalar_text(node);
    if (!value) return bad(file, line_of(node), key, "a record of texts and numbers was expected");
    text += fmt::format("{}{}={}", text.empty() ? "" : "\n", name.str(), *value);
  }
  list.values.push_back(std::move(text));
  return {};
}

class Flattener {
 public:
  Flattener(Settings& into, const std::string& file) : into_(into), file_(file) {}

  Result<> table(const toml::table& table, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return bad(file_, line_of(table), prefix, "tables are nested too deeply");
    for (const auto& [name, node] : table) {
      std::string key = prefix.empty() ? std::string(name.str()) : fmt::format("{}.{}", prefix, name.str());
      if (const toml::table* inner = node.as_table()) {
        TRY(this->table(*inner, key, depth + 1));
      } else if (const toml::array* items = node.as_array()) {
        TRY(list(*items, key));
      } else {
        auto text = scalar_text(node);
        if (!text) return bad(file_, line_of(node), key, "dates and times are not understood");
        into_[key] = {.kind = kind_of(node), .values = {std::move(*text)}, .file = file_, .line = line_of(node)};
      }
    }
    return {};
  }

 private:
  // A list replaces the earlier one, unless it says {append=true} or the earlier one said so for all after it.
  Result<> list(const toml::array& items, const std::string& key) {
    Setting setting = {.kind = Setting::Kind::list, .file = file_, .line = line_of(items)};
    std::optional<bool> append;
    for (const toml::node& node : items) {
      if (auto* table = node.as_table()) {
        TRY(add_table(*table, file_, key, setting, append));
      } else if (auto* text = node.as_string()) {
        setting.values.push_back(text->get());
      } else {
        return bad(file_, line_of(node), key, "a list of texts was expected");
      }
    }
    auto before = into_.find(key);
    bool had = before != into_.end() && before->second.kind == Setting::Kind::list;
    setting.sticky = append.value_or(had && before->second.sticky);
    bool extends = append.value_or(had && before->second.sticky);
    if (extends && had) {
      setting.values.insert(setting.values.begin(), before->second.values.begin(), before->second.values.end());
      setting.append = before->second.append;
    } else {
      setting.append = extends;
    }
    into_[key] = std::move(setting);
    return {};
  }

  Settings& into_;
  const std::string& file_;
};

// toml++ 3.3 descends once for each bracket; so many of them in a row are no configuration.
bool is_too_nested(std::string_view text) {
  size_t depth = 0;
  for (char c : text) {
    if (c == '[' || c == '{') {
      if (++depth > kMaxNesting) return true;
    } else if (c != ' ' && c != '\t') {
      depth = c == '\n' || c == ']' || c == '}' ? depth : 0;
    }
  }
  return false;
}

}  // namespace

Result<> merge_toml(Settings& into, std::string_view text, const std::string& file) {
  if (text.size() > kMaxText)
    return Failure(Error(Code::invalid, fmt::format("{}: larger than {} bytes", file, kMaxText)));
  if (is_too_nested(text)) return Failure(Error(Code::invalid, fmt::format("{}: lists are nested too deeply", file)));
  try {
    toml::parse_result parsed = toml::parse(text, file);
    if (!parsed) {
      const toml::parse_error& e = parsed.error();
      return Failure(Error(Code::invalid, fmt::format("{}:{}: {}", file, e.source().begin.line, e.description())));
    }
    return Flattener(into, file).table(parsed.table(), "", 0);
  } catch (const AssertionFailed&) {
    return Failure(Error(Code::invalid, fmt::format("{}: not valid TOML: a key or table name is missing", file)));
  }
}

}  // namespace cove::config
