#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "engine/crash_point.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/verbs.hpp"
#include "linux/cgroup.hpp"
#include "runtime/monitor_files.hpp"
#include "storage/container_dir.hpp"

namespace cove::engine {
namespace {

constexpr Nanos kTombstoneLife = Nanos{5} * 60 * 1'000'000'000;

// Whatever still runs in the container's cgroup goes, then the cgroup and what the runtime remembers. Goes on to the
// end.
void take_down(Engine& engine, const std::string& id, const std::string& cgroup_path, ErrorList& errors) {
  if (!cgroup_path.empty()) {
    auto cgroup = linux_::Cgroup::at(engine.facts.cgroups, cgroup_path);
    if (cgroup && cgroup->exists()) errors.collect(cgroup->kill_all());
  }
  if (path_exists(engine.runtime.root() + "/" + id)) errors.collect(engine.runtime.remove(id, true));
  if (!cgroup_path.empty()) {
    auto cgroup = linux_::Cgroup::at(engine.facts.cgroups, cgroup_path);
    if (cgroup && cgroup->exists()) errors.collect(cgroup->remove());
  }
}

std::string cgroup_of(const Engine& engine, const plan::ContainerConfig& config) {
  if (config.cgroups_mode == "disabled" || config.cgroups_mode == "split") return "";
  return plan::cgroup_below_root(config, plan_facts(engine));
}

// The end of a container whose monitor could not tell it.
Result<> record_lost_end(Engine& engine, const std::string& id, const state::View& view) {
  std::string text = fmt::format("exit_code=0\nsignal=9\noom=0\nstarted_at={}\nfinished_at={}\npid={}\n",
                                 view.started_at, now(), view.pid);
  return write_atomic(engine.paths().exit_record(id), text, 0600);
}

void report(const ErrorList& errors, const std::string& id) {
  for (const auto& e : errors.all()) LOG_WARN("cleaning up container {}: {}", id, e.text());
}

// --restart: the clean-up of one run starts the next. The count lives on tmpfs, so a reboot begins anew.
Result<> restart_if_wished(Engine& engine, state::LockedContainer container) {
  const state::View& view = container.view;
  plan::ContainerConfig config = TRY(load_container(view.record));
  const std::string& policy = config.restart.name;
  if (policy.empty() || policy == "no" || view.record.stopped_by_user || view.phase != state::Phase::exited) return {};
  if (policy == "on-failure" && view.exit_code == 0) return {};
  std::string path = engine.paths().restarts(container.id());
  auto text = read_file(path);
  uint64_t count = text ? parse_uint(trim(*text)).value_or(0) : 0;
  if (policy == "on-failure" && config.restart.max_retries > 0 && count >= config.restart.max_retries) return {};
  TRY(write_atomic(path, fmt::format("{}", count + 1), 0600));
  const std::string id = container.id();
  {
    state::LockedContainer freed = std::move(container);
  }
  // Back-off, so that a container that cannot run does not take the machine: 50 ms, doubled up to a minute.
  uint64_t nap = std::min<uint64_t>(60000, uint64_t{50} << std::min<uint64_t>(count, 11));
  ::poll(nullptr, 0, static_cast<int>(nap));
  auto now_view = engine.store.find_id(id);
  if (!now_view || !*now_view || (*now_view)->record.stopped_by_user || (*now_view)->phase != state::Phase::exited)
    return {};
  TRY(start(engine, id, {.restarted = true}));
  return {};
}

}  // namespace

void discard_attempt(Engine& engine, const plan::ContainerConfig& config) {
  ErrorList errors;
  take_down(engine, config.id, cgroup_of(engine, config), errors);
  errors.collect(remove_tree(engine.paths().run_dir(config.id)));
  report(errors, config.id);
}

Result<> settle(Engine& engine, state::LockedContainer& container) {
  const std::string id = container.id();
  const auto& paths = engine.paths();
  if (!path_exists(paths.run_dir(id))) return {};
  if (FileLock::is_held(paths.monitor_lock(id))) {
    if (!path_exists(paths.exit_record(id))) return {};
    // It has reported the end and is about to hand over to its clean-up.
    (void)TRY(FileLock::lock(paths.monitor_lock(id)));
    TRY(engine.store.refresh(container));
    if (!path_exists(paths.run_dir(id))) return {};
  }
  state::View before = container.view;
  auto exit = runtime::read_exit(paths.exit_record(id));
  auto status = runtime::read_status(paths.status(id));
  plan::ContainerConfig config = TRY(load_container(before.record));
  ErrorList errors;
  take_down(engine, id, cgroup_of(engine, config), errors);
  if (!exit && status && status->pid > 0) {
    TRY(record_lost_end(engine, id, before));
    exit = runtime::read_exit(paths.exit_record(id));
  }
  crash_point("settle.taken_down");
  if (exit) {
    state::Record r = before.record;
    r.has_exited = true, r.oom = exit->oom, r.exit_code = exit->shell_code();
    r.started_at = exit->started_at, r.finished_at = exit->finished_at;
    TRY(engine.store.save_exit(r));
  }
  crash_point("settle.saved");
  TRY(remove_tree(paths.run_dir(id)));
  report(errors, id);
  return engine.store.refresh(container);
}

Result<> cleanup(Engine& engine, const std::string& name, bool remove_it) {
  auto view = engine.store.find(name);
  if (!view) {
    // `run --rm` took the record away when it saw the end; what is left is ours.
    if (name.size() != 64 || !is_hex(name) || view.error().code() != Code::not_found)
      return Failure(std::move(view).error());
    const auto& paths = engine.paths();
    if (!path_exists(paths.run_dir(name)) && !path_exists(paths.container_dir(name))) {
      return remove_it ? Result<>() : Failure(std::move(view).error());
    }
    // One at a time: the monitor's own clean-up and a list that found the remains may meet here.
    std::optional<FileLock> lock;
    if (path_exists(paths.container_dir(name))) {
      auto held = FileLock::try_lock(paths.lock(name));
      if (!held && held.error().code() == Code::in_use) return {};
      if (held) lock = std::move(*held);
    }
    ErrorList errors;
    // The cgroup's path: the default below the parent that every container without one of its own has.
    plan::ContainerConfig config;
    config.id = name;
    auto text = read_file(paths.run_dir(name) + "/config.json");
    std::string cgroup;
    if (auto spec = text ? json::parse(*text) : Result<json::Value>(json::Value()))
      cgroup = (*spec)["linux"]["cgroupsPath"].as_string();
    if (cgroup.find(':') != std::string::npos || !cgroup.starts_with('/')) cgroup.clear();
    if (!FileLock::is_held(paths.monitor_lock(name))) {
      take_down(engine, name, cgroup, errors);
      errors.collect(remove_tree(paths.run_dir(name)));
      errors.collect(storage::remove_container_dir(paths.graph_root, name));
    }
    report(errors, name);
    return {};
  }
  auto container = engine.store.lock(view->record.id);
  if (!container) return container.error().code() == Code::gone ? Result<>() : Failure(std::move(container).error());
  TRY(settle(engine, *container));
  if (state::is_at_rest(container->view.phase) && remove_it) {
    TRY(engine.store.remove(container->view.record));
    return storage::remove_container_dir(engine.paths().graph_root, container->id());
  }
  return restart_if_wished(engine, std::move(*container));
}

namespace {

// Directories without a record whose lock nobody holds: what a killed create, rm or `run --rm` left.
Result<> sweep_orphans(Engine& engine, SweepReport& report_out) {
  const auto& paths = engine.paths();
  std::vector<std::pair<std::string, const char*>> remains;
  {
    // Nobody makes a container while we look: what has no record now will never get one.
    auto alone = FileLock::try_lock(paths.creating());
    if (!alone) return alone.error().code() == Code::in_use ? Result<>() : Failure(std::move(alone).error());
    std::set<std::string> known = TRY(engine.store.ids());
    auto look = [&](const std::string& id, const char* what) {
      bool held = FileLock::is_held(paths.lock(id)) || FileLock::is_held(paths.monitor_lock(id));
      if (!known.contains(id) && id.size() == 64 && !held) remains.emplace_back(id, what);
    };
    for (const auto& id : TRY(list_dir(paths.run_root + "/c"))) look(id, "run directory");
    for (const auto& id : TRY(list_dir(paths.graph_root + "/containers"))) look(id, "container directory");
  }
  for (const auto& [id, what] : remains) {
    report_out.findings.push_back(fmt::format("{} {} belonged to no container: removed", what, id));
    auto cleaned = cleanup(engine, id, true);
    if (!cleaned) LOG_WARN("{}", cleaned.error().text());
  }
  return {};
}

Result<> sweep_tombstones(Engine& engine) {
  for (const auto& name : TRY(list_dir(engine.paths().run_root + "/exits"))) {
    std::string path = engine.paths().run_root + "/exits/" + name;
    auto st = sys::fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if (st && now() - (st->st_mtim.tv_sec * Nanos{1'000'000'000}) > kTombstoneLife &&
        !path_exists(engine.paths().run_dir(name.substr(0, 64)))) {
      (void)sys::unlinkat(AT_FDCWD, path, 0);
    }
  }
  return {};
}

Result<> settle_if_free(Engine& engine, const state::View& view, SweepReport* found) {
  auto locked = engine.store.try_lock(view.record.id);
  if (!locked || !*locked) return {};
  if (found) found->findings.push_back(fmt::format("container {}: its monitor is gone: settled", view.record.name));
  TRY(settle(engine, **locked));
  if (view.record.transient && (*locked)->view.phase == state::Phase::exited) {
    TRY(engine.store.remove(view.record));
    TRY(storage::remove_container_dir(engine.paths().graph_root, view.record.id));
  }
  return {};
}

}  // namespace

Result<SweepReport> sweep(Engine& engine, bool thorough) {
  SweepReport out;
  for (const auto& view : TRY(engine.store.list())) {
    if (view.needs_settling) TRY(settle_if_free(engine, view, &out));
    if (!view.record.transient && !path_exists(engine.paths().container_dir(view.record.id))) {
      out.findings.push_back(fmt::format("container {}: its files are missing", view.record.name));
    }
  }
  TRY(sweep_orphans(engine, out));
  TRY(sweep_tombstones(engine));
  if (!thorough) return out;
  auto layers = TRY(storage::LayerStore::open(engine.paths().graph_root));
  auto images = engine.images();
  auto swept = TRY(images.sweep(layers));
  if (swept.sessions) out.findings.push_back(fmt::format("{} unfinished image loads: removed", swept.sessions));
  if (swept.layers) out.findings.push_back(fmt::format("{} layers without an image: removed", swept.layers));
  if (swept.trash) out.findings.push_back(fmt::format("{} directories in the trash: removed", swept.trash));
  return out;
}

Result<std::vector<state::View>> list(Engine& engine) {
  auto views = TRY(engine.store.list());
  bool again = false;
  for (const auto& view : views) {
    if (!view.needs_settling) continue;
    auto done = settle_if_free(engine, view, nullptr);
    if (!done && done.error().code() != Code::gone)
      LOG_WARN("settling container {}: {}", view.record.name, done.error().text());
    again = true;
  }
  // What no record names is looked for only where the counts say that there is something.
  auto dirs = TRY(list_dir(engine.paths().graph_root + "/containers"));
  auto runs = TRY(list_dir(engine.paths().run_root + "/c"));
  if (dirs.size() > views.size() || runs.size() > views.size()) {
    SweepReport ignored;
    TRY(sweep_orphans(engine, ignored));
  }
  return again ? engine.store.list() : Result<std::vector<state::View>>(std::move(views));
}

Result<state::View> find(Engine& engine, const std::string& name) {
  state::View view = TRY(engine.store.find(name));
  if (!view.needs_settling) return view;
  auto done = settle_if_free(engine, view, nullptr);
  if (!done && done.error().code() != Code::gone) return Failure(std::move(done).error());
  return engine.store.find(view.record.id);
}

}  // namespace cove::engine
