#include "cli_options/texts.hpp"

#include <cstdio>

#include "base/util.hpp"
#include "cli_options/rows.hpp"
#include "options/help.hpp"

namespace cove::cli_options {
namespace {

using Kind = options::Arity::Kind;

int print(const std::string& text) {
  const bool ok = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return ok ? 0 : 125;
}

}  // namespace

constinit const options::Spec kCompletionSpec{
    .usage = "{bash|zsh|fish}",
    .summary = "Print the script that completes commands in a shell",
    .examples = "completion bash > /etc/bash_completion.d/cove",
    .arity = {Kind::exactly, 1},
};
constinit const options::Spec kCompleteSpec{
    .usage = "-- [WORD...]", .summary = "Print what could stand in place of the last word", .interspersed = false};
constinit const options::Spec kManSpec{
    .usage = "[COMMAND...]", .summary = "Print a man page in roff", .interspersed = false};

Result<int> run_completion(options::Invocation& call) {
  const std::string& shell = call.line.own.args().at(0);
  const std::string script = options::completion_script(*call.program, shell);
  if (!script.empty()) return print(script);
  return Failure(Error(Code::usage, fmt::format("invalid argument {} for {}: must be one of bash, zsh, fish",
                                                options::go_quote(shell), options::go_quote(call.command_path()))));
}

Result<int> run_complete(options::Invocation& call) {
  std::string out;
  for (const auto& line : options::complete(*call.program, call.line.own.args())) out += line + "\n";
  return print(out);
}

Result<int> run_man(options::Invocation& call) {
  const std::string path = join(call.line.own.args(), " ");
  if (!path.empty() && !options::find_command(*call.program, path))
    return Failure(Error(Code::usage, fmt::format("there is no command {}", options::go_quote(path))));
  return print(options::man_page(*call.program, path));
}

}  // namespace cove::cli_options
