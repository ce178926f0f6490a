#pragma once
// Monitor: the life of one container, from the launch message to the clean-up.
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "monitor/client.hpp"
#include "monitor/log_file.hpp"
#include "monitor/log_format.hpp"
#include "monitor/oom.hpp"
#include "monitor/sys_monitor.hpp"
#include "protocol/messages.hpp"

namespace cove::monitor {

constexpr int kPipeSize = 1 << 20;  // of the container's stdout and stderr

// The runtime process that the monitor is waiting for, and what it was asked to do.
struct PendingCall {
  enum class What { launch, start, exec } what{};
  pid_t pid = -1;
  std::string pid_file;      // written by the runtime
  UniqueFd log;              // what it had to say
  std::string console_path;  // where it sends the terminal; empty: none
  UniqueFd console;          // the listener there
  UniqueFd terminal;         // the master side, once it has come
  Client* client = nullptr;  // who asked; null: it is gone
  protocol::ExecRequest exec;
};

struct ExecSession {
  std::string session;
  pid_t pid;
  Client* client;  // null: it is gone
};

// Single-threaded, one poll loop. Owns everything of the container that the kernel frees with the process: the mount
// namespace, the lock, the streams. Files: monitor.cpp (life), monitor_start.cpp (the runtime), monitor_clients.cpp
// (requests), monitor_streams.cpp (output, input, logs).
class Monitor {
 public:
  Monitor(UniqueFd engine, protocol::LaunchRequest request, std::vector<UniqueFd> fds);

  // Does not return after a container that has ended where there is a clean-up program to become. Else the exit code.
  int run();

 private:
  // Life.
  Result<> prepare();
  Result<> loop();
  int timeout_ms() const;
  Result<> dispatch();
  std::vector<pollfd> poll_list() const;
  void handle(const std::vector<pollfd>& polls);
  void kill_if_due();
  void give_back_memory();
  void reap();
  void on_child(const Ended& ended);
  void on_container_end(int status);
  int finish();
  void after_start_chores();

  // The runtime.
  Result<> take_descriptors();
  Result<> make_streams(RuntimeCall& call, std::vector<UniqueFd>& ends);
  Result<> call_runtime(RuntimeCall call, PendingCall pending, std::vector<std::string> verb, size_t preserved);
  Result<> launch_container();
  void on_runtime_end(PendingCall call, int wait_status);
  Result<> adopt_container(PendingCall& call);
  Result<> take_terminal(PendingCall& call);
  Result<> adopt_terminal(PendingCall& call);
  Result<> adopt_start();
  void end_if_unclaimed(pid_t pid);
  void fail_call(const PendingCall& call, const Error& error);
  Result<> begin_exec(Client& client, protocol::ExecRequest request, std::vector<UniqueFd> fds);
  Result<> adopt_exec(PendingCall& call);
  std::string scratch_path(const char* kind);

  // Clients.
  void accept_client();
  void read_client(Client& client);
  Result<> on_message(Client& client, const protocol::Message& message, std::vector<UniqueFd> fds);
  Result<> begin_start(Client& client);
  Result<> begin_follow(Client& client);
  void post(Client& client, protocol::Type type, std::string_view body, std::vector<UniqueFd> fds = {});
  void post_all(protocol::Type type, std::string_view body);
  void forget_dead_clients();
  protocol::StatusReply status() const;
  void write_status();

  // Streams.
  void read_output(Stream stream);
  void deliver(Stream stream, std::string_view chunk);
  void log_chunk(Stream stream, std::string_view chunk);
  void log_records(std::string_view records);
  void end_stream(Stream stream);
  void drain_outputs();
  void write_input(Client& client);
  void close_input();
  UniqueFd& output(Stream stream) { return stream == Stream::out ? out_ : err_; }

  protocol::LaunchRequest request_;
  std::vector<UniqueFd> fds_;  // as they came, until take_descriptors has sorted them
  UniqueFd lock_, host_mounts_, signals_, listener_, netns_;
  std::vector<UniqueFd> mounts_, preserved_, passthrough_;
  UniqueFd in_, out_, err_;    // the monitor's ends; with a terminal in_ and out_ are copies of its master side
  UniqueFd terminal_;          // its other side
  std::list<Client> clients_;  // stable addresses
  std::vector<PendingCall> calls_;
  std::vector<ExecSession> execs_;
  std::vector<Ended> unclaimed_;  // children that ended before their pid file was read
  std::optional<LogFile> log_;
  std::optional<LogFormatter> formatter_;
  CopyBuffer read_buffer_{256UL << 10}, log_buffer_{512UL << 10};
  OomWatch oom_;
  std::string own_oom_score_;  // before the monitor protected itself
  protocol::State state_ = protocol::State::starting;
  int pid_ = 0;
  uint64_t pid_start_ = 0;
  int64_t created_at_ = 0, started_at_ = 0, deadline_ms_ = 0;
  bool timed_out_ = false, failed_ = false;
  unsigned scratch_ = 0;
};

}  // namespace cove::monitor
