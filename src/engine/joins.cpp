#include "engine/joins.hpp"

#include <algorithm>

#include "engine/verbs.hpp"
#include "linux/shm.hpp"

namespace cove::engine {
namespace {

Result<state::View> running_container(Engine& engine, const std::string& name, std::string_view kind) {
  auto view = find(engine, name);
  if (!view)
    return Failure(std::move(view).error().with(fmt::format("joining the {} namespace of container {}", kind, name)));
  if (view->phase != state::Phase::running && view->phase != state::Phase::paused) {
    return Failure(
        Error(Code::bad_state, fmt::format("cannot join the {} namespace of container {} as it is not running: "
                                           "container state improper",
                                           kind, view->record.id)));
  }
  return view;
}

}  // namespace

Result<Joins> find_joins(Engine& engine, const plan::ContainerConfig& config) {
  struct Kind {
    const char* name;
    const char* file;
    const plan::NamespaceChoice* choice;
  };
  const Kind kinds[] = {{"ipc", "ipc", &config.ipc},      {"pid", "pid", &config.pid},
                        {"uts", "uts", &config.uts},      {"network", "net", &config.network},
                        {"user", "user", &config.userns}, {"cgroup", "cgroup", &config.cgroup}};
  Joins out;
  for (const auto& kind : kinds) {
    if (kind.choice->is_path()) out.paths[kind.name] = kind.choice->value;
    if (!kind.choice->is_container()) continue;
    state::View other = TRY(running_container(engine, kind.choice->value, kind.name));
    out.paths[kind.name] = fmt::format("/proc/{}/ns/{}", other.pid, kind.file);
    std::string run_dir = engine.paths().run_dir(other.record.id);
    if (kind.choice == &config.ipc) out.shm = TRY(linux_::clone_mount_of(other.pid, "/dev/shm"));
    if (kind.choice == &config.network) out.hosts = run_dir + "/hosts", out.resolv_conf = run_dir + "/resolv.conf";
  }
  return out;
}

Result<> add_volumes_from(Engine& engine, plan::ContainerConfig& config) {
  for (const auto& text : config.volumes_from) {
    auto parts = split_n(text, ':', 2);
    state::View other = TRY_CTX(find(engine, parts[0]), "--volumes-from");
    plan::ContainerConfig its = TRY(load_container(other.record));
    for (auto wish : its.mounts) {
      bool taken = std::any_of(config.mounts.begin(), config.mounts.end(),
                               [&](const plan::MountWish& m) { return m.destination == wish.destination; });
      if (taken || wish.kind == plan::MountKind::tmpfs) continue;
      if (wish.kind == plan::MountKind::volume && wish.source.empty()) {
        // An anonymous volume belongs to its container: it is shared by its place.
        std::string key = wish.destination;
        std::replace(key.begin(), key.end(), '/', '_');
        wish.kind = plan::MountKind::bind;
        wish.source = engine.paths().container_dir(its.id) + "/volumes/" + key + "/_data";
        wish.options = {"rbind"};
        TRY(ensure_dir(wish.source, 0755));
      }
      if (parts.size() > 1) {
        for (const auto& option : split(parts[1], ',')) wish.options.push_back(option);
      }
      config.mounts.push_back(std::move(wish));
    }
  }
  return {};
}

}  // namespace cove::engine
