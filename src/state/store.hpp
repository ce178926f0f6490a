#pragma once
// Store: the records of containers in two databases, and their locks. What is wished is stored durably
// (<graphroot>/cove.db); a `--rm` container's wish and all name reservations live in <runroot>/run.db on tmpfs, which a
// reboot empties. What *is* is never stored: view() derives it from the monitor's lock and files.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/result.hpp"
#include "base/util.hpp"
#include "db/db.hpp"

namespace cove::state {

// Derived, never stored. configured: never started; initialized: made by the runtime, not started. Texts as podman's.
enum class Phase { configured, initialized, running, paused, stopping, exited };
std::string_view to_string(Phase phase);
inline bool is_at_rest(Phase phase) { return phase == Phase::configured || phase == Phase::exited; }
// "created" for configured, else the name

// One row. `summary` columns are what a list prints, so that a list parses no configuration.
struct Record {
  std::string id, name, image_id, image_name;
  std::string config;    // JSON of plan::ContainerConfig; empty in lists
  std::string command;   // argv, blanks between
  std::string labels;    // JSON object
  std::string mounts;    // JSON array of destinations
  std::string networks;  // JSON array of names
  std::string ports;     // JSON array of plan::PortMapping as stored in the configuration
  Nanos created = 0;
  bool transient = false;  // lives in run.db: `--rm`
  bool stopped_by_user = false;
  // The last run that is over.
  bool has_exited = false, oom = false;
  int exit_code = 0;  // as a shell says it: 128 + signal
  Nanos started_at = 0, finished_at = 0;
};

// Record plus facts.
struct View {
  Record record;
  Phase phase = Phase::configured;
  int pid = 0;  // running or paused
  uint64_t pid_start = 0;
  int monitor_pid = 0;
  int exit_code = 0;
  bool oom = false;
  Nanos started_at = 0, finished_at = 0;
  bool needs_settling = false;  // its monitor died, or has left work behind: settle() under the lock
};

// Paths below the two roots (docs/state.md).
struct Paths {
  std::string graph_root, run_root;
  std::string container_dir(const std::string& id) const { return graph_root + "/containers/" + id; }
  std::string lock(const std::string& id) const { return graph_root + "/containers/" + id + "/lock"; }
  std::string run_dir(const std::string& id) const { return run_root + "/c/" + id; }
  std::string status(const std::string& id) const { return run_dir(id) + "/status"; }
  std::string monitor_lock(const std::string& id) const { return run_dir(id) + "/monitor.lock"; }
  std::string attach(const std::string& id) const { return run_dir(id) + "/attach"; }
  std::string exit_record(const std::string& id) const { return run_root + "/exits/" + id; }
  std::string restarts(const std::string& id) const { return run_root + "/restarts/" + id; }
  std::string creating() const { return run_root + "/creating"; }  // shared by those who make a container's directory
  std::string mount_dir() const { return run_root + "/mnt"; }
  std::string log(const std::string& id) const { return container_dir(id) + "/ctr.log"; }
};

// Holding it = holding the container (the lock file is the object's own). Re-read under the lock. Not copyable;
// dropping it frees the container.
class LockedContainer {
 public:
  const std::string& id() const { return view.record.id; }
  View view;

 private:
  friend class Store;
  LockedContainer(View v, FileLock lock) : view(std::move(v)), lock_(std::move(lock)) {}
  FileLock lock_;
};

class Store {
 public:
  // Makes both roots and databases where missing; after a reboot fills the name reservations again.
  static Result<Store> open(const Paths& paths);

  const Paths& paths() const { return paths_; }
  db::Database& durable() { return durable_; }

  // One transaction: Code::exists names who has the name. The id must be new.
  Result<> insert(const Record& record);
  Result<> remove(const Record& record);  // row and name; absent is fine
  // New name and configuration of one container; Code::exists where another has the name.
  Result<> rename(const Record& before, const Record& after);
  Result<> save_exit(const Record& record);  // has_exited, oom, exit_code, times
  Result<> save_stopped_by_user(const Record& record, bool stopped);
  Result<std::optional<std::string>> owner_of_name(const std::string& name);

  // Lists take no lock and wait for nobody; the newest last. Without configurations.
  Result<std::vector<View>> list();
  // Full id, name, or unique prefix of an id. Code::not_found: `no container with name or ID "x" found: no such
  // container`.
  Result<View> find(const std::string& name_or_id);
  Result<std::optional<View>> find_id(const std::string& id);
  Result<std::set<std::string>> ids();
  // Fills `record.config` of listed containers; it stays empty where one was removed meanwhile.
  Result<> read_configs(std::vector<View>& views);
  Result<std::vector<std::string>> users_of_image(const std::string& image_id);

  // Waits for the container's lock. Code::gone where it was removed meanwhile.
  Result<LockedContainer> lock(const std::string& id);
  // nullopt: somebody else holds it.
  Result<std::optional<LockedContainer>> try_lock(const std::string& id);
  Result<> refresh(LockedContainer& container);

 private:
  Store(Paths paths, db::Database durable, db::Database run)
      : paths_(std::move(paths)), durable_(std::move(durable)), run_(std::move(run)) {}
  Result<> load_names();
  db::Database& home_of(const Record& record) { return record.transient ? run_ : durable_; }
  Result<std::vector<Record>> read(db::Database& db, bool transient, std::string_view columns, std::string_view where,
                                   const std::string& arg);
  void derive(View& view) const;

  Paths paths_;
  db::Database durable_, run_;
};

}  // namespace cove::state
