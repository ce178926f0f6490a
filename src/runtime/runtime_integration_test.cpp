// Real containers: a busybox bundle, the monitor and the runtime. Skipped, with the reason, where they cannot run.
#include <pty.h>
#include <sys/socket.h>

#include <csignal>

#include "protocol/channel.hpp"
#include "runtime/sys_terminal.hpp"
#include "runtime/test_box.hpp"

namespace cove::runtime {
namespace {

class RealContainer : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why = Box::missing();
    if (!why.empty()) GTEST_SKIP() << why;
    box = std::make_unique<Box>();
  }
  std::unique_ptr<Box> box;
};

#define OK(r) ASSERT_TRUE(r) << (r).error().text()

TEST_F(RealContainer, OutputExitRecordLogAndCleanUp) {
  auto run = box->run({"sh", "-c", "echo one; echo two >&2; printf three; exit 7"});
  OK(run);
  auto got = collect(run->connection);
  OK(got);
  EXPECT_EQ(got->out, "one\nthree");
  EXPECT_EQ(got->err, "two\n");
  EXPECT_EQ(got->exit.status.code, 7);
  EXPECT_FALSE(got->exit.oom);
  auto record = read_exit(box->exit_path());
  OK(record);
  EXPECT_EQ(record->exit_code, 7);
  EXPECT_EQ(record->pid, run->pid);
  EXPECT_GE(record->finished_at, record->started_at);
  std::string log = *read_file(box->log_path());
  EXPECT_EQ(log_payload(log, "stdout"), "one\nthree\n");  // the last line was closed at the end
  EXPECT_EQ(log_payload(log, "stderr"), "two\n");
  (void)run->monitor.wait();
  EXPECT_FALSE(path_exists(box->attach_path()));
  EXPECT_FALSE(FileLock::is_held(box->run_dir() + "/monitor.lock"));
  EXPECT_EQ(box->runtime().state(box->id).error().code(), Code::not_found);  // the clean-up program ran
  EXPECT_FALSE(path_exists(box->root + "/run/mnt/root"));                    // nothing of it in the host's mounts
}

TEST_F(RealContainer, EndBySignal) {
  auto run = box->run({"sleep", "100"});
  OK(run);
  auto status = read_status(box->run_dir() + "/status");
  OK(status);
  EXPECT_EQ(status->state, protocol::State::running);
  EXPECT_EQ(status->pid, run->pid);
  EXPECT_EQ(status->pid_start, *read_start_time(run->pid));
  OK(box->runtime().kill(box->id, SIGKILL));
  auto end = run->connection.wait_exit();
  OK(end);
  EXPECT_EQ(end->status.signal, SIGKILL);
  (void)run->monitor.wait();
}

TEST_F(RealContainer, MissingAndForbiddenCommands) {
  auto missing = box->run({"/bin/nothing-here"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::no_command) << missing.error().text();
  EXPECT_NE(missing.error().text().find("nothing-here"), std::string::npos);
  EXPECT_EQ(missing.error().text().find("level="), std::string::npos) << missing.error().text();
  EXPECT_FALSE(path_exists(box->exit_path()));
  auto plain = box->run({"/bin/plain"});
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code(), Code::not_executable) << plain.error().text();
  EXPECT_FALSE(FileLock::is_held(box->run_dir() + "/monitor.lock"));
}

TEST_F(RealContainer, StdinReachesTheContainerAndEnds) {
  auto request = box->request({"cat"});
  request.keep_stdin = true;
  auto run = box->launch(request);
  OK(run);
  std::string big(300000, 'z');
  big += "\nend";
  OK(run->connection.send_input(big));
  OK(run->connection.end_input());
  auto got = collect(run->connection);
  OK(got);
  EXPECT_TRUE(got->out == big);
  EXPECT_EQ(got->exit.status.code, 0);
  (void)run->monitor.wait();
}

TEST_F(RealContainer, SecondClientAttachesAndOutlivesTheFirst) {
  auto request = box->request({"sh", "-c", "read line; echo got $line; read more; echo bye"});
  request.keep_stdin = true;
  auto run = box->launch(request);
  OK(run);
  auto second = Connection::open(box->attach_path(), {.out = true, .err = true, .in = true});
  OK(second);
  EXPECT_EQ(second->welcome().state, protocol::State::running);
  EXPECT_EQ(second->welcome().pid, run->pid);
  run->connection = Connection(UniqueFd());  // the launching engine has gone
  OK(second->send_input("hello\n"));
  auto first = second->next();
  OK(first);
  EXPECT_EQ(first->data, "got hello\n");
  OK(second->send_input("\n"));
  auto got = collect(*second);
  OK(got);
  EXPECT_EQ(got->out, "bye\n");
  (void)run->monitor.wait();
  EXPECT_EQ(Connection::open(box->attach_path()).error().code(), Code::gone);
}

// A container that does not read its stdin holds up neither the monitor nor other clients.
TEST_F(RealContainer, StdinThatNobodyReadsBlocksNothing) {
  auto request = box->request({"sleep", "100"});
  request.keep_stdin = true;
  auto run = box->launch(request);
  OK(run);
  std::string piece(64 << 10, 'x');
  for (int sent = 0; sent < 1000; sent++) {
    auto more = run->connection.try_send_input(piece);
    OK(more);
    if (!*more) break;
    ASSERT_LT(sent, 999);
  }
  auto other = Connection::open(box->attach_path());
  OK(other);
  auto status = other->status();
  OK(status);
  EXPECT_EQ(status->state, protocol::State::running);
  OK(box->runtime().kill(box->id, SIGKILL));
  OK(other->wait_exit());
  (void)run->monitor.wait();
}

// A process that stays behind (host PID namespace) and keeps the pipe open does not keep the exit from being told.
TEST_F(RealContainer, ExitWithAPipeStillOpen) {
  auto request = box->request({"sh", "-c", "sleep 30 & echo said"});
  json::Value config = box->config({"sh", "-c", "sleep 30 & echo said"}, false);
  json::Array spaces;
  for (const char* type : {"ipc", "uts", "mount"}) spaces.push_back(json::Value::object({{"type", type}}));
  config.set("linux", json::Value::object({{"namespaces", std::move(spaces)}}));
  OK(write_atomic(box->run_dir() + "/config.json", config.dump()));
  auto run = box->launch(request);
  OK(run);
  auto got = collect(run->connection);
  OK(got);
  EXPECT_EQ(got->out, "said\n");
  (void)run->monitor.wait();
}

// Every crash point ends the monitor; the lock is free, and what the runtime knows can be removed.
TEST_F(RealContainer, CrashPoints) {
  for (const char* point : {"monitor.begin", "monitor.namespaced", "monitor.mounted", "monitor.runtime_started",
                            "monitor.started", "monitor.exited", "monitor.recorded", "monitor.cleanup"}) {
    SCOPED_TRACE(point);
    ::setenv("COVE_CRASH_AT", point, 1);
    auto run = box->run({"true"});
    ::unsetenv("COVE_CRASH_AT");
    bool before_start = !run.has_value();
    if (run) {
      auto ended = run->monitor.wait();
      OK(ended);
      EXPECT_EQ(ended->signal, SIGKILL);
    }
    std::string_view name = point;
    EXPECT_EQ(before_start, name == "monitor.begin" || name == "monitor.namespaced" || name == "monitor.mounted" ||
                                name == "monitor.runtime_started");
    EXPECT_FALSE(FileLock::is_held(box->run_dir() + "/monitor.lock"));
    EXPECT_EQ(path_exists(box->exit_path()), name == "monitor.recorded" || name == "monitor.cleanup");
    // A runtime that was in the middle of its work may take a moment to notice; removing waits for nothing, so it may
    // be repeated.
    for (int i = 0; i < 50 && !box->runtime().remove(box->id, true); i++) ::usleep(20000);
    (void)sys::unlinkat(AT_FDCWD, box->exit_path(), 0);
    EXPECT_FALSE(path_exists(box->root + "/run/mnt/root"));
  }
}

TEST_F(RealContainer, TerminalSizeAndStreams) {
  auto request = box->request({"sh", "-c", "stty size; read x; stty size"}, true);
  request.keep_stdin = true;
  request.rows = 31, request.columns = 97;
  auto run = box->launch(request);
  OK(run);
  auto first = run->connection.next();
  OK(first);
  EXPECT_EQ(first->data, "31 97\r\n");
  OK(run->connection.resize(20, 40));
  OK(run->connection.send_input("\n"));
  auto got = collect(run->connection);
  OK(got);
  EXPECT_NE(got->out.find("20 40\r\n"), std::string::npos);
  (void)run->monitor.wait();
}

TEST_F(RealContainer, CreateThenStart) {
  auto request = box->request({"echo", "started"});
  request.mode = protocol::Mode::create;
  auto made = box->launch(request);
  OK(made);
  auto client = Connection::open(box->attach_path(), {.out = true});
  OK(client);
  EXPECT_EQ(client->welcome().state, protocol::State::created);
  OK(client->start());
  auto got = collect(*client);
  OK(got);
  EXPECT_EQ(got->out, "started\n");
  (void)made->monitor.wait();
}

TEST_F(RealContainer, ExecSessions) {
  auto run = box->run({"sleep", "100"});
  OK(run);
  auto client = Connection::open(box->attach_path());
  OK(client);
  auto pipe = sys::pipe2();
  ExecSpec spec;
  spec.process_json = Box::process({"sh", "-c", "cat; echo done; exit 3"}).dump();
  auto in = sys::pipe2();
  spec.in = in->read.get(), spec.out = pipe->write.get();
  auto started = client->exec(spec);
  OK(started);
  EXPECT_GT(started->pid, 0);
  in->read.reset(), pipe->write.reset();
  OK(write_all(in->write.get(), "typed\n"));
  in->write.reset();
  EXPECT_EQ(*read_fd(pipe->read.get()), "typed\ndone\n");
  auto end = client->wait_exec(started->session);
  OK(end);
  EXPECT_EQ(end->code, 3);

  spec = {};
  spec.process_json = Box::process({"/bin/nothing-here"}).dump();
  auto missing = client->exec(spec);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::no_command) << missing.error().text();
  spec.process_json = Box::process({"/bin/plain"}).dump();
  auto plain = client->exec(spec);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code(), Code::not_executable) << plain.error().text();

  spec = {.process_json = Box::process({"sh", "-c", "stty size; exit 4"}, true).dump(),
          .terminal = true,
          .rows = 11,
          .columns = 22};
  auto tty = client->exec(spec);
  OK(tty);
  ASSERT_TRUE(tty->console.valid());
  auto ended = client->wait_exec(tty->session);
  OK(ended);
  EXPECT_EQ(ended->code, 4);
  char text[64] = {};
  EXPECT_GT(*sys::read(tty->console.get(), text, sizeof text), 0U);

  OK(box->runtime().kill(box->id, SIGKILL));
  (void)run->monitor.wait();
}

TEST_F(RealContainer, RunExecRelaysBothWays) {
  auto run = box->run({"sleep", "100"});
  OK(run);
  auto client = Connection::open(box->attach_path());
  OK(client);
  auto in = sys::pipe2(), out = sys::pipe2(), err = sys::pipe2();
  OK(write_all(in->write.get(), "abc\n"));
  in->write.reset();
  ExecSpec spec;
  spec.process_json = Box::process({"sh", "-c", "cat; echo oops >&2; exit 5"}).dump();
  AttachOptions options;
  options.in = in->read.get(), options.out = out->write.get(), options.err = err->write.get();
  auto end = run_exec(*client, spec, options);
  OK(end);
  EXPECT_EQ(end->exit.status.code, 5);
  out->write.reset(), err->write.reset();
  EXPECT_EQ(*read_fd(out->read.get()), "abc\n");
  EXPECT_EQ(*read_fd(err->read.get()), "oops\n");
  OK(box->runtime().kill(box->id, SIGKILL));
  (void)run->monitor.wait();
}

// The user's terminal is raw while attached and as before afterwards; the keys detach and the container goes on.
TEST_F(RealContainer, DetachKeysRestoreTheTerminal) {
  auto request = box->request({"sh", "-c", "echo hello; read line; sleep 100"}, true);
  request.keep_stdin = true;
  auto run = box->launch(request);
  OK(run);
  int user = -1, screen = -1;  // screen: what a terminal emulator holds
  ASSERT_EQ(::openpty(&screen, &user, nullptr, nullptr, nullptr), 0);
  UniqueFd user_fd(user), screen_fd(screen);
  termios before = {}, after = {};
  ::tcgetattr(user, &before);
  set_window_size(user, 33, 77);
  AttachOptions options;
  options.in = options.out = user;
  options.terminal = true;
  options.detach_sequence = *parse_detach_keys(kDefaultDetachKeys);
  // Typed ahead: without line editing the bytes are there at once. Everything else stays as a shell has it.
  before.c_lflag &= ~static_cast<tcflag_t>(ICANON);
  before.c_iflag &= ~static_cast<tcflag_t>(IXON);  // which would eat ctrl-q
  ::tcsetattr(user, TCSANOW, &before);
  OK(write_all(screen, "x\x10\x11"));
  auto end = relay(run->connection, options);
  OK(end);
  EXPECT_EQ(end->kind, AttachEnd::Kind::detached);
  ::tcgetattr(user, &after);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  EXPECT_EQ(after.c_oflag, before.c_oflag);
  EXPECT_EQ(after.c_iflag, before.c_iflag);
  auto status = Connection::open(box->attach_path());
  OK(status);
  EXPECT_EQ(status->welcome().state, protocol::State::running);
  OK(box->runtime().kill(box->id, SIGKILL));
  (void)run->monitor.wait();
}

TEST_F(RealContainer, SignalsAreProxied) {
  auto run = box->run({"sh", "-c", "trap 'exit 9' TERM; echo ready; while true; do sleep 0.1; done"});
  OK(run);
  auto ready = run->connection.next();
  OK(ready);
  auto out = sys::pipe2();
  AttachOptions options;
  options.out = out->write.get();
  int seen = 0;
  options.on_signal = [&](int s) {
    seen = s;
    (void)box->runtime().kill(box->id, s);
  };
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  ::raise(SIGTERM);  // waits until the relay takes it
  auto end = relay(run->connection, options);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  OK(end);
  EXPECT_EQ(seen, SIGTERM);
  EXPECT_EQ(end->exit.status.code, 9);
  (void)run->monitor.wait();
}

TEST_F(RealContainer, OutOfMemoryIsNoticed) {
  auto request = box->request({"true"});
  json::Value config = box->config({"dd", "if=/dev/zero", "of=/dev/null", "bs=256M", "count=1"}, false);
  config.at_or_add("linux").set(
      "resources", json::Value::object({{"memory", json::Value::object({{"limit", 16 << 20}, {"swap", 16 << 20}})}}));
  OK(write_atomic(box->run_dir() + "/config.json", config.dump()));
  auto run = box->launch(request);
  if (!run && run.error().text().find("memory") != std::string::npos)
    GTEST_SKIP() << "no memory limits here: " << run.error().text();
  OK(run);
  auto got = collect(run->connection);
  OK(got);
  (void)run->monitor.wait();
  auto record = read_exit(box->exit_path());
  OK(record);
  EXPECT_TRUE(got->exit.oom);
  EXPECT_TRUE(record->oom);
  EXPECT_EQ(record->shell_code(), 137);
}

TEST_F(RealContainer, ExecWithATerminalIsRelayed) {
  auto run = box->run({"sleep", "100"});
  OK(run);
  auto client = Connection::open(box->attach_path());
  OK(client);
  auto out = sys::pipe2();
  AttachOptions options;
  options.out = out->write.get();
  options.terminal = true;
  ExecSpec spec;
  spec.process_json = Box::process({"sh", "-c", "stty size; echo last"}, true).dump();
  spec.rows = 12, spec.columns = 34;
  auto end = run_exec(*client, spec, options);
  OK(end);
  out->write.reset();
  EXPECT_EQ(*read_fd(out->read.get()), "12 34\r\nlast\r\n");
  OK(box->runtime().kill(box->id, SIGKILL));
  (void)run->monitor.wait();
}

// 20 MB through a log that is rotated every 64 KiB, to a follower that began in the middle: no byte missing or doubled.
TEST_F(RealContainer, RotationLosesNoFollower) {
  auto request = box->request({"sh", "-c", "read go; seq 1 100000; read go; seq 100001 400000"});
  request.keep_stdin = true;
  request.log.max_size = 64 << 10;
  request.log.max_files = 2;
  request.wants = {};
  auto run = box->launch(request);
  OK(run);
  auto follower = Connection::open(box->attach_path());
  OK(follower);
  OK(follower->send_input("\n"));
  auto snapshot = follower->follow_log();
  OK(snapshot);
  std::string text;
  for (size_t i = 0; i + 1 < snapshot->segments.size(); i++) text += *read_fd(snapshot->segments[i].get());
  text += read_fd(snapshot->segments.back().get())->substr(0, snapshot->end);
  OK(follower->send_input("\n"));
  auto got = collect(*follower);
  OK(got);
  std::string lines = log_payload(text + got->log, "stdout");
  std::string expected;
  for (int n = 1; n <= 400000; n++) expected += std::to_string(n) + "\n";
  ASSERT_FALSE(lines.empty());
  EXPECT_TRUE(expected.ends_with(lines));
  EXPECT_LE(sys::fstatat(AT_FDCWD, box->log_path())->st_size, 64 << 10);
  EXPECT_TRUE(path_exists(box->log_path() + ".2"));
  EXPECT_FALSE(path_exists(box->log_path() + ".3"));
  (void)run->monitor.wait();
}

// A client that reads nothing neither stops the container nor loses a byte, even after the container has ended.
TEST_F(RealContainer, SlowClientGetsEverythingLate) {
  auto request = box->request({"sh", "-c", "seq 1 1000000"});
  request.wants = {.out = true, .err = true, .in = false};
  auto run = box->launch(request);
  OK(run);
  auto record = run->monitor.wait();  // the container has ended and is cleaned up; nothing was read yet
  OK(record);
  auto got = collect(run->connection);
  OK(got);
  std::string expected;
  for (int n = 1; n <= 1000000; n++) expected += std::to_string(n) + "\n";
  EXPECT_TRUE(got->out == expected) << got->out.size();
  EXPECT_TRUE(log_payload(*read_file(box->log_path()), "stdout") == expected);
  auto entries = list_dir(box->root);
  OK(entries);
  for (const auto& name : *entries) EXPECT_FALSE(name.starts_with(".spill"));
}

TEST_F(RealContainer, TimeoutKills) {
  auto request = box->request({"sleep", "100"});
  request.timeout_seconds = 1;
  auto run = box->launch(request);
  OK(run);
  auto end = run->connection.wait_exit();
  OK(end);
  EXPECT_EQ(end->status.code, -1);
  (void)run->monitor.wait();
}

TEST_F(RealContainer, NetworkNamespaceIsHandedOut) {
  LaunchSpec spec;
  spec.request = box->request({"ls", "/proc/self/ns"});
  spec.request.make_netns = true;
  json::Value config = box->config({"sh", "-c", "ls -l /proc/self/ns/net"}, false);
  json::Array spaces;
  for (const char* type : {"pid", "ipc", "uts", "mount"}) spaces.push_back(json::Value::object({{"type", type}}));
  spaces.push_back(json::Value::object({{"type", "network"}, {"path", spec.request.mount_dir + "/netns"}}));
  config.set("linux", json::Value::object({{"namespaces", std::move(spaces)}}));
  ino_t inode = 0;
  spec.setup_network = [&](int netns) -> Result<> {
    inode = TRY(sys::fstat(netns)).st_ino;
    return write_atomic(box->run_dir() + "/config.json", config.dump());
  };
  auto tree = sys::open_tree(AT_FDCWD, box->root + "/rootfs", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  OK(tree);
  auto lock = FileLock::lock(box->run_dir() + "/monitor.lock");
  OK(lock);
  spec.lock = lock->fd();
  spec.mounts = {tree->get()};
  auto run = launch(spec, box->monitor);
  OK(run);
  auto got = collect(run->connection);
  OK(got);
  EXPECT_NE(got->out.find("net:[" + std::to_string(inode) + "]"), std::string::npos) << got->out << got->err;
  (void)run->monitor.wait();
}

// kill -9 of the monitor leaves the container's process and nothing else of ours; the lock is free.
TEST_F(RealContainer, KilledMonitorFreesItsLock) {
  auto run = box->run({"sleep", "100"});
  OK(run);
  OK(run->monitor.signal(SIGKILL));
  (void)run->monitor.wait();
  EXPECT_FALSE(FileLock::is_held(box->run_dir() + "/monitor.lock"));
  EXPECT_EQ(run->connection.wait_exit().error().code(), Code::gone);
  OK(box->runtime().remove(box->id, true));
}

}  // namespace
}  // namespace cove::runtime
