#include "runtime/sys_terminal.hpp"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace cove::runtime {

bool is_terminal(int fd) { return fd >= 0 && ::isatty(fd) == 1; }

std::optional<std::pair<unsigned, unsigned>> window_size(int fd) {
  winsize size = {};
  if (fd < 0 || ::ioctl(fd, TIOCGWINSZ, &size) < 0) return std::nullopt;
  return std::pair<unsigned, unsigned>(size.ws_row, size.ws_col);
}

void set_window_size(int terminal, unsigned rows, unsigned columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  ::ioctl(terminal, TIOCSWINSZ, &size);
}

RawTerminal::RawTerminal(int fd) {
  if (!is_terminal(fd) || ::tcgetattr(fd, &before_) < 0) return;
  termios raw = before_;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd, TCSADRAIN, &raw) == 0) fd_ = fd;
}

RawTerminal::~RawTerminal() {
  if (fd_ >= 0) ::tcsetattr(fd_, TCSADRAIN, &before_);
}

SignalTap::SignalTap(const std::vector<int>& signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int s : signals) sigaddset(&set, s);
  ::sigprocmask(SIG_BLOCK, &set, &before_);
  fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

SignalTap::~SignalTap() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

int SignalTap::next() {
  signalfd_siginfo info = {};
  ssize_t n = ::read(fd_.get(), &info, sizeof info);
  return n == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

std::vector<int> proxied_signals() {
  static constexpr int kLeft[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGURG,  SIGWINCH, SIGSEGV, SIGBUS, SIGFPE,
                                  SIGILL,  SIGTRAP, SIGABRT, SIGSYS,  SIGTSTP, SIGTTIN,  SIGTTOU, SIGPROF};
  std::vector<int> out;
  for (int s = 1; s <= SIGRTMAX; s++) {
    bool left = std::find(std::begin(kLeft), std::end(kLeft), s) != std::end(kLeft) || (s > SIGSYS && s < SIGRTMIN);
    if (!left) out.push_back(s);
  }
  return out;
}

bool write_blocking(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t n = ::write(fd, data.data(), data.size());
    if (n >= 0) {
      data.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd p = {fd, POLLOUT, 0};
      ::poll(&p, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

Result<size_t> wait_for(std::span<pollfd> fds) {
  int n = ::poll(fds.data(), fds.size(), -1);
  if (n < 0 && errno != EINTR) return Failure(Error::from_errno(errno, "wait for events"));
  return static_cast<size_t>(std::max(n, 0));
}

}  // namespace cove::runtime
