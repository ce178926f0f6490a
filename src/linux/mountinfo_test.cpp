#include "linux/mountinfo.hpp"

#include <gtest/gtest.h>

namespace cove::linux_ {
namespace {

constexpr const char* kText =
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
    "23 22 0:20 / /proc rw,nosuid - proc proc rw\n"
    "24 22 0:21 / /mnt/with\\040blank\\134and\\011tab rw master:3 propagate_from:2 unbindable - tmpfs tmp\\040fs "
    "rw,size=4k\n"
    "25 22 0:22 /sub /mnt rw shared:7 master:1 - overlay overlay rw\n"
    "26 25 0:23 / /mnt rw - tmpfs  rw\n";

TEST(Mountinfo, ReadsEveryField) {
  auto mounts = parse_mountinfo(kText);
  ASSERT_TRUE(mounts) << mounts.error().text();
  ASSERT_EQ(mounts->size(), 5u);
  const MountEntry& root = (*mounts)[0];
  EXPECT_EQ(root.id, 22);
  EXPECT_EQ(root.parent, 1);
  EXPECT_EQ(root.major, 254u);
  EXPECT_EQ(root.shared, 1);
  EXPECT_EQ(root.fs_type, "ext4");
  EXPECT_EQ(root.source, "/dev/vda");
  EXPECT_EQ(root.super_options, "rw,discard");
  const MountEntry& odd = (*mounts)[2];
  EXPECT_EQ(odd.mount_point, "/mnt/with blank\\and\ttab");
  EXPECT_EQ(odd.source, "tmp fs");
  EXPECT_EQ(odd.master, 3);
  EXPECT_TRUE(odd.unbindable);
  EXPECT_EQ((*mounts)[4].source, "");
}

TEST(Mountinfo, FindsTheCoveringMount) {
  auto mounts = parse_mountinfo(kText);
  ASSERT_TRUE(mounts);
  EXPECT_EQ(find_mount(*mounts, "/proc/self")->id, 23);
  EXPECT_EQ(find_mount(*mounts, "/procedure")->id, 22);
  EXPECT_EQ(find_mount(*mounts, "/mnt/x")->id, 26);  // the later one covers
  EXPECT_TRUE(is_mount_point(*mounts, "/mnt"));
  EXPECT_FALSE(is_mount_point(*mounts, "/mnt/x"));
  EXPECT_TRUE(is_shared(*mounts, "/etc"));
  EXPECT_FALSE(is_shared(*mounts, "/mnt/x"));
  EXPECT_EQ(find_mount({}, "/"), nullptr);
}

TEST(Mountinfo, RefusesNonsense) {
  for (const char* bad : {"x", "1 2 3 / / rw - ext4 a rw", "1 2 3:4 / / rw shared:x - ext4 a rw",
                          "1 2 3:4 / / rw shared:1", "1 2 3:4 / / rw -", "99999999999 2 3:4 / / rw - ext4 a rw"}) {
    auto r = parse_mountinfo(bad);
    ASSERT_FALSE(r) << bad;
    EXPECT_EQ(r.error().code(), Code::corrupt);
  }
  EXPECT_TRUE(parse_mountinfo("")->empty());
}

TEST(Mountinfo, ReadsOurOwn) {
  auto mounts = read_mountinfo();
  ASSERT_TRUE(mounts) << mounts.error().text();
  EXPECT_NE(find_mount(*mounts, "/"), nullptr);
}

}  // namespace
}  // namespace cove::linux_
