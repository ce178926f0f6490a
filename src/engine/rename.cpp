#include "engine/verbs.hpp"

namespace cove::engine {

Result<> rename(Engine& engine, const std::string& name, const std::string& new_name) {
  state::View view = TRY(find(engine, name));
  auto container = TRY(engine.store.lock(view.record.id));
  if (auto owner = TRY(engine.store.owner_of_name(new_name))) {
    return Failure(Error(Code::exists, fmt::format("name \"{}\" is in use: container already exists", new_name)));
  }
  plan::ContainerConfig config = TRY(load_container(container.view.record));
  config.name = new_name;
  state::Record changed = container.view.record;
  changed.name = new_name;
  changed.config = plan::to_json(config).dump();
  return engine.store.rename(container.view.record, changed);
}

}  // namespace cove::engine
