// stop, restart, kill, rm, pause, unpause, wait, cleanup.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {
namespace {

bool is_running(const state::View& v) { return v.phase == state::Phase::running; }
bool is_up(const state::View& v) { return v.phase == state::Phase::running || v.phase == state::Phase::paused; }
std::optional<std::chrono::seconds> seconds(const std::optional<int64_t>& n) {
  return n ? std::optional(std::chrono::seconds(*n)) : std::nullopt;
}

}  // namespace

Result<int> stop(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_stop(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(e, o.which, is_running,
                  [&](const std::string& name) { return engine::stop(e, name, seconds(o.time), !o.service); });
}

Result<int> restart(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_restart(invocation.line.own));
  auto e = TRY(open(invocation));
  if (o.running) o.which.all = true;
  return for_each(
      e, o.which, [&](const state::View& v) { return !o.running || is_running(v); },
      [&](const std::string& name) { return engine::restart(e, name, seconds(o.time)); });
}

Result<int> kill(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_kill(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(e, o.which, is_running, [&](const std::string& name) { return engine::kill(e, name, o.signal); });
}

Result<int> rm(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_rm(invocation.line.own));
  auto e = TRY(open(invocation));
  int status = 0;
  for (const auto& name : TRY(select(e, o.which, {}))) {
    auto done = engine::remove(e, name, {o.force, o.volumes, o.depend, seconds(o.time)});
    print_warnings(e);
    e.warnings.clear();
    if (done) {
      fmt::print("{}\n", name);
      continue;
    }
    bool missing = done.error().code() == Code::not_found || done.error().code() == Code::gone;
    if (missing && (o.which.ignore || o.force)) continue;
    print_error(done.error());
    // podman's: 1 where there was no such container, 2 where one was running.
    int code = missing ? 1 : done.error().code() == Code::in_use ? 2 : 125;
    status = std::max(status, code);
  }
  return status;
}

Result<int> pause(options::Invocation& invocation) {
  auto which = TRY(cli_options::fill_pause(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(e, which, is_running, [&](const std::string& name) { return engine::pause(e, name); });
}

Result<int> unpause(options::Invocation& invocation) {
  auto which = TRY(cli_options::fill_pause(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(
      e, which, [](const state::View& v) { return v.phase == state::Phase::paused; },
      [&](const std::string& name) { return engine::unpause(e, name); });
}

Result<int> wait(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_wait(invocation.line.own, invocation.command_path()));
  auto e = TRY(open(invocation));
  int status = 0;
  for (const auto& name : TRY(select(e, o.which, is_up))) {
    auto code = engine::wait(e, name, o.conditions, o.interval);
    if (code) {
      fmt::print("{}\n", *code);
      std::fflush(stdout);
      continue;
    }
    if (o.which.ignore && code.error().code() == Code::not_found) {
      fmt::print("-1\n");
      continue;
    }
    print_error(code.error());
    status = 125;
  }
  return status;
}

Result<int> cleanup(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_cleanup(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(e, o.which, {}, [&](const std::string& name) -> Result<> {
    TRY(engine::cleanup(e, name, o.remove));
    return {};
  });
}

}  // namespace cove::cli
