#include "linux/cgroup.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMaxDepth = 64;
constexpr const char* kProcs = "cgroup.procs";

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_v1(bool v2, const std::vector<std::string>& controllers, std::string_view controller) {
  return !v2 && contains(controllers, controller);
}

bool is_absent(const Error& e) { return e.sys_errno() == ENOENT || e.sys_errno() == ENODEV || e.code() == Code::gone; }

Result<> write_value(const std::string& path, std::string_view value) {
  UniqueFd fd = TRY(sys::open(path, O_WRONLY));
  return TRY_CTX(write_all(fd.get(), value), fmt::format("writing {}", path)), Result<>();
}

// The directory itself and all below it, parents first. Absent: none.
Result<> list_tree(const std::string& dir, std::vector<std::string>& out, int depth = 0) {
  auto fd = sys::open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd && is_absent(fd.error())) return {};
  if (!fd) return Failure(std::move(fd).error());
  if (depth > kMaxDepth) return Failure(Error(Code::unsupported, fmt::format("{}: cgroups nested too deeply", dir)));
  out.push_back(dir);
  std::vector<sysx::DirEntry> entries = TRY(sysx::read_dir(fd->get()));
  for (const sysx::DirEntry& e : entries) {
    if (e.type == DT_DIR) TRY(list_tree(join_path(dir, e.name), out, depth + 1));
  }
  return {};
}

Result<> read_pids(const std::string& file, std::set<pid_t>& out) {
  auto text = read_file(file);
  if (!text) {
    // A threaded v2 cgroup refuses the list (EOPNOTSUPP); its processes are listed above it.
    if (is_absent(text.error()) || text.error().sys_errno() == EOPNOTSUPP) return {};
    return Failure(std::move(text).error());
  }
  for (const std::string& line : split(*text, '\n')) {
    auto pid = parse_int(trim(line));
    // 0: a process of an outer pid namespace, which we could not name anyhow
    if (pid && *pid > 0) out.insert(static_cast<pid_t>(*pid));
  }
  return {};
}

// A v1 cpuset starts empty, and takes no process before it has both sets; so do its new parents.
Result<> inherit_cpuset(const std::string& dir, int depth) {
  std::string up = dir.substr(0, dir.rfind('/'));
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
    auto have = read_file(join_path(dir, file));
    if (!have || !trim(*have).empty() || depth > kMaxDepth) continue;
    TRY(inherit_cpuset(up, depth + 1));
    auto above = read_file(join_path(up, file));
    if (above && !trim(*above).empty()) TRY(write_value(join_path(dir, file), *above));
  }
  return {};
}

void pause_for(std::chrono::milliseconds time) {
  timespec t = {time.count() / 1000, (time.count() % 1000) * 1000000};
  ::nanosleep(&t, nullptr);
}

// Calls `done` with growing pauses until it says true or the time is over.
template <class F>
Result<bool> wait_for(std::chrono::milliseconds limit, F done) {
  auto end = Clock::now() + limit;
  std::chrono::milliseconds pause(1);
  for (;;) {
    if (TRY(done())) return true;
    if (Clock::now() >= end) return false;
    pause_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
}

}  // namespace

void Cgroup::add(const CgroupTree& tree, std::string_view path) {
  std::string dir = join_path(tree.mount_point, path);
  dirs_.push_back(dir);
  places_.push_back({dir, tree.v2, tree.controllers});
}

Result<Cgroup> Cgroup::at(const CgroupLayout& layout, std::string_view path) {
  std::string clean = clean_path("/" + std::string(path));
  if (clean == "/" || clean.empty()) return Failure(Error(Code::invalid, "the root of the cgroups is nobody's own"));
  Cgroup out;
  for (const CgroupTree& tree : layout.trees) out.add(tree, clean);
  return out;
}

Result<Cgroup> Cgroup::of(const CgroupLayout& layout, pid_t pid, const std::string& root) {
  auto theirs = read_proc_cgroup(pid, root);
  if (!theirs) return Failure(std::move(theirs).error());
  std::vector<CgroupMembership> ours = TRY(read_proc_cgroup(0, root));
  Cgroup out;
  for (const CgroupMembership& m : *theirs) {
    std::string path = clean_path("/" + m.path);
    bool same = std::any_of(ours.begin(), ours.end(), [&](const CgroupMembership& o) {
      return o.controllers == m.controllers && o.path == m.path;
    });
    if (path == "/" || same) continue;
    const CgroupTree* tree = m.controllers.empty() ? layout.v2_tree() : layout.find(split_n(m.controllers, ',', 2)[0]);
    if (tree && tree->v2 == m.controllers.empty()) out.add(*tree, path);
  }
  return out;
}

const Cgroup::Dir* Cgroup::dir_of(std::string_view controller) const {
  const Dir* v2 = nullptr;
  for (const Dir& d : places_) {
    bool has = contains(d.controllers, controller);
    if (has && !d.v2) return &d;
    if (d.v2 && has) v2 = &d;
  }
  return v2;
}

bool Cgroup::exists() const {
  return std::any_of(dirs_.begin(), dirs_.end(), [](const std::string& d) { return path_exists(d); });
}

Result<std::vector<pid_t>> Cgroup::pids() const {
  std::set<pid_t> all;
  for (const std::string& dir : dirs_) {
    std::vector<std::string> tree;
    TRY(list_tree(dir, tree));
    for (const std::string& d : tree) TRY(read_pids(join_path(d, kProcs), all));
  }
  return std::vector<pid_t>(all.begin(), all.end());
}

Result<bool> Cgroup::populated() const {
  for (const Dir& d : places_) {
    if (!d.v2) continue;
    auto text = read_file(join_path(d.path, "cgroup.events"));
    if (text && text->find("populated 1") != std::string::npos) return true;
  }
  return !TRY(pids()).empty();
}

Result<> Cgroup::kill_round() const {
  for (const Dir& d : places_) {
    if (!d.v2) continue;
    auto killed = write_value(join_path(d.path, "cgroup.kill"), "1");
    if (!killed && !is_absent(killed.error()) && killed.error().sys_errno() != EOPNOTSUPP) return killed;
  }
  std::vector<std::pair<pid_t, UniqueFd>> handles;
  std::vector<pid_t> found = TRY(pids());
  for (pid_t pid : found) {
    auto handle = sys::pidfd_open(pid);
    if (handle) handles.emplace_back(pid, std::move(*handle));
  }
  if (handles.empty()) return {};
  // A number that is still listed once its handle exists is the process that the handle holds: had it ended before, the
  // number would by now stand for a process outside, or for none.
  std::vector<pid_t> still = TRY(pids());
  for (const auto& [pid, handle] : handles) {
    if (std::binary_search(still.begin(), still.end(), pid)) (void)sys::pidfd_send_signal(handle.get(), SIGKILL);
  }
  return {};
}

Result<> Cgroup::kill_all(std::chrono::milliseconds limit) const {
  auto empty = wait_for(limit, [&]() -> Result<bool> {
    if (!TRY(populated())) return true;
    // On v1 a fork may run away from a list of numbers, so nobody moves while it is worked on. A frozen v1 process dies
    // only once it is thawed.
    for (const Dir& d : places_) {
      if (is_v1(d.v2, d.controllers, "freezer")) (void)write_value(join_path(d.path, "freezer.state"), "FROZEN");
    }
    auto killed = kill_round();
    TRY(set_frozen(false));
    TRY(std::move(killed));
    return !TRY(populated());
  });
  if (!empty) return Failure(std::move(empty).error());
  if (*empty) return {};
  return Failure(Error(Code::timed_out, fmt::format("{} processes do not end after SIGKILL", TRY(pids()).size())));
}

Result<> Cgroup::remove(std::chrono::milliseconds limit) const {
  ErrorList errors;
  for (const std::string& dir : dirs_) {
    auto gone = wait_for(limit, [&]() -> Result<bool> {
      std::vector<std::string> tree;
      TRY(list_tree(dir, tree));
      bool busy = false;
      for (auto it = tree.rbegin(); it != tree.rend(); ++it) {
        auto r = sys::unlinkat(AT_FDCWD, *it, AT_REMOVEDIR);
        if (r || is_absent(r.error())) continue;
        if (r.error().sys_errno() != EBUSY) return Failure(std::move(r).error());
        busy = true;
      }
      return !busy;
    });
    if (!gone) {
      errors.add(std::move(gone).error());
    } else if (!*gone) {
      errors.add(Error(Code::in_use, fmt::format("cgroup {} stays busy", dir)));
    }
  }
  if (!errors.empty()) return Failure(errors.all().front());
  return {};
}

Result<> Cgroup::make() const {
  for (const Dir& d : places_) {
    TRY(ensure_dir(d.path));
    if (is_v1(d.v2, d.controllers, "cpuset")) TRY(inherit_cpuset(d.path, 0));
  }
  return {};
}

Result<> Cgroup::join(pid_t pid) const {
  for (const std::string& dir : dirs_) TRY(write_value(join_path(dir, kProcs), std::to_string(pid)));
  return {};
}

Result<> Cgroup::set_frozen(bool on) const {
  for (const Dir& d : places_) {
    if (!d.v2 && !contains(d.controllers, "freezer")) continue;
    std::string file = join_path(d.path, d.v2 ? "cgroup.freeze" : "freezer.state");
    auto r = write_value(file, d.v2 ? (on ? "1" : "0") : (on ? "FROZEN" : "THAWED"));
    if (!r && !is_absent(r.error())) return r;
  }
  return {};
}

Result<bool> Cgroup::is_paused() const {
  for (const Dir& d : places_) {
    if (d.v2) {
      auto text = read_file(join_path(d.path, "cgroup.events"));
      if (text && text->find("frozen 1") != std::string::npos) return true;
      if (!text && !is_absent(text.error())) return Failure(std::move(text).error());
    } else if (is_v1(d.v2, d.controllers, "freezer")) {
      auto text = read_file(join_path(d.path, "freezer.state"));
      if (text && trim(*text) == "FROZEN") return true;
      if (!text && !is_absent(text.error())) return Failure(std::move(text).error());
    }
  }
  return false;
}

Result<> Cgroup::freeze() const {
  if (!exists()) return Failure(Error(Code::not_found, "the cgroup is gone"));
  TRY(set_frozen(true));
  if (TRY(wait_for(std::chrono::seconds(5), [&] { return is_paused(); }))) return {};
  TRY(set_frozen(false));
  return Failure(Error(Code::timed_out, "the processes of the cgroup do not freeze"));
}

Result<> Cgroup::thaw() const { return set_frozen(false); }

}  // namespace cove::linux_
