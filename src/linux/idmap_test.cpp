#include "linux/idmap.hpp"

#include <gtest/gtest.h>

namespace cove::linux_ {
namespace {

TEST(IdMap, ParsesProcFormat) {
  auto map = parse_id_map("         0     100000       1000\n      1000       1000          1\n");
  ASSERT_TRUE(map) << map.error().text();
  EXPECT_EQ(*map, (IdMap{{0, 100000, 1000}, {1000, 1000, 1}}));
  EXPECT_EQ(format_id_map(*map), "0 100000 1000\n1000 1000 1\n");
  EXPECT_EQ(to_outside(*map, 5), 100005u);
  EXPECT_EQ(to_outside(*map, 1000), 1000u);
  EXPECT_EQ(to_outside(*map, 1001), std::nullopt);
  EXPECT_EQ(to_inside(*map, 100999), 999u);
  EXPECT_FALSE(is_identity(*map));
  EXPECT_TRUE(is_identity(*parse_id_map("0 0 4294967295\n")));
}

TEST(IdMap, RefusesBadRanges) {
  for (const char* bad :
       {"", "0 1", "0 0 0", "0 1 2 3", "a b c", "0 4294967295 2", "0 100 10\n5 200 10", "0 100 10\n50 105 10"}) {
    EXPECT_FALSE(parse_id_map(bad)) << bad;
  }
}

TEST(SubIds, ByNameAndNumber) {
  auto ranges = parse_sub_ids(
      "# x\nanna:100000:65536\nbob:1:1\n1000:300000:10\nanna:bad:1\nanna:5:0\nanna:4294967295:9\n", "anna", 1000);
  EXPECT_EQ(ranges, (std::vector<SubIdRange>{{100000, 65536}, {300000, 10}}));
}

TEST(AutoUserns, GuessesFromTheImage) {
  EXPECT_EQ(guess_userns_size("root:x:0:0:::\n", "", 0), 1024u);
  EXPECT_EQ(guess_userns_size("a:x:5000:20:::\nnobody:x:65534:65534:::\n", "g:x:7000:\n", 0), 7001u);
  EXPECT_EQ(guess_userns_size("", "", 9000), 9001u);
  EXPECT_EQ(guess_userns_size("a:x:60000:1:::\n", "", 0, 1024, 5000), 5000u);
}

TEST(AutoUserns, TakesTheLowestFreeRange) {
  AutoUserns want;
  want.available = {{{100000, 200000}}, {{100000, 200000}}};
  want.uids_in_use = {{100000, 65536}};
  want.size = 1024;
  auto maps = allocate_userns(want);
  ASSERT_TRUE(maps) << maps.error().text();
  EXPECT_EQ(maps->uids, (IdMap{{0, 165536, 1024}}));
  EXPECT_EQ(maps->gids, (IdMap{{0, 100000, 1024}}));
}

TEST(AutoUserns, SplitsWhereNoRangeIsLargeEnough) {
  AutoUserns want;
  want.available = {{{1000, 100}, {5000, 100}}, {{1000, 200}}};
  want.size = 150;
  auto maps = allocate_userns(want);
  ASSERT_TRUE(maps) << maps.error().text();
  EXPECT_EQ(maps->uids, (IdMap{{0, 1000, 100}, {100, 5000, 50}}));
}

TEST(AutoUserns, KeepsPins) {
  AutoUserns want;
  want.available = {{{1000, 100}}, {{1000, 100}}};
  want.uid_pins = {{10, 1000, 1}};
  want.size = 20;
  auto maps = allocate_userns(want);
  ASSERT_TRUE(maps) << maps.error().text();
  EXPECT_EQ(maps->uids, (IdMap{{0, 1001, 10}, {10, 1000, 1}, {11, 1011, 9}}));
}

TEST(AutoUserns, SaysWhenIdsRunOut) {
  AutoUserns want;
  want.available = {{{1000, 100}}, {{1000, 100}}};
  want.gids_in_use = {{1000, 50}};
  want.size = 80;
  auto maps = allocate_userns(want);
  ASSERT_FALSE(maps);
  EXPECT_EQ(maps.error().code(), Code::no_space);
  EXPECT_NE(maps.error().text().find("80 wanted, 50 free"), std::string::npos) << maps.error().text();
}

}  // namespace
}  // namespace cove::linux_
