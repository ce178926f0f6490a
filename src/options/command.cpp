#include "options/command.hpp"

#include <algorithm>

#include "base/util.hpp"
#include "options/help.hpp"

namespace cove::options {
namespace {

std::string_view last_word(std::string_view path) {
  const size_t space = path.rfind(' ');
  return space == path.npos ? path : path.substr(space + 1);
}

std::string_view parent_of(std::string_view path) {
  const size_t space = path.rfind(' ');
  return space == path.npos ? std::string_view() : path.substr(0, space);
}

bool has_alias(const Command& command, std::string_view word) {
  for (const auto& alias : split(command.aliases, ','))
    if (!alias.empty() && alias == word) return true;
  return false;
}

const Command* find_child(const Program& program, std::string_view parent, std::string_view word) {
  for (const Command& command : program.commands) {
    if (parent_of(command.path) != parent) continue;
    if (last_word(command.path) == word || (!command.aliases.empty() && has_alias(command, word))) return &command;
  }
  return nullptr;
}

std::string full_path(const Program& program, std::string_view path) {
  return path.empty() ? std::string(program.name) : fmt::format("{} {}", program.name, path);
}

// Edit distance without regard to case.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

Error see_help(const Error& error, const Program& program, std::string_view path) {
  return usage(fmt::format("{}\nSee '{} --help'", error.message(), full_path(program, path)));
}

Error unrecognized(const Program& program, std::string_view path, std::string_view word) {
  const std::string full = full_path(program, path);
  std::string text = fmt::format("unrecognized command `{} {}`\n", full, word);
  if (const auto near = suggestions(program, path, word); !near.empty())
    text += fmt::format("\nDid you mean this?\n\t{}\n\n", join(near, "\n\t"));
  return usage(text + fmt::format("Try '{} --help' for more information", full));
}

Resolution page(const Program& program, std::string_view path) {
  Resolution done;
  done.text = help_text(program, path);
  return done;
}

// `cove help image ls`: the page of the command that the words name.
Resolution help_command(const Program& program, const std::vector<std::string>& words) {
  std::string path;
  for (const auto& word : words) {
    const Command* child = find_child(program, path, word);
    if (!child) {
      Resolution done = page(program, "");
      done.error = unrecognized(program, path, word);
      return done;
    }
    path = child->path;
  }
  return page(program, path);
}

Resolution missing_command(const Program& program, std::string_view path) {
  Resolution done = page(program, path);
  done.error = usage(fmt::format("missing command '{} COMMAND'", full_path(program, path)));
  return done;
}

}  // namespace

std::string Invocation::command_path() const { return full_path(*program, command ? command->path : ""); }

const Command* find_command(const Program& program, std::string_view path) {
  const Command* found = nullptr;
  std::string_view at;
  for (const auto& word : split(path, ' ')) {
    found = find_child(program, at, word);
    if (!found) return nullptr;
    at = found->path;
  }
  return found;
}

std::vector<std::string> suggestions(const Program& program, std::string_view parent, std::string_view word) {
  const std::string lower = to_lower(word);
  std::vector<std::string> near;
  for (const Command& command : program.commands) {
    if (command.hidden || parent_of(command.path) != parent) continue;
    const std::string name = to_lower(last_word(command.path));
    if (distance(lower, name) <= 2 || name.starts_with(lower)) near.emplace_back(last_word(command.path));
  }
  return near;
}

Result<> check_arity(const Program& program, const Command& command, const std::vector<std::string>& args) {
  const Arity arity = command.spec->arity;
  const size_t got = args.size();
  switch (arity.kind) {
    case Arity::Kind::any:
      return {};
    case Arity::Kind::none:
      if (got == 0) return {};
      return Failure(usage(fmt::format("`{}` takes no arguments", full_path(program, command.path))));
    case Arity::Kind::exactly:
      if (got == arity.n) return {};
      return Failure(usage(fmt::format("accepts {} arg(s), received {}", arity.n, got)));
    case Arity::Kind::at_least:
      if (got >= arity.n) return {};
      return Failure(usage(fmt::format("requires at least {} arg(s), only received {}", arity.n, got)));
    case Arity::Kind::at_most:
      if (got <= arity.n) return {};
      return Failure(usage(fmt::format("accepts at most {} arg(s), received {}", arity.n, got)));
  }
  return {};
}

// Walks down the tree: at each level the options up to the first other word are read, then that word chooses the child.
Result<Resolution> resolve(const Program& program, std::vector<std::string> argv) {
  Resolution done;
  Invocation& call = done.invocation;
  call.program = &program;
  std::vector<std::string> words(argv.begin() + (argv.empty() ? 0 : 1), argv.end());
  call.argv = std::move(argv);
  std::string_view path;
  for (const Command* command = nullptr;;) {
    const bool leaf = command && command->handler;
    const auto ok = parse(leaf ? command->spec->options : Tables(), program.global, leaf && command->spec->interspersed,
                          words, call.line);
    if (!ok) return Failure(see_help(ok.error(), program, path));
    if (call.line.help) return page(program, path);
    if (path.empty() && call.line.version) {
      done.text = fmt::format("{} version {}\n", program.name, program.version);
      return done;
    }
    if (leaf) {
      TRY(check_arity(program, *command, call.line.own.args()));
      call.command = command;
      return done;
    }
    words = std::move(call.line.own.args());
    call.line.own.args().clear();
    if (words.empty()) return missing_command(program, path);
    const std::string word = words.front();
    words.erase(words.begin());
    command = find_child(program, path, word);
    if (!command && path.empty() && word == "help") return help_command(program, words);
    if (!command) return Failure(unrecognized(program, path, word));
    path = command->path;
  }
}

}  // namespace cove::options
