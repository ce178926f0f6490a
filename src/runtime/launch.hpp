#pragma once
// Starting a container's monitor, and through it the container.
#include <functional>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/messages.hpp"
#include "runtime/connection.hpp"

namespace cove::runtime {

// A monitor program that runs and waits for its one launch message. Starting it before the mounts and the bundle are
// made lets its own start overlap with that work. Destroyed without a launch, the monitor sees the end of its socket
// and exits, leaving nothing. It is a child of the caller: a caller that lives long reaps it through `process` (its
// exit code tells nothing).
class MonitorProcess {
 public:
  // `program`: the path of cove-monitor. It is started with /dev/null as stdio (stderr stays the caller's until
  // launched).
  static Result<MonitorProcess> start(const std::string& program);
  pid_t pid() const { return child_.pid(); }

 private:
  friend struct LaunchAccess;
  MonitorProcess(Child child, UniqueFd socket) : child_(std::move(child)), socket_(std::move(socket)) {}
  Child child_;
  UniqueFd socket_;
};

// The descriptors stay the caller's; it may close them once launch() has returned (the monitor has copies).
struct LaunchSpec {
  protocol::LaunchRequest request;  // see protocol/messages.hpp for each field
  int lock = -1;                    // monitor.lock, locked by the caller (FileLock): the monitor keeps it locked
  std::vector<int> mounts;          // detached mounts, one for each of request.mounts
  int in = -1, out = -1, err = -1;  // LogDriver::passthrough only: the container's stdio
  std::vector<int> preserve_fds;    // sets request.preserve_fds
  // request.make_netns: called with the new network namespace before the runtime starts. It may still rewrite
  // config.json, where the namespace's path is <mount_dir>/netns. Its error ends the monitor and is returned by
  // launch().
  std::function<Result<>(int netns)> setup_network;
};

// What a launch gives. `connection` is attach client 0, connected before the container started, so that no output is
// lost: hand it to relay() (runtime/attach.hpp), or drop it to leave the container running on its own.
struct Launched {
  Connection connection;
  Child monitor;
  pid_t pid = 0;           // of the container's first process; it may have ended already
  uint64_t pid_start = 0;  // clock ticks since boot
  int64_t at = 0;          // nanoseconds since the epoch: started_at (Mode::run) or created_at (Mode::create)
  UniqueFd netns;          // request.make_netns
};

// Returns once the runtime has started (Mode::run) or created (Mode::create) the container. A failure leaves no
// process, mount or runtime state: Code::no_command (127), Code::not_executable (126) or Code::runtime with the
// runtime's own message; the monitor has ended without running `cleanup`, which is the caller's to do then.
Result<Launched> launch(const LaunchSpec& spec, MonitorProcess monitor);
Result<Launched> launch(const LaunchSpec& spec, const std::string& monitor_program);

}  // namespace cove::runtime
