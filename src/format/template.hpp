#pragma once
// Template: Go's text/template over json::Value, as far as `--format` uses it. Source: Go's package documentation
// of text/template; the extra functions are those of podman's report package (json, join, split, lower, upper, title,
// pad, truncate).
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"

namespace cove::format {

// What JSON does not say about the data. Go prints a struct as {a b} and a map as map[k:v], and asking a struct for a
// field that it has not is an error while a map answers <no value>.
struct Shape {
  std::string_view type_name = "object";  // for "can't evaluate field X in type …"
  std::vector<std::string_view> maps =
      {};  // names of members that are maps; Labels, Annotations and Options always are
  std::vector<std::string_view> optional = {};  // names that may be missing from an object: read as nil
  std::vector<std::string_view> times = {};     // names whose RFC 3339 text prints as Go prints a time
  bool root_is_map = false;                     // rows of headers: any field may be missing
};

// Bounds for hostile templates: a run that passes one ends with Code::invalid.
struct Limits {
  size_t output = 64UL << 20;  // bytes
  size_t steps = 20'000'000;   // nodes visited
};

// A parsed template: immutable, movable, owns its text. Parse errors and errors of a run are Code::invalid with texts
// like Go's: `template: ps:1:9: executing "ps" at <.X>: can't evaluate field X in type …`. A run that failed may have
// appended part of its output.
class Template {
 public:
  static Result<Template> parse(std::string_view text, std::string_view name = "template");
  Result<> execute(const json::Value& data, std::string& out, const Shape& shape = {}, const Limits& limits = {}) const;
  Result<std::string> execute(const json::Value& data, const Shape& shape = {}, const Limits& limits = {}) const;

  struct Tree;
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

 private:
  explicit Template(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

// A value as Go's fmt prints it with %v: [a b], map[k:v], true, 1.5, <nil>.
std::string go_value(const json::Value& value);

}  // namespace cove::format
