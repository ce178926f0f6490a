#include "runtime/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "protocol/channel.hpp"
#include "runtime/runtime_error.hpp"

namespace cove::runtime {

using protocol::Type;

namespace {

// The error that a `failed` message stands for: the runtime's own words where it had any.
Error to_error(const protocol::Failed& failed) {
  std::string message = clean_message(failed.runtime_output);
  if (!message.empty()) return runtime_error(failed.runtime_name, message);
  return Error::decode(failed.error);
}

template <class T>
Result<T> body_of(const Event& event) {
  return protocol::decode<T>(event.data);
}

ExitStatus exit_status(int code, int signal) {
  ExitStatus s;
  s.code = code;
  s.signal = signal;
  return s;
}

}  // namespace

Connection::Connection(UniqueFd socket) : socket_(std::move(socket)) {}

Result<Connection> Connection::open(const std::string& attach_path, protocol::Wants wants) {
  auto socket = sys::connect_unix(attach_path, SOCK_SEQPACKET);
  if (!socket) {
    int err = socket.error().sys_errno();
    if (err == ENOENT || err == ECONNREFUSED) return Failure(std::move(socket).error().as(Code::gone));
    return Failure(std::move(socket).error());
  }
  Connection c(std::move(*socket));
  TRY(protocol::send_body(c.fd(), Type::hello, protocol::Hello{.wants = wants}));
  Event welcome = TRY(c.expect(Type::welcome));
  c.welcome_ = TRY(body_of<protocol::StatusReply>(welcome));
  return c;
}

Result<std::optional<Event>> Connection::read_event(bool wait) {
  if (!buffer_) buffer_ = std::make_unique<char[]>(protocol::kPacketBuffer);
  auto got = TRY(protocol::receive(socket_.get(), {buffer_.get(), protocol::kPacketBuffer}, wait));
  if (!got) return std::optional<Event>();
  return Event{.type = got->type, .data = std::string(got->body), .fds = std::move(got->fds)};
}

Result<Event> Connection::next() {
  if (pending_.empty()) return std::move(*TRY(read_event(true)));
  Event e = std::move(pending_.front());
  pending_.pop_front();
  return e;
}

Result<std::optional<Event>> Connection::try_next() {
  if (pending_.empty()) return read_event(false);
  Event e = std::move(pending_.front());
  pending_.pop_front();
  return e;
}

Result<Event> Connection::expect(Type type, const std::string& session) {
  for (;;) {
    Event e = std::move(*TRY(read_event(true)));
    if (e.type == Type::failed) {
      auto failed = TRY(body_of<protocol::Failed>(e));
      if (failed.session == session) return Failure(to_error(failed));
    }
    if (e.type == type) return e;
    bool over = e.type == Type::exited;
    pending_.push_back(std::move(e));
    if (over) return Failure(Error(Code::gone, "the container has ended"));
  }
}

Result<> Connection::send_input(std::string_view data) {
  while (!data.empty()) {
    std::string_view piece = data.substr(0, protocol::kMaxData);
    TRY(protocol::send(socket_.get(), Type::input, piece));
    data.remove_prefix(piece.size());
  }
  return {};
}

Result<bool> Connection::try_send_input(std::string_view data) {
  return protocol::send(socket_.get(), Type::input, data, {}, false);
}

Result<> Connection::end_input() {
  TRY(protocol::send(socket_.get(), Type::input_end, {}));
  return {};
}

Result<> Connection::resize(unsigned rows, unsigned columns) {
  TRY(protocol::send_body(socket_.get(), Type::resize, protocol::Resize{.rows = rows, .columns = columns}));
  return {};
}

Result<protocol::Started> Connection::start() {
  TRY(protocol::send(socket_.get(), Type::start, {}));
  return body_of<protocol::Started>(TRY(expect(Type::started)));
}

Result<protocol::StatusReply> Connection::status() {
  TRY(protocol::send(socket_.get(), Type::status, {}));
  return body_of<protocol::StatusReply>(TRY(expect(Type::status_reply)));
}

Result<ExecStarted> Connection::exec(const ExecSpec& spec) {
  protocol::ExecRequest request = {.session = spec.session.empty() ? random_hex(16) : spec.session,
                                   .process = spec.process_json,
                                   .terminal = spec.terminal,
                                   .rows = spec.rows,
                                   .columns = spec.columns,
                                   .preserve_fds = static_cast<uint32_t>(spec.preserve_fds.size()),
                                   .pid_files = spec.pid_files};
  std::vector<int> fds;
  auto add = [&](int fd, uint32_t bit) {
    if (fd < 0 || spec.terminal) return;
    request.streams |= bit;
    fds.push_back(fd);
  };
  add(spec.in, protocol::kExecIn), add(spec.out, protocol::kExecOut), add(spec.err, protocol::kExecErr);
  fds.insert(fds.end(), spec.preserve_fds.begin(), spec.preserve_fds.end());
  TRY(protocol::send_body(socket_.get(), Type::exec, request, fds));
  Event e = TRY(expect(Type::exec_started, request.session));
  auto started = TRY(body_of<protocol::ExecStarted>(e));
  ExecStarted out = {.session = started.session, .pid = started.pid, .pid_start = started.pid_start};
  if (!e.fds.empty()) out.console = std::move(e.fds.front());
  return out;
}

Result<std::optional<ExitStatus>> Connection::exec_end(const Event& event, const std::string& session) {
  if (event.type != Type::exec_exited) return std::optional<ExitStatus>();
  auto ended = TRY(body_of<protocol::ExecExited>(event));
  if (ended.session != session) return std::optional<ExitStatus>();
  return exit_status(ended.code, ended.signal);
}

Result<ExitStatus> Connection::wait_exec(const std::string& session) {
  for (auto e = pending_.begin(); e != pending_.end(); ++e) {
    auto ended = TRY(exec_end(*e, session));
    if (!ended) continue;
    pending_.erase(e);
    return *ended;
  }
  for (;;) {
    Event e = std::move(*TRY(read_event(true)));
    auto ended = TRY(exec_end(e, session));
    if (ended) return *ended;
    bool over = e.type == Type::exited;
    pending_.push_back(std::move(e));
    if (over) return exit_status(0, SIGKILL);  // the container's end took the session with it
  }
}

Result<LogSnapshot> Connection::follow_log() {
  TRY(protocol::send(socket_.get(), Type::follow_log, {}));
  Event e = TRY(expect(Type::log_segments));
  auto body = TRY(body_of<protocol::LogSegments>(e));
  return LogSnapshot{.segments = std::move(e.fds), .end = body.end};
}

Result<ExitNotice> Connection::wait_exit() {
  for (;;) {
    Event e = TRY(next());
    if (e.type == Type::exited) return parse_exit(e);
  }
}

Result<ExitNotice> parse_exit(const Event& event) {
  auto e = TRY(body_of<protocol::Exited>(event));
  return ExitNotice{
      .status = exit_status(e.code, e.signal), .oom = e.oom, .started_at = e.started_at, .finished_at = e.finished_at};
}

}  // namespace cove::runtime
