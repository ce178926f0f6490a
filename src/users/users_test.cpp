#include "users/users.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::users {
namespace {

constexpr std::string_view kPasswd =
    "# comment\n"
    "root:x:0:0:root:/root:/bin/sh\n"
    "nonsense\n"
    "bad:x:-1:0::/:/bin/sh\n"
    "user:x:1000:1000:A User:/home/user:/bin/sh\r\n"
    "1234:x:77:78::/named:/bin/sh\n"
    "nohome:x:1001:1001:::\n"
    "short:x:9:10\n"
    "toor:x:0:0::/toor:/bin/sh";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "wheel:x:10:root,user\n"
    "audio:x:63: user ,nohome\n"
    "broken:x:notanumber:user\n"
    "user:x:1000:\n"
    "55:x:99:\n";

ResolvedUser ok(std::string_view user, const std::vector<std::string>& more = {}) {
  auto found = resolve(kPasswd, kGroup, user, more);
  EXPECT_TRUE(found) << found.error().text();
  return found ? *found : ResolvedUser{.uid = 999999};
}
std::string fails(std::string_view user, const std::vector<std::string>& more = {}) {
  auto found = resolve(kPasswd, kGroup, user, more);
  EXPECT_FALSE(found);
  return found ? "" : found.error().message();
}

// spec: G8
TEST(Resolve, NamesAndNumbers) {
  EXPECT_EQ(ok("user"), (ResolvedUser{1000, 1000, {10, 63}, "user", "/home/user"}));
  EXPECT_EQ(ok("1000"), (ResolvedUser{1000, 1000, {10, 63}, "user", "/home/user"}));
  EXPECT_EQ(ok("4000"), (ResolvedUser{4000, 0, {}, "", "/"}));
  EXPECT_EQ(ok("nohome").home, "/");
  EXPECT_EQ(ok("short"), (ResolvedUser{9, 10, {}, "short", "/"}));
}

TEST(Resolve, UserAndGroup) {
  EXPECT_EQ(ok("user:wheel"), (ResolvedUser{1000, 10, {}, "user", "/home/user"}));
  EXPECT_EQ(ok("1000:7"), (ResolvedUser{1000, 7, {}, "user", "/home/user"}));
  EXPECT_EQ(ok("user:0"), (ResolvedUser{1000, 0, {}, "user", "/home/user"}));
  EXPECT_EQ(ok("4000:wheel"), (ResolvedUser{4000, 10, {}, "", "/"}));
  EXPECT_EQ(ok(":wheel").gid, 10U);
  EXPECT_EQ(ok("user:").gid, 0U + 1000U);
}

TEST(Resolve, ANameThatLooksLikeANumberWins) {
  EXPECT_EQ(ok("1234"), (ResolvedUser{77, 78, {}, "1234", "/named"}));
  EXPECT_EQ(ok("user:55").gid, 99U);
}

TEST(Resolve, UnknownNamesAreErrorsThatNameThem) {
  EXPECT_EQ(fails("ghost"), "unable to find user ghost: no matching entries in passwd file");
  EXPECT_EQ(fails("user:ghosts"), "unable to find group ghosts: no matching entries in group file");
  EXPECT_EQ(fails("", {"ghosts"}), "unable to find group ghosts: no matching entries in group file");
  EXPECT_EQ(fails("4294967296"), "uids and gids must be in range 0-2147483647");
  EXPECT_NE(fails("-1"), "");
}

// spec: G10
TEST(Resolve, DefaultIsRoot) {
  EXPECT_EQ(ok(""), (ResolvedUser{0, 0, {10}, "root", "/root"}));
  auto bare = resolve("", "", "", {});
  ASSERT_TRUE(bare);
  EXPECT_EQ(*bare, ResolvedUser{});
}

// spec: G9
TEST(Resolve, AdditionalGroups) {
  EXPECT_EQ(ok("user", {"audio", "123", "wheel"}).groups, (std::vector<uint32_t>{10, 63, 123}));
  EXPECT_EQ(ok("user:wheel", {"audio"}).groups, (std::vector<uint32_t>{63}));
  EXPECT_EQ(ok("user", {"1000"}).groups, (std::vector<uint32_t>{10, 63}));
}

class InRoot : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/users-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    ASSERT_TRUE(ensure_dir(root_ + "/etc"));
    auto fd = sys::open(root_, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_TRUE(fd);
    fd_ = std::move(*fd);
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(root_)); }
  void put(const std::string& path, std::string_view text) { ASSERT_TRUE(write_atomic(root_ + path, text)); }

  std::string root_;
  UniqueFd fd_;
};

// spec: G11
TEST_F(InRoot, LinksStayBelowTheRoot) {
  put("/real", "inside:x:5:6::/in:/bin/sh\n");
  ASSERT_EQ(symlink("../../../../../../../real", (root_ + "/etc/passwd").c_str()), 0);
  ASSERT_EQ(symlink("/etc/hosts", (root_ + "/etc/group").c_str()), 0);  // the host's is not seen
  auto user = resolve_user(fd_.get(), "inside", {});
  ASSERT_TRUE(user) << user.error().text();
  EXPECT_EQ(user->uid, 5U);
}

// spec: G11
TEST_F(InRoot, AFifoNeverBlocks) {
  ASSERT_EQ(mkfifo((root_ + "/etc/passwd").c_str(), 0666), 0);
  ASSERT_EQ(mkdir((root_ + "/etc/group").c_str(), 0777), 0);
  auto user = resolve_user(fd_.get(), "7:8", {});
  ASSERT_TRUE(user) << user.error().text();
  EXPECT_EQ(*user, (ResolvedUser{7, 8, {}, "", "/"}));
}

TEST_F(InRoot, MissingFilesAndLoopsCountAsEmpty) {
  ASSERT_EQ(symlink("passwd", (root_ + "/etc/passwd").c_str()), 0);
  auto user = resolve_user(fd_.get(), "", {});
  ASSERT_TRUE(user) << user.error().text();
  EXPECT_EQ(*user, ResolvedUser{});
}

TEST_F(InRoot, AHugeFileIsRefused) {
  put("/etc/passwd", "");
  ASSERT_EQ(truncate((root_ + "/etc/passwd").c_str(), (16 << 20) + 1), 0);
  EXPECT_FALSE(resolve_user(fd_.get(), "root", {}));
}

// spec: G8
TEST(Resolve, NeedsAMountedRoot) {
  auto user = resolve_user(-1, "root", {});
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().code(), Code::bad_state);
}

}  // namespace
}  // namespace cove::users
