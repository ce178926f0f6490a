#include "db/db.hpp"

#include <sqlite3.h>

namespace cove::db {

constexpr int kLogPages = 100;  // of 4 KiB

struct Database::Impl {
  sqlite3* handle = nullptr;
  std::string path;
  ~Impl() { sqlite3_close_v2(handle); }
};

struct Statement::Impl {
  sqlite3_stmt* handle = nullptr;
  sqlite3* db = nullptr;
  ~Impl() { sqlite3_finalize(handle); }
};

namespace {
Failure failed(sqlite3* db, std::string_view what) {
  int rc = sqlite3_errcode(db);
  Code code = Code::internal;
  if ((rc & 0xff) == SQLITE_CONSTRAINT) code = Code::exists;
  if ((rc & 0xff) == SQLITE_FULL) code = Code::no_space;
  if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB) code = Code::corrupt;
  return Failure(Error(code, fmt::format("database: {}: {}", what, sqlite3_errmsg(db))));
}
}  // namespace

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(impl_->handle, index, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind(int index, int64_t n) {
  sqlite3_bind_int64(impl_->handle, index, n);
  return *this;
}
Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(impl_->handle, index);
  return *this;
}
Result<bool> Statement::step() {
  int rc = sqlite3_step(impl_->handle);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  auto error = failed(impl_->db, sqlite3_sql(impl_->handle));
  sqlite3_reset(impl_->handle);
  return error;
}
Result<> Statement::run() {
  while (TRY(step())) {
  }
  reset();
  return {};
}
void Statement::reset() {
  sqlite3_reset(impl_->handle);
  sqlite3_clear_bindings(impl_->handle);
}
std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(impl_->handle, column));
  return data ? std::string(data, static_cast<size_t>(sqlite3_column_bytes(impl_->handle, column))) : std::string();
}
int64_t Statement::integer(int column) const { return sqlite3_column_int64(impl_->handle, column); }
bool Statement::is_null(int column) const { return sqlite3_column_type(impl_->handle, column) == SQLITE_NULL; }

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

namespace {
Result<int64_t> user_version(Database& db) {
  Statement s = TRY(db.prepare("PRAGMA user_version"));
  return TRY(s.step()) ? s.integer(0) : 0;
}

// Under the writers' lock: another process may have done it meanwhile.
Result<> apply_schema(Database& db, const std::string& path, std::string_view schema, int version) {
  FileLock lock = TRY(FileLock::lock(path + ".lock"));
  TRY(db.exec("PRAGMA journal_mode=WAL"));
  if (TRY(user_version(db)) >= version) return {};
  TRY(db.exec(fmt::format("BEGIN IMMEDIATE;{};PRAGMA user_version={};COMMIT", schema, version)));
  return {};
}
}  // namespace

Result<Database> Database::open(const std::string& path, std::string_view schema, int version, Durability durability) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int rc = sqlite3_open_v2(path.c_str(), &impl->handle, flags, nullptr);
  if (rc != SQLITE_OK) {
    if (!impl->handle) return Failure(Error(Code::internal, fmt::format("database {}: out of memory", path)));
    return Failure(Error(Code::system, fmt::format("open database {}: {}", path, sqlite3_errmsg(impl->handle))));
  }
  // Only recovery after a crash and the change of the WAL mode can still find the file busy: writers queue on our lock.
  sqlite3_busy_timeout(impl->handle, 10000);
  // A command is often the only one: moving the log into the database at every close would cost each of them four waits
  // for the disk. It moves every kLogPages pages instead, so that whoever opens the file first has little to read
  // again.
  sqlite3_db_config(impl->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(impl->handle, kLogPages);
  Database db(std::move(impl));
  TRY(db.set_durability(durability));
  int64_t found = TRY_CTX(user_version(db), fmt::format("opening {}", path));
  if (found < version) TRY_CTX(apply_schema(db, path, schema, version), fmt::format("opening {}", path));
  if (found > version) {
    return Failure(
        Error(Code::unsupported, fmt::format("database {} has format {}, this program knows {}", path, found, version))
            .hint("use the newer program that wrote it"));
  }
  return db;
}

Result<Statement> Database::prepare(std::string_view sql) {
  auto impl = std::make_unique<Statement::Impl>();
  impl->db = impl_->handle;
  if (sqlite3_prepare_v2(impl_->handle, sql.data(), static_cast<int>(sql.size()), &impl->handle, nullptr) !=
      SQLITE_OK) {
    return failed(impl_->handle, sql);
  }
  return Statement(std::move(impl));
}

Result<> Database::exec(std::string_view sql) {
  if (sqlite3_exec(impl_->handle, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    auto error = failed(impl_->handle, sql.substr(0, 60));
    if (!sqlite3_get_autocommit(impl_->handle)) sqlite3_exec(impl_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    return error;
  }
  return {};
}

Result<> Database::transaction(const std::function<Result<>()>& body) {
  FileLock lock = TRY(FileLock::lock(impl_->path + ".lock"));
  TRY(exec("BEGIN IMMEDIATE"));
  auto done = body();
  if (!done) {
    sqlite3_exec(impl_->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
  }
  return exec("COMMIT");
}

Result<> Database::set_durability(Durability durability) {
  static constexpr const char* kModes[] = {"PRAGMA synchronous=OFF", "PRAGMA synchronous=NORMAL",
                                           "PRAGMA synchronous=FULL"};
  return exec(kModes[static_cast<int>(durability)]);
}

int64_t Database::changes() const { return sqlite3_changes64(impl_->handle); }

}  // namespace cove::db
