#pragma once
// The use cases on containers, one source file each. All of them: an error names the container; a failed verb leaves
// nothing half done (or leaves what the next command settles). `name` is a name, an id or a unique prefix.
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/plan/make_config.hpp"
#include "engine/plan/request.hpp"
#include "json/json.hpp"
#include "runtime/attach.hpp"

namespace cove::engine {

// create: name and id reserved, image resolved, configuration stored, writable layer made. Nothing runs.
Result<state::View> create(Engine& engine, const plan::CreateRequest& request, const plan::RequestFiles& files);

// How a started container meets the user.
struct Attachment {
  bool attach = false;  // stay and relay
  bool in = false, out = true, err = true;
  std::string detach_keys;  // text of --detach-keys
  bool proxy_signals = true;
  bool restarted = false;  // by its restart policy, not by the user: the count of restarts goes on
};
// What start and run give back: the exit code where we stayed to the end.
struct RunEnd {
  bool detached = false;
  int exit_code = 0;
  std::string id;
};
Result<RunEnd> start(Engine& engine, const std::string& name, const Attachment& attachment);
// create and start in one go; a failed start of a `--rm` container removes it.
Result<RunEnd> run(Engine& engine, const plan::CreateRequest& request, const plan::RequestFiles& files,
                   const Attachment& attachment, const std::function<void(const std::string& id)>& created);
Result<> init(Engine& engine, const std::string& name);

// stop: the stop signal, then SIGKILL after `limit`. Stopping one that does not run is fine. Waits for no lock
// meanwhile.
Result<> stop(Engine& engine, const std::string& name, std::optional<std::chrono::seconds> limit, bool by_user = true);
Result<> kill(Engine& engine, const std::string& name, const std::string& signal);
Result<> restart(Engine& engine, const std::string& name, std::optional<std::chrono::seconds> limit);
struct RemoveFlags {
  bool force = false, volumes = false, depend = false;
  std::optional<std::chrono::seconds> limit;
};
Result<> remove(Engine& engine, const std::string& name, const RemoveFlags& flags);
Result<> pause(Engine& engine, const std::string& name);
Result<> unpause(Engine& engine, const std::string& name);
Result<> rename(Engine& engine, const std::string& name, const std::string& new_name);

// attach to a running container until it ends or the user detaches.
Result<RunEnd> attach(Engine& engine, const std::string& name, const Attachment& attachment);

struct ExecSpec {
  std::vector<std::string> command, env;
  std::optional<std::string> user, workdir;
  bool terminal = false, interactive = false, privileged = false, detach = false;
  std::string detach_keys;
  unsigned preserve_fds = 0;
  std::vector<int> preserve_fd_list;
};
// The exit code of the command (126, 127 where it could not be started), or the session's id with `detach`.
struct ExecEnd {
  int exit_code = 0;
  std::string session;
};
Result<ExecEnd> exec(Engine& engine, const std::string& name, const ExecSpec& spec);

// wait for one of the conditions (podman's names: configured, created, exited, initialized, paused, removing, running,
// stopped, stopping, unknown); gives the exit code, -1 where it has none yet.
Result<int> wait(Engine& engine, const std::string& name, const std::vector<std::string>& conditions,
                 std::chrono::nanoseconds interval);

// logs: whole log lines in order, `line` gets the text without the newline (a partial line is joined).
struct LogLine {
  std::string_view stamp;  // as the log has it: RFC 3339 with nanoseconds
  bool error = false;      // stderr
  bool partial = false;    // the stream's last line has no newline
  std::string_view text;
};
struct LogQuery {
  bool follow = false;
  std::optional<Nanos> since, until;
  int64_t tail = -1;
};
Result<> logs(Engine& engine, const std::string& name, const LogQuery& query,
              const std::function<void(const LogLine&)>& line);

// cleanup: what the monitor runs at its end: settles the container, removes it where it was started with --rm.
Result<> cleanup(Engine& engine, const std::string& name, bool remove);
// Settles whatever a crash or a reboot left of one container; needs its lock. Idempotent.
Result<> settle(Engine& engine, state::LockedContainer& container);
// What a start that failed half way left: cgroups, the runtime's state, the run directory. Errors are logged.
void discard_attempt(Engine& engine, const plan::ContainerConfig& config);
// The same for all that need it and whose lock is free, and for everything that belongs to no container.
struct SweepReport {
  std::vector<std::string> findings;  // one line each, for `system check`
};
Result<SweepReport> sweep(Engine& engine, bool thorough);

// Lists: never lock, never wait; containers whose monitor died are settled first where nobody else does it.
Result<std::vector<state::View>> list(Engine& engine);
Result<state::View> find(Engine& engine, const std::string& name);
// podman's inspect document of one container.
Result<json::Value> inspect(Engine& engine, const state::View& view, bool with_size);

}  // namespace cove::engine
