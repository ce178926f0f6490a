#include <array>
#include <csignal>

#include "base/sys/sys.hpp"
#include "runtime/user_side.hpp"

namespace cove::runtime {
namespace {

// One exec session while it is relayed. It is over when the process has ended and its output has been read: to the end
// of the stream, or as far as there is some where a process that it left behind still holds the stream.
class ExecRelay {
 public:
  ExecRelay(Connection& connection, const ExecStarted& exec, ExecStreams streams, const AttachOptions& options)
      : connection_(connection),
        session_(exec.session),
        streams_(std::move(streams)),
        options_(options),
        user_(options) {}

  Result<AttachEnd> run() {
    TRY(prepare());
    for (;;) {
      TRY(read_events());
      if (status_) {
        drain(output_fd(), false);
        drain(streams_.err.get(), true);
        AttachEnd end;
        end.exit.status = *status_;
        return end;
      }
      if (TRY(step())) return AttachEnd{.kind = AttachEnd::Kind::detached, .exit = {}};
    }
  }

 private:
  int output_fd() const { return streams_.console.valid() ? streams_.console.get() : streams_.out.get(); }
  int input_fd() const { return streams_.console.valid() ? streams_.console.get() : streams_.in.get(); }

  Result<> prepare() {
    for (int fd : {streams_.console.get(), streams_.in.get(), streams_.out.get(), streams_.err.get()}) {
      if (fd >= 0) TRY(sys::set_nonblocking(fd, true));
    }
    pass_size();
    reads_ = options_.in >= 0 && input_fd() >= 0;
    return {};
  }

  void pass_size() {
    auto size = user_.size();
    if (size && streams_.console.valid()) set_window_size(streams_.console.get(), size->first, size->second);
  }

  Result<> read_events() {
    while (!status_) {
      auto event = TRY(connection_.try_next());
      if (!event) return {};
      status_ = TRY(Connection::exec_end(*event, session_));
      if (!status_ && event->type == protocol::Type::exited) {
        status_.emplace();  // the container's end took the session with it
        status_->signal = SIGKILL;
      }
    }
    return {};
  }

  // True: the user has detached.
  Result<bool> step() {
    bool blocked = !input_.empty();
    bool output_open = output_fd() >= 0 && !output_ended_;
    std::array<pollfd, 6> polls = {pollfd{connection_.fd(), POLLIN, 0},
                                   pollfd{user_.signal_fd(), POLLIN, 0},
                                   pollfd{output_open ? output_fd() : -1, POLLIN, 0},
                                   pollfd{streams_.err.get(), POLLIN, 0},
                                   pollfd{reads_ && !blocked ? options_.in : -1, POLLIN, 0},
                                   pollfd{blocked ? input_fd() : -1, POLLOUT, 0}};
    TRY(wait_for(polls));
    if (polls[1].revents && user_.on_signals()) pass_size();
    if (polls[2].revents && !pump(output_fd(), false)) output_ended_ = true;
    if (polls[3].revents && !pump(streams_.err.get(), true)) streams_.err.reset();
    if (polls[4].revents) {
      auto got = user_.read_input();
      input_ = std::move(got.data);
      if (got.detach) return true;
      if (got.end) reads_ = false, input_ends_ = true;
    }
    if (polls[4].revents || polls[5].revents) write_input();
    return false;
  }

  // One read. False: the stream has ended.
  bool pump(int fd, bool error_stream) {
    auto n = sys::read(fd, buffer_.data(), buffer_.size());
    if (!n) return n.error().sys_errno() == EAGAIN;
    user_.write(error_stream, {buffer_.data(), *n});
    return *n > 0;
  }

  void drain(int fd, bool error_stream) {
    if (fd < 0) return;
    for (;;) {
      auto n = sys::read(fd, buffer_.data(), buffer_.size());
      if (!n || *n == 0) return;
      user_.write(error_stream, {buffer_.data(), *n});
    }
  }

  void write_input() {
    while (!input_.empty()) {
      auto n = sys::write(input_fd(), input_.data(), input_.size());
      if (!n && n.error().sys_errno() == EAGAIN) return;
      if (!n) {  // the process has closed its stdin
        input_.clear();
        reads_ = false;
        break;
      }
      input_.erase(0, *n);
    }
    if (input_ends_ || !reads_) streams_.in.reset();
  }

  Connection& connection_;
  std::string session_;
  ExecStreams streams_;
  const AttachOptions& options_;
  UserSide user_;
  std::array<char, 65536> buffer_;
  std::string input_;
  std::optional<ExitStatus> status_;
  bool reads_ = false, input_ends_ = false, output_ended_ = false;
};

}  // namespace

Result<AttachEnd> relay_exec(Connection& connection, const ExecStarted& exec, ExecStreams streams,
                             const AttachOptions& options) {
  return ExecRelay(connection, exec, std::move(streams), options).run();
}

Result<AttachEnd> run_exec(Connection& connection, ExecSpec spec, const AttachOptions& options) {
  ExecStreams ours, theirs;
  spec.terminal = options.terminal;
  if (!options.terminal) {
    auto connect = [](UniqueFd& a, UniqueFd& b, bool wanted) -> Result<> {
      if (!wanted) return {};
      auto pipe = TRY(sys::pipe2());
      a = std::move(pipe.read), b = std::move(pipe.write);
      return {};
    };
    TRY(connect(theirs.in, ours.in, options.in >= 0));
    TRY(connect(ours.out, theirs.out, options.out >= 0));
    TRY(connect(ours.err, theirs.err, options.err >= 0));
    spec.in = theirs.in.get(), spec.out = theirs.out.get(), spec.err = theirs.err.get();
  }
  auto started = TRY(connection.exec(spec));
  theirs = {};
  ours.console = std::move(started.console);
  return relay_exec(connection, started, std::move(ours), options);
}

}  // namespace cove::runtime
