#include "state/store.hpp"

#include <algorithm>

#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "runtime/monitor_files.hpp"
#include "storage/schema.hpp"

namespace cove::state {
namespace {

// Both databases have this table; run.db has the names besides.
constexpr std::string_view kContainers = R"sql(
CREATE TABLE IF NOT EXISTS containers(
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image_id TEXT NOT NULL, image_name TEXT NOT NULL, command TEXT NOT NULL,
  labels TEXT NOT NULL, mounts TEXT NOT NULL, networks TEXT NOT NULL, ports TEXT NOT NULL, created INTEGER NOT NULL,
  stopped_by_user INTEGER NOT NULL, has_exited INTEGER NOT NULL, oom INTEGER NOT NULL, exit_code INTEGER NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, config TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS containers_by_image ON containers(image_id);
-- What a list prints, in its order: `ps` reads this index alone and never touches a configuration.
CREATE INDEX IF NOT EXISTS containers_list ON containers(created, id, name, image_id, image_name, command, labels, mounts,
  networks, ports, stopped_by_user, has_exited, oom, exit_code, started_at, finished_at);
)sql";
constexpr std::string_view kNames = R"sql(
CREATE TABLE IF NOT EXISTS names(name TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS names_by_id ON names(id);
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql";
constexpr std::string_view kColumns =
    "id,name,image_id,image_name,command,labels,mounts,networks,ports,created,stopped_by_user,has_exited,oom,exit_code,"
    "started_at,finished_at";
constexpr int kVersion = 1;
constexpr int kRunVersion = 2;  // 2: names_by_id

Record from_row(const db::Statement& s, bool transient, bool with_config) {
  Record r;
  r.id = s.text(0), r.name = s.text(1), r.image_id = s.text(2), r.image_name = s.text(3), r.command = s.text(4);
  r.labels = s.text(5), r.mounts = s.text(6), r.networks = s.text(7), r.ports = s.text(8);
  r.created = s.integer(9), r.stopped_by_user = s.integer(10) != 0, r.has_exited = s.integer(11) != 0;
  r.oom = s.integer(12) != 0, r.exit_code = static_cast<int>(s.integer(13));
  r.started_at = s.integer(14), r.finished_at = s.integer(15);
  if (with_config) r.config = s.text(16);
  r.transient = transient;
  return r;
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::configured:
      return "created";
    case Phase::initialized:
      return "initialized";
    case Phase::running:
      return "running";
    case Phase::paused:
      return "paused";
    case Phase::stopping:
      return "stopping";
    case Phase::exited:
      return "exited";
  }
  return "unknown";
}

Result<Store> Store::open(const Paths& paths) {
  // Other users must not reach set-id programs, sockets and logs of containers.
  for (const auto& dir : {paths.graph_root, paths.run_root}) {
    if (!path_exists(dir)) TRY(ensure_dir(dir, 0700));
  }
  for (const auto& dir : {paths.graph_root + "/containers", paths.run_root + "/c", paths.run_root + "/exits",
                          paths.run_root + "/restarts", paths.mount_dir()}) {
    if (!path_exists(dir)) TRY(ensure_dir(dir, 0700));
  }
  std::string durable_schema = std::string(storage::kStorageSchema) + std::string(kContainers);
  std::string run_schema = std::string(kContainers) + std::string(kNames);
  auto durable = TRY(db::Database::open(paths.graph_root + "/cove.db", durable_schema, kVersion, db::Durability::full));
  auto run = TRY(db::Database::open(paths.run_root + "/run.db", run_schema, kRunVersion, db::Durability::none));
  Store store(paths, std::move(durable), std::move(run));
  TRY(store.load_names());
  return store;
}

Result<> Store::load_names() {
  {
    auto loaded = TRY(run_.prepare("SELECT 1 FROM meta WHERE key='names'"));
    if (TRY(loaded.step())) return {};
  }
  std::vector<std::pair<std::string, std::string>> names;
  auto all = TRY(durable_.prepare("SELECT name,id FROM containers"));
  while (TRY(all.step())) names.emplace_back(all.text(0), all.text(1));
  return run_.transaction([&]() -> Result<> {
    auto put = TRY(run_.prepare("INSERT OR IGNORE INTO names VALUES(?,?)"));
    for (const auto& [name, id] : names) TRY(put.bind(1, name).bind(2, id).run());
    return run_.exec("INSERT OR REPLACE INTO meta VALUES('names','loaded')");
  });
}

Result<std::optional<std::string>> Store::owner_of_name(const std::string& name) {
  auto s = TRY(run_.prepare("SELECT id FROM names WHERE name=?"));
  s.bind(1, name);
  if (!TRY(s.step())) return std::nullopt;
  return s.text(0);
}

namespace {
Result<> put_record(db::Database& db, const Record& r) {
  auto s = TRY(db.prepare("INSERT INTO containers VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  s.bind(1, r.id).bind(2, r.name).bind(3, r.image_id).bind(4, r.image_name).bind(5, r.command).bind(6, r.labels);
  s.bind(7, r.mounts).bind(8, r.networks).bind(9, r.ports).bind(10, r.created).bind(11, r.stopped_by_user);
  s.bind(12, r.has_exited).bind(13, r.oom).bind(14, r.exit_code).bind(15, r.started_at).bind(16, r.finished_at);
  return s.bind(17, r.config).run();
}
}  // namespace

Result<> Store::insert(const Record& record) {
  auto reserve = [&]() -> Result<> {
    if (auto owner = TRY(owner_of_name(record.name)); owner && *owner != record.id) {
      return Failure(
          Error(Code::exists, fmt::format("creating container storage: the container name \"{}\" is already in use by "
                                          "{}. You have to remove that container to be able to reuse that name: "
                                          "that name is already in use, or use --replace to instruct cove to do so.",
                                          record.name, *owner)));
    }
    auto s = TRY(run_.prepare("INSERT OR REPLACE INTO names VALUES(?,?)"));
    TRY(s.bind(1, record.name).bind(2, record.id).run());
    return record.transient ? put_record(run_, record) : Result<>();
  };
  TRY(run_.transaction(reserve));
  if (record.transient) return {};
  auto stored = durable_.transaction([&] { return put_record(durable_, record); });
  if (!stored) (void)remove(record);
  return stored;
}

Result<> Store::remove(const Record& record) {
  // The row goes first: a name without a row is swept, a row without a name would be lost.
  if (!record.transient) {
    TRY(durable_.transaction([&]() -> Result<> {
      auto s = TRY(durable_.prepare("DELETE FROM containers WHERE id=?"));
      return s.bind(1, record.id).run();
    }));
  }
  return run_.transaction([&]() -> Result<> {
    auto name = TRY(run_.prepare("DELETE FROM names WHERE id=?"));
    TRY(name.bind(1, record.id).run());
    if (!record.transient) return {};
    auto s = TRY(run_.prepare("DELETE FROM containers WHERE id=?"));
    return s.bind(1, record.id).run();
  });
}

Result<> Store::rename(const Record& before, const Record& after) {
  TRY(run_.transaction([&]() -> Result<> {
    auto take = TRY(run_.prepare("INSERT INTO names VALUES(?,?)"));
    return take.bind(1, after.name).bind(2, after.id).run();
  }));
  db::Database& db = home_of(before);
  auto renamed = db.transaction([&]() -> Result<> {
    auto s = TRY(db.prepare("UPDATE containers SET name=?,config=? WHERE id=?"));
    return s.bind(1, after.name).bind(2, after.config).bind(3, after.id).run();
  });
  const std::string& free = renamed ? before.name : after.name;
  TRY(run_.transaction([&]() -> Result<> {
    auto drop = TRY(run_.prepare("DELETE FROM names WHERE name=? AND id=?"));
    return drop.bind(1, free).bind(2, after.id).run();
  }));
  return renamed;
}

Result<> Store::save_exit(const Record& r) {
  db::Database& db = home_of(r);
  return db.transaction([&]() -> Result<> {
    auto s =
        TRY(db.prepare("UPDATE containers SET has_exited=?,oom=?,exit_code=?,started_at=?,finished_at=? WHERE id=?"));
    return s.bind(1, r.has_exited)
        .bind(2, r.oom)
        .bind(3, r.exit_code)
        .bind(4, r.started_at)
        .bind(5, r.finished_at)
        .bind(6, r.id)
        .run();
  });
}

Result<> Store::save_stopped_by_user(const Record& r, bool stopped) {
  if (r.stopped_by_user == stopped) return {};
  db::Database& db = home_of(r);
  return db.transaction([&]() -> Result<> {
    auto s = TRY(db.prepare("UPDATE containers SET stopped_by_user=? WHERE id=?"));
    return s.bind(1, stopped).bind(2, r.id).run();
  });
}

Result<std::vector<Record>> Store::read(db::Database& db, bool transient, std::string_view columns,
                                        std::string_view where, const std::string& arg) {
  auto s = TRY(db.prepare(fmt::format("SELECT {} FROM containers {}", columns, where)));
  if (!arg.empty()) s.bind(1, arg);
  bool with_config = columns.ends_with("config");
  std::vector<Record> out;
  while (TRY(s.step())) out.push_back(from_row(s, transient, with_config));
  return out;
}

// From the facts: is there a run directory, is the monitor's lock held, what do its files say.
void Store::derive(View& v) const {
  const std::string& id = v.record.id;
  v.phase = v.record.has_exited ? Phase::exited : Phase::configured;
  v.exit_code = v.record.exit_code, v.oom = v.record.oom;
  v.started_at = v.record.started_at, v.finished_at = v.record.finished_at;
  if (!path_exists(paths_.run_dir(id))) return;
  bool alive = FileLock::is_held(paths_.monitor_lock(id));
  auto exit = runtime::read_exit(paths_.exit_record(id));
  if (exit) {
    v.phase = Phase::exited;
    v.exit_code = exit->shell_code(), v.oom = exit->oom;
    v.started_at = exit->started_at, v.finished_at = exit->finished_at;
    v.needs_settling = !alive;
    return;
  }
  auto status = runtime::read_status(paths_.status(id));
  if (!alive) {
    v.needs_settling = true;
    if (status && status->pid > 0) {
      v.phase = Phase::exited, v.exit_code = 137;
      v.pid = status->pid, v.pid_start = status->pid_start;
      v.started_at = status->started_at;
    }
    return;
  }
  if (!status) return;
  v.pid = status->pid, v.pid_start = status->pid_start, v.monitor_pid = status->monitor_pid;
  if (status->started_at) v.started_at = status->started_at, v.finished_at = 0, v.exit_code = 0;
  if (status->state == protocol::State::created) v.phase = Phase::initialized;
  if (status->state == protocol::State::running) {
    v.phase = path_exists(paths_.run_dir(id) + "/paused") ? Phase::paused : Phase::running;
  }
  if (status->state == protocol::State::stopped) v.phase = Phase::exited;
}

Result<std::vector<View>> Store::list() {
  std::vector<Record> records = TRY(read(durable_, false, kColumns, "ORDER BY created,id", ""));
  std::vector<Record> transient = TRY(read(run_, true, kColumns, "ORDER BY created,id", ""));
  records.insert(records.end(), transient.begin(), transient.end());
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.created < b.created; });
  // One directory read tells which have facts to look at: stopped ones cost nothing.
  auto names = TRY(list_dir(paths_.run_root + "/c"));
  std::set<std::string> active(names.begin(), names.end());
  std::vector<View> out;
  out.reserve(records.size());
  for (auto& r : records) {
    View v;
    v.record = std::move(r);
    if (active.contains(v.record.id)) {
      derive(v);
      // A `--rm` container that has ended is as good as gone: its removal is under way.
      if (v.record.transient && v.phase == Phase::exited && !v.needs_settling) continue;
    } else {
      v.phase = v.record.has_exited ? Phase::exited : Phase::configured;
      v.exit_code = v.record.exit_code, v.oom = v.record.oom;
      v.started_at = v.record.started_at, v.finished_at = v.record.finished_at;
    }
    out.push_back(std::move(v));
  }
  return out;
}

Result<std::optional<View>> Store::find_id(const std::string& id) {
  std::string columns = std::string(kColumns) + ",config";
  for (bool transient : {true, false}) {
    auto found = TRY(read(transient ? run_ : durable_, transient, columns, "WHERE id=?", id));
    if (found.empty()) continue;
    View v;
    v.record = std::move(found.front());
    derive(v);
    return v;
  }
  return std::nullopt;
}

Result<View> Store::find(const std::string& given) {
  auto unknown = [&] {
    return Failure(
        Error(Code::not_found, fmt::format("no container with name or ID \"{}\" found: no such container", given)));
  };
  if (given.empty()) return unknown();
  std::string id = given;
  if (auto owner = TRY(owner_of_name(given))) id = *owner;
  if (auto v = TRY(find_id(id))) return std::move(*v);
  if (!is_hex(given) || given.size() > 64) return unknown();
  std::set<std::string> matches;
  for (db::Database* db : {&durable_, &run_}) {
    auto s = TRY(db->prepare("SELECT id FROM containers WHERE id>=? AND id<? LIMIT 2"));
    s.bind(1, given).bind(2, given + "g");
    while (TRY(s.step())) matches.insert(s.text(0));
  }
  if (matches.empty()) return unknown();
  if (matches.size() > 1) {
    return Failure(
        Error(Code::ambiguous,
              fmt::format("more than one result for container name or ID {}: container already exists", given)));
  }
  auto v = TRY(find_id(*matches.begin()));
  if (!v) return unknown();
  return std::move(*v);
}

Result<std::set<std::string>> Store::ids() {
  std::set<std::string> out;
  for (db::Database* db : {&durable_, &run_}) {
    auto s = TRY(db->prepare("SELECT id FROM containers"));
    while (TRY(s.step())) out.insert(s.text(0));
  }
  return out;
}

Result<> Store::read_configs(std::vector<View>& views) {
  auto durable = TRY(durable_.prepare("SELECT config FROM containers WHERE id=?"));
  auto run = TRY(run_.prepare("SELECT config FROM containers WHERE id=?"));
  for (auto& v : views) {
    auto& s = v.record.transient ? run : durable;
    s.bind(1, v.record.id);
    if (TRY(s.step())) v.record.config = s.text(0);
    s.reset();
  }
  return {};
}

Result<std::vector<std::string>> Store::users_of_image(const std::string& image_id) {
  std::vector<std::string> out;
  for (db::Database* db : {&durable_, &run_}) {
    auto s = TRY(db->prepare("SELECT id FROM containers WHERE image_id=?"));
    s.bind(1, image_id);
    while (TRY(s.step())) out.push_back(s.text(0));
  }
  return out;
}

Result<> Store::refresh(LockedContainer& container) {
  auto v = TRY(find_id(container.id()));
  if (!v) return Failure(Error(Code::gone, fmt::format("container {} was removed", container.id())));
  container.view = std::move(*v);
  return {};
}

Result<LockedContainer> Store::lock(const std::string& id) {
  auto held = FileLock::lock(paths_.lock(id));
  if (!held) return Failure(Error(Code::gone, fmt::format("no container with ID {}: no such container", id)));
  LockedContainer c(View{.record = {.id = id}}, std::move(*held));
  TRY(refresh(c));
  return c;
}

Result<std::optional<LockedContainer>> Store::try_lock(const std::string& id) {
  auto held = FileLock::try_lock(paths_.lock(id));
  if (!held) {
    if (held.error().code() == Code::in_use) return std::nullopt;
    return Failure(Error(Code::gone, fmt::format("no container with ID {}: no such container", id)));
  }
  LockedContainer c(View{.record = {.id = id}}, std::move(*held));
  TRY(refresh(c));
  return std::optional(std::move(c));
}

}  // namespace cove::state
