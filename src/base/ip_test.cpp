#include "base/ip.hpp"

#include <gtest/gtest.h>

namespace cove {
namespace {

IpAddress a(const char* text) { return IpAddress::parse(text).value(); }
IpPrefix p(const char* text) { return IpPrefix::parse(text).value(); }

TEST(Ip, TextAndBack) {
  for (const char* t : {"0.0.0.0", "10.88.0.1", "255.255.255.255", "::", "::1", "fd00::1", "2001:db8::ffff"})
    EXPECT_EQ(a(t).text(), t);
  for (const char* t : {"", "10.88.0", "10.88.0.256", "10.88.0.1/16", "fd00::1%eth0", "x", "1.2.3.4 "})
    EXPECT_FALSE(IpAddress::parse(t)) << t;
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.88.0.1\0x", 11)));
}

TEST(Ip, Arithmetic) {
  EXPECT_EQ(a("10.88.0.255").plus(1), a("10.88.1.0"));
  EXPECT_EQ(a("10.88.1.0").plus(-1), a("10.88.0.255"));
  EXPECT_EQ(a("10.88.0.0").plus(65536 + 256 + 7), a("10.89.1.7"));
  EXPECT_EQ(a("255.255.255.255").plus(1), std::nullopt);
  EXPECT_EQ(a("0.0.0.0").plus(-1), std::nullopt);
  EXPECT_EQ(a("fd00::ffff:ffff").plus(1), a("fd00::1:0:0"));
  EXPECT_EQ(a("fd00::1:0:0").minus(a("fd00::")), int64_t{1} << 32);
  EXPECT_EQ(a("10.0.0.1").minus(a("10.0.1.0")), -255);
  EXPECT_EQ(a("ffff::").minus(a("::")), std::nullopt);
  EXPECT_EQ(a("10.0.0.1").minus(a("::")), std::nullopt);
}

TEST(Ip, Prefixes) {
  EXPECT_EQ(p("10.88.3.4/16").masked(), p("10.88.0.0/16"));
  EXPECT_EQ(p("10.88.3.4/16").last(), a("10.88.255.255"));
  EXPECT_EQ(p("10.88.3.4/30").last(), a("10.88.3.7"));
  EXPECT_EQ(p("fd00::/64").last(), a("fd00::ffff:ffff:ffff:ffff"));
  EXPECT_TRUE(p("10.88.0.0/16").contains(a("10.88.255.1")));
  EXPECT_FALSE(p("10.88.0.0/16").contains(a("10.89.0.1")));
  EXPECT_FALSE(p("10.88.0.0/16").contains(a("::")));
  EXPECT_TRUE(p("0.0.0.0/0").overlaps(p("10.0.0.0/8")));
  EXPECT_TRUE(p("10.1.0.0/16").overlaps(p("10.0.0.0/8")));
  EXPECT_FALSE(p("10.1.0.0/16").overlaps(p("10.2.0.0/16")));
  for (const char* t : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "::/129", "/8"})
    EXPECT_FALSE(IpPrefix::parse(t)) << t;
}

}  // namespace
}  // namespace cove
