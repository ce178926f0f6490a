#include <gtest/gtest.h>
#include <pty.h>
#include <sys/socket.h>

#include "base/sys/sys.hpp"
#include "protocol/channel.hpp"
#include "runtime/attach.hpp"
#include "runtime/monitor_files.hpp"
#include "runtime/oci_runtime.hpp"

namespace cove::runtime {
namespace {

TEST(DetachKeys, Syntax) {
  EXPECT_EQ(*parse_detach_keys(kDefaultDetachKeys), "\x10\x11");
  EXPECT_EQ(*parse_detach_keys("a,ctrl-[,Z"), "a\x1bZ");
  EXPECT_EQ(*parse_detach_keys("ctrl-@"), std::string(1, '\0'));
  EXPECT_EQ(*parse_detach_keys(""), "");
  for (const char* wrong : {"ctrl-", "ctrl-A", "ctrl-1", "ab", "a,,b", "ctrl-ab"}) {
    EXPECT_EQ(parse_detach_keys(wrong).error().code(), Code::invalid) << wrong;
  }
}

std::string fed(DetachScanner& s, std::string_view in, bool& detached) {
  std::string out;
  detached = s.feed(in, out);
  return out;
}

TEST(DetachKeys, Scanner) {
  bool detached = false;
  DetachScanner s("\x10\x11");
  EXPECT_EQ(fed(s, "ab\x10", detached), "ab");
  EXPECT_FALSE(detached);
  EXPECT_EQ(fed(s, "c", detached),
            "\x10"
            "c");
  EXPECT_EQ(fed(s, "\x10\x10", detached), "\x10");  // the second may begin it
  EXPECT_EQ(fed(s, "\x11rest", detached), "");
  EXPECT_TRUE(detached);
  DetachScanner repeated("aab");
  EXPECT_EQ(fed(repeated, "aaab", detached), "a");
  EXPECT_TRUE(detached);
  DetachScanner none("");
  EXPECT_EQ(fed(none, "\x10\x11", detached), "\x10\x11");
  EXPECT_FALSE(detached);
}

TEST(MonitorFiles, ParseAndRefuse) {
  auto s = parse_status("state=running\npid=5\npid_start=6\nmonitor_pid=7\ncreated_at=8\nstarted_at=9\nlater=1\n");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->pid_start, 6U);
  EXPECT_FALSE(parse_status("state=running\npid=5\n"));
  EXPECT_FALSE(parse_status("state=odd\npid=5\npid_start=6\nmonitor_pid=7\ncreated_at=8\nstarted_at=9\n"));
  auto e = parse_exit_record("exit_code=0\nsignal=9\noom=1\nstarted_at=1\nfinished_at=2\npid=3\n");
  ASSERT_TRUE(e);
  EXPECT_EQ(e->shell_code(), 137);
  EXPECT_TRUE(e->oom);
  EXPECT_FALSE(parse_exit_record("exit_code=0\nsignal=9\noom=1\nstarted_at=1\nfinished_at=2\npid=3"));  // cut
  EXPECT_EQ(read_exit("/nonexistent/exit").error().code(), Code::not_found);
}

TEST(RuntimeMessages, AreCleaned) {
  EXPECT_EQ(clean_message("{\"msg\":\"executable file `x` not found in $PATH: No such file or "
                          "directory\",\"level\":\"error\",\"time\":\"t\"}\n"),
            "executable file `x` not found in $PATH: No such file or directory");
  EXPECT_EQ(clean_message("time=\"2023-01-01T00:00:00Z\" level=error msg=\"exec failed: \\\"x\\\"\"\n"),
            "exec failed: \"x\"");
  EXPECT_EQ(clean_message("2023-01-02T03:04:05.123456Z: mkdir: Permission denied\n"), "mkdir: Permission denied");
  EXPECT_EQ(clean_message("{\"level\":\"error\",\"msg\":\"cause\"}\n{\"level\":\"warning\",\"msg\":\"noise\"}\n"),
            "cause");
  EXPECT_EQ(clean_message("{\"level\":\"warning\",\"msg\":\"only\"}\n"), "only");
  EXPECT_EQ(clean_message(" \n"), "");
}

TEST(RuntimeMessages, Codes) {
  auto code = [](const char* m) { return runtime_error("crun", m).code(); };
  EXPECT_EQ(code("executable file `x` not found in $PATH: No such file or directory"), Code::no_command);
  EXPECT_EQ(code("exec: \"x\": executable file not found in $PATH"), Code::no_command);
  EXPECT_EQ(code("open executable: Permission denied"), Code::not_executable);
  EXPECT_EQ(code("mount: Operation not permitted"), Code::not_executable);
  EXPECT_EQ(code("cannot parse config"), Code::runtime);
  EXPECT_EQ(runtime_error("runc", "boom").text(), "runc: boom");
}

TEST(FindRuntime, CandidatesPathAndNames) {
  EXPECT_EQ(*find_runtime("none", {"/nonexistent/x", "/bin/sh"}), "/bin/sh");
  EXPECT_EQ(*find_runtime("/bin/sh", {}), "/bin/sh");
  EXPECT_EQ(find_runtime("/nonexistent/x", {}).error().code(), Code::not_found);
  EXPECT_EQ(find_runtime("no-such-runtime", {"/nonexistent/x"}).error().code(), Code::not_found);
}

TEST(OciRuntimeArgv, GlobalOptions) {
  OciRuntime crun({.path = "/usr/bin/crun", .root = "/r", .systemd_cgroup = true, .flags = {"--debug"}});
  EXPECT_EQ(crun.argv(),
            (std::vector<std::string>{"/usr/bin/crun", "--root=/r", "--cgroup-manager=systemd", "--debug"}));
  OciRuntime runc({.path = "/usr/sbin/runc", .root = "/r", .systemd_cgroup = true});
  EXPECT_EQ(runc.argv(), (std::vector<std::string>{"/usr/sbin/runc", "--root=/r", "--systemd-cgroup"}));
}

// A container that ends at once: its monitor is gone before the terminal's size can be told.
TEST(Relay, WhatAnEndedMonitorSaidIsStillRead) {
  auto pair = sys::socketpair(SOCK_SEQPACKET);
  ASSERT_TRUE(pair);
  ASSERT_TRUE(protocol::send(pair->second.get(), protocol::Type::output, "hello"));
  ASSERT_TRUE(protocol::send_body(pair->second.get(), protocol::Type::exited, protocol::Exited{.code = 3}));
  pair->second.reset();
  int user = -1, screen = -1;
  winsize size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::openpty(&screen, &user, nullptr, nullptr, &size), 0);
  UniqueFd user_fd(user), screen_fd(screen);
  Connection connection(std::move(pair->first));
  AttachOptions options;
  options.out = user, options.terminal = true;
  auto end = relay(connection, options);
  ASSERT_TRUE(end) << end.error().text();
  EXPECT_EQ(end->exit.status.code, 3);
  char seen[16] = {};
  auto n = sys::read(screen, seen, sizeof seen);
  ASSERT_TRUE(n);
  EXPECT_EQ(std::string(seen, *n), "hello");
}

}  // namespace
}  // namespace cove::runtime
