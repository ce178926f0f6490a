#pragma once
// Commands: the tree of sub-commands, from argv to the command to run, with the texts of cobra.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "options/option.hpp"
#include "options/parsed.hpp"

namespace cove::options {

// How many positional words a command takes; checked before the command runs, with cobra's texts. A command with rules
// of its own uses `any` and checks in its fill function.
struct Arity {
  enum class Kind : uint8_t { any, none, exactly, at_least, at_most } kind = Kind::any;
  unsigned n = 0;
};

// What a command is, whatever its name in the tree: `run` and `container run` share one. Constant data.
struct Spec {
  std::string_view usage = {};        // after the path: "[options] IMAGE [COMMAND [ARG...]]"
  std::string_view summary = {};      // one line, no full stop
  std::string_view description = {};  // one paragraph or more
  std::string_view examples = {};     // lines, each without the program's name
  Tables options = {};
  Arity arity = {};
  bool interspersed = true;  // options may follow positional words
};

struct Invocation;
using Handler = Result<int> (*)(Invocation&);  // the exit status; the front end prints an error, once

// A place in the tree. A group has no handler. `aliases`: other last words, separated by commas ("ls").
struct Command {
  std::string_view path;  // "run", "container run"
  const Spec* spec;
  Handler handler = nullptr;
  std::string_view aliases = {};
  bool hidden = false;
};

struct Program {
  std::string_view name;  // "cove"
  std::string_view version;
  std::string_view description;
  Tables global = {};  // may stand before the command, and after it where its name is free
  std::span<const Command> commands = {};
};

// A command to run, with what it was given.
struct Invocation {
  const Program* program = nullptr;
  const Command* command = nullptr;
  Line line;
  std::vector<std::string> argv;
  std::string command_path() const;  // "cove container run"
};

// What to do with a command line: run `invocation.command->handler`, or, where `command` is null, print `text`
// to stdout and, with `error`, that message to stderr (exit 125 then, else 0).
struct Resolution {
  Invocation invocation;
  std::string text;
  std::optional<Error> error;
};

// Never runs the handler. Errors (Code::usage) carry the whole message, with "See 'cove run --help'" where podman has
// it.
Result<Resolution> resolve(const Program& program, std::vector<std::string> argv);

const Command* find_command(const Program& program, std::string_view path);  // exact path or alias
std::vector<std::string> suggestions(const Program& program, std::string_view parent, std::string_view word);
Result<> check_arity(const Program& program, const Command& command, const std::vector<std::string>& args);

}  // namespace cove::options
