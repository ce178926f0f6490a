#include "db/db.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cove::db {
namespace {

constexpr std::string_view kSchema = "CREATE TABLE IF NOT EXISTS t(k TEXT PRIMARY KEY, n INTEGER)";

class DbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/cove-db-XXXXXX";
    dir = ::mkdtemp(name);
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(dir)); }
  Database open() { return Database::open(dir + "/x.db", kSchema, 1, Durability::none).value(); }
  std::string dir;
};

TEST_F(DbTest, TransactionRollsBackOnError) {
  Database db = open();
  auto r = db.transaction([&]() -> Result<> {
    TRY(db.exec("INSERT INTO t VALUES('a',1)"));
    return Failure(Error(Code::invalid, "no"));
  });
  EXPECT_FALSE(r);
  EXPECT_FALSE(db.prepare("SELECT * FROM t").value().step().value());
}

TEST_F(DbTest, DuplicateKeyIsExists) {
  Database db = open();
  ASSERT_TRUE(db.exec("INSERT INTO t VALUES('a',1)"));
  EXPECT_EQ(db.exec("INSERT INTO t VALUES('a',2)").error().code(), Code::exists);
}

TEST_F(DbTest, ManyWritersLoseNothing) {
  {
    Database db = open();
  }
  for (int p = 0; p < 8; p++) {
    if (::fork() == 0) {
      Database db = open();
      bool ok = true;
      for (int i = 0; i < 50; i++) {
        ok = ok && db.transaction([&] { return db.exec(fmt::format("INSERT INTO t VALUES('{}-{}',1)", p, i)); });
      }
      ::_exit(ok ? 0 : 1);
    }
  }
  for (int p = 0; p < 8; p++) {
    int status = 1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  Database db = open();
  auto count = db.prepare("SELECT count(*) FROM t").value();
  ASSERT_TRUE(count.step().value());
  EXPECT_EQ(count.integer(0), 400);
}

TEST_F(DbTest, NewerFormatIsRefused) {
  {
    Database::open(dir + "/x.db", kSchema, 2, Durability::none).value();
  }
  auto r = Database::open(dir + "/x.db", kSchema, 1, Durability::none);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code(), Code::unsupported);
}

}  // namespace
}  // namespace cove::db
