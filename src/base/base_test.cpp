#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove {
namespace {

class TempDir : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/cove-base-XXXXXX";
    dir = ::mkdtemp(name);
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(dir)); }
  std::string dir;
};

TEST(UniqueFd, SelfMoveKeepsIt) {
  auto pipe = sys::pipe2().value();
  int number = pipe.read.get();
  UniqueFd& same = pipe.read;
  pipe.read = std::move(same);
  EXPECT_EQ(pipe.read.get(), number);
  EXPECT_TRUE(sys::fstat(number));
}

TEST(UniqueFd, AssigningOverAnOpenOneClosesIt) {
  auto pipe = sys::pipe2().value();
  int old = pipe.read.get();
  pipe.read = std::move(pipe.write);
  EXPECT_FALSE(sys::fstat(old));
  EXPECT_TRUE(sys::fstat(pipe.read.get()));
}

TEST(Error, SurvivesTheWire) {
  Error e = Error::from_errno(ENOENT, "open x").with("mounting").about("container web").hint("make it");
  Error back = Error::decode(e.encode());
  EXPECT_EQ(back.text(), "container web: mounting: open x: No such file or directory (make it)");
  EXPECT_EQ(back.code(), Code::not_found);
  EXPECT_EQ(back.sys_errno(), ENOENT);
}

TEST(Text, BytesAsGoUnitsPrintsThem) {
  EXPECT_EQ(human_size(1024), "1.024kB");
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(parse_bytes("512m").value(), 512LL << 20);
  EXPECT_EQ(parse_bytes("1.5GiB").value(), 3LL << 29);
  EXPECT_FALSE(parse_bytes("12x"));
  EXPECT_FALSE(parse_bytes("-1"));
}

TEST(Text, DurationsAsGo) {
  EXPECT_EQ(parse_duration("1h2m3.5s").value().count(), 3723500000000);
  EXPECT_FALSE(parse_duration("10"));
  EXPECT_EQ(go_duration(std::chrono::milliseconds(1500)), "1.5s");
  EXPECT_EQ(go_duration(std::chrono::seconds(3723)), "1h2m3s");
  EXPECT_EQ(human_duration(std::chrono::minutes(90)), "2 hours");
}

TEST(Text, TimesRoundTrip) {
  Nanos t = 1767323045123456789;
  EXPECT_EQ(rfc3339_nano(t), "2026-01-02T03:04:05.123456789Z");
  EXPECT_EQ(parse_rfc3339(rfc3339_nano(t)).value(), t);
  EXPECT_EQ(parse_rfc3339("2026-01-02T04:04:05.123456789+01:00").value(), t);
  EXPECT_FALSE(parse_rfc3339("yesterday"));
}

TEST(Text, NearNames) {
  EXPECT_EQ(nearest("inspec", {"inspect", "info"}), "inspect");
  EXPECT_FALSE(nearest("zzzzzz", {"inspect", "info"}));
}

TEST(Text, CleanPath) {
  EXPECT_EQ(clean_path("/a//b/../c/."), "/a/c");
  EXPECT_EQ(clean_path("/../.."), "/");
  EXPECT_EQ(clean_path("a/../.."), "..");
}

TEST(Spawn, ReportsAProgramThatIsNotThere) {
  auto child = spawn({.argv = {"/nowhere/at/all"}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code(), Code::not_found);
}

TEST(Spawn, StreamsAndStatus) {
  auto out = run_program({.argv = {"sh", "-c", "cat; echo err >&2; exit 3"}}, "hello").value();
  EXPECT_EQ(out.out, "hello");
  EXPECT_EQ(out.err, "err\n");
  EXPECT_EQ(out.status.code, 3);
}

TEST(Spawn, KeepsOnlyNamedDescriptors) {
  auto pipe = sys::pipe2().value();
  auto out = run_program({.argv = {"sh", "-c", "ls /proc/$$/fd | wc -l; readlink /proc/$$/fd/5"},
                          .keep = {{pipe.read.get(), 5}}})
                 .value();
  EXPECT_TRUE(out.out.starts_with("4\npipe:")) << out.out;
}

TEST_F(TempDir, LocksExcludeAndFree) {
  auto held = FileLock::try_lock(dir + "/lock");
  ASSERT_TRUE(held);
  EXPECT_EQ(FileLock::try_lock(dir + "/lock").error().code(), Code::in_use);
  EXPECT_TRUE(FileLock::is_held(dir + "/lock"));
  {
    FileLock gone = std::move(*held);
  }
  EXPECT_FALSE(FileLock::is_held(dir + "/lock"));
}

TEST_F(TempDir, AtomicWriteReplaces) {
  ASSERT_TRUE(write_atomic(dir + "/f", "one"));
  ASSERT_TRUE(write_atomic(dir + "/f", "two"));
  EXPECT_EQ(read_file(dir + "/f").value(), "two");
  EXPECT_EQ(list_dir(dir).value().size(), 1u);
}

TEST_F(TempDir, RemoveTreeDoesNotFollowLinks) {
  ASSERT_TRUE(ensure_dir(dir + "/a/b/c"));
  ASSERT_TRUE(write_atomic(dir + "/keep", "x"));
  ASSERT_TRUE(sys::symlinkat(dir + "/keep", AT_FDCWD, dir + "/a/b/link"));
  ASSERT_TRUE(remove_tree(dir + "/a"));
  EXPECT_TRUE(path_exists(dir + "/keep"));
  EXPECT_FALSE(path_exists(dir + "/a"));
}

TEST(Process, KnowsItself) {
  auto me = Process::open(::getpid()).value();
  EXPECT_TRUE(me.alive());
  EXPECT_FALSE(Process::open(::getpid(), me.start_time() + 1));
}

}  // namespace
}  // namespace cove
