#include "format/report.hpp"

#include <algorithm>
#include <cctype>

#include "base/util.hpp"
#include "format/quote.hpp"

namespace cove::format {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// {{ range . }} … {{ end }} somewhere, with free blanks.
bool has_range(std::string_view text) {
  for (size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    std::string_view rest = text.substr(at + 2);
    auto skip = [&rest] {
      while (!rest.empty() && is_space(rest[0])) rest.remove_prefix(1);
    };
    skip();
    if (!rest.starts_with("range")) continue;
    rest.remove_prefix(5);
    skip();
    if (!rest.starts_with('.')) continue;
    rest.remove_prefix(1);
    skip();
    if (rest.starts_with("}}") && rest.find("end") != rest.npos) return true;
  }
  return false;
}

std::string with_range(std::string_view text) {
  return has_range(text) ? std::string(text) : fmt::format("{{{{range .}}}}{}{{{{end -}}}}", text);
}

// Backslash-t and backslash-n become the characters; in a table blanks between cells become tabs; a newline ends the
// text.
std::string normalize(std::string_view text, bool table) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == 't' || text[at + 1] == 'n'))
      out += text[++at] == 't' ? '\t' : '\n';
    else
      out += table && text[at] == ' ' ? '\t' : text[at];
  }
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

// Blanks inside {{ }} separate words there; a table's blanks become tabs, which separate words as well.
struct Prepared {
  std::string first, second;  // tried in this order
};

Prepared prepare(const Report& report) {
  std::string_view text = report.template_text;
  if (has_table(text)) {
    text.remove_prefix(6);
    return {fmt::format("{{{{range .}}}}{}{{{{end -}}}}", normalize(text, true)),
            fmt::format("{{{{range .}}}}{}{{{{end -}}}}", text)};
  }
  if (report.origin == Origin::single) return {normalize(text, false), std::string(text)};
  return {with_range(normalize(text, false)), with_range(text)};
}

// The widths and texts of a block of lines, Go's tabwriter: a column is a run of lines that have a cell ended by a tab
// there.
class Columns {
 public:
  Columns(std::string_view text, size_t min_width, size_t padding) : min_width_(min_width), padding_(padding) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      lines_.push_back({split(text.substr(0, end), '\t'), end < text.size()});
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    for (auto& line : lines_) widths_.emplace_back(line.cells.size() - 1, 0);
  }

  std::string align() {
    measure();
    std::string out;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const auto& cells = lines_[i].cells;
      for (size_t c = 0; c < cells.size(); ++c) {
        out += cells[c];
        if (c + 1 < cells.size()) out.append(widths_[i][c] - rune_count(cells[c]), ' ');
      }
      if (lines_[i].ended) out += '\n';
    }
    return out;
  }

 private:
  struct Line {
    std::vector<std::string> cells;
    bool ended;
  };

  // Goes down the lines once, with the columns that are open: a line of fewer cells ends those beyond its own.
  void measure() {
    struct Open {
      size_t begin, width;
    };
    std::vector<Open> open;
    auto close = [&](size_t keep, size_t line) {
      for (; open.size() > keep; open.pop_back())
        for (size_t i = open.back().begin; i < line; ++i) widths_[i][open.size() - 1] = open.back().width;
    };
    for (size_t line = 0; line < lines_.size(); ++line) {
      const size_t count = widths_[line].size();
      close(count, line);
      open.resize(count, {line, min_width_});
      for (size_t c = 0; c < count; ++c)
        open[c].width = std::max(open[c].width, rune_count(lines_[line].cells[c]) + padding_);
    }
    close(0, lines_.size());
  }

  size_t min_width_, padding_;
  std::vector<Line> lines_;
  std::vector<std::vector<size_t>> widths_;
};

}  // namespace

bool is_json_format(std::string_view text) {
  text = trim(text);
  if (text == "json") return true;
  if (!text.starts_with("{{") || !text.ends_with("}}") || text.size() < 8) return false;
  const std::string_view inside = trim(text.substr(2, text.size() - 4));
  return inside == "json" || inside == "json.";
}

bool has_table(std::string_view format) { return format.starts_with("table "); }

std::string align_columns(std::string_view text, size_t min_width, size_t padding) {
  return Columns(text, min_width, padding).align();
}

// Splits where the kind of letter changes; the last capital of a run belongs to the word that follows it.
std::string title_of(std::string_view field) {
  auto kind = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::islower(byte) ? 1 : std::isupper(byte) ? 2 : std::isdigit(byte) ? 3 : 4;
  };
  std::vector<std::string> words;
  for (size_t i = 0; i < field.size(); ++i) {
    if (words.empty() || kind(field[i]) != kind(field[i - 1])) words.emplace_back();
    words.back() += field[i];
  }
  for (size_t i = 0; i + 1 < words.size(); ++i)
    if (kind(words[i][0]) == 2 && kind(words[i + 1][0]) == 1) {
      words[i + 1].insert(0, 1, words[i].back());
      words[i].pop_back();
    }
  std::erase(words, "");
  std::string title = join(words, " ");
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return title;
}

json::Value make_titles(const std::vector<std::string>& fields, const Titles& overrides) {
  json::Value titles = json::Value::object();
  for (const auto& field : fields) titles.set(field, title_of(field));
  for (const auto& [field, title] : overrides) {
    std::string upper = title;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    titles.set(field, std::move(upper));
  }
  return titles;
}

Result<std::string> render(const Report& report, const json::Value& rows) {
  const bool table = has_table(report.template_text);
  const Prepared prepared = prepare(report);
  auto parsed = Template::parse(prepared.first, report.name);
  if (!parsed) parsed = Template::parse(prepared.second, report.name);
  if (!parsed) return Failure(std::move(parsed).error());
  std::string out;
  const bool aligned = table || report.origin == Origin::builtin;
  if (aligned && report.heading && !report.titles.is_null()) {
    Shape titles_shape = report.shape;
    titles_shape.root_is_map = true;
    json::Value titles = json::Value::array();
    titles.push(report.titles);
    TRY(parsed->execute(titles, out, titles_shape));
  }
  TRY(parsed->execute(rows, out, report.shape));
  return aligned ? align_columns(out) : out;
}

}  // namespace cove::format
