#include <fcntl.h>
#include <unistd.h>

#include "base/sys/sys.hpp"
#include "engine/crash_point.hpp"
#include "engine/joins.hpp"
#include "engine/verbs.hpp"
#include "linux/idmap.hpp"
#include "storage/container_dir.hpp"

namespace cove::engine {
namespace {

struct ChosenImage {
  storage::Image image;
  plan::ImageDefaults defaults;
};

Result<std::string> pull_image(Engine& engine, const std::string& text) {
  std::string helper = TRY(engine.helper("cove-image"));
  auto out = TRY(run_program({.argv = {helper, "pull", "--quiet", "--root", engine.paths().graph_root, "--runroot",
                                       engine.paths().run_root, text}}));
  if (out.status.code != 0 || out.status.signal != 0) {
    std::string_view why = trim(out.err);
    if (why.starts_with("Error: ")) why.remove_prefix(7);
    return Failure(Error(Code::not_found, std::string(why)));
  }
  return std::string(trim(out.out));
}

Result<ChosenImage> choose_image(Engine& engine, const plan::CreateRequest& request) {
  std::string wanted = request.image;
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:", "dir:"}) {
    if (wanted.starts_with(transport)) wanted = TRY(pull_image(engine, wanted));
  }
  auto found = engine.images().find(wanted);
  if (!found) {
    if (found.error().code() != Code::not_found) return Failure(std::move(found).error());
    return Failure(Error(Code::not_found, fmt::format("{}: image not known", request.image))
                       .hint("load it with `cove load` or `cove pull`"));
  }
  plan::ImageDefaults defaults = TRY(image_defaults(found->image, found->name));
  return ChosenImage{std::move(found->image), std::move(defaults)};
}

// --userns=auto: ids of its own that no other container has.
Result<> choose_ids(Engine& engine, plan::ContainerConfig& config) {
  if (config.userns.mode != "auto" || !config.uid_map.empty()) return {};
  linux_::AutoUserns wish;
  std::string name = engine.config.storage.remap_user.empty() ? "containers" : engine.config.storage.remap_user;
  wish.available = TRY_CTX(linux_::read_sub_ids(name, UINT32_MAX), "finding ids for --userns=auto");
  wish.uid_pins = config.userns_options.uid_pins, wish.gid_pins = config.userns_options.gid_pins;
  wish.size = config.userns_options.size ? config.userns_options.size : engine.config.storage.auto_userns_min_size;
  for (const auto& id : TRY(engine.store.ids())) {
    auto other = TRY(engine.store.find_id(id));
    if (!other) continue;
    auto its = TRY(load_container(other->record));
    for (const auto& r : its.uid_map) wish.uids_in_use.push_back({r.outside, r.size});
    for (const auto& r : its.gid_map) wish.gids_in_use.push_back({r.outside, r.size});
  }
  auto maps = TRY_CTX(linux_::allocate_userns(wish), "choosing ids for --userns=auto");
  config.uid_map = maps.uids, config.gid_map = maps.gids;
  return {};
}

state::Record make_record(const plan::ContainerConfig& config) {
  state::Record r;
  r.id = config.id, r.name = config.name, r.image_id = config.image_id, r.image_name = config.image_name;
  json::Value document = plan::to_json(config);
  r.config = document.dump();
  r.command = join(config.argv, " ");
  json::Value labels = json::Value::object();
  for (const auto& [k, v] : config.labels) labels.set(k, v);
  r.labels = labels.dump();
  json::Value mounts = json::Value::array(), networks = json::Value::array();
  for (const auto& m : config.mounts) mounts.push(m.destination);
  for (const auto& n : config.networks) networks.push(n.name);
  r.mounts = mounts.dump(), r.networks = networks.dump();
  r.ports = document["ports"].is_array() ? document["ports"].dump() : "[]";
  r.created = config.created, r.transient = config.remove;
  return r;
}

Result<> write_id_file(const std::string& path, const std::string& id) {
  if (path.empty()) return {};
  UniqueFd fd = TRY_CTX(sys::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644), "container id file");
  return write_all(fd.get(), id);
}

Result<> check_name(const std::string& name) {
  bool good =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  if (good && (name.empty() || std::string_view("_.-").find(name[0]) == std::string_view::npos)) return {};
  return Failure(
      Error(Code::invalid, fmt::format("invalid container name \"{}\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: "
                                       "invalid argument",
                                       name)));
}

Result<> make_room(Engine& engine, const plan::CreateRequest& request) {
  if (request.name.empty()) return {};
  auto owner = TRY(engine.store.owner_of_name(request.name));
  if (!owner) return {};
  // Its owner may be gone, or a `--rm` container that has just ended.
  if (request.replace) return remove(engine, *owner, {.force = true});
  auto view = TRY(engine.store.find_id(*owner));
  bool over = view && view->record.transient && view->phase == state::Phase::exited;
  if (view && !over) return {};
  if (!view) {
    state::Record orphan;
    orphan.id = *owner, orphan.name = request.name, orphan.transient = true;
    // A creation in progress has a name before its row; its directory's lock tells.
    if (FileLock::is_held(engine.paths().lock(*owner))) return {};
    return engine.store.remove(orphan);
  }
  auto removed = remove(engine, *owner, {.force = true});
  if (!removed && removed.error().code() != Code::gone && removed.error().code() != Code::not_found) return removed;
  return {};
}

}  // namespace

Result<state::View> create(Engine& engine, const plan::CreateRequest& request, const plan::RequestFiles& files) {
  crash_point("create.begin");
  TRY(check_name(request.name));
  TRY(make_room(engine, request));
  std::optional<ChosenImage> image;
  if (request.rootfs.empty()) image = TRY(choose_image(engine, request));
  plan::Identity identity{random_hex(64), request.name, now()};
  if (identity.name.empty()) {
    do {
      identity.name = random_name();
    } while (TRY(engine.store.owner_of_name(identity.name)));
  }
  plan::ContainerConfig config =
      TRY(plan::make_config(request, image ? &image->defaults : nullptr, plan_defaults(engine), plan_facts(engine),
                            identity, files, engine.warnings));
  TRY(choose_ids(engine, config));
  TRY(add_volumes_from(engine, config));

  storage::RootOwner root = image ? image->image.root : storage::RootOwner{};
  if (!config.uid_map.empty()) {  // G14: the container's root in its mapping
    root.uid = linux_::to_outside(config.uid_map, root.uid).value_or(root.uid);
    root.gid = linux_::to_outside(config.gid_map, root.gid).value_or(root.gid);
  }
  // Until the record stands, the directory looks like what a crash left: this keeps the sweep away.
  std::optional<FileLock> creating = TRY(FileLock::lock_shared(engine.paths().creating()));
  TRY(storage::create_container_dir(engine.paths().graph_root, config.id, root));
  crash_point("create.directory");
  FileLock lock = TRY(FileLock::lock(engine.paths().lock(config.id)));
  state::Record record = make_record(config);
  auto store = [&]() -> Result<> {
    TRY(engine.store.insert(record));
    crash_point("create.recorded");
    return write_id_file(request.cidfile, config.id);
  };
  if (auto stored = store(); !stored) {
    (void)engine.store.remove(record);
    (void)storage::remove_container_dir(engine.paths().graph_root, config.id);
    return Failure(std::move(stored).error());
  }
  creating.reset();
  state::View view;
  view.record = std::move(record);
  return view;
}

}  // namespace cove::engine
