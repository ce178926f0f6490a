#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/host_facts.hpp"

namespace cove::linux_ {
namespace {

class FactsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ensure_dir(root_ + "/graph"));
    ASSERT_TRUE(ensure_dir(root_ + "/run"));
  }
  ~FactsTest() override { (void)remove_tree(root_); }
  std::string root_ = testing::TempDir() + "facts-" + random_hex(8);
};

TEST_F(FactsTest, TextFormKeepsEverything) {
  auto facts = probe_host(root_ + "/graph");
  ASSERT_TRUE(facts) << facts.error().text();
  auto again = decode_facts(encode_facts(*facts));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(encode_facts(*again), encode_facts(*facts));
  EXPECT_EQ(again->cgroups.trees.size(), facts->cgroups.trees.size());
  EXPECT_EQ(again->rlimits, facts->rlimits);
  EXPECT_TRUE(list_dir(root_ + "/graph")->empty());  // the trial left nothing
}

TEST_F(FactsTest, SaysWhatIsThere) {
  auto facts = probe_host(root_ + "/graph");
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts->boot_id.size(), 36u);
  EXPECT_GE(facts->kernel_major, 4);
  EXPECT_GT(facts->memory, 1u << 20);
  EXPECT_GE(facts->cpus, 1u);
  ASSERT_NE(facts->find_limit("RLIMIT_NOFILE"), nullptr);
  EXPECT_GT(facts->find_limit("RLIMIT_NOFILE")->hard, 0u);
  EXPECT_TRUE(facts->pidfd);
}

TEST_F(FactsTest, IsKeptForOneBoot) {
  auto first = load_host_facts(root_ + "/run", root_ + "/graph");
  ASSERT_TRUE(first) << first.error().text();
  auto text = read_file(root_ + "/run/facts");
  ASSERT_TRUE(text);
  // A mark in the file shows that the second call reads it.
  std::string marked = *text;
  size_t at = marked.find("\nos_name ");
  marked.replace(at, marked.find('\n', at + 1) - at, "\nos_name Marked");
  ASSERT_TRUE(write_atomic(root_ + "/run/facts", marked));
  EXPECT_EQ(load_host_facts(root_ + "/run", root_ + "/graph")->os_name, "Marked");
  // Of another boot, or cut: probed anew.
  std::string other = marked;
  other.replace(4, 8, "00000000");
  ASSERT_TRUE(write_atomic(root_ + "/run/facts", other));
  EXPECT_NE(load_host_facts(root_ + "/run", root_ + "/graph")->os_name, "Marked");
  ASSERT_TRUE(write_atomic(root_ + "/run/facts", marked.substr(0, marked.size() / 2)));
  EXPECT_NE(load_host_facts(root_ + "/run", root_ + "/graph")->os_name, "Marked");
}

TEST(Facts, RefusesNonsense) {
  for (const char* bad : {"", "x\n", "cove-facts 1\n", "cove-facts 1\nnope 1\nend\n", "cove-facts 1\ncpus x\nend\n",
                          "cove-facts 1\nopenat2 2\nend\n", "cove-facts 1\nend\ncpus 1\n"}) {
    EXPECT_EQ(decode_facts(bad).error().code(), Code::corrupt) << bad;
  }
  EXPECT_TRUE(decode_facts("cove-facts 1\nend\n"));
}

}  // namespace
}  // namespace cove::linux_
