#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/log_file.hpp"
#include "monitor/log_format.hpp"
#include "monitor/oom.hpp"
#include "monitor/outbox.hpp"
#include "monitor/records.hpp"

namespace cove::monitor {
namespace {

using protocol::LogDriver;
constexpr std::string_view kTime = "2026-01-02T15:04:05.000000001Z";

struct Formatter {
  LogFormatter formatter;
  std::vector<char> room = std::vector<char>(512 << 10);
  explicit Formatter(LogDriver driver, std::string_view tag = "") : formatter(driver, tag) {}
  std::string add(Stream s, std::string_view chunk) {
    std::string out;
    while (!chunk.empty()) out.append(room.data(), formatter.append(s, chunk, kTime, room));
    return out;
  }
  std::string finish(Stream s) { return {room.data(), formatter.finish(s, kTime, room)}; }
};

std::string line(const char* rest) { return std::string(kTime) + " " + rest + "\n"; }

TEST(K8sLog, WholeAndPartialLines) {
  Formatter f(LogDriver::k8s_file);
  EXPECT_EQ(f.add(Stream::out, "one\ntwo\nthr"), line("stdout F one") + line("stdout F two") + line("stdout P thr"));
  EXPECT_EQ(f.add(Stream::err, "\n"), line("stderr F "));
  EXPECT_EQ(f.add(Stream::out, "ee\n"), line("stdout F ee"));
  EXPECT_EQ(f.finish(Stream::out), "");
  EXPECT_EQ(f.add(Stream::out, "open"), line("stdout P open"));
  EXPECT_EQ(f.finish(Stream::out), line("stdout F "));
  EXPECT_EQ(f.finish(Stream::out), "");
}

TEST(K8sLog, BytesAreKept) {
  Formatter f(LogDriver::k8s_file);
  std::string bytes;
  for (int c = 0; c < 256; c++) {
    if (c != '\n') bytes += static_cast<char>(c);
  }
  EXPECT_EQ(f.add(Stream::out, bytes + "\n"), std::string(kTime) + " stdout F " + bytes + "\n");
}

TEST(K8sLog, NewlinesOnlyGrowInSeveralRounds) {
  Formatter f(LogDriver::k8s_file);
  std::string out = f.add(Stream::out, std::string(100000, '\n'));
  EXPECT_EQ(out.size(), 100000 * line("stdout F ").size());
}

TEST(JsonLog, EscapesAndTag) {
  Formatter f(LogDriver::json_file, "my\"tag");
  EXPECT_EQ(f.add(Stream::err, "a\"b\\\x01\t\xc3\xa4\xff\n"),
            "{\"log\":\"a\\\"b\\\\\\u0001\\t\xc3\xa4\\ufffd\\n\",\"stream\":\"stderr\",\"attrs\":{\"tag\":"
            "\"my\\\"tag\"},\"time\":\"" +
                std::string(kTime) + "\"}\n");
}

TEST(JsonLog, CharacterCutByAChunkStaysWhole) {
  Formatter f(LogDriver::json_file);
  std::string first = f.add(Stream::out, "x\xe2\x82");
  EXPECT_NE(first.find("\"log\":\"x\""), std::string::npos);
  EXPECT_NE(f.add(Stream::out, "\xac\n").find("\"log\":\"\xe2\x82\xac\\n\""), std::string::npos);
  EXPECT_EQ(f.add(Stream::out, "\xe2\x82"), "");
  EXPECT_NE(f.finish(Stream::out).find("\\ufffd\\ufffd"), std::string::npos);
}

TEST(JsonLog, LongLinesAreCut) {
  Formatter f(LogDriver::json_file);
  std::string out = f.add(Stream::out, std::string(40000, 'x') + "\n");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
}

class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    std::string pattern = "/tmp/cove-monitor-test-XXXXXX";
    dir = ::mkdtemp(pattern.data());
  }
  ~InFolder() override { (void)remove_tree(dir); }
  std::string dir;
};
using LogRotation = InFolder;
using SlowClient = InFolder;

TEST_F(LogRotation, RenamesAndNeverSplitsRecords) {
  auto log = LogFile::open({.path = dir + "/log", .max_size = 100, .max_files = 2, .tag = ""});
  ASSERT_TRUE(log);
  auto early = log->segments();
  ASSERT_TRUE(early);
  std::string all;
  for (int i = 0; i < 40; i++) {
    std::string record = fmt::format("record number {:03}\n", i);  // 18 bytes
    all += record;
    ASSERT_TRUE(log->write(record));
  }
  EXPECT_EQ(*list_dir(dir), (std::vector<std::string>{"log", "log.1", "log.2"}));
  std::string kept = *read_file(dir + "/log.2") + *read_file(dir + "/log.1") + *read_file(dir + "/log");
  EXPECT_TRUE(all.ends_with(kept));
  EXPECT_EQ(read_file(dir + "/log.1")->size(), 90U);
  // A reader that had the first segment open still has all of it.
  EXPECT_EQ(*read_fd(early->front().get()), all.substr(0, 90));
}

TEST_F(LogRotation, OneBigBatchAndOneHugeRecord) {
  auto log = LogFile::open({.path = dir + "/log", .max_size = 50, .max_files = 100, .tag = ""});
  ASSERT_TRUE(log);
  std::string batch =
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n" + std::string(200, 'c') + "\nddd\n";
  ASSERT_TRUE(log->write(batch));
  auto segments = log->segments();
  ASSERT_TRUE(segments);
  EXPECT_EQ(segments->size(), 4U);
  std::string all;
  for (auto& s : *segments) all += *read_fd(s.get());
  EXPECT_EQ(all, batch);
}

TEST_F(LogRotation, WithoutOldSegments) {
  auto log = LogFile::open({.path = dir + "/log", .max_size = 10, .max_files = 0, .tag = ""});
  ASSERT_TRUE(log->write("12345678\n"));
  ASSERT_TRUE(log->write("abc\n"));
  EXPECT_EQ(*list_dir(dir), std::vector<std::string>{"log"});
  EXPECT_EQ(*read_file(dir + "/log"), "abc\n");
}

TEST_F(SlowClient, OrderAndDescriptorsSurviveTheSpill) {
  auto pair = sys::socketpair(SOCK_SEQPACKET);
  ASSERT_TRUE(pair);
  Outbox box(pair->first.get(), dir);
  std::string sent;
  for (int i = 0; i < 300; i++) {
    std::string body = fmt::format("{:06}", i) + std::string(10000, static_cast<char>('a' + i % 26));
    sent += body;
    std::vector<UniqueFd> fds;
    if (i == 250) fds.push_back(std::move(sys::pipe2()->read));
    ASSERT_TRUE(box.post(protocol::Type::output, body, std::move(fds)));
  }
  EXPECT_GT(box.spilled(), 1U << 20);
  EXPECT_TRUE(list_dir(dir)->empty());  // the file has no name
  std::vector<char> buffer(protocol::kPacketBuffer);
  std::string got;
  size_t descriptors = 0;
  while (got.size() < sent.size()) {
    auto m = protocol::receive(pair->second.get(), buffer, false);
    ASSERT_TRUE(m);
    if (!*m) {
      ASSERT_TRUE(box.drain());
      continue;
    }
    got += (*m)->body;
    descriptors += (*m)->fds.size();
  }
  EXPECT_TRUE(got == sent);
  EXPECT_EQ(descriptors, 1U);
  ASSERT_TRUE(box.drain());
  EXPECT_TRUE(box.empty());
  ASSERT_TRUE(box.post(protocol::Type::output, "direct"));
  EXPECT_TRUE(box.empty());
  pair->second.reset();
  EXPECT_EQ(box.post(protocol::Type::output, "x").error().code(), Code::gone);
}

TEST(Oom, FindsTheCounter) {
  EXPECT_EQ(oom_file("5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/u\n"), "/sys/fs/cgroup/memory/a/b/memory.oom_control");
  EXPECT_EQ(oom_file("0::/user.slice/x\n"), "/sys/fs/cgroup/user.slice/x/memory.events");
  EXPECT_EQ(oom_file("3:pids:/a\n"), "");
  EXPECT_TRUE(oom_in("low 0\noom 1\noom_kill 1\n"));
  EXPECT_FALSE(oom_in("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n"));
  EXPECT_FALSE(oom_in(""));
}

TEST(Records, Text) {
  EXPECT_EQ(make_exit_record({.code = 3, .oom = true, .started_at = 1, .finished_at = 2}, 7),
            "exit_code=3\nsignal=0\noom=1\nstarted_at=1\nfinished_at=2\npid=7\n");
  EXPECT_EQ(make_status({.state = protocol::State::running,
                         .pid = 5,
                         .pid_start = 6,
                         .monitor_pid = 7,
                         .created_at = 8,
                         .started_at = 9}),
            "state=running\npid=5\npid_start=6\nmonitor_pid=7\ncreated_at=8\nstarted_at=9\n");
}

}  // namespace
}  // namespace cove::monitor
