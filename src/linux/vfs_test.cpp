// make_vfs_root. Without root the ids stay ours and no device nodes are made; both are tried where the kernel allows
// it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "linux/overlay.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

class VfsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* d : {"/low", "/high", "/out"}) ASSERT_TRUE(ensure_dir(root_ + d));
  }
  ~VfsTest() override { (void)remove_tree(root_); }
  void put(const std::string& path, const std::string& text, mode_t mode = 0644) {
    std::string full = root_ + path;
    ASSERT_TRUE(ensure_dir(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_atomic(full, text, mode));
  }
  std::string get(const std::string& path) { return read_file(root_ + path).value_or("?"); }
  struct stat look(const std::string& path) {
    auto st = sys::fstatat(AT_FDCWD, root_ + path, AT_SYMLINK_NOFOLLOW);
    EXPECT_TRUE(st) << path;
    return st.value_or(stat_none_);
  }
  void merge() {
    auto r = make_vfs_root({root_ + "/high", root_ + "/low"}, root_ + "/out");
    ASSERT_TRUE(r) << r.error().text();
  }
  struct stat stat_none_ = {};
  std::string root_ = testing::TempDir() + "vfs-" + random_hex(8);
};

TEST_F(VfsTest, UpperWins) {
  put("/low/etc/a", "low");
  put("/low/etc/b", "low");
  put("/high/etc/b", "high", 0600);
  put("/low/thing/inside", "x");
  put("/high/thing", "now a file");
  put("/low/other", "file");
  put("/high/other/inside", "now a directory");
  merge();
  EXPECT_EQ(get("/out/etc/a"), "low");
  EXPECT_EQ(get("/out/etc/b"), "high");
  EXPECT_EQ(look("/out/etc/b").st_mode & 07777, 0600u);
  EXPECT_EQ(get("/out/thing"), "now a file");
  EXPECT_EQ(get("/out/other/inside"), "now a directory");
}

TEST_F(VfsTest, KeepsModesLinksAndTimes) {
  put("/low/bin/tool", "#!", 0755);
  ASSERT_EQ(::chmod((root_ + "/low/bin/tool").c_str(), 04755), 0);
  ASSERT_EQ(::link((root_ + "/low/bin/tool").c_str(), (root_ + "/low/bin/same").c_str()), 0);
  ASSERT_EQ(::symlink("../../../../etc/shadow", (root_ + "/low/bin/away").c_str()), 0);
  ASSERT_EQ(::mkfifo((root_ + "/low/pipe").c_str(), 0640), 0);
  struct stat like = {};
  like.st_atim.tv_sec = like.st_mtim.tv_sec = 1000;
  ASSERT_TRUE(sysx::set_times(AT_FDCWD, root_ + "/low/bin", like));
  ASSERT_TRUE(sysx::set_times(AT_FDCWD, root_ + "/low/bin/away", like));
  merge();
  EXPECT_EQ(look("/out/bin/tool").st_mode & 07777, 04755u);
  EXPECT_EQ(look("/out/bin/tool").st_ino, look("/out/bin/same").st_ino);
  EXPECT_EQ(*sys::readlinkat(AT_FDCWD, root_ + "/out/bin/away"), "../../../../etc/shadow");
  EXPECT_TRUE(S_ISFIFO(look("/out/pipe").st_mode));
  EXPECT_EQ(look("/out/bin").st_mtim.tv_sec, 1000);
  EXPECT_EQ(look("/out/bin/away").st_mtim.tv_sec, 1000);
}

TEST_F(VfsTest, KeepsHoles) {
  auto fd = sys::open(root_ + "/low/sparse", O_WRONLY | O_CREAT, 0644);
  ASSERT_TRUE(fd);
  ASSERT_TRUE(sys::pwrite(fd->get(), "end", 3, 64 << 20));
  merge();
  EXPECT_EQ(look("/out/sparse").st_size, (64 << 20) + 3);
  EXPECT_LT(look("/out/sparse").st_blocks, 4096);
  auto made = sys::open(root_ + "/out/sparse", O_RDONLY);
  char tail[3];
  ASSERT_EQ(sys::pread(made->get(), tail, 3, 64 << 20).value_or(0), 3u);
  EXPECT_EQ(std::string(tail, 3), "end");
}

TEST_F(VfsTest, DoesNotFollowLinksOut) {
  put("/outside/file", "safe");
  ASSERT_EQ(::symlink((root_ + "/outside").c_str(), (root_ + "/low/dir").c_str()), 0);
  put("/high/dir/file", "high");
  merge();
  EXPECT_EQ(get("/outside/file"), "safe");
  EXPECT_EQ(get("/out/dir/file"), "high");
  EXPECT_TRUE(S_ISDIR(look("/out/dir").st_mode));
}

TEST_F(VfsTest, WhiteoutsAndOpaque) {
  put("/low/gone", "x");
  put("/low/dir/old", "x");
  put("/low/keep/old", "x");
  put("/high/dir/new", "y");
  put("/high/keep/new", "y");
  if (::mknod((root_ + "/high/gone").c_str(), S_IFCHR, 0) != 0) GTEST_SKIP() << "needs mknod";
  if (!sysx::set_xattr(root_ + "/high/dir", "trusted.overlay.opaque", "y")) GTEST_SKIP() << "needs trusted attributes";
  merge();
  EXPECT_FALSE(path_exists(root_ + "/out/gone"));
  EXPECT_FALSE(path_exists(root_ + "/out/dir/old"));
  EXPECT_EQ(get("/out/dir/new"), "y");
  EXPECT_EQ(get("/out/keep/old"), "x");
  EXPECT_FALSE(sysx::get_xattr(root_ + "/out/dir", "trusted.overlay.opaque"));
}

}  // namespace
}  // namespace cove::linux_
