// How the monitor drives the OCI runtime.
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/crash_point.hpp"
#include "monitor/monitor.hpp"

namespace cove::monitor {

using protocol::Mode;
using protocol::State;
using protocol::Type;

namespace {

constexpr size_t kMaxMessage = 16UL << 10;

std::string all_of(int fd) {
  std::string text(kMaxMessage, '\0');
  auto n = sys::pread(fd, text.data(), text.size(), 0);
  text.resize(n ? *n : 0);
  return text;
}

// What came on the container's stderr although no container came to be: the runtime's last words.
std::string last_words(int fd) {
  std::string text(kMaxMessage, '\0');
  auto n = fd >= 0 ? sys::read(fd, text.data(), text.size()) : Result<size_t>(0);
  text.resize(n ? *n : 0);
  return text;
}

Result<int> read_pid(const std::string& path) {
  auto pid = parse_int(trim(TRY(read_file(path, 64))));
  if (!pid || *pid <= 0 || *pid > 1 << 30) return Failure(Error(Code::runtime, "the runtime wrote no pid to " + path));
  return static_cast<int>(*pid);
}

}  // namespace

Result<> Monitor::take_descriptors() {
  size_t stdio = request_.log.driver == protocol::LogDriver::passthrough ? 3 : 0;
  if (fds_.size() != 1 + request_.mounts.size() + stdio + request_.preserve_fds) {
    return Failure(Error(Code::corrupt, "the launch message has a wrong number of descriptors"));
  }
  auto next = fds_.begin();
  auto take = [&](std::vector<UniqueFd>& into, size_t count) {
    for (; count > 0; count--) into.push_back(std::move(*next++));
  };
  lock_ = std::move(*next++);
  take(mounts_, request_.mounts.size());
  take(passthrough_, stdio);
  take(preserved_, request_.preserve_fds);
  fds_.clear();
  return {};
}

// Connects the container's stdio before it exists, so that no byte is lost. `ends` owns the container's side until the
// runtime has it; with a terminal the runtime makes that and sends it to the console socket.
Result<> Monitor::make_streams(RuntimeCall& call, std::vector<UniqueFd>& ends) {
  if (!passthrough_.empty()) {
    call.in = passthrough_[0].get(), call.out = passthrough_[1].get(), call.err = passthrough_[2].get();
    return {};
  }
  if (request_.terminal) return {};
  auto add = [&](UniqueFd fd) { return ends.emplace_back(std::move(fd)).get(); };
  if (request_.keep_stdin) {
    auto [read, write] = TRY(sys::pipe2());
    call.in = add(std::move(read));
    in_ = std::move(write);
  }
  auto out = TRY(sys::pipe2()), err = TRY(sys::pipe2());
  out_ = std::move(out.read), err_ = std::move(err.read);
  call.out = add(std::move(out.write)), call.err = add(std::move(err.write));
  return {};
}

std::string Monitor::scratch_path(const char* kind) {
  // Below the private tmpfs: nobody else sees it, and it goes with the namespace.
  return join_path(request_.mount_dir, fmt::format("{}{}", kind, scratch_++));
}

// Starts the runtime with `verb`, its options and the container's id. Its own messages go to a memory file, apart from
// what the container writes.
Result<> Monitor::call_runtime(RuntimeCall call, PendingCall pending, std::vector<std::string> verb, size_t preserved) {
  int number = 3 + static_cast<int>(call.keep.size());
  pending.log = TRY(sys::memfd_create("runtime-log", MFD_CLOEXEC));
  call.keep.emplace_back(pending.log.get(), number);
  call.argv = request_.runtime;
  call.argv.push_back(fmt::format("--log=/proc/self/fd/{}", number));
  call.argv.emplace_back("--log-format=json");
  call.argv.insert(call.argv.end(), verb.begin(), verb.end());
  if (!pending.pid_file.empty()) call.argv.push_back("--pid-file=" + pending.pid_file);
  if (!pending.console_path.empty()) {
    pending.console = TRY(sys::listen_unix(pending.console_path, SOCK_STREAM, 1));
    call.argv.push_back("--console-socket=" + pending.console_path);
  }
  if (preserved > 0) call.argv.push_back(fmt::format("--preserve-fds={}", preserved));
  call.argv.push_back(request_.id);
  call.oom_score = own_oom_score_;
  pending.pid = TRY(spawn_runtime(call));
  calls_.push_back(std::move(pending));
  return {};
}

Result<> Monitor::launch_container() {
  RuntimeCall call;
  PendingCall pending = {
      .what = PendingCall::What::launch, .pid_file = scratch_path("pid"), .client = &clients_.front()};
  if (request_.terminal) pending.console_path = scratch_path("console");
  std::vector<UniqueFd> ends;
  TRY(make_streams(call, ends));
  for (size_t i = 0; i < preserved_.size(); i++) call.keep.emplace_back(preserved_[i].get(), 3 + static_cast<int>(i));
  std::vector<std::string> verb = {"run", "--detach"};
  if (request_.mode == Mode::create) verb = {"create"};
  verb.push_back("--bundle=" + request_.bundle);
  TRY(call_runtime(std::move(call), std::move(pending), std::move(verb), preserved_.size()));
  preserved_.clear();
  passthrough_.clear();
  return {};
}

void Monitor::on_runtime_end(PendingCall call, int wait_status) {
  bool good = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
  if (!good) {
    Error error(Code::runtime, WIFSIGNALED(wait_status)
                                   ? fmt::format("the runtime was killed by signal {}", WTERMSIG(wait_status))
                                   : fmt::format("the runtime failed with status {}", WEXITSTATUS(wait_status)));
    return fail_call(call, error);
  }
  Result<> done;
  switch (call.what) {
    case PendingCall::What::launch:
      done = adopt_container(call);
      break;
    case PendingCall::What::start:
      done = adopt_start();
      break;
    case PendingCall::What::exec:
      done = adopt_exec(call);
      break;
  }
  if (!done) fail_call(call, done.error());
  if (!call.console_path.empty()) (void)sys::unlinkat(AT_FDCWD, call.console_path, 0);
  if (!call.pid_file.empty()) (void)sys::unlinkat(AT_FDCWD, call.pid_file, 0);
}

void Monitor::fail_call(const PendingCall& call, const Error& error) {
  protocol::Failed failed = {.error = error.encode(),
                             .session = call.exec.session,
                             .runtime_output = all_of(call.log.get()),
                             .runtime_name = request_.runtime_name};
  bool launching = call.what == PendingCall::What::launch;
  if (launching && failed.runtime_output.empty()) failed.runtime_output = last_words(err_.get());
  // The runtime's bytes are for a person; a body's texts hold no NUL.
  std::erase(failed.runtime_output, '\0');
  if (failed.runtime_name.empty()) failed.runtime_name = request_.runtime[0].substr(request_.runtime[0].rfind('/') + 1);
  if (launching) {
    post_all(Type::failed, protocol::encode(failed));
    failed_ = true;
  } else if (call.client) {
    post(*call.client, Type::failed, protocol::encode(failed));
  }
}

// As soon as the runtime has sent it, so that it has its size before the program looks.
Result<> Monitor::take_terminal(PendingCall& call) {
  if (call.terminal.valid()) return {};
  call.terminal = TRY(receive_console(call.console.get()));
  call.console.reset();
  bool exec = call.what == PendingCall::What::exec;
  uint32_t rows = exec ? call.exec.rows : request_.rows, columns = exec ? call.exec.columns : request_.columns;
  if (rows > 0 && columns > 0) TRY(set_window(call.terminal.get(), rows, columns));
  return {};
}

Result<> Monitor::adopt_terminal(PendingCall& call) {
  TRY(take_terminal(call));
  out_ = std::move(call.terminal);
  terminal_ = open_terminal_peer(out_.get());  // held, so that a moment without any opener is no end of the stream
  in_ = TRY(duplicate(out_.get()));
  TRY(sys::set_nonblocking(out_.get(), true));  // one file description: in_ too
  return {};
}

// The runtime has made the container; its first process is our child by now, since we are the subreaper.
Result<> Monitor::adopt_container(PendingCall& call) {
  pid_ = TRY(read_pid(call.pid_file));
  if (request_.terminal) TRY(adopt_terminal(call));
  auto start = read_start_time(pid_);
  pid_start_ = start ? *start : 0;  // 0: it has been reaped already
  created_at_ = now();
  bool runs = request_.mode == Mode::run;
  state_ = runs ? State::running : State::created;
  if (runs) started_at_ = created_at_;
  if (request_.watch_oom) oom_.open(pid_, request_.cgroup_path);
  for (const auto& path : request_.pid_files) (void)write_atomic(path, std::to_string(pid_));
  write_status();
  protocol::Started started = {.pid = pid_, .pid_start = pid_start_, .monitor_pid = ::getpid(), .at = created_at_};
  post_all(runs ? Type::started : Type::created, protocol::encode(started));
  if (runs) crash_point("monitor.started");
  end_if_unclaimed(pid_);
  return {};
}

Result<> Monitor::adopt_start() {
  state_ = State::running;
  started_at_ = now();
  write_status();
  protocol::Started started = {.pid = pid_, .pid_start = pid_start_, .monitor_pid = ::getpid(), .at = started_at_};
  post_all(Type::started, protocol::encode(started));
  crash_point("monitor.started");
  return {};
}

// A child whose end was seen before its pid file was.
void Monitor::end_if_unclaimed(pid_t pid) {
  for (const auto& ended : std::vector<Ended>(unclaimed_)) {
    if (ended.pid == pid) on_child(ended);
  }
}

Result<> Monitor::begin_start(Client& client) {
  if (state_ != State::created) return Failure(Error(Code::bad_state, "the container is not in the created state"));
  return call_runtime({}, {.what = PendingCall::What::start, .client = &client}, {"start"}, 0);
}

Result<> Monitor::begin_exec(Client& client, protocol::ExecRequest request, std::vector<UniqueFd> fds) {
  if (state_ != State::running) return Failure(Error(Code::bad_state, "the container is not running"));
  RuntimeCall call;
  PendingCall pending = {.what = PendingCall::What::exec, .pid_file = scratch_path("exec"), .client = &client};
  if (request.terminal) pending.console_path = scratch_path("console");
  size_t used = 0;
  auto take = [&](int bit) {
    bool given = !request.terminal && request.streams & static_cast<uint32_t>(bit) && used < fds.size();
    return given ? fds[used++].get() : -1;
  };
  call.in = take(protocol::kExecIn), call.out = take(protocol::kExecOut), call.err = take(protocol::kExecErr);
  if (fds.size() != used + request.preserve_fds) {
    return Failure(Error(Code::corrupt, "the exec message has a wrong number of descriptors"));
  }
  for (int number = 3; used < fds.size(); number++) call.keep.emplace_back(fds[used++].get(), number);
  UniqueFd process = TRY(sys::memfd_create("process", MFD_CLOEXEC));
  TRY(write_all(process.get(), request.process));
  int number = 3 + static_cast<int>(call.keep.size());
  call.keep.emplace_back(process.get(), number);
  size_t preserved = request.preserve_fds;
  request.process.clear();
  pending.exec = std::move(request);
  return call_runtime(std::move(call), std::move(pending),
                      {"exec", "--detach", fmt::format("--process=/proc/self/fd/{}", number)}, preserved);
}

Result<> Monitor::adopt_exec(PendingCall& call) {
  int pid = TRY(read_pid(call.pid_file));
  auto start = read_start_time(pid);
  protocol::ExecStarted started = {.session = call.exec.session, .pid = pid, .pid_start = start ? *start : 0};
  std::vector<UniqueFd> fds;
  if (call.exec.terminal) {
    TRY(take_terminal(call));
    fds.push_back(std::move(call.terminal));
  }
  for (const auto& path : call.exec.pid_files) (void)write_atomic(path, std::to_string(pid));
  if (call.client) post(*call.client, Type::exec_started, protocol::encode(started), std::move(fds));
  execs_.push_back({.session = call.exec.session, .pid = pid, .client = call.client});
  end_if_unclaimed(pid);
  return {};
}

}  // namespace cove::monitor
