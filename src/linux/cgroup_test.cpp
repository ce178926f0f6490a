#include "linux/cgroup.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/util.hpp"

namespace cove::linux_ {
namespace {

// A fake tree below a temporary directory; `put` makes a file with its directories.
class CgroupTest : public testing::Test {
 protected:
  ~CgroupTest() override { (void)remove_tree(root_); }
  void put(const std::string& path, const std::string& text) {
    std::string full = root_ + path;
    ASSERT_TRUE(ensure_dir(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_atomic(full, text));
  }
  std::string get(const std::string& path) { return read_file(root_ + path).value_or("?"); }
  void make_v2() { put("/sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n"); }
  void make_v1(bool hybrid) {
    std::string info;
    int id = 30;
    for (const char* c : {"memory", "cpu,cpuacct", "freezer", "pids", "blkio", "name=systemd"}) {
      std::string dir = c == std::string("name=systemd") ? "systemd" : c;
      info += fmt::format("{} 1 0:{} / /sys/fs/cgroup/{} rw,nosuid - cgroup cgroup rw,{}\n", id, id, dir, c);
      ASSERT_TRUE(ensure_dir(root_ + "/sys/fs/cgroup/" + dir));
      id++;
    }
    if (hybrid) {
      info += "50 1 0:50 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
      put("/sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
    }
    put("/proc/self/mountinfo", info);
  }
  CgroupLayout layout() {
    auto l = read_cgroup_layout(root_);
    EXPECT_TRUE(l) << l.error().text();
    return l.value_or(CgroupLayout{});
  }
  std::string root_ = testing::TempDir() + "cgroup-" + random_hex(8);
};

TEST_F(CgroupTest, LayoutV2) {
  make_v2();
  CgroupLayout l = layout();
  EXPECT_EQ(l.mode, CgroupMode::v2);
  EXPECT_TRUE(l.has("memory"));
  EXPECT_FALSE(l.has("freezer"));
  EXPECT_EQ(l.v2_tree(), &l.trees[0]);
}

TEST_F(CgroupTest, LayoutV1AndHybrid) {
  make_v1(false);
  EXPECT_EQ(layout().mode, CgroupMode::v1);
  make_v1(true);
  CgroupLayout l = layout();
  EXPECT_EQ(l.mode, CgroupMode::hybrid);
  EXPECT_EQ(l.find("cpuacct")->mount_point, root_ + "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_TRUE(l.find("hugetlb")->v2);
  EXPECT_EQ(l.trees.size(), 7u);
  put("/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 /dev/vda rw\n");
  EXPECT_EQ(layout().mode, CgroupMode::none);
}

TEST_F(CgroupTest, NeverTheRoot) {
  make_v2();
  for (const char* path : {"", "/", "//", "/..", "/a/.."}) {
    auto c = Cgroup::at(layout(), path);
    ASSERT_FALSE(c) << path;
    EXPECT_EQ(c.error().code(), Code::invalid);
  }
}

TEST_F(CgroupTest, OfAProcess) {
  make_v1(true);
  put("/proc/77/cgroup", "9:name=systemd:/\n8:memory:/cove/x\n7:freezer:/shared\n6:cpu,cpuacct:/cove/x\n0::/u\n");
  put("/proc/self/cgroup", "9:name=systemd:/\n8:memory:/\n7:freezer:/shared\n6:cpu,cpuacct:/\n0::/\n");
  auto c = Cgroup::of(layout(), 77, root_);
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_EQ(c->dirs(), (std::vector<std::string>{root_ + "/sys/fs/cgroup/memory/cove/x",
                                                 root_ + "/sys/fs/cgroup/cpu,cpuacct/cove/x",
                                                 root_ + "/sys/fs/cgroup/unified/u"}));
  EXPECT_EQ(Cgroup::of(layout(), 78, root_).error().code(), Code::gone);
}

TEST_F(CgroupTest, PidsAndPopulated) {
  make_v2();
  Cgroup c = *Cgroup::at(layout(), "/cove/x");
  EXPECT_FALSE(c.exists());
  EXPECT_FALSE(*c.populated());
  put("/sys/fs/cgroup/cove/x/cgroup.procs", "12\n0\n");
  put("/sys/fs/cgroup/cove/x/sub/cgroup.procs", "7\n12\n");
  EXPECT_EQ(*c.pids(), (std::vector<pid_t>{7, 12}));
  EXPECT_TRUE(*c.populated());
  EXPECT_TRUE(c.exists());
}

TEST_F(CgroupTest, KillsWhatIsInIt) {
  make_v1(false);
  Cgroup c = *Cgroup::at(layout(), "/cove/x");
  EXPECT_TRUE(c.kill_all());  // absent is fine
  auto child = spawn({.argv = {"sleep", "1000"}});
  ASSERT_TRUE(child) << child.error().text();
  put("/sys/fs/cgroup/memory/cove/x/cgroup.procs", std::to_string(child->pid()) + "\n");
  put("/sys/fs/cgroup/freezer/cove/x/freezer.state", "THAWED\n");
  // The fake list does not empty itself, so the call runs into its limit; the process is dead all the same.
  auto killed = c.kill_all(std::chrono::milliseconds(1));
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().code(), Code::timed_out);
  EXPECT_EQ(child->wait()->signal, SIGKILL);
  EXPECT_EQ(get("/sys/fs/cgroup/freezer/cove/x/freezer.state").substr(0, 6), "THAWED");
}

TEST_F(CgroupTest, KillsByFileOnV2) {
  make_v2();
  put("/sys/fs/cgroup/cove/x/cgroup.kill", "");
  put("/sys/fs/cgroup/cove/x/cgroup.events", "populated 1\nfrozen 0\n");
  auto killed = Cgroup::at(layout(), "cove/x")->kill_all(std::chrono::milliseconds(0));
  EXPECT_FALSE(killed);
  EXPECT_EQ(get("/sys/fs/cgroup/cove/x/cgroup.kill"), "1");
}

TEST_F(CgroupTest, RemovesEverywhere) {
  make_v1(true);
  Cgroup c = *Cgroup::at(layout(), "/cove/x");
  ASSERT_TRUE(c.make());
  EXPECT_TRUE(path_exists(root_ + "/sys/fs/cgroup/pids/cove/x"));
  ASSERT_TRUE(ensure_dir(root_ + "/sys/fs/cgroup/pids/cove/x/a/b"));
  ASSERT_TRUE(c.remove());
  EXPECT_FALSE(c.exists());
  EXPECT_TRUE(path_exists(root_ + "/sys/fs/cgroup/pids/cove"));
  EXPECT_TRUE(c.remove());  // absent is fine
}

TEST_F(CgroupTest, NewCpusetsInherit) {
  put("/proc/self/mountinfo", "30 1 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
  put("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-1\n");
  put("/sys/fs/cgroup/cpuset/cpuset.mems", "0\n");
  for (const char* dir : {"/cove", "/cove/x"}) {
    put(fmt::format("/sys/fs/cgroup/cpuset{}/cpuset.cpus", dir), "\n");
    put(fmt::format("/sys/fs/cgroup/cpuset{}/cpuset.mems", dir), "\n");
  }
  ASSERT_TRUE(Cgroup::at(layout(), "/cove/x")->make());
  EXPECT_EQ(get("/sys/fs/cgroup/cpuset/cove/cpuset.cpus").substr(0, 3), "0-1");
  EXPECT_EQ(get("/sys/fs/cgroup/cpuset/cove/x/cpuset.mems").substr(0, 1), "0");
}

TEST_F(CgroupTest, FreezesOnBoth) {
  make_v2();
  put("/sys/fs/cgroup/cove/x/cgroup.freeze", "0");
  put("/sys/fs/cgroup/cove/x/cgroup.events", "populated 1\nfrozen 1\n");
  Cgroup v2 = *Cgroup::at(layout(), "/cove/x");
  ASSERT_TRUE(v2.freeze());
  EXPECT_EQ(get("/sys/fs/cgroup/cove/x/cgroup.freeze"), "1");
  EXPECT_TRUE(*v2.is_paused());
  ASSERT_TRUE(v2.thaw());
  EXPECT_EQ(get("/sys/fs/cgroup/cove/x/cgroup.freeze"), "0");
  EXPECT_EQ(Cgroup::at(layout(), "/none")->freeze().error().code(), Code::not_found);
}

TEST_F(CgroupTest, UsageV2) {
  make_v2();
  put("/sys/fs/cgroup/c/memory.current", "4096\n");
  put("/sys/fs/cgroup/c/memory.max", "max\n");
  put("/sys/fs/cgroup/c/memory.stat", "anon 1\ninactive_file 512\n");
  put("/sys/fs/cgroup/c/memory.events", "oom 2\noom_kill 3\n");
  put("/sys/fs/cgroup/c/cpu.stat", "usage_usec 10\nuser_usec 6\nsystem_usec 4\n");
  put("/sys/fs/cgroup/c/pids.current", "5\n");
  put("/sys/fs/cgroup/c/pids.max", "2048\n");
  put("/sys/fs/cgroup/c/io.stat",
      "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=0 rios=1 wios=0\n");
  Cgroup c = *Cgroup::at(layout(), "c");
  auto u = c.usage();
  ASSERT_TRUE(u) << u.error().text();
  EXPECT_EQ(u->memory, 4096u);
  EXPECT_EQ(u->memory_limit, 0u);
  EXPECT_EQ(u->memory_cache, 512u);
  EXPECT_EQ(u->cpu_ns, 10'000u);
  EXPECT_EQ(u->cpu_user_ns, 6'000u);
  EXPECT_EQ(u->pids, 5u);
  EXPECT_EQ(u->pids_limit, 2048u);
  EXPECT_EQ(u->read_bytes, 15u);
  EXPECT_EQ(u->write_ops, 2u);
  EXPECT_EQ(*c.oom_kills(), 3u);
}

TEST_F(CgroupTest, UsageV1) {
  make_v1(false);
  put("/sys/fs/cgroup/memory/c/memory.usage_in_bytes", "8192\n");
  put("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "9223372036854771712\n");
  put("/sys/fs/cgroup/memory/c/memory.stat", "total_inactive_file 100\n");
  put("/sys/fs/cgroup/memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  put("/sys/fs/cgroup/cpu,cpuacct/c/cpuacct.usage", "123456\n");
  put("/sys/fs/cgroup/blkio/c/blkio.throttle.io_service_bytes", "8:0 Read 7\n8:0 Write 9\nTotal 16\n");
  Cgroup c = *Cgroup::at(layout(), "c");
  auto u = c.usage();
  ASSERT_TRUE(u) << u.error().text();
  EXPECT_EQ(u->memory, 8192u);
  EXPECT_EQ(u->memory_limit, 0u);
  EXPECT_EQ(u->memory_cache, 100u);
  EXPECT_EQ(u->cpu_ns, 123456u);
  EXPECT_EQ(u->read_bytes, 7u);
  EXPECT_EQ(u->write_bytes, 9u);
  EXPECT_EQ(*c.oom_kills(), 1u);
}

// spec: G19
TEST(SystemdCgroup, Names) {
  auto c = parse_systemd_cgroup("machine.slice:cove:0123abcd");
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_EQ(c->slice, "machine.slice");
  EXPECT_EQ(c->scope, "cove-0123abcd.scope");
  EXPECT_EQ(c->path, "/machine.slice/cove-0123abcd.scope");
  EXPECT_EQ(parse_systemd_cgroup("machine-pods-a.slice:cove:x")->path,
            "/machine.slice/machine-pods.slice/machine-pods-a.slice/cove-x.scope");
  EXPECT_EQ(parse_systemd_cgroup(":cove:x")->path, "/system.slice/cove-x.scope");
  EXPECT_EQ(parse_systemd_cgroup("-.slice:cove:x")->path, "/cove-x.scope");
  for (const char* bad :
       {"", "a.slice:b", "a.slice:b:", "a.slice:b:c:d", "a:b:c", "../x.slice:b:c", "a--b.slice:x:y"}) {
    EXPECT_FALSE(parse_systemd_cgroup(bad)) << bad;
  }
  EXPECT_EQ(*expand_slice("machine-foo.slice"), "/machine.slice/machine-foo.slice");
  EXPECT_EQ(*expand_slice("-.slice"), "/");
  EXPECT_FALSE(expand_slice(".slice"));
  EXPECT_EQ(escape_unit_name("a-b/c d"), "a\\x2db-c\\x20d");
}

}  // namespace
}  // namespace cove::linux_
