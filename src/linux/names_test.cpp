// Signals, capabilities, labels, devices.
#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/capabilities.hpp"
#include "linux/devices.hpp"
#include "linux/labels.hpp"
#include "linux/signals.hpp"

namespace cove::linux_ {
namespace {

TEST(Signals, BothWays) {
  EXPECT_EQ(*parse_signal("SIGTERM"), 15);
  EXPECT_EQ(*parse_signal("term"), 15);
  EXPECT_EQ(*parse_signal("9"), 9);
  EXPECT_EQ(*parse_signal("SIGRTMIN+3"), 37);  // spec: G12
  EXPECT_EQ(*parse_signal("RTMAX-1"), 63);
  EXPECT_EQ(*parse_signal("rtmin"), 34);
  EXPECT_EQ(signal_name(15), "SIGTERM");
  EXPECT_EQ(signal_name(37), "SIGRTMIN+3");
  for (int s = 1; s <= 64; s++) {
    if (s == 32 || s == 33) continue;
    EXPECT_EQ(parse_signal(signal_name(s)).value_or(0), s) << signal_name(s);
  }
  EXPECT_EQ(signal_names().size(), 62u);
}

TEST(Signals, RefusesUnknown) {
  for (const char* bad : {"", "0", "65", "-1", "SIG", "SIGFOO", "RTMIN-1", "RTMIN+31", "RTMAX+1"}) {
    EXPECT_FALSE(parse_signal(bad)) << bad;
  }
  EXPECT_NE(parse_signal("SIGTERN").error().text().find("SIGTERM"), std::string::npos);
}

TEST(Capabilities, Names) {
  EXPECT_EQ(capability_names().size(), 41u);
  EXPECT_EQ(find_capability("CAP_SYS_ADMIN"), 21);
  EXPECT_EQ(find_capability("net_raw"), 13);
  EXPECT_EQ(find_capability("CAP_CHECKPOINT_RESTORE"), 40);
  EXPECT_EQ(find_capability("CAP_NOPE"), std::nullopt);
  EXPECT_EQ(capability_list(0x3), (std::vector<std::string>{"CAP_CHOWN", "CAP_DAC_OVERRIDE"}));
}

TEST(Capabilities, Status) {
  auto sets = parse_capability_sets(
      "Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000003\nCapBnd:"
      "\t000001ffffffffff\n"
      "CapAmb:\t0000000000000000\n");
  ASSERT_TRUE(sets) << sets.error().text();
  EXPECT_EQ(sets->effective, 3u);
  EXPECT_EQ(sets->bounding, 0x1ffffffffffu);
  EXPECT_FALSE(parse_capability_sets("CapEff:\tzz\n"));
  EXPECT_FALSE(parse_capability_sets(""));
  EXPECT_TRUE(read_capability_sets());
}

TEST(Labels, Selinux) {
  auto label = parse_selinux_label("system_u:object_r:container_file_t:s0:c1,c2");
  ASSERT_TRUE(label);
  EXPECT_EQ(label->type, "container_file_t");
  EXPECT_EQ(label->level, "s0:c1,c2");
  EXPECT_EQ(label->text(), "system_u:object_r:container_file_t:s0:c1,c2");
  EXPECT_FALSE(parse_selinux_label("a:b"));
  EXPECT_EQ(parse_selinux_label("")->text(), "");
}

TEST(Labels, ReadFromAFakeTree) {
  std::string root = testing::TempDir() + "labels-" + random_hex(8);
  ASSERT_TRUE(ensure_dir(root + "/sys/module/apparmor/parameters"));
  ASSERT_TRUE(ensure_dir(root + "/sys/kernel/security/apparmor"));
  ASSERT_TRUE(ensure_dir(root + "/sys/fs/selinux"));
  EXPECT_FALSE(apparmor_enabled(root));
  EXPECT_FALSE(selinux_enabled(root));
  ASSERT_TRUE(write_atomic(root + "/sys/module/apparmor/parameters/enabled", "Y\n"));
  ASSERT_TRUE(
      write_atomic(root + "/sys/kernel/security/apparmor/profiles", "containers-default (enforce)\na b (complain)\n"));
  ASSERT_TRUE(write_atomic(root + "/sys/fs/selinux/enforce", "1"));
  EXPECT_TRUE(apparmor_enabled(root));
  EXPECT_TRUE(apparmor_profile_loaded("a b", root));
  EXPECT_FALSE(apparmor_profile_loaded("a", root));
  EXPECT_TRUE(selinux_enabled(root));
  EXPECT_TRUE(selinux_enforcing(root));
  EXPECT_TRUE(remove_tree(root));
}

TEST(Devices, OneAndAll) {
  auto null = stat_device("/dev/null");
  ASSERT_TRUE(null) << null.error().text();
  EXPECT_EQ(null->type, 'c');
  EXPECT_EQ(null->major, 1u);
  EXPECT_EQ(null->minor, 3u);
  EXPECT_EQ(stat_device("/etc/passwd").error().code(), Code::invalid);
  EXPECT_FALSE(stat_device("/dev/none-such"));
  auto all = host_devices();
  ASSERT_TRUE(all) << all.error().text();
  bool has_null = false;
  for (const DeviceNode& d : *all) {
    has_null = has_null || d.path == "/dev/null";
    EXPECT_FALSE(d.path.starts_with("/dev/pts/")) << d.path;
    EXPECT_NE(d.path, "/dev/console");
    EXPECT_NE(d.path, "/dev/tty");
  }
  EXPECT_TRUE(has_null);
  EXPECT_EQ(expand_device("/dev/null")->size(), 1u);
}

}  // namespace
}  // namespace cove::linux_
