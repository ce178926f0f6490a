// Detached mounts. They need CAP_SYS_ADMIN; without it each test says so and is skipped.
#include <gtest/gtest.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "linux/idmap.hpp"
#include "linux/mountinfo.hpp"
#include "linux/overlay.hpp"
#include "linux/shm.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

class MountTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!make_shm(4096)) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
    before_ = *read_file("/proc/self/mountinfo");
    for (const char* d : {"/a", "/b", "/c", "/u", "/w"}) ASSERT_TRUE(ensure_dir(root_ + d));
    ASSERT_TRUE(write_atomic(root_ + "/a/top", "a"));
    ASSERT_TRUE(write_atomic(root_ + "/b/top", "b"));
    ASSERT_TRUE(write_atomic(root_ + "/b/middle", "b"));
    ASSERT_TRUE(write_atomic(root_ + "/c/low", "c"));
  }
  void TearDown() override {
    // Nothing of all this is ever seen in our mount namespace.
    if (!before_.empty()) {
      EXPECT_EQ(*read_file("/proc/self/mountinfo"), before_);
    }
    (void)remove_tree(root_);
  }
  OverlaySpec spec(OverlayWay way) {
    return {.lower = {root_ + "/a", root_ + "/b", root_ + "/c"},
            .upper = root_ + "/u",
            .work = root_ + "/w",
            .userxattr = in_userns(),
            .way = way};
  }
  // In a user namespace overlay keeps its marks in user.* attributes.
  static bool in_userns() {
    auto map = parse_id_map(*read_file("/proc/self/uid_map"));
    return map && !is_identity(*map);
  }
  static std::string get(int fd, const std::string& name) {
    auto file = sys::openat(fd, name, O_RDONLY);
    return file ? read_fd(file->get()).value_or("?") : "-";
  }
  static bool put(int fd, const std::string& name) {
    return sys::openat(fd, name, O_WRONLY | O_CREAT, 0644).has_value();
  }
  std::string before_;
  std::string root_ = testing::TempDir() + "mount-" + random_hex(8);
};

class OverlayWays : public MountTest, public testing::WithParamInterface<OverlayWay> {};
INSTANTIATE_TEST_SUITE_P(All, OverlayWays, testing::Values(OverlayWay::direct, OverlayWay::helper));

TEST_P(OverlayWays, MergesAndWrites) {
  auto fd = mount_overlay(spec(GetParam()));
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "top"), "a");
  EXPECT_EQ(get(fd->get(), "middle"), "b");
  EXPECT_EQ(get(fd->get(), "low"), "c");
  EXPECT_TRUE(put(fd->get(), "new"));
  EXPECT_TRUE(path_exists(root_ + "/u/new"));
  EXPECT_TRUE(sys::unlinkat(fd->get(), "low", 0));
  EXPECT_EQ(get(fd->get(), "low"), "-");
}

TEST_P(OverlayWays, ReadOnlyWithoutUpper) {
  OverlaySpec s = spec(GetParam());
  s.upper = s.work = "";
  auto fd = mount_overlay(s);
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "middle"), "b");
  EXPECT_FALSE(put(fd->get(), "new"));
}

TEST_P(OverlayWays, ManyLayersAndLongPaths) {
  OverlaySpec s = spec(GetParam());
  std::string deep = root_ + "/" + std::string(200, 'x') + "/" + std::string(200, 'y');
  s.lower.clear();
  for (int i = 0; i < 300; i++) {
    std::string dir = fmt::format("{}/{}", deep, i);
    ASSERT_TRUE(ensure_dir(dir));
    ASSERT_TRUE(write_atomic(fmt::format("{}/f{}", dir, i), "x"));
    s.lower.push_back(dir);
  }
  auto fd = mount_overlay(s);
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "f0"), "x");
  EXPECT_EQ(get(fd->get(), "f299"), "x");
}

TEST_P(OverlayWays, OddNames) {
  OverlaySpec s = spec(GetParam());
  std::string odd = root_ + "/a:b,c\\d e";
  ASSERT_TRUE(ensure_dir(odd + "/u"));
  ASSERT_TRUE(ensure_dir(odd + "/w"));
  ASSERT_TRUE(ensure_dir(odd + "/l"));
  ASSERT_TRUE(write_atomic(odd + "/l/odd", "o"));
  s.lower.insert(s.lower.begin(), odd + "/l");
  s.upper = odd + "/u";
  s.work = odd + "/w";
  auto fd = mount_overlay(s);
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "odd"), "o");
  EXPECT_TRUE(put(fd->get(), "new"));
  EXPECT_TRUE(path_exists(odd + "/u/new"));
}

TEST_P(OverlayWays, IdmappedLayers) {
  auto ns = make_userns({{0, 100000, 65536}}, {{0, 200000, 65536}});
  if (!ns) GTEST_SKIP() << ns.error().text();
  OverlaySpec s = spec(GetParam());
  s.lower_userns = ns->get();
  auto fd = mount_overlay(s);
  if (!fd && fd.error().code() == Code::unsupported) GTEST_SKIP() << fd.error().text();
  ASSERT_TRUE(fd) << fd.error().text();
  struct stat st = *sys::fstatat(fd->get(), "middle");
  EXPECT_EQ(st.st_uid, 100000u);
  EXPECT_EQ(st.st_gid, 200000u);
}

TEST_P(OverlayWays, SaysWhatIsMissing) {
  OverlaySpec s = spec(GetParam());
  s.lower[1] = root_ + "/none-such";
  auto fd = mount_overlay(s);
  ASSERT_FALSE(fd);
  EXPECT_NE(fd.error().text().find("No such file"), std::string::npos) << fd.error().text();
}

TEST_F(MountTest, OneLayerIsABindClone) {
  auto fd = mount_overlay({.lower = {root_ + "/b"}});
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "middle"), "b");
  EXPECT_FALSE(put(fd->get(), "new"));
  auto upper = mount_overlay({.upper = root_ + "/u", .work = root_ + "/w"});
  ASSERT_TRUE(upper) << upper.error().text();
  EXPECT_TRUE(put(upper->get(), "new"));
  EXPECT_EQ(mount_overlay({}).error().code(), Code::invalid);
  EXPECT_EQ(mount_overlay({.lower = {root_ + "/b"}, .upper = root_ + "/u"}).error().code(), Code::invalid);
}

TEST_F(MountTest, Rootfs) {
  auto fd = open_rootfs(root_);
  ASSERT_TRUE(fd) << fd.error().text();
  EXPECT_EQ(get(fd->get(), "a/top"), "a");
  EXPECT_FALSE(open_rootfs(root_ + "/a/top"));
  EXPECT_FALSE(open_rootfs(root_ + "/none-such"));
}

// spec: M1
TEST_F(MountTest, Shm) {
  auto fd = make_shm(1 << 20);
  ASSERT_TRUE(fd) << fd.error().text();
  struct statvfs vfs;
  ASSERT_EQ(::fstatvfs(fd->get(), &vfs), 0);
  EXPECT_EQ(vfs.f_blocks * vfs.f_frsize, 1u << 20);
  EXPECT_TRUE(vfs.f_flag & ST_NOSUID);
  EXPECT_TRUE(vfs.f_flag & ST_NODEV);
  EXPECT_TRUE(vfs.f_flag & ST_NOEXEC);
  EXPECT_EQ(sys::fstat(fd->get())->st_mode & 07777, 01777u);
}

// spec: M2
TEST_F(MountTest, DetachIsSilentWhereNothingIsMounted) {
  EXPECT_TRUE(detach_mount(root_ + "/a"));
  EXPECT_TRUE(detach_mount(root_ + "/none-such"));
}

TEST_F(MountTest, UsernsCarriesItsMap) {
  auto ns = make_userns({{0, 1000, 1}, {1, 2000, 10}}, {{0, 1000, 1}});
  if (!ns) GTEST_SKIP() << ns.error().text();
  EXPECT_TRUE(sys::readlinkat(AT_FDCWD, sysx::fd_path(ns->get()))->starts_with("user:["));
  EXPECT_FALSE(make_userns({}, {{0, 1, 1}}));
}

}  // namespace
}  // namespace cove::linux_
