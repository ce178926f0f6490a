#pragma once
// Commands that work on containers: tables and option structs. Times are seconds; optional = not said.
#include "cli_options/common.hpp"

namespace cove::cli_options {

extern const options::Spec kStartSpec, kStopSpec, kRestartSpec, kKillSpec, kRmSpec, kPauseSpec, kUnpauseSpec,
    kAttachSpec, kExecSpec, kWaitSpec, kCleanupSpec, kInitSpec, kContainerExistsSpec, kRenameSpec, kMountSpec,
    kUnmountSpec, kContainerPruneSpec, kPortSpec, kTopSpec, kLogsSpec;

struct StartOptions {
  Selection which;
  bool attach = false, interactive = false, sig_proxy = false;
  std::optional<std::string> detach_keys;
};
Result<StartOptions> fill_start(const options::Parsed& parsed);

struct StopOptions {
  Selection which;
  std::optional<int64_t> time;  // negative: wait for ever
  bool service = false;         // not marked as stopped by the user
};
Result<StopOptions> fill_stop(const options::Parsed& parsed);

struct RestartOptions {
  Selection which;
  std::optional<int64_t> time;
  bool running = false;
};
Result<RestartOptions> fill_restart(const options::Parsed& parsed);

struct KillOptions {
  Selection which;
  std::string signal = "KILL";  // name or number, checked by the engine
};
Result<KillOptions> fill_kill(const options::Parsed& parsed);

struct RmOptions {
  Selection which;  // `ignore` is set by --force too
  bool force = false, depend = false, volumes = false;
  std::optional<int64_t> time;
};
Result<RmOptions> fill_rm(const options::Parsed& parsed);

// pause, unpause, init: a selection and nothing else.
Result<Selection> fill_pause(const options::Parsed& parsed);
Result<Selection> fill_init(const options::Parsed& parsed);

struct AttachOptions {
  std::string name;  // "" with --latest
  bool latest = false, no_stdin = false, sig_proxy = true;
  std::optional<std::string> detach_keys;
};
Result<AttachOptions> fill_attach(const options::Parsed& parsed, std::string_view command_path);

struct ExecOptions {
  std::string name;  // "" with --latest
  bool latest = false, detach = false, interactive = false, tty = false, privileged = false, no_session = false;
  std::vector<std::string> command;
  std::vector<std::string> env;  // KEY=VALUE: of the files, then of the options
  std::optional<std::string> detach_keys, user, workdir;
  unsigned preserve_fds = 0;
  std::vector<uint64_t> preserve_fd;
  std::optional<int64_t> wait;  // seconds to wait for the container to run
};
Result<ExecOptions> fill_exec(const options::Parsed& parsed);

struct WaitOptions {
  Selection which;
  std::vector<std::string> conditions;
  std::chrono::nanoseconds interval = std::chrono::milliseconds(250);
  bool exit_first_match = false;
};
Result<WaitOptions> fill_wait(const options::Parsed& parsed, std::string_view command_path);

struct CleanupOptions {
  Selection which;
  std::string exec;  // session id
  bool remove = false, remove_image = false, stopped_only = false;
};
Result<CleanupOptions> fill_cleanup(const options::Parsed& parsed);

struct ExistsOptions {
  std::string name;
  bool external = false;
};
Result<ExistsOptions> fill_exists(const options::Parsed& parsed);

struct RenameOptions {
  std::string name, new_name;
};
Result<RenameOptions> fill_rename(const options::Parsed& parsed);

struct MountOptions {
  Selection which;  // empty: list what is mounted
  std::string format;
  bool no_trunc = false;
};
Result<MountOptions> fill_mount(const options::Parsed& parsed);

struct UnmountOptions {
  Selection which;
  bool force = false;
};
Result<UnmountOptions> fill_unmount(const options::Parsed& parsed);

struct PruneOptions {
  bool force = false;
  Pairs filters;
};
Result<PruneOptions> fill_prune(const options::Parsed& parsed);

struct PortOptions {
  std::string name;  // "" with --all or --latest
  bool all = false, latest = false;
  std::optional<std::pair<uint16_t, std::string>> port;  // number, protocol
};
Result<PortOptions> fill_port(const options::Parsed& parsed);

struct TopOptions {
  std::string name;  // "" with --latest
  bool latest = false, list_descriptors = false;
  std::vector<std::string> descriptors;  // or the arguments of ps(1)
};
Result<TopOptions> fill_top(const options::Parsed& parsed);

struct LogsOptions {
  std::vector<std::string> names;
  bool latest = false, follow = false, timestamps = false, names_shown = false, color = false, details = false;
  std::optional<int64_t> since, until;  // nanoseconds since the epoch
  int64_t tail = -1;                    // -1: all
};
Result<LogsOptions> fill_logs(const options::Parsed& parsed, int64_t now_nanos);

}  // namespace cove::cli_options
