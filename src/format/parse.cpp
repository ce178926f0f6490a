// Text to tree: delimiters with their trim marks, then a recursive descent over the words of an action.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "format/quote.hpp"
#include "format/tree.hpp"

namespace cove::format {
namespace {

constexpr size_t kMaxDepth = 64;       // of blocks and of parentheses
constexpr size_t kMaxNodes = 100'000;  // of the whole template

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What ended a list of nodes.
enum class End : uint8_t { text, end, otherwise };

class Parser {
 public:
  explicit Parser(Template::Tree& tree) : tree_(tree), text_(tree.text) {}

  Result<> run() {
    const End end = TRY(list(tree_.nodes, 0));
    if (end == End::end) return Failure(error(action_, "unexpected {{end}}"));
    if (end == End::otherwise) return Failure(error(action_, "unexpected {{else}}"));
    return {};
  }

 private:
  Error error(size_t position, std::string_view cause) const {
    return Error(Code::invalid, fmt::format("template: {}: {}", location(tree_, position, false), cause));
  }

  // Nodes up to {{end}}, {{else …}} or the end of the text. After {{else}} the reader stands behind the word "else".
  Result<End> list(std::vector<Node>& into, size_t depth) {
    if (depth > kMaxDepth) return Failure(error(at_, "blocks are nested too deeply"));
    for (;;) {
      if (++nodes_ > kMaxNodes) return Failure(error(at_, "too many actions"));
      const size_t open = text_.find("{{", at_);
      take_text(into, open);
      if (open == text_.npos) {
        at_ = text_.size();
        return End::text;
      }
      TRY(open_action(open));
      if (comment_) continue;
      const std::string_view word = peek_word();
      if (word == "end") {
        at_ += 3;
        TRY(close_action());
        return End::end;
      }
      if (word == "else") {
        at_ += 4;
        return End::otherwise;
      }
      TRY(node(into, word, depth));
    }
  }

  void take_text(std::vector<Node>& into, size_t open) {
    std::string_view piece = text_.substr(at_, open == text_.npos ? open : open - at_);
    if (trim_next_) piece = trim_left(piece);
    trim_next_ = false;
    if (open != text_.npos && open + 3 < text_.size() && text_[open + 2] == '-' && is_space(text_[open + 3]))
      piece = trim_right(piece);
    if (piece.empty()) return;
    Node& text = into.emplace_back();
    text.text = piece;
    text.position = at_;
  }

  static std::string_view trim_left(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
  }
  static std::string_view trim_right(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
  }

  // Behind "{{" or "{{- "; a comment is passed over whole.
  Result<> open_action(size_t open) {
    action_ = open;
    at_ = open + 2;
    if (at_ + 1 < text_.size() && text_[at_] == '-' && is_space(text_[at_ + 1])) at_ += 2;
    comment_ = text_.substr(at_).starts_with("/*");
    if (!comment_) {
      skip();
      return {};
    }
    const size_t close = text_.find("*/", at_ + 2);
    if (close == text_.npos) return Failure(error(at_, "unclosed comment"));
    at_ = close + 2;
    if (at_end_mark()) return close_action();
    return Failure(error(at_, "comment ends before closing delimiter"));
  }

  bool at_end_mark() const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with("}}") || (rest.size() > 3 && is_space(rest[0]) && rest.substr(1).starts_with("-}}"));
  }

  Result<> close_action() {
    skip();
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("}}")) {
      at_ += 2;
      return {};
    }
    if (rest.starts_with("-}}") && is_space(text_[at_ - 1])) {
      at_ += 3;
      trim_next_ = true;
      return {};
    }
    if (rest.empty()) return Failure(error(at_, "unclosed action"));
    return Failure(error(at_, fmt::format("unexpected {} in command", shown())));
  }

  std::string shown() const {
    if (at_ >= text_.size()) return "EOF";
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end == at_) ++end;
    return fmt::format("<{}>", text_.substr(at_, end - at_));
  }

  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  std::string_view peek_word() const {
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  Result<> node(std::vector<Node>& into, std::string_view word, size_t depth) {
    Node made;
    made.position = at_;
    if (word == "if" || word == "with" || word == "range") {
      made.kind = word == "if" ? NodeKind::if_ : word == "with" ? NodeKind::with : NodeKind::range;
      at_ += word.size();
      TRY(block(made, depth));
    } else if (word == "break" || word == "continue") {
      if (ranges_ == 0) return Failure(error(at_, fmt::format("{{{{{}}}}} outside {{{{range}}}}", word)));
      made.kind = word == "break" ? NodeKind::break_ : NodeKind::continue_;
      at_ += word.size();
      TRY(close_action());
    } else if (word == "define" || word == "template" || word == "block") {
      return Failure(error(at_, fmt::format("{{{{{}}}}} is not supported here", word)));
    } else {
      made.kind = NodeKind::action;
      TRY(pipeline(made.pipeline, 1, 0));
      TRY(close_action());
    }
    into.push_back(std::move(made));
    return {};
  }

  // The pipeline and the lists of if, with and range. {{else if X}} becomes a block within the else list.
  Result<> block(Node& made, size_t depth) {
    const size_t visible = variables_.size();
    const bool loops = made.kind == NodeKind::range;
    TRY(pipeline(made.pipeline, loops ? 2 : 1, 0));
    TRY(close_action());
    ranges_ += loops;
    End end = TRY(list(made.body, depth + 1));
    ranges_ -= loops;
    if (end == End::otherwise) {
      skip();
      const std::string_view word = peek_word();
      if ((word == "if" && made.kind == NodeKind::if_) || (word == "with" && made.kind == NodeKind::with)) {
        if (depth + 1 > kMaxDepth) return Failure(error(at_, "blocks are nested too deeply"));
        Node& chained = made.otherwise.emplace_back();
        chained.kind = made.kind;
        chained.position = at_;
        at_ += word.size();
        TRY(block(chained, depth + 1));
        end = End::end;
      } else {
        TRY(close_action());
        end = TRY(list(made.otherwise, depth + 1));
      }
    }
    variables_.resize(visible);
    if (end == End::text) return Failure(error(at_, "unexpected EOF"));
    if (end == End::otherwise) return Failure(error(action_, "expected end; found {{else}}"));
    return {};
  }

  // `allowed` variables may stand before := (two in a range).
  Result<> pipeline(Pipeline& into, size_t allowed, size_t depth) {
    if (depth > kMaxDepth) return Failure(error(at_, "parentheses are nested too deeply"));
    skip();
    into.position = at_;
    TRY(declarations(into, allowed));
    for (;;) {
      CommandWords& words = into.commands.emplace_back();
      TRY(command(words, depth));
      if (words.empty()) return Failure(error(at_, empty_cause()));
      if (into.commands.size() > 1 && (words[0].kind == OperandKind::literal || words[0].kind == OperandKind::nil))
        return Failure(error(at_, fmt::format("non executable command in pipeline stage {}", into.commands.size())));
      skip();
      if (at_ >= text_.size() || text_[at_] != '|') break;
      ++at_;
    }
    for (const auto& name : into.variables)
      if (!into.assigns) variables_.push_back(name);
    return {};
  }

  std::string empty_cause() const {
    const std::string_view rest = text_.substr(at_);
    if (rest.empty()) return "unclosed action";
    if (rest.starts_with("}}") || rest.starts_with("-}}") || rest[0] == ')' || rest[0] == '|')
      return "missing value for command";
    return fmt::format("unexpected {} in operand", shown());
  }

  Result<> declarations(Pipeline& into, size_t allowed) {
    const size_t start = at_;
    std::vector<std::string> names;
    while (at_ < text_.size() && text_[at_] == '$') {
      size_t end = at_ + 1;
      while (end < text_.size() && is_word(text_[end])) ++end;
      names.emplace_back(text_.substr(at_, end - at_));
      at_ = end;
      skip();
      if (names.size() < allowed && at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        skip();
        continue;
      }
      break;
    }
    const bool declares = text_.substr(at_).starts_with(":=");
    if (names.empty() || !(declares || (at_ < text_.size() && text_[at_] == '='))) {
      at_ = start;
      return {};
    }
    at_ += declares ? 2 : 1;
    into.assigns = !declares;
    if (!declares)
      for (const auto& name : names) TRY(known_variable(name, start));
    into.variables = std::move(names);
    return {};
  }

  Result<> known_variable(const std::string& name, size_t position) const {
    if (name == "$" || std::find(variables_.begin(), variables_.end(), name) != variables_.end()) return {};
    return Failure(error(position, fmt::format("undefined variable \"{}\"", name)));
  }

  Result<> command(CommandWords& words, size_t depth) {
    for (;;) {
      skip();
      if (at_ >= text_.size()) return {};
      const char c = text_[at_];
      if (c == '|' || c == ')' || c == '}' || text_.substr(at_).starts_with("-}}")) return {};
      if (!words.empty() && !is_space(text_[at_ - 1]) && text_[at_ - 1] != '|')
        return Failure(error(at_, fmt::format("unexpected {} in operand", shown())));
      if (++nodes_ > kMaxNodes) return Failure(error(at_, "too many actions"));
      Operand word;
      word.position = at_;
      TRY(operand(word, depth));
      word.length = at_ - word.position;
      words.push_back(std::move(word));
    }
  }

  Result<> operand(Operand& into, size_t depth) {
    const char c = text_[at_];
    if (c == '.' && !(at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      if (at_ + 1 >= text_.size() || !is_word(text_[at_ + 1])) {
        ++at_;
        return {};
      }
      return fields(into);
    }
    if (c == '$') {
      size_t end = at_ + 1;
      while (end < text_.size() && is_word(text_[end])) ++end;
      into.kind = OperandKind::variable;
      into.name = text_.substr(at_, end - at_);
      TRY(known_variable(into.name, at_));
      at_ = end;
      return fields(into);
    }
    if (c == '(') {
      ++at_;
      into.kind = OperandKind::group;
      into.group = std::make_unique<Pipeline>();
      TRY(pipeline(*into.group, 0, depth + 1));
      skip();
      if (at_ >= text_.size() || text_[at_] != ')') return Failure(error(at_, "unclosed left paren"));
      ++at_;
      return fields(into);
    }
    if (c == '"' || c == '`' || c == '\'') return quoted(into);
    if (is_digit(c) || c == '-' || c == '+' || c == '.') return number(into);
    return word(into);
  }

  Result<> fields(Operand& into) {
    while (at_ + 1 < text_.size() && text_[at_] == '.' && is_word(text_[at_ + 1])) {
      size_t end = at_ + 1;
      while (end < text_.size() && is_word(text_[end])) ++end;
      into.fields.emplace_back(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end;
    }
    return {};
  }

  Result<> quoted(Operand& into) {
    into.kind = OperandKind::literal;
    const char mark = text_[at_];
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != mark && (mark == '`' || text_[end] != '\n'))
      end += mark != '`' && text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] != mark)
      return Failure(error(at_, mark == '`'   ? "unterminated raw quoted string"
                                : mark == '"' ? "unterminated quoted string"
                                              : "unterminated character constant"));
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (mark == '`') {
      into.literal = inside;
    } else {
      auto plain = unquote(inside);
      if (!plain) return Failure(error(at_, "invalid syntax"));
      if (mark == '"') {
        into.literal = std::move(*plain);
      } else {
        const auto rune = single_rune(*plain);
        if (!rune) return Failure(error(at_, "malformed character constant: " + std::string(inside)));
        into.literal = static_cast<int64_t>(*rune);
      }
    }
    at_ = end + 1;
    return {};
  }

  Result<> number(Operand& into) {
    into.kind = OperandKind::literal;
    size_t end = at_ + (text_[at_] == '-' || text_[at_] == '+' ? 1 : 0);
    while (end < text_.size() &&
           (is_word(text_[end]) || text_[end] == '.' ||
            ((text_[end] == '-' || text_[end] == '+') && (text_[end - 1] == 'e' || text_[end - 1] == 'E') &&
             !text_.substr(at_).starts_with("0x"))))
      ++end;
    std::string digits;
    for (const char c : text_.substr(at_, end - at_))
      if (c != '_') digits += c;
    const auto value = go_number(digits);
    if (!value)
      return Failure(error(at_, fmt::format("bad number syntax: {}", quote_go(text_.substr(at_, end - at_)))));
    into.literal = *value;
    at_ = end;
    return {};
  }

  Result<> word(Operand& into) {
    const std::string_view name = peek_word();
    if (name.empty()) return Failure(error(at_, fmt::format("unexpected {} in operand", shown())));
    if (name == "true" || name == "false") {
      into.kind = OperandKind::literal;
      into.literal = name == "true";
    } else if (name == "nil") {
      into.kind = OperandKind::nil;
    } else {
      if (!is_function(name)) return Failure(error(at_, fmt::format("function \"{}\" not defined", name)));
      into.kind = OperandKind::function;
      into.name = name;
    }
    at_ += name.size();
    return {};
  }

  Template::Tree& tree_;
  std::string_view text_;
  size_t at_ = 0, action_ = 0, nodes_ = 0;
  int ranges_ = 0;
  bool trim_next_ = false, comment_ = false;
  std::vector<std::string> variables_;
};

}  // namespace

Result<> parse_tree(Template::Tree& tree) { return Parser(tree).run(); }

std::string location(const Template::Tree& tree, size_t position, bool with_column) {
  const std::string_view before = std::string_view(tree.text).substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  if (!with_column) return fmt::format("{}:{}", tree.name, line);
  const size_t newline = before.rfind('\n');
  return fmt::format("{}:{}:{}", tree.name, line, newline == before.npos ? position : position - newline - 1);
}

}  // namespace cove::format
