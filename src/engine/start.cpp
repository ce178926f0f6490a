#include <fcntl.h>
#include <unistd.h>

#include "base/sys/sys.hpp"
#include "engine/crash_point.hpp"
#include "engine/prepare.hpp"
#include "engine/verbs.hpp"
#include "linux/signals.hpp"

namespace cove::engine {
namespace {

struct Started {
  runtime::Launched launched;
  plan::ContainerConfig config;
};

// From a container at rest to a running (or initialized) one. Holds the container's lock.
Result<Started> launch(Engine& engine, state::LockedContainer& container, protocol::Mode mode,
                       const Attachment& attachment) {
  const auto& paths = engine.paths();
  const std::string id = container.id();
  plan::ContainerConfig config = TRY(load_container(container.view.record));
  // The monitor program starts while we mount and write.
  std::string program = TRY(engine.helper("cove-monitor"));
  auto monitor = TRY(runtime::MonitorProcess::start(program));
  TRY(sys::mkdirat(AT_FDCWD, paths.run_dir(id), 0700));
  FileLock lock = TRY(FileLock::try_lock(paths.monitor_lock(id)));
  crash_point("start.run_dir");
  auto go = [&]() -> Result<runtime::Launched> {
    (void)sys::unlinkat(AT_FDCWD, paths.exit_record(id), 0);
    Prepared prepared = TRY(prepare(engine, container.view.record, config));
    runtime::LaunchSpec spec;
    spec.request = std::move(prepared.request);
    spec.request.mode = mode;
    spec.request.wants = {attachment.attach && attachment.out, attachment.attach && attachment.err,
                          attachment.attach && attachment.in};
    spec.lock = lock.fd();
    for (const auto& m : prepared.mounts) spec.mounts.push_back(m.get());
    if (spec.request.log.driver == protocol::LogDriver::passthrough) spec.in = 0, spec.out = 1, spec.err = 2;
    for (unsigned i = 0; i < config.preserve_fds; i++) spec.preserve_fds.push_back(3 + static_cast<int>(i));
    for (unsigned fd : config.preserve_fd_list) spec.preserve_fds.push_back(static_cast<int>(fd));
    crash_point("start.launch");
    return runtime::launch(spec, std::move(monitor));
  };
  auto launched = go();
  if (!launched) {
    discard_attempt(engine, config);
    return Failure(std::move(launched).error());
  }
  crash_point("start.launched");
  if (container.view.record.stopped_by_user) TRY(engine.store.save_stopped_by_user(container.view.record, false));
  return Started{std::move(*launched), std::move(config)};
}

// Relays until the end. The container's lock must be free by now.
Result<RunEnd> stay(Engine& engine, runtime::Connection& connection, const plan::ContainerConfig& config,
                    const std::string& id, const Attachment& attachment) {
  runtime::AttachOptions o;
  o.in = attachment.in ? STDIN_FILENO : -1;
  o.out = attachment.out ? STDOUT_FILENO : -1;
  o.err = attachment.err ? STDERR_FILENO : -1;
  o.terminal = config.terminal;
  o.detach_sequence = TRY(runtime::parse_detach_keys(attachment.detach_keys));
  if (attachment.proxy_signals && !config.terminal) {
    o.on_signal = [&](int signal) {
      auto view = engine.store.find_id(id);
      if (!view || !*view || (*view)->pid <= 0) return;
      auto process = Process::open((*view)->pid, (*view)->pid_start);
      if (process) (void)process->signal(signal);
    };
  }
  auto end = runtime::relay(connection, o);
  RunEnd out{.id = id};
  if (!end) {
    if (end.error().code() != Code::gone) return Failure(std::move(end).error());
    // The monitor died: its container goes with it.
    auto locked = engine.store.lock(id);
    if (locked) TRY(settle(engine, *locked));
    auto view = engine.store.find_id(id);
    out.exit_code = view && *view ? (*view)->exit_code : 137;
    return out;
  }
  out.detached = end->kind == runtime::AttachEnd::Kind::detached;
  if (!out.detached) out.exit_code = end->exit.status.shell_code();
  return out;
}

Error for_container(Error e, const state::View& view) { return std::move(e).about("container " + view.record.name); }

Result<state::LockedContainer> lock_at_rest(Engine& engine, const std::string& id) {
  auto container = TRY(engine.store.lock(id));
  TRY(settle(engine, container));
  return container;
}

}  // namespace

Result<RunEnd> start(Engine& engine, const std::string& name, const Attachment& attachment) {
  state::View view = TRY(engine.store.find(name));
  std::optional<state::LockedContainer> container = TRY(lock_at_rest(engine, view.record.id));
  state::Phase phase = container->view.phase;
  if (phase == state::Phase::running || phase == state::Phase::initialized) {
    const std::string id = view.record.id;
    if (phase == state::Phase::running && !attachment.attach) return RunEnd{.detached = true, .id = id};
    auto connection =
        TRY(runtime::Connection::open(engine.paths().attach(id), {attachment.out, attachment.err, attachment.in}));
    if (phase == state::Phase::initialized) {
      TRY(connection.start());
      if (container->view.record.stopped_by_user) TRY(engine.store.save_stopped_by_user(container->view.record, false));
    }
    plan::ContainerConfig config = TRY(load_container(container->view.record));
    container.reset();
    if (!attachment.attach) return RunEnd{.detached = true, .id = id};
    return stay(engine, connection, config, id, attachment);
  }
  if (phase == state::Phase::paused) {
    return Failure(Error(
        Code::bad_state,
        fmt::format("unable to start container {}: container is paused: container state improper", view.record.id)));
  }
  if (!attachment.restarted) (void)sys::unlinkat(AT_FDCWD, engine.paths().restarts(view.record.id), 0);
  auto started = launch(engine, *container, protocol::Mode::run, attachment);
  container.reset();
  if (!started) return Failure(for_container(std::move(started).error(), view));
  if (!attachment.attach) return RunEnd{.detached = true, .id = view.record.id};
  return stay(engine, started->launched.connection, started->config, view.record.id, attachment);
}

Result<> init(Engine& engine, const std::string& name) {
  state::View view = TRY(engine.store.find(name));
  state::LockedContainer container = TRY(lock_at_rest(engine, view.record.id));
  if (container.view.phase != state::Phase::configured && container.view.phase != state::Phase::exited) {
    return Failure(Error(
        Code::bad_state,
        fmt::format("container {} has already been created in runtime: container state improper", view.record.id)));
  }
  auto started = launch(engine, container, protocol::Mode::create, {});
  if (!started) return Failure(for_container(std::move(started).error(), view));
  return {};
}

Result<RunEnd> run(Engine& engine, const plan::CreateRequest& request, const plan::RequestFiles& files,
                   const Attachment& attachment, const std::function<void(const std::string& id)>& created) {
  state::View view = TRY(create(engine, request, files));
  crash_point("run.created");
  std::optional<state::LockedContainer> container = TRY(engine.store.lock(view.record.id));
  auto started = launch(engine, *container, protocol::Mode::run, attachment);
  if (!started) {
    container.reset();
    if (request.remove) (void)remove(engine, view.record.id, {.force = true});
    return Failure(std::move(started).error());
  }
  container.reset();
  created(view.record.id);
  if (!attachment.attach) return RunEnd{.detached = true, .id = view.record.id};
  RunEnd end = TRY(stay(engine, started->launched.connection, started->config, view.record.id, attachment));
  crash_point("run.exited");
  // Its name is free when the prompt is back; the monitor's clean-up takes the rest away.
  if (request.remove && !end.detached) TRY(engine.store.remove(view.record));
  return end;
}

Result<RunEnd> attach(Engine& engine, const std::string& name, const Attachment& attachment) {
  state::View view = TRY(find(engine, name));
  if (view.phase != state::Phase::running) {
    return Failure(Error(Code::bad_state, "you can only attach to running containers"));
  }
  plan::ContainerConfig config = TRY(load_container(view.record));
  auto connection = TRY(runtime::Connection::open(engine.paths().attach(view.record.id),
                                                  {attachment.out, attachment.err, attachment.in}));
  return stay(engine, connection, config, view.record.id, attachment);
}

}  // namespace cove::engine
