#include <cstdio>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "options/command.hpp"

namespace cove::cli {

int exit_status(Code code) {
  switch (code) {
    case Code::not_executable:
      return 126;
    case Code::no_command:
      return 127;
    default:
      return 125;
  }
}

void print_error(const Error& error) {
  std::string text = fmt::format("Error: {}\n", error.text());
  std::fwrite(text.data(), 1, text.size(), stderr);
}

namespace {
void set_level(const std::optional<std::string>& level) {
  if (level == "debug" || level == "trace") set_log_level(LogLevel::debug);
  if (level == "info") set_log_level(LogLevel::info);
  if (level == "error" || level == "fatal" || level == "panic") set_log_level(LogLevel::error);
}
}  // namespace

int main_program(std::vector<std::string> argv) {
  auto resolved = options::resolve(program(), std::move(argv));
  if (!resolved) {
    print_error(resolved.error());
    return exit_status(resolved.error().code());
  }
  if (!resolved->invocation.command) {
    std::fwrite(resolved->text.data(), 1, resolved->text.size(), stdout);
    if (!resolved->error) return 0;
    print_error(*resolved->error);
    return 125;
  }
  set_level(resolved->invocation.line.global.text("log-level"));
  auto status = resolved->invocation.command->handler(resolved->invocation);
  if (status) return std::fflush(stdout) == 0 ? *status : 125;
  std::fflush(stdout);
  print_error(status.error());
  return exit_status(status.error().code());
}

}  // namespace cove::cli
