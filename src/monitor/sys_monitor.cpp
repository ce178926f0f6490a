#include "monitor/sys_monitor.hpp"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/sys/sys.hpp"

namespace cove::monitor {

Result<UniqueFd> take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int s : {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM}) sigaddset(&set, s);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return Failure(Error::from_errno(errno, "make a signal descriptor"));
  return UniqueFd(fd);
}

void drain_signals(int fd) {
  std::array<signalfd_siginfo, 8> info;
  while (::read(fd, info.data(), sizeof info) == static_cast<ssize_t>(sizeof info)) {
  }
}

std::optional<Ended> reap_one() {
  Ended e{};
  e.pid = ::waitpid(-1, &e.status, WNOHANG);
  if (e.pid <= 0) return std::nullopt;
  return e;
}

namespace {

struct ChildPlan {
  const char* const* argv;
  std::array<int, 3> stdio;
  const std::pair<int, int>* keep;
  size_t keep_count;
  std::string_view oom_score;
  pid_t parent;
  volatile int error;
};

// Between vfork and exec: async-signal-safe calls only (SPAWN1). It shares the monitor's memory, so an error is simply
// left there.
[[noreturn]] void child_part(ChildPlan& plan) {
  auto die = [&] {
    plan.error = errno;
    ::_exit(127);
  };
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
  if (!plan.oom_score.empty()) {
    int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      [[maybe_unused]] auto n = ::write(fd, plan.oom_score.data(), plan.oom_score.size());
      ::close(fd);
    }
  }
  for (int i = 0; i < 3; i++) {
    int from = plan.stdio[static_cast<size_t>(i)];
    if (from < 0) from = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (from < 0) die();
    if (from == i ? ::fcntl(i, F_SETFD, 0) < 0 : ::dup2(from, i) < 0) die();
  }
  for (size_t i = 0; i < plan.keep_count; i++) {
    if (::dup2(plan.keep[i].first, plan.keep[i].second) < 0) die();
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.argv[0], const_cast<char* const*>(plan.argv), environ);
  die();
  ::_exit(127);
}

// Lifts descriptors that a target number would cover.
Result<> lift(int& fd, int floor, std::vector<UniqueFd>& copies) {
  if (fd < 0 || fd >= floor) return {};
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, floor);
  if (copy < 0) return Failure(Error::from_errno(errno, "copy descriptor"));
  copies.emplace_back(copy);
  fd = copy;
  return {};
}

}  // namespace

Result<pid_t> spawn_runtime(const RuntimeCall& call) {
  std::vector<const char*> argv;
  argv.reserve(call.argv.size() + 1);
  for (const auto& a : call.argv) argv.push_back(a.c_str());
  argv.push_back(nullptr);
  std::vector<UniqueFd> copies;
  std::vector<std::pair<int, int>> keep = call.keep;
  std::array<int, 3> stdio = {call.in, call.out, call.err};
  int floor = 3;
  for (const auto& k : keep) floor = std::max(floor, k.second + 1);
  for (auto& k : keep) TRY(lift(k.first, floor, copies));
  for (int& fd : stdio) TRY(lift(fd, floor, copies));
  ChildPlan plan = {.argv = argv.data(),
                    .stdio = stdio,
                    .keep = keep.data(),
                    .keep_count = keep.size(),
                    .oom_score = call.oom_score,
                    .parent = ::getpid(),
                    .error = 0};
  pid_t pid = ::vfork();
  if (pid == 0) child_part(plan);
  if (pid < 0) return Failure(Error::from_errno(errno, "start " + call.argv[0]));
  if (plan.error) {
    ::waitpid(pid, nullptr, 0);
    return Failure(Error::from_errno(plan.error, "execute " + call.argv[0]));
  }
  return pid;
}

Result<size_t> poll(std::span<pollfd> fds, int timeout_ms) {
  int n = ::poll(fds.data(), fds.size(), timeout_ms);
  if (n < 0 && errno != EINTR) return Failure(Error::from_errno(errno, "wait for events"));
  return static_cast<size_t>(std::max(n, 0));
}

Result<UniqueFd> accept(int listener) {
  int fd = -1;
  do {
    fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return Failure(Error::from_errno(errno, "accept a connection"));
  return UniqueFd(fd);
}

void grow_pipe(int fd, int bytes) { ::fcntl(fd, F_SETPIPE_SZ, bytes); }

void free_range(int fd, off_t from, off_t size) {
  if (::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, size) < 0) return;
}

Result<> write_at(int fd, std::string_view head, std::string_view body, off_t at) {
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                  iovec{const_cast<char*>(body.data()), body.size()}};
    ssize_t n = ::pwritev(fd, parts.data(), 2, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failure(Error::from_errno(errno, "write a slow client's backlog"));
    auto done = static_cast<size_t>(n);
    size_t of_head = std::min(done, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(done - of_head);
    at += n;
  }
  return {};
}

Result<> set_window(int terminal, unsigned rows, unsigned columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  if (::ioctl(terminal, TIOCSWINSZ, &size) < 0) return Failure(Error::from_errno(errno, "resize the terminal"));
  return {};
}

Result<UniqueFd> receive_console(int listener) {
  TRY(sys::set_nonblocking(listener, true));
  UniqueFd connection = TRY_CTX(accept(listener), "the runtime sent no terminal");
  auto got = TRY(sys::receive_message(connection.get(), 4096));
  if (got.fds.empty()) return Failure(Error(Code::runtime, "the runtime sent no terminal"));
  return std::move(got.fds.front());
}

UniqueFd open_terminal_peer(int master) {
  return UniqueFd(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

Result<UniqueFd> duplicate(int fd) {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return Failure(Error::from_errno(errno, "copy descriptor"));
  return UniqueFd(copy);
}

bool is_mount_root(const std::string& path) {
  struct statx s = {};
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &s) < 0) return false;
  return (s.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

std::string read_small(const std::string& path) {
  std::array<char, 8192> data;
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  UniqueFd owner(fd);
  ssize_t n = ::read(fd, data.data(), data.size());
  return n > 0 ? std::string(data.data(), static_cast<size_t>(n)) : std::string();
}

void write_small(const std::string& path, std::string_view text) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  UniqueFd owner(fd);
  [[maybe_unused]] auto n = ::write(fd, text.data(), text.size());
}

int64_t monotonic_ms() {
  timespec t = {};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

std::span<char> CopyBuffer::get() {
  if (!data_) {
    void* p = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return {};
    data_ = static_cast<char*>(p);
  }
  return {data_, size_};
}

void CopyBuffer::release() {
  if (data_) ::munmap(data_, size_);
  data_ = nullptr;
}

}  // namespace cove::monitor
