#include "storage/layer_store.hpp"

#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "json/json.hpp"
#include "storage/sys_walk.hpp"

namespace cove::storage {
namespace {

constexpr size_t kMetaLimit = 4096;

std::string meta_text(const Layer& layer) {
  json::Value v = json::Value::object();
  v.set("diff_id", layer.diff_id);
  v.set("size", layer.size);
  v.set("files", layer.files);
  v.set("boot", boot_id());
  if (layer.root) {
    v.set("mode", static_cast<int64_t>(layer.root->mode));
    v.set("uid", static_cast<int64_t>(layer.root->uid));
    v.set("gid", static_cast<int64_t>(layer.root->gid));
  }
  return v.dump();
}

// Only where the layer was committed since the last boot.
std::optional<Layer> read_meta(const std::string& id, const std::string& path) {
  auto text = read_file(join_path(path, "meta"), kMetaLimit);
  if (!text) return std::nullopt;
  auto v = json::parse(*text);
  if (!v || (*v)["boot"].as_string() != boot_id()) return std::nullopt;
  Layer layer{
      .id = id, .diff_id = (*v)["diff_id"].as_string(), .size = (*v)["size"].as_int(), .files = (*v)["files"].as_int()};
  if (v->find("mode")) {
    layer.root = RootOwner{static_cast<mode_t>((*v)["mode"].as_uint()), static_cast<uid_t>((*v)["uid"].as_uint()),
                           static_cast<gid_t>((*v)["gid"].as_uint())};
  }
  return layer;
}

bool is_layer_id(std::string_view name) { return name.size() == 64 && is_hex(name); }

}  // namespace

Staging::~Staging() {
  if (path_.empty()) return;  // moved from
  auto removed = remove_tree(path_);
  if (!removed) LOG_DEBUG("staging directory is left to the next sweep: {}", removed.error().text());
}

Result<std::string> Staging::make_layer_dir(const std::string& name) {
  std::string path = join_path(path_, name);
  TRY(sys::mkdirat(AT_FDCWD, path, 0700));
  TRY(sys::mkdirat(AT_FDCWD, join_path(path, "diff"), 0755));
  return path;
}

Result<LayerStore> LayerStore::open(const std::string& graphroot) {
  TRY(ensure_dir(graphroot, 0700));
  for (std::string_view name : {"layers", "staging", "trash", "containers"})
    TRY(ensure_dir(join_path(graphroot, name), 0700));
  return LayerStore(graphroot);
}

std::string LayerStore::layer_path(const std::string& id) const { return join_path(folder("layers"), id); }
std::string LayerStore::diff_path(const std::string& id) const { return join_path(layer_path(id), "diff"); }

Result<Staging> LayerStore::begin() {
  // Under the lock, since a sweep must not find the directory before its own lock is held.
  FileLock held = TRY(lock());
  std::string path = join_path(folder("staging"), random_hex(16));
  TRY(sys::mkdirat(AT_FDCWD, path, 0700));
  FileLock lease = TRY(FileLock::try_lock(join_path(path, "lock")));
  TRY(sys::mkdirat(AT_FDCWD, join_path(path, "claims"), 0700));
  return Staging(path, std::move(lease));
}

Result<std::optional<Layer>> LayerStore::claim(Staging& session, const std::string& id,
                                               const std::optional<Layer>& recorded) {
  if (!is_layer_id(id)) return Failure(Error(Code::invalid, fmt::format("\"{}\" is no layer id", id)));
  FileLock held = TRY(lock());
  TRY(sys::open(join_path(join_path(session.path_, "claims"), id), O_WRONLY | O_CREAT, 0600));
  std::string path = layer_path(id);
  if (!path_exists(join_path(path, "diff"))) return std::nullopt;
  if (recorded) return recorded;
  if (auto layer = read_meta(id, path)) return layer;
  // Perhaps another session committed it before the last crash of the machine: nobody vouches for its data.
  TRY(to_trash(path, id));
  return std::nullopt;
}

Result<> LayerStore::commit(Staging& session, const std::string& name, const Layer& layer) {
  std::string from = join_path(session.path_, name);
  UniqueFd meta = TRY(sys::open(join_path(from, "meta"), O_WRONLY | O_CREAT | O_EXCL, 0600));
  TRY(write_all(meta.get(), meta_text(layer)));
  auto renamed = sys::renameat(AT_FDCWD, from, AT_FDCWD, layer_path(layer.id), RENAME_NOREPLACE);
  if (!renamed && renamed.error().sys_errno() == EEXIST) return {};
  return renamed;
}

Result<std::set<std::string>> LayerStore::claimed() const {
  std::set<std::string> out;
  for (const auto& name : TRY(list_dir(folder("staging")))) {
    std::string path = join_path(folder("staging"), name);
    if (!FileLock::is_held(join_path(path, "lock"))) continue;
    auto claims = list_dir(join_path(path, "claims"));
    if (claims) out.insert(claims->begin(), claims->end());
  }
  return out;
}

Result<> LayerStore::to_trash(const std::string& path, const std::string& name) const {
  std::string target = join_path(folder("trash"), fmt::format("{}.{}", name, random_hex(8)));
  auto moved = sys::renameat(AT_FDCWD, path, AT_FDCWD, target);
  if (!moved && moved.error().sys_errno() == ENOENT) return {};
  return moved;
}

Result<size_t> LayerStore::empty_trash() const {
  size_t n = 0;
  std::optional<Error> first;
  for (const auto& name : TRY(list_dir(folder("trash")))) {
    auto removed = remove_tree(join_path(folder("trash"), name));
    if (!removed) removed = remove_deep(folder("trash"), name);
    if (removed) {
      n++;
    } else if (!first) {
      first = std::move(removed).error();
    }
  }
  if (first) return Failure(*std::move(first));
  return n;
}

Result<> LayerStore::retire(const std::function<Result<std::vector<std::string>>()>& decide) {
  {
    FileLock held = TRY(lock());
    std::vector<std::string> layers = TRY(decide());
    std::set<std::string> kept = TRY(claimed());
    for (const auto& id : layers) {
      if (!kept.contains(id)) TRY(to_trash(layer_path(id), id));
    }
  }
  if (auto emptied = empty_trash(); !emptied) LOG_DEBUG("trash is left to the next sweep: {}", emptied.error().text());
  return {};
}

Result<LayerStore::SweepReport> LayerStore::sweep(const std::function<Result<std::set<std::string>>()>& recorded) {
  SweepReport report;
  {
    FileLock held = TRY(lock());
    for (const auto& name : TRY(list_dir(folder("staging")))) {
      std::string path = join_path(folder("staging"), name);
      if (FileLock::is_held(join_path(path, "lock"))) continue;
      TRY(to_trash(path, name));
      report.sessions++;
    }
    std::set<std::string> kept = TRY(claimed());
    if (recorded) kept.merge(TRY(recorded()));
    for (const auto& id : recorded ? TRY(list_dir(folder("layers"))) : std::vector<std::string>()) {
      if (kept.contains(id)) continue;
      TRY(to_trash(layer_path(id), id));
      report.layers++;
    }
  }
  report.trash = TRY(empty_trash());
  return report;
}

Result<> LayerStore::sync() const {
  UniqueFd dir = TRY(sys::open(folder("layers"), O_RDONLY | O_DIRECTORY));
  return sys::syncfs(dir.get());
}

}  // namespace cove::storage
