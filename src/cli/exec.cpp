// exec and logs.
#include <unistd.h>

#include <cstdio>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {
namespace {

// Collects output and writes it in large pieces; a line at a time while following.
class Out {
 public:
  Out(int fd, bool unbuffered) : fd_(fd), unbuffered_(unbuffered) {}
  ~Out() { flush(); }
  void add(std::string_view text) { buffer_ += text; }
  void end_line() {
    if (unbuffered_ || buffer_.size() > 256UL * 1024) flush();
  }
  void flush() {
    if (!write_all(fd_, buffer_)) failed_ = true;
    buffer_.clear();
  }
  bool failed() const { return failed_; }

 private:
  int fd_;
  bool unbuffered_, failed_ = false;
  std::string buffer_;
};

}  // namespace

Result<int> exec(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_exec(invocation.line.own));
  auto e = TRY(open(invocation));
  std::string name = o.name;
  if (o.latest) name = TRY(select(e, {.latest = true}, {})).at(0);
  engine::ExecSpec spec;
  spec.command = o.command, spec.env = o.env, spec.user = o.user, spec.workdir = o.workdir;
  spec.terminal = o.tty, spec.interactive = o.interactive, spec.privileged = o.privileged, spec.detach = o.detach;
  spec.detach_keys = o.detach_keys.value_or(e.config.engine.detach_keys);
  spec.preserve_fds = o.preserve_fds;
  for (uint64_t fd : o.preserve_fd) spec.preserve_fd_list.push_back(static_cast<int>(fd));
  auto end = engine::exec(e, name, spec);
  print_warnings(e);
  if (!end) return Failure(std::move(end).error());
  if (o.detach) fmt::print("{}\n", end->session);
  return end->exit_code;
}

Result<int> logs(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_logs(invocation.line.own, now()));
  auto e = TRY(open(invocation));
  std::vector<std::string> names = o.names;
  if (o.latest) names = TRY(select(e, {.latest = true}, {}));
  for (const auto& name : names) {
    state::View view = TRY(engine::find(e, name));
    std::string prefix;
    if (o.names_shown)
      prefix = view.record.name + " ";
    else if (names.size() > 1)
      prefix = view.record.id.substr(0, 12) + " ";
    Out out(STDOUT_FILENO, o.follow), err(STDERR_FILENO, true);
    engine::LogQuery query{o.follow, o.since, o.until, o.tail};
    TRY(engine::logs(e, view.record.id, query, [&](const engine::LogLine& line) {
      Out& to = line.error ? err : out;
      if (line.error) out.flush();
      to.add(prefix);
      if (o.timestamps) to.add(line.stamp), to.add(" ");
      to.add(line.text);
      if (!line.partial) to.add("\n");
      to.end_line();
    }));
  }
  return 0;
}

}  // namespace cove::cli
