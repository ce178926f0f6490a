#include "monitor/monitor.hpp"

#include <malloc.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/crash_point.hpp"
#include "monitor/mount_space.hpp"
#include "monitor/records.hpp"

namespace cove::monitor {

using protocol::State;
using protocol::Type;

Monitor::Monitor(UniqueFd engine, protocol::LaunchRequest request, std::vector<UniqueFd> fds)
    : request_(std::move(request)), fds_(std::move(fds)) {
  if (request_.spill_dir.empty()) {
    size_t slash = request_.log.path.rfind('/');
    request_.spill_dir =
        slash == std::string::npos || slash == 0 ? request_.run_dir : request_.log.path.substr(0, slash);
  }
  Client& client = clients_.emplace_back(std::move(engine), request_.spill_dir);
  client.greeted = true;
  client.wants = request_.wants;
}

// Everything that the runtime needs to find, in the order of the architecture's picture.
Result<> Monitor::prepare() {
  TRY(take_descriptors());
  host_mounts_ = TRY_CTX(leave_host_mounts(), "making the container's mount namespace");
  crash_point("monitor.namespaced");
  TRY_CTX(cover_mount_dir(request_.mount_dir), "covering " + request_.mount_dir);
  TRY_CTX(attach_mounts(request_.mount_dir, request_.mounts, mounts_), "mounting the root file system");
  mounts_.clear();
  if (request_.hide_hybrid_cgroup) TRY_CTX(hide_hybrid_cgroup(), "hiding the hybrid cgroup tree");
  crash_point("monitor.mounted");
  if (request_.make_netns) {
    netns_ = TRY_CTX(make_network(request_.mount_dir), "making the network namespace");
    std::array<int, 1> fd = {netns_.get()};
    int engine = clients_.front().socket.get();
    TRY(protocol::send(engine, Type::network, {}, fd));
    auto answer = TRY(protocol::receive(engine, read_buffer_.get()));
    if (!answer || answer->type != Type::network_ready)
      return Failure(Error(Code::cancelled, "the network was not set up"));
  }
  if (request_.log.driver == protocol::LogDriver::k8s_file || request_.log.driver == protocol::LogDriver::json_file) {
    log_ = TRY_CTX(LogFile::open(request_.log), "opening the log");
    formatter_.emplace(request_.log.driver, request_.log.tag);
  }
  (void)sys::unlinkat(AT_FDCWD, request_.attach_path, 0);  // of a monitor that died; its lock is ours now
  listener_ = TRY_CTX(sys::listen_unix(request_.attach_path, SOCK_SEQPACKET), "making the attach socket");
  TRY(sys::set_nonblocking(listener_.get(), true));
  signals_ = TRY(take_signals());
  return sys::set_subreaper();
}

int Monitor::run() {
  crash_point("monitor.begin");
  auto ready = prepare();
  if (ready) ready = launch_container();
  if (!ready) {
    post(clients_.front(), Type::failed,
         protocol::encode(protocol::Failed{.error = ready.error().encode(), .runtime_name = {}}));
    (void)sys::unlinkat(AT_FDCWD, request_.attach_path, 0);
    return 1;
  }
  crash_point("monitor.runtime_started");
  after_start_chores();
  (void)loop();
  return finish();
}

// What nobody waits for, done while the runtime works on the other core.
void Monitor::after_start_chores() {
  for (const auto& path : request_.monitor_cgroups) write_small(path, "0");
  own_oom_score_ = read_small("/proc/self/oom_score_adj");
  write_small("/proc/self/oom_score_adj", "-1000");
  for (UniqueFd* end : {&in_, &out_, &err_}) {
    if (!end->valid()) continue;
    (void)sys::set_nonblocking(end->get(), true);
    if (end != &in_) grow_pipe(end->get(), kPipeSize);
  }
  for (const auto& path : request_.monitor_pid_files) (void)write_atomic(path, std::to_string(::getpid()));
  if (request_.timeout_seconds) deadline_ms_ = monotonic_ms() + int64_t{request_.timeout_seconds} * 1000;
}

int Monitor::timeout_ms() const {
  // Buffers are given back once nothing has flowed for a moment.
  int64_t wait = read_buffer_.held() ? 100 : -1;
  if (deadline_ms_ && pid_ > 0 && !timed_out_) {
    int64_t left = std::max<int64_t>(0, deadline_ms_ - monotonic_ms());
    wait = wait < 0 ? left : std::min(wait, left);
  }
  return static_cast<int>(std::min<int64_t>(wait, 1 << 30));
}

Result<> Monitor::loop() {
  while (state_ != State::stopped && !failed_) TRY(dispatch());
  return {};
}

// Signals, listener, stdout, stderr, each client, stdin, each console listener: handle() counts in the same order.
std::vector<pollfd> Monitor::poll_list() const {
  bool output_flows = state_ != State::starting;
  std::vector<pollfd> polls = {{signals_.get(), POLLIN, 0},
                               {listener_.get(), POLLIN, 0},
                               {output_flows ? out_.get() : -1, POLLIN, 0},
                               {output_flows ? err_.get() : -1, POLLIN, 0}};
  bool input_waits = false;
  for (const auto& c : clients_) {
    bool blocked = !c.input.empty();
    input_waits |= blocked;
    short events = static_cast<short>((blocked ? 0 : POLLIN) | (c.outbox.empty() ? 0 : POLLOUT));
    polls.push_back({c.socket.get(), events, 0});
  }
  polls.push_back({input_waits ? in_.get() : -1, POLLOUT, 0});
  for (const auto& call : calls_) polls.push_back({call.console.get(), POLLIN, 0});
  return polls;
}

Result<> Monitor::dispatch() {
  std::vector<pollfd> polls = poll_list();
  size_t ready = TRY(poll(polls, timeout_ms()));
  kill_if_due();
  if (ready == 0)
    give_back_memory();
  else
    handle(polls);
  return {};
}

void Monitor::kill_if_due() {
  if (!deadline_ms_ || pid_ == 0 || timed_out_ || monotonic_ms() < deadline_ms_) return;
  timed_out_ = true;
  (void)sys::kill(pid_, SIGKILL);
}

void Monitor::give_back_memory() {
  if (!read_buffer_.held()) return;
  read_buffer_.release();
  log_buffer_.release();
  ::malloc_trim(0);
}

void Monitor::handle(const std::vector<pollfd>& polls) {
  // Output first: when the container's end is seen, less is left to drain.
  if (polls[2].revents) read_output(Stream::out);
  if (polls[3].revents) read_output(Stream::err);
  size_t i = 4;
  for (auto& c : clients_) {
    short events = polls[i++].revents;
    if (events & POLLOUT && !c.outbox.drain()) c.dead = true;
    if (events & POLLIN) read_client(c);
    if (events & (POLLHUP | POLLERR) && !(events & POLLIN)) c.dead = true;
  }
  if (polls[i].revents) {
    for (auto& c : clients_) {
      if (!c.input.empty()) write_input(c);
    }
  }
  // Calls made meanwhile stand behind those that were polled; an error here is told when the runtime has ended.
  for (size_t call = 0; ++i < polls.size(); call++) {
    if (polls[i].revents) (void)take_terminal(calls_[call]);
  }
  forget_dead_clients();
  if (polls[1].revents) accept_client();
  if (polls[0].revents) reap();
  forget_dead_clients();
}

void Monitor::reap() {
  drain_signals(signals_.get());
  while (auto ended = reap_one()) on_child(*ended);
}

void Monitor::on_child(const Ended& ended) {
  if (ended.pid == pid_) return on_container_end(ended.status);
  for (size_t i = 0; i < calls_.size(); i++) {
    if (calls_[i].pid != ended.pid) continue;
    PendingCall call = std::move(calls_[i]);
    calls_.erase(calls_.begin() + static_cast<ptrdiff_t>(i));
    on_runtime_end(std::move(call), ended.status);
    if (calls_.empty()) unclaimed_.clear();
    return;
  }
  for (size_t i = 0; i < execs_.size(); i++) {
    if (execs_[i].pid != ended.pid) continue;
    ExecSession s = execs_[i];
    execs_.erase(execs_.begin() + static_cast<ptrdiff_t>(i));
    protocol::ExecExited e = {.session = s.session};
    if (WIFSIGNALED(ended.status))
      e.signal = WTERMSIG(ended.status);
    else
      e.code = WEXITSTATUS(ended.status);
    if (s.client) post(*s.client, Type::exec_exited, protocol::encode(e));
    return;
  }
  if (!calls_.empty()) unclaimed_.push_back(ended);
}

// The record comes first: from here on a crash loses nothing that the next command needs.
void Monitor::on_container_end(int wait_status) {
  protocol::Exited e = {.oom = request_.watch_oom && oom_.happened(), .started_at = started_at_, .finished_at = now()};
  if (timed_out_)
    e.code = -1;  // as podman reports --timeout
  else if (WIFSIGNALED(wait_status))
    e.signal = WTERMSIG(wait_status);
  else
    e.code = WEXITSTATUS(wait_status);
  crash_point("monitor.exited");
  std::string record = make_exit_record(e, pid_);
  for (const auto& path : request_.exit_records) (void)write_atomic(path, record);
  crash_point("monitor.recorded");
  drain_outputs();
  post_all(Type::exited, protocol::encode(e));
  state_ = State::stopped;
}

int Monitor::finish() {
  (void)sys::unlinkat(AT_FDCWD, request_.attach_path, 0);
  listener_.reset();
  if (state_ == State::stopped) write_status();
  bool backlog = false;
  for (auto& c : clients_) backlog |= !c.outbox.empty();
  // A slow client gets the rest from a process that holds nothing of the container.
  if (backlog && ::fork() == 0) {
    lock_.reset();
    host_mounts_.reset();
    for (auto& c : clients_) (void)c.outbox.drain_all();
    ::_exit(0);
  }
  clients_.clear();
  if (failed_) return 1;
  crash_point("monitor.cleanup");
  if (request_.cleanup.empty()) return 0;
  in_.reset(), out_.reset(), err_.reset();
  (void)sys::setns(host_mounts_.get(), CLONE_NEWNS);
  std::vector<char*> argv;
  argv.reserve(request_.cleanup.size() + 1);
  for (auto& a : request_.cleanup) argv.push_back(a.data());
  argv.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  write_small("/proc/self/oom_score_adj", own_oom_score_);
  ::execv(argv[0], argv.data());
  return 1;
}

}  // namespace cove::monitor
