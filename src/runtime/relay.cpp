#include <array>
#include <csignal>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "protocol/channel.hpp"
#include "runtime/user_side.hpp"

namespace cove::runtime {

using protocol::Type;

namespace {

std::vector<int> wanted_signals(const AttachOptions& options, bool resizes) {
  std::vector<int> signals = options.on_signal ? proxied_signals() : std::vector<int>();
  if (resizes) signals.push_back(SIGWINCH);
  signals.push_back(SIGPIPE);  // a reader that has gone is seen as EPIPE instead
  return signals;
}

int terminal_of(const AttachOptions& options) {
  for (int fd : {options.in, options.out}) {
    if (is_terminal(fd)) return fd;
  }
  return -1;
}

}  // namespace

UserSide::UserSide(const AttachOptions& options)
    : options_(options),
      size_fd_(options.terminal ? terminal_of(options) : -1),
      resizes_(size_fd_ >= 0),
      tap_(wanted_signals(options, resizes_)),
      raw_(options.terminal ? options.in : -1),
      keys_(options.terminal ? options.detach_sequence : std::string()) {}

bool UserSide::on_signals() {
  bool resized = false;
  while (int s = tap_.next()) {
    if (s == SIGWINCH)
      resized = resizes_;
    else if (s != SIGPIPE && options_.on_signal)
      options_.on_signal(s);
  }
  return resized;
}

UserSide::Input UserSide::read_input() {
  std::array<char, 32768> buffer;
  Input in;
  auto n = sys::read(options_.in, buffer.data(), buffer.size());
  if (!n && n.error().sys_errno() == EAGAIN) return in;
  if (!n || *n == 0) {
    in.end = true;
    return in;
  }
  in.detach = keys_.feed({buffer.data(), *n}, in.data);
  return in;
}

void UserSide::write(bool error_stream, std::string_view data) {
  bool& open = error_stream ? err_open_ : out_open_;
  int fd = error_stream ? options_.err : options_.out;
  if (open && fd >= 0) open = write_blocking(fd, data);
}

namespace {

// Takes one event. True: the container has ended.
Result<bool> on_event(UserSide& user, const Event& event, AttachEnd& end) {
  if (event.type == Type::output) user.write(false, event.data);
  if (event.type == Type::error_output) user.write(true, event.data);
  if (event.type != Type::exited) return false;
  end = {.kind = AttachEnd::Kind::exited, .exit = TRY(parse_exit(event))};
  return true;
}

// A monitor that has ended takes no size any more; what it said before that is still to be read.
void pass_size(Connection& connection, const UserSide& user) {
  auto size = user.size();
  if (size) (void)connection.resize(size->first, size->second);
}

// Stdin that the monitor has not taken yet; while there is some, no more is read.
struct PendingInput {
  std::string data;
  bool end = false;
};

Result<> send_pending(Connection& connection, PendingInput& input) {
  while (!input.data.empty()) {
    size_t piece = std::min(input.data.size(), protocol::kMaxData);
    if (!TRY(connection.try_send_input(std::string_view(input.data).substr(0, piece)))) return {};
    input.data.erase(0, piece);
  }
  if (input.end) {
    input.end = false;
    return connection.end_input();
  }
  return {};
}

}  // namespace

Result<AttachEnd> relay(Connection& connection, const AttachOptions& options) {
  UserSide user(options);
  AttachEnd end;
  if (user.resizes()) pass_size(connection, user);
  PendingInput input;
  bool reads = options.in >= 0;
  for (;;) {
    // Everything that has arrived, before anything is waited for.
    while (auto event = TRY(connection.try_next())) {
      if (TRY(on_event(user, *event, end))) return end;
    }
    bool blocked = !input.data.empty();
    std::array<pollfd, 3> polls = {pollfd{connection.fd(), static_cast<short>(POLLIN | (blocked ? POLLOUT : 0)), 0},
                                   pollfd{user.signal_fd(), POLLIN, 0},
                                   pollfd{reads && !blocked ? options.in : -1, POLLIN, 0}};
    TRY(wait_for(polls));
    if (polls[1].revents && user.on_signals()) pass_size(connection, user);
    if (polls[2].revents) {
      auto got = user.read_input();
      input.data = std::move(got.data);
      if (got.detach) {
        (void)send_pending(connection, input);
        return AttachEnd{.kind = AttachEnd::Kind::detached, .exit = {}};
      }
      if (got.end) input.end = true, reads = false;
    }
    // The monitor's end closes the socket; what it said before that is still read above.
    if (!input.data.empty() || input.end) (void)send_pending(connection, input);
  }
}

}  // namespace cove::runtime
