#pragma once
// SQLite, as cove uses it: WAL mode, short transactions, readers that never block. The C API is seen by db.cpp only.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fs.hpp"
#include "base/result.hpp"

namespace cove::db {

// A prepared statement. Bind from 1, read columns from 0. `step` gives true for a row, false at the end; a failed step
// resets the statement. Belongs to its Database and must not outlive it.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, int64_t n);
  Statement& bind_null(int index);
  Result<bool> step();
  Result<> run();  // step to the end, then reset; for statements without rows
  void reset();
  std::string text(int column) const;
  int64_t integer(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

enum class Durability { none, normal, full };  // PRAGMA synchronous off, normal, full

// One connection to one file. Not for several threads. Two processes may open the same file.
class Database {
 public:
  // Makes the file and runs `schema` (idempotent statements: CREATE … IF NOT EXISTS) where its user_version is below
  // `version`. Writers queue on <path>.lock, a lock the kernel hands on at once, so that nobody polls.
  static Result<Database> open(const std::string& path, std::string_view schema, int version, Durability durability);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Result<Statement> prepare(std::string_view sql);
  Result<> exec(std::string_view sql);
  // BEGIN IMMEDIATE … COMMIT around `body`; an error of the body rolls back and comes out. Keep it to a few statements:
  // no I/O, no wait inside.
  Result<> transaction(const std::function<Result<>()>& body);
  Result<> set_durability(Durability durability);
  int64_t changes() const;  // rows changed by the last statement

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cove::db
