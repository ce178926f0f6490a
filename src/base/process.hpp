#pragma once
// Processes: starting them, naming them without mistaking one for another.
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove {

// pid + start time (clock ticks since boot, /proc/PID/stat field 22) + pidfd (rule PID1).
class Process {
 public:
  static Result<Process> open(pid_t pid);
  // Code::gone where the pid is now another process.
  static Result<Process> open(pid_t pid, uint64_t start_time);
  pid_t pid() const { return pid_; }
  uint64_t start_time() const { return start_time_; }
  int pidfd() const { return pidfd_.get(); }
  Result<> signal(int signal) const;  // Code::gone where it has ended
  bool alive() const;
  Result<bool> wait_end(std::chrono::milliseconds limit) const;  // true: it ended (any process, not only a child)

 private:
  pid_t pid_ = -1;
  uint64_t start_time_ = 0;
  UniqueFd pidfd_;
};
Result<uint64_t> read_start_time(pid_t pid);

// What to start. Every descriptor not named here is closed in the child (close-on-exec). stdin/stdout/stderr: -1 =
// /dev/null.
struct SpawnSpec {
  std::vector<std::string> argv;                // argv[0] is looked up in PATH unless it has a slash
  std::optional<std::vector<std::string>> env;  // none: inherit
  int in = -1, out = -1, err = -1;
  std::vector<std::pair<int, int>> keep;  // (our descriptor, its number in the child)
  std::string cwd;                        // empty: inherit
  bool new_session = false;
  int join_mount_ns = -1;  // a mount namespace to join before exec
  bool die_with_parent = false;
};

struct ExitStatus {
  int code = 0;  // valid where signal == 0
  int signal = 0;
  int shell_code() const { return signal ? 128 + signal : code; }
};

// A child of ours: reaped by wait() or, forgotten, left to the kernel. Not killed on destruction.
class Child {
 public:
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  Result<ExitStatus> wait();
  Result<> signal(int signal) const;

 private:
  friend Result<Child> spawn(const SpawnSpec& spec);
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

// vfork-like: the child part makes async-signal-safe calls only and reports {step, errno} through a pipe (SPAWN1); so a
// program that cannot be executed is an error here, not an exit code.
Result<Child> spawn(const SpawnSpec& spec);

struct Output {
  ExitStatus status;
  std::string out, err;
};
// Runs to the end, collecting both streams (each cut at `max_bytes`); `input` goes to stdin.
Result<Output> run_program(SpawnSpec spec, std::string_view input = {}, size_t max_bytes = 16UL << 20);

}  // namespace cove
