#pragma once
// Connection: one client's talk with a container's monitor.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/messages.hpp"

namespace cove::runtime {

// One message of the monitor. `data` is raw bytes for output, error_output and log_data, else the encoded body.
struct Event {
  protocol::Type type{};
  std::string data;
  std::vector<UniqueFd> fds;
};

// How a container ended.
struct ExitNotice {
  ExitStatus status;
  bool oom = false;
  int64_t started_at = 0, finished_at = 0;  // nanoseconds since the epoch
};

// What exec needs. The descriptors are the container's ends of the client's own pipes (-1: /dev/null); the monitor gets
// copies, the caller closes its own. With `terminal` they are not used: the answer brings the terminal.
struct ExecSpec {
  std::string session;       // names it in later events; empty: one is made up
  std::string process_json;  // the `process` object of the OCI runtime specification
  bool terminal = false;
  unsigned rows = 0, columns = 0;
  int in = -1, out = -1, err = -1;
  std::vector<int> preserve_fds;
  std::vector<std::string> pid_files;
};

struct ExecStarted {
  std::string session;
  pid_t pid = 0;
  uint64_t pid_start = 0;
  UniqueFd console;  // with a terminal: its master side
};

// The files of a log as they were at one moment (oldest first; the last is the one written to), each with its own
// offset 0 for pread, and how many bytes of the last one were written then. Everything later comes as log_data events.
struct LogSnapshot {
  std::vector<UniqueFd> segments;
  uint64_t end = 0;
};

// Movable; closing it never disturbs the container. Requests that are answered (start, exec, …) wait for their answer
// and keep other events that arrive meanwhile for next(). Code::gone: the monitor has ended (read its exit record).
class Connection {
 public:
  // Connects to <runroot>/c/<id>/attach and says hello. Code::gone where no monitor listens.
  static Result<Connection> open(const std::string& attach_path, protocol::Wants wants = {});
  explicit Connection(UniqueFd socket);  // of launch(): no hello needed

  int fd() const { return socket_.get(); }
  bool has_pending() const { return !pending_.empty(); }  // next() will not wait

  Result<Event> next();                     // waits
  Result<std::optional<Event>> try_next();  // does not; none: nothing there yet

  Result<> send_input(std::string_view data);          // waits while the monitor's side is full
  Result<bool> try_send_input(std::string_view data);  // at most protocol::kMaxData bytes; false: it is full
  Result<> end_input();
  Result<> resize(unsigned rows, unsigned columns);
  Result<protocol::Started> start();  // of a container launched with Mode::create
  Result<protocol::StatusReply> status();
  Result<ExecStarted> exec(const ExecSpec& spec);
  Result<ExitStatus> wait_exec(const std::string& session);  // other events are kept for next(), output too
  Result<LogSnapshot> follow_log();
  Result<ExitNotice> wait_exit();  // drops output events; Code::gone where the monitor dies first

  const protocol::StatusReply& welcome() const { return welcome_; }  // what open() was told

  // The answer of that type, or the error that a `failed` message for `session` stands for; other events are kept for
  // next().
  Result<Event> expect(protocol::Type type, const std::string& session = {});
  // How the exec session ended, where `event` tells that.
  static Result<std::optional<ExitStatus>> exec_end(const Event& event, const std::string& session);

 private:
  Result<std::optional<Event>> read_event(bool wait);

  UniqueFd socket_;
  std::unique_ptr<char[]> buffer_;
  std::deque<Event> pending_;
  protocol::StatusReply welcome_;
};

Result<ExitNotice> parse_exit(const Event& event);

}  // namespace cove::runtime
