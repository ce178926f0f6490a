#include "options/help.hpp"

#include <algorithm>

#include "base/util.hpp"

namespace cove::options {
namespace {

// Splits `help` into the name of the value (a word in back quotes, else the type's) and the text.
struct Usage {
  std::string value, text;
};

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "";
    case Type::string:
      return "string";
    case Type::string_array:
      return "stringArray";
    case Type::string_slice:
      return "strings";
    case Type::integer:
      return "int";
    case Type::unsigned_int:
      return "uint";
    case Type::uint_slice:
      return "uints";
    case Type::floating:
      return "float";
    case Type::duration:
      return "duration";
    case Type::choice:
      return "choice";
  }
  return "";
}

Usage usage_of(const Option& option) {
  const std::string_view help = option.help;
  const size_t open = help.find('`');
  const size_t close = open == help.npos ? open : help.find('`', open + 1);
  if (close == help.npos) return {std::string(type_name(option.type)), std::string(help)};
  std::string value(help.substr(open + 1, close - open - 1));
  return {value, fmt::format("{}{}{}", help.substr(0, open), value, help.substr(close + 1))};
}

std::string default_note(const Option& option) {
  if (option.initial.empty()) return "";
  return option.type == Type::string ? fmt::format(" (default \"{}\")", option.initial)
                                     : fmt::format(" (default {})", option.initial);
}

std::vector<const Option*> visible(Tables tables) {
  std::vector<const Option*> all;
  for (const Table table : tables)
    for (const Option& option : table)
      if (!option.hidden) all.push_back(&option);
  std::sort(all.begin(), all.end(), [](const Option* a, const Option* b) { return a->name < b->name; });
  return all;
}

std::string_view last_word(std::string_view path) {
  const size_t space = path.rfind(' ');
  return space == path.npos ? path : path.substr(space + 1);
}

bool is_child(const Command& command, std::string_view parent) {
  const size_t space = command.path.rfind(' ');
  return (space == command.path.npos ? std::string_view() : command.path.substr(0, space)) == parent;
}

std::vector<const Command*> children(const Program& program, std::string_view path) {
  std::vector<const Command*> all;
  for (const Command& command : program.commands)
    if (!command.hidden && is_child(command, path)) all.push_back(&command);
  std::sort(all.begin(), all.end(), [](const Command* a, const Command* b) { return a->path < b->path; });
  return all;
}

std::string list_commands(const Program& program, std::string_view path) {
  std::string out = "\nAvailable Commands:\n";
  bool help_listed = !path.empty();
  auto help_line = [&] {
    out += fmt::format("  {:<11} {}\n", "help", "Help about any command");
    help_listed = true;
  };
  for (const Command* command : children(program, path)) {
    if (!help_listed && command->path > "help") help_line();
    out += fmt::format("  {:<11} {}\n", last_word(command->path), command->spec->summary);
  }
  if (!help_listed) help_line();
  return out;
}

// Each line of the text, two blanks before it.
std::string indented(std::string_view text, std::string_view prefix = "") {
  std::string out;
  for (const auto& line : split(text, '\n')) out += line.empty() ? "\n" : fmt::format("  {}{}\n", prefix, line);
  return out;
}

std::string program_page(const Program& program) {
  return fmt::format("{}\n\nUsage:\n  {} [options] [command]\n{}\nOptions:\n{}", program.description, program.name,
                     list_commands(program, ""), options_text(program.global));
}

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string roff_options(Tables tables) {
  std::string out;
  for (const Option* option : visible(tables)) {
    const Usage usage = usage_of(*option);
    out += ".TP\n";
    if (option->letter) out += fmt::format("\\fB\\-{}\\fP, ", option->letter);
    out += fmt::format("\\fB\\-\\-{}\\fP", roff(option->name));
    if (!usage.value.empty()) out += fmt::format("=\\fI{}\\fP", roff(usage.value));
    out += fmt::format("\n{}{}\n", roff(usage.text), roff(default_note(*option)));
  }
  return out;
}

}  // namespace

std::string options_text(Tables tables) {
  struct Row {
    std::string left;
    Usage usage;
    std::string note;
  };
  std::vector<Row> rows;
  size_t width = 0;
  for (const Option* option : visible(tables)) {
    Row row{option->letter ? fmt::format("  -{}, --{}", option->letter, option->name)
                           : fmt::format("      --{}", option->name),
            usage_of(*option), default_note(*option)};
    if (!row.usage.value.empty()) row.left += " " + row.usage.value;
    width = std::max(width, row.left.size());
    rows.push_back(std::move(row));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string text;
    for (const char c : row.usage.text + row.note) {
      text += c;
      if (c == '\n') text += std::string(width + 3, ' ');
    }
    out += fmt::format("{:<{}}   {}\n", row.left, width, text);
  }
  return out;
}

std::string help_text(const Program& program, std::string_view path) {
  const Command* command = path.empty() ? nullptr : find_command(program, path);
  if (!command) return program_page(program);
  const Spec& spec = *command->spec;
  const bool group = !command->handler;
  std::string out =
      fmt::format("{}\n\nDescription:\n{}\nUsage:\n  {} {}{}\n", spec.summary,
                  indented(spec.description.empty() ? spec.summary : spec.description), program.name, command->path,
                  group                ? " [command]"
                  : spec.usage.empty() ? ""
                                       : fmt::format(" {}", spec.usage));
  if (!command->aliases.empty())
    out += fmt::format("\nAliases:\n  {}, {}\n", last_word(command->path), join(split(command->aliases, ','), ", "));
  if (!spec.examples.empty()) out += "\nExamples:\n" + indented(spec.examples, fmt::format("{} ", program.name));
  if (group) return out + list_commands(program, command->path);
  if (const std::string rows = options_text(spec.options); !rows.empty()) out += "\nOptions:\n" + rows;
  return out;
}

std::string man_page(const Program& program, std::string_view path) {
  const Command* command = path.empty() ? nullptr : find_command(program, path);
  std::string title(program.name), dashed(program.name);
  if (command) {
    title += fmt::format(" {}", command->path);
    dashed += "-";
    for (const char c : command->path) dashed += c == ' ' ? '-' : c;
  }
  const std::string_view summary = command ? command->spec->summary : program.description;
  std::string out = fmt::format(".TH {} 1 \"\" \"{} {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n\\fB{}\\fP {}\n",
                                roff(dashed), program.name, program.version, roff(dashed), roff(summary), roff(title),
                                roff(!command            ? "[options] command"
                                     : !command->handler ? "command"
                                                         : command->spec->usage));
  if (command && !command->spec->description.empty())
    out += fmt::format(".SH DESCRIPTION\n{}\n", roff(command->spec->description));
  if (!command || !command->handler) {
    out += ".SH COMMANDS\n";
    for (const Command* child : children(program, path))
      out += fmt::format(".TP\n\\fB{}\\fP\n{}\n", roff(last_word(child->path)), roff(child->spec->summary));
  }
  if (const std::string rows = roff_options(command ? command->spec->options : program.global); !rows.empty())
    out += ".SH OPTIONS\n" + rows;
  if (command && !command->spec->examples.empty())
    out += fmt::format(".SH EXAMPLES\n.nf\n{}.fi\n",
                       roff(indented(command->spec->examples, fmt::format("{} ", program.name))));
  return out;
}

}  // namespace cove::options
