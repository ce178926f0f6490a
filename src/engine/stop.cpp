#include <fcntl.h>
#include <csignal>

#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "engine/crash_point.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/verbs.hpp"
#include "linux/cgroup.hpp"
#include "linux/signals.hpp"
#include "runtime/monitor_files.hpp"
#include "storage/container_dir.hpp"

namespace cove::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_active(state::Phase p) {
  return p == state::Phase::running || p == state::Phase::paused || p == state::Phase::initialized;
}

// Waits for the monitor to hand over, then does its clean-up, so that the container is at rest when we return.
Result<> settle_after_end(Engine& engine, const std::string& id) {
  if (path_exists(engine.paths().monitor_lock(id))) (void)FileLock::lock(engine.paths().monitor_lock(id));
  auto container = engine.store.lock(id);
  if (!container) return container.error().code() == Code::gone ? Result<>() : Failure(std::move(container).error());
  return settle(engine, *container);
}

// SIGKILL to the first process takes its PID namespace along; the cgroup catches what has none.
Result<> kill_now(Engine& engine, const state::View& view, const Process& process) {
  auto sent = process.signal(SIGKILL);
  if (!sent && sent.error().code() != Code::gone) return sent;
  if (!TRY(process.wait_end(seconds(5)))) {
    auto config = TRY(load_container(view.record));
    auto cgroup = linux_::Cgroup::at(engine.facts.cgroups, plan::cgroup_below_root(config, plan_facts(engine)));
    if (cgroup) TRY(cgroup->kill_all());
    if (!TRY(process.wait_end(seconds(5)))) {
      return Failure(Error(Code::timed_out, fmt::format("process {} does not end: it waits in the kernel", view.pid)));
    }
  }
  return {};
}

Result<> end_process(Engine& engine, const state::View& view, int signal, std::optional<milliseconds> limit) {
  auto process = Process::open(view.pid, view.pid_start);
  if (!process) return {};
  if (limit && limit->count() == 0) return kill_now(engine, view, *process);
  auto sent = process->signal(signal);
  if (!sent && sent.error().code() != Code::gone) return sent;
  bool ended = TRY(process->wait_end(limit.value_or(milliseconds(INT32_MAX))));
  if (ended) return {};
  engine.warnings.push_back(fmt::format("StopSignal {} failed to stop container {} in {} seconds, resorting to SIGKILL",
                                        linux_::signal_name(signal), view.record.name, limit->count() / 1000));
  return kill_now(engine, view, *process);
}

Result<> thaw_if_paused(Engine& engine, const state::View& view) {
  if (view.phase != state::Phase::paused) return {};
  TRY(engine.runtime.resume(view.record.id));
  return sys::unlinkat(AT_FDCWD, engine.paths().run_dir(view.record.id) + "/paused", 0);
}

}  // namespace

Result<> stop(Engine& engine, const std::string& name, std::optional<seconds> limit, bool by_user) {
  state::View view = TRY(find(engine, name));
  const std::string id = view.record.id;
  crash_point("stop.begin");
  if (view.phase == state::Phase::paused) {
    return Failure(Error(Code::bad_state,
                         fmt::format("container {} is paused and cannot be stopped: container state improper", id)));
  }
  if (!is_active(view.phase)) {
    // It may be waiting for its next restart: the wish to stop ends that.
    if (by_user && path_exists(engine.paths().restarts(id))) {
      auto container = TRY(engine.store.lock(id));
      TRY(engine.store.save_stopped_by_user(container.view.record, true));
    }
    return settle_after_end(engine, id);
  }
  if (by_user) {
    auto container = TRY(engine.store.lock(id));
    TRY(engine.store.save_stopped_by_user(container.view.record, true));
  }
  plan::ContainerConfig config = TRY(load_container(view.record));
  std::optional<milliseconds> wait = milliseconds(seconds(config.stop_timeout));
  if (limit) wait = limit->count() < 0 ? std::nullopt : std::optional<milliseconds>(*limit);
  // No lock is held while the container takes its time.
  TRY_CTX(end_process(engine, view, view.phase == state::Phase::initialized ? SIGKILL : config.stop_signal, wait),
          fmt::format("stopping container {}", id));
  crash_point("stop.signalled");
  return settle_after_end(engine, id);
}

Result<> kill(Engine& engine, const std::string& name, const std::string& signal) {
  int number = TRY(linux_::parse_signal(signal));
  state::View view = TRY(find(engine, name));
  if (view.phase != state::Phase::running && view.phase != state::Phase::paused) {
    return Failure(Error(Code::bad_state,
                         fmt::format("can only kill running containers. {} is in state {}: container state improper",
                                     view.record.id, state::to_string(view.phase))));
  }
  auto process =
      TRY_CTX(Process::open(view.pid, view.pid_start), fmt::format("sending signal to container {}", view.record.id));
  TRY(process.signal(number));
  if (number != SIGKILL) return {};
  TRY(process.wait_end(seconds(10)));
  return {};
}

Result<> restart(Engine& engine, const std::string& name, std::optional<seconds> limit) {
  state::View view = TRY(find(engine, name));
  TRY(thaw_if_paused(engine, view));
  // A `--rm` container goes on after a restart: it is not removed in between, as its clean-up finds it locked or
  // running.
  if (view.record.transient && is_active(view.phase)) {
    return Failure(
        Error(Code::unsupported,
              fmt::format("container {} is removed when it ends (--rm), so it cannot be restarted", view.record.name)));
  }
  TRY(stop(engine, view.record.id, limit, false));
  TRY(start(engine, view.record.id, {}));
  return {};
}

Result<> remove(Engine& engine, const std::string& name, const RemoveFlags& flags) {
  state::View view = TRY(find(engine, name));
  const std::string id = view.record.id;
  if (is_active(view.phase) && view.phase != state::Phase::initialized && !flags.force) {
    return Failure(
        Error(Code::in_use,
              fmt::format("cannot remove container {} as it is {} - running or paused containers cannot be removed "
                          "without force: container state improper",
                          id, state::to_string(view.phase))));
  }
  crash_point("rm.begin");
  if (is_active(view.phase)) {
    TRY(thaw_if_paused(engine, view));
    plan::ContainerConfig config = TRY(load_container(view.record));
    auto limit = flags.limit.value_or(seconds(config.stop_timeout));
    std::optional<milliseconds> wait;
    if (limit.count() >= 0) wait = limit;
    TRY(end_process(engine, view, view.phase == state::Phase::initialized ? SIGKILL : config.stop_signal, wait));
    TRY(settle_after_end(engine, id));
  }
  auto container = engine.store.lock(id);
  if (!container) {
    // A `--rm` container's own clean-up was faster.
    return container.error().code() == Code::gone ? Result<>() : Failure(std::move(container).error());
  }
  TRY(settle(engine, *container));
  if (is_active(container->view.phase)) {
    return Failure(Error(Code::in_use, fmt::format("container {} was started meanwhile", id)));
  }
  crash_point("rm.settled");
  TRY(engine.store.remove(container->view.record));
  crash_point("rm.unrecorded");
  (void)sys::unlinkat(AT_FDCWD, engine.paths().exit_record(id), 0);
  (void)sys::unlinkat(AT_FDCWD, engine.paths().restarts(id), 0);
  return storage::remove_container_dir(engine.paths().graph_root, id);
}

Result<> pause(Engine& engine, const std::string& name) {
  state::View view = TRY(find(engine, name));
  auto container = TRY(engine.store.lock(view.record.id));
  if (container.view.phase != state::Phase::running) {
    return Failure(Error(Code::bad_state, fmt::format("\"{}\" is not running, can't pause: container state improper",
                                                      view.record.name)));
  }
  TRY(engine.runtime.pause(view.record.id));
  return write_atomic(engine.paths().run_dir(view.record.id) + "/paused", "", 0600);
}

Result<> unpause(Engine& engine, const std::string& name) {
  state::View view = TRY(find(engine, name));
  auto container = TRY(engine.store.lock(view.record.id));
  if (container.view.phase != state::Phase::paused) {
    return Failure(Error(Code::bad_state, fmt::format("\"{}\" is not paused, can't unpause: container state improper",
                                                      view.record.name)));
  }
  return thaw_if_paused(engine, container.view);
}

Result<int> wait(Engine& engine, const std::string& name, const std::vector<std::string>& conditions,
                 std::chrono::nanoseconds interval) {
  auto found = find(engine, name);
  if (!found) {
    // A removed one is remembered for some minutes.
    auto exit =
        name.size() == 64 ? runtime::read_exit(engine.paths().exit_record(name)) : Failure(Error(Code::not_found, ""));
    if (exit) return exit->shell_code();
    return Failure(std::move(found).error());
  }
  const std::string id = found->record.id;
  auto wanted = [&](const char* condition) {
    return std::find(conditions.begin(), conditions.end(), condition) != conditions.end();
  };
  bool for_end = conditions.empty() || wanted("stopped") || wanted("exited");
  for (;;) {
    auto view = TRY(engine.store.find_id(id));
    if (!view) {
      auto exit = runtime::read_exit(engine.paths().exit_record(id));
      return exit ? exit->shell_code() : -1;
    }
    std::string phase(view->phase == state::Phase::configured ? "configured" : state::to_string(view->phase));
    bool at_rest = view->phase == state::Phase::exited ||
                   (conditions.empty() && view->phase == state::Phase::configured && view->record.has_exited);
    if (for_end && at_rest) return view->exit_code;
    if (wanted(phase.c_str()) || (phase == "configured" && wanted("created")))
      return view->phase == state::Phase::exited ? view->exit_code : -1;
    if (for_end && view->phase == state::Phase::running) {
      // The monitor tells the end; only where it cannot does the record decide.
      auto connection = runtime::Connection::open(engine.paths().attach(id));
      if (connection) {
        auto end = connection->wait_exit();
        if (end && conditions.empty()) return end->status.shell_code();
        if (end) continue;
      }
    }
    timespec nap = {.tv_sec = interval.count() / 1'000'000'000, .tv_nsec = interval.count() % 1'000'000'000};
    ::nanosleep(&nap, nullptr);
  }
}

}  // namespace cove::engine
