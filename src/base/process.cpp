#include "base/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove {

Result<uint64_t> read_start_time(pid_t pid) {
  std::string text = TRY(read_file(fmt::format("/proc/{}/stat", pid)));
  // The command name may hold spaces and parentheses: fields are counted from the last one.
  size_t close = text.rfind(')');
  if (close == std::string::npos)
    return Failure(Error(Code::corrupt, fmt::format("/proc/{}/stat has no command", pid)));
  auto fields = split(std::string_view(text).substr(close + 2), ' ');
  auto start = fields.size() > 19 ? parse_uint(fields[19]) : std::nullopt;
  if (!start) return Failure(Error(Code::corrupt, fmt::format("/proc/{}/stat has no start time", pid)));
  return *start;
}

Result<Process> Process::open(pid_t pid) {
  Process p;
  p.pid_ = pid;
  p.pidfd_ = TRY(sys::pidfd_open(pid));
  p.start_time_ = TRY(read_start_time(pid));
  return p;
}

Result<Process> Process::open(pid_t pid, uint64_t start_time) {
  auto p = open(pid);
  if (!p || p->start_time_ != start_time) return Failure(Error(Code::gone, fmt::format("process {} has ended", pid)));
  return p;
}

Result<> Process::signal(int signal) const {
  auto sent = sys::pidfd_send_signal(pidfd_.get(), signal);
  if (!sent && sent.error().sys_errno() == ESRCH)
    return Failure(Error(Code::gone, fmt::format("process {} has ended", pid_)));
  return sent;
}

bool Process::alive() const {
  pollfd p = {.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&p, 1, 0) == 0;
}

Result<bool> Process::wait_end(std::chrono::milliseconds limit) const {
  pollfd p = {.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    int n = ::poll(&p, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
    if (n > 0) return true;
    if (n == 0) return false;
    if (errno != EINTR) return Failure(Error::from_errno(errno, "wait for process"));
  }
}

namespace {

struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* envp;
  std::array<int, 3> stdio;
  const std::pair<int, int>* keep;
  size_t keep_count;
  const char* cwd;
  bool new_session, die_with_parent;
  int join_mount_ns, report;
};

struct StepError {
  int step, err;
};

// Runs in the child between vfork and exec: async-signal-safe calls only, no allocation (SPAWN1).
[[noreturn]] void child_part(const ChildPlan& plan) {
  int step = 0;
  auto die = [&] {
    StepError e = {step, errno};
    [[maybe_unused]] auto n = ::write(plan.report, &e, sizeof e);
    ::_exit(127);
  };
  sigset_t none;
  sigemptyset(&none);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int s = 1; s < NSIG; s++) ::sigaction(s, &standard, nullptr);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (plan.new_session) ::setsid();
  if (plan.die_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  step = 1;
  if (plan.join_mount_ns >= 0 && ::setns(plan.join_mount_ns, CLONE_NEWNS) < 0) die();
  step = 2;
  if (plan.cwd && ::chdir(plan.cwd) < 0) die();
  step = 3;
  // Nothing that we inherited goes on; what is kept is duplicated below, which clears the mark.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  // The parent moved every source above all target numbers, so no target can cover a source that is still needed.
  for (int i = 0; i < 3; i++) {
    int from = plan.stdio[static_cast<size_t>(i)];
    if (from < 0) from = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (from == i) {
      if (::fcntl(from, F_SETFD, 0) < 0) die();
    } else if (from < 0 || ::dup2(from, i) < 0) {
      die();
    }
  }
  for (size_t i = 0; i < plan.keep_count; i++) {
    if (::dup2(plan.keep[i].first, plan.keep[i].second) < 0) die();
  }
  step = 4;
  ::execve(plan.program, plan.argv, plan.envp);
  die();
  ::_exit(127);
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = ::getenv("PATH");
  for (const auto& dir : split(path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    std::string candidate = join_path(dir.empty() ? "." : dir, name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Failure(Error(Code::not_found, fmt::format("program {} not found in PATH", name)));
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& t : texts) out.push_back(const_cast<char*>(t.c_str()));
  out.push_back(nullptr);
  return out;
}

// A copy of `fd` whose number is at least `floor`.
Result<UniqueFd> dup_above(int fd, int floor) {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, floor);
  if (copy < 0) return Failure(Error::from_errno(errno, "copy descriptor"));
  return UniqueFd(copy);
}

}  // namespace

Result<Child> spawn(const SpawnSpec& spec) {
  std::string program = TRY(find_program(spec.argv.at(0)));
  std::vector<char*> argv = pointers(spec.argv);
  std::vector<char*> env = spec.env ? pointers(*spec.env) : std::vector<char*>();
  int floor = 3;
  for (const auto& k : spec.keep) floor = std::max(floor, k.second + 1);

  std::vector<UniqueFd> copies;
  std::vector<std::pair<int, int>> keep;
  for (const auto& [ours, target] : spec.keep) {
    copies.push_back(TRY(dup_above(ours, floor)));
    keep.emplace_back(copies.back().get(), target);
  }
  std::array<int, 3> stdio = {spec.in, spec.out, spec.err};
  for (int& fd : stdio) {
    if (fd < 0) continue;
    copies.push_back(TRY(dup_above(fd, floor)));
    fd = copies.back().get();
  }
  sys::Pipe report = TRY(sys::pipe2());
  UniqueFd report_write = TRY(dup_above(report.write.get(), floor));
  report.write.reset();
  UniqueFd ns;
  if (spec.join_mount_ns >= 0) ns = TRY(dup_above(spec.join_mount_ns, floor));

  ChildPlan plan = {.program = program.c_str(),
                    .argv = argv.data(),
                    .envp = spec.env ? env.data() : environ,
                    .stdio = stdio,
                    .keep = keep.data(),
                    .keep_count = keep.size(),
                    .cwd = spec.cwd.empty() ? nullptr : spec.cwd.c_str(),
                    .new_session = spec.new_session,
                    .die_with_parent = spec.die_with_parent,
                    .join_mount_ns = ns.get(),
                    .report = report_write.get()};
  // Signals are blocked so that no handler of ours runs in the child while it shares our memory.
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::vfork();
  if (pid == 0) child_part(plan);
  int err = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return Failure(Error::from_errno(err, fmt::format("start {}", program)));

  report_write.reset();
  StepError failed{};
  if (TRY(sys::read(report.read.get(), &failed, sizeof failed)) == sizeof failed) {
    ::waitpid(pid, nullptr, 0);
    static constexpr std::array<const char*, 5> kSteps = {"prepare", "join mount namespace", "change directory",
                                                          "connect descriptors", "execute"};
    return Failure(
        Error::from_errno(failed.err, fmt::format("{} {}", kSteps.at(static_cast<size_t>(failed.step)), program)));
  }
  Child child;
  child.pid_ = pid;
  child.pidfd_ = TRY(sys::pidfd_open(pid));
  return child;
}

Result<ExitStatus> Child::wait() {
  int status = 0;
  pid_t r = -1;
  do {
    r = ::waitpid(pid_, &status, 0);
  } while (r < 0 && errno == EINTR);
  if (r < 0) return Failure(Error::from_errno(errno, fmt::format("wait for process {}", pid_)));
  ExitStatus out;
  if (WIFSIGNALED(status))
    out.signal = WTERMSIG(status);
  else
    out.code = WEXITSTATUS(status);
  return out;
}

Result<> Child::signal(int signal) const { return sys::pidfd_send_signal(pidfd_.get(), signal); }

namespace {
// Moves what is ready; gives false at the stream's end.
Result<bool> drain(int fd, std::string& into, size_t max_bytes) {
  std::array<char, 65536> chunk;
  size_t n = TRY(sys::read(fd, chunk.data(), chunk.size()));
  if (into.size() < max_bytes) into.append(chunk.data(), std::min(n, max_bytes - into.size()));
  return n > 0;
}
}  // namespace

Result<Output> run_program(SpawnSpec spec, std::string_view input, size_t max_bytes) {
  sys::Pipe in = TRY(sys::pipe2()), out = TRY(sys::pipe2()), err = TRY(sys::pipe2());
  spec.in = in.read.get();
  spec.out = out.write.get();
  spec.err = err.write.get();
  Child child = TRY(spawn(spec));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  TRY(sys::set_nonblocking(in.write.get(), true));
  struct sigaction ignore = {}, before = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  Output result;
  if (input.empty()) in.write.reset();
  while (out.read.valid() || err.read.valid()) {
    std::array<pollfd, 3> polls = {pollfd{out.read.get(), POLLIN, 0}, pollfd{err.read.get(), POLLIN, 0},
                                   pollfd{in.write.get(), POLLOUT, 0}};
    if (::poll(polls.data(), polls.size(), -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (polls[0].revents && !TRY(drain(out.read.get(), result.out, max_bytes))) out.read.reset();
    if (polls[1].revents && !TRY(drain(err.read.get(), result.err, max_bytes))) err.read.reset();
    if (polls[2].revents) {
      auto n = sys::write(in.write.get(), input.data(), input.size());
      if (n) input.remove_prefix(*n);
      if (input.empty() || (!n && n.error().sys_errno() != EAGAIN)) in.write.reset();
    }
  }
  ::sigaction(SIGPIPE, &before, nullptr);
  result.status = TRY(child.wait());
  return result;
}

}  // namespace cove
