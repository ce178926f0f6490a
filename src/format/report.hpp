#pragma once
// Report: lists for people, as podman's report package makes them: `table …` templates, header rows, aligned columns.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "format/template.hpp"
#include "json/json.hpp"

namespace cove::format {

// "json", "{{json}}" and "{{json.}}", with blanks around: the user wants JSON. ("{{json .}}" is a template and works as
// one.)
bool is_json_format(std::string_view text);
bool has_table(std::string_view format);  // starts with "table "

// Cells are separated by tabs; a run of lines with a cell in the same column shares that column's width, at least
// `min_width`, plus `padding` spaces; the last cell of a line is not padded. Source: Go's text/tabwriter.
std::string align_columns(std::string_view text, size_t min_width = 12, size_t padding = 2);

// Column titles by field name. `titles` starts from the names themselves ("CreatedAt" -> "CREATED AT") and takes
// overrides.
using Titles = std::vector<std::pair<std::string, std::string>>;
json::Value make_titles(const std::vector<std::string>& fields, const Titles& overrides = {});
std::string title_of(std::string_view field);

// Who wrote the template: decides on alignment, on the header row, and whether {{range .}} is put around a user's row.
enum class Origin { builtin, user, single };  // single: a user's template over one object, no range

// One format option at work. `template_text` is the user's text or a built-in row like "{{.ID}}\t{{.Names}}".
struct Report {
  std::string_view name;  // of the command, for error texts
  Origin origin = Origin::builtin;
  std::string_view template_text;
  json::Value titles = {};  // from make_titles; printed for built-in rows and for `table …`
  bool heading = true;      // --noheading: false
  Shape shape = {};
};

// The whole output for the rows (an array; one object for Origin::single). Templates that hold no {{range .}} get one;
// \t and \n written with a backslash are taken as the characters, unless the template only parses without that.
Result<std::string> render(const Report& report, const json::Value& rows);

}  // namespace cove::format
