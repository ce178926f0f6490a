#include "state/store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace cove::state {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/cove-store-XXXXXX";
    dir = ::mkdtemp(name);
    paths = {dir + "/graph", dir + "/run"};
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(dir)); }
  Record make(char digit, const std::string& name, bool transient = false) {
    Record r;
    r.id = std::string(64, digit), r.name = name, r.image_id = "img", r.created = static_cast<unsigned char>(digit),
    r.transient = transient;
    EXPECT_TRUE(ensure_dir(paths.container_dir(r.id)));
    return r;
  }
  std::string dir;
  Paths paths;
};

TEST_F(StoreTest, NamesAreUniqueOverBothDatabases) {
  Store store = Store::open(paths).value();
  ASSERT_TRUE(store.insert(make('a', "web")));
  auto again = store.insert(make('b', "web", true));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Code::exists);
  ASSERT_TRUE(store.remove(make('a', "web")));
  EXPECT_TRUE(store.insert(make('b', "web", true)));
}

TEST_F(StoreTest, FindsByNameIdAndUniquePrefix) {
  Store store = Store::open(paths).value();
  ASSERT_TRUE(store.insert(make('a', "web")));
  ASSERT_TRUE(store.insert(make('b', "db", true)));
  EXPECT_EQ(store.find("web")->record.id, std::string(64, 'a'));
  EXPECT_EQ(store.find("bbb")->record.name, "db");
  EXPECT_EQ(store.find("c").error().code(), Code::not_found);
  EXPECT_EQ(store.find("web")->phase, Phase::configured);
}

TEST_F(StoreTest, ARebootKeepsDurableNamesAndDropsTransientOnes) {
  {
    Store store = Store::open(paths).value();
    ASSERT_TRUE(store.insert(make('a', "web")));
    ASSERT_TRUE(store.insert(make('b', "tmp", true)));
  }
  ASSERT_TRUE(remove_tree(paths.run_root));
  Store store = Store::open(paths).value();
  EXPECT_TRUE(store.owner_of_name("web").value());
  EXPECT_FALSE(store.owner_of_name("tmp").value());
  EXPECT_EQ(store.list()->size(), 1u);
}

TEST_F(StoreTest, LocksExcludeAndRemovalIsSeen) {
  Store store = Store::open(paths).value();
  ASSERT_TRUE(store.insert(make('a', "web")));
  auto held = store.lock(std::string(64, 'a'));
  ASSERT_TRUE(held);
  EXPECT_FALSE(store.try_lock(std::string(64, 'a')).value());
  EXPECT_EQ(store.lock(std::string(64, 'f')).error().code(), Code::gone);
}

TEST_F(StoreTest, AMonitorThatDiedWithoutARecordNeedsSettling) {
  Store store = Store::open(paths).value();
  Record r = make('a', "web");
  ASSERT_TRUE(store.insert(r));
  ASSERT_TRUE(ensure_dir(paths.run_dir(r.id)));
  ASSERT_TRUE(write_atomic(paths.status(r.id),
                           "state=running\npid=1\npid_start=1\nmonitor_pid=1\ncreated_at=1\nstarted_at=1\n"));
  View v = store.find("web").value();
  EXPECT_TRUE(v.needs_settling);
  EXPECT_EQ(v.phase, Phase::exited);
}

}  // namespace
}  // namespace cove::state
