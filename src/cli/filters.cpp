#include "cli/filters.hpp"

#include <map>

namespace cove::cli {
namespace {

bool has_label(const state::View& v, const std::string& wanted) {
  if (v.record.labels.size() <= 2) return false;
  auto labels = json::parse(v.record.labels);
  if (!labels) return false;
  auto pair = split_n(wanted, '=', 2);
  const json::Value* found = labels->find(pair[0]);
  return found && (pair.size() == 1 || found->as_string() == pair[1]);
}

const state::View* among(const std::vector<state::View>& all, const std::string& name) {
  for (const auto& v : all) {
    if (v.record.name == name || v.record.id.starts_with(name)) return &v;
  }
  return nullptr;
}

bool status_is(const state::View& v, std::string wanted) {
  std::string s(state::to_string(v.phase));
  if (wanted == "stopped") wanted = "exited";
  if (wanted == "configured") wanted = "created";
  return s == wanted;
}

Result<Nanos> point_in_time(const std::string& text) {
  auto t = cli_options::parse_time(text, now(), true);
  if (!t) return Failure(std::move(t).error().with("until"));
  return *t;
}

}  // namespace

Result<Filter> make_filter(engine::Engine& engine, const cli_options::Pairs& filters,
                           const std::vector<state::View>& all) {
  std::map<std::string, std::vector<Filter>> by_name;
  for (const auto& [name, value] : filters) {
    Filter f;
    if (name == "id")
      f = [value](const state::View& v) { return v.record.id.starts_with(value); };
    else if (name == "name")
      f = [value](const state::View& v) { return v.record.name.find(value) != std::string::npos; };
    else if (name == "label")
      f = [value](const state::View& v) { return has_label(v, value); };
    else if (name == "label!")
      f = [value](const state::View& v) { return !has_label(v, value); };
    else if (name == "status")
      f = [value](const state::View& v) { return status_is(v, value); };
    else if (name == "exited")
      f = [value](const state::View& v) {
        return v.phase == state::Phase::exited && fmt::format("{}", v.exit_code) == value;
      };
    else if (name == "command")
      f = [value](const state::View& v) { return v.record.command.substr(0, v.record.command.find(' ')) == value; };
    else if (name == "volume")
      f = [value](const state::View& v) { return v.record.mounts.find(json::quote(value)) != std::string::npos; };
    else if (name == "network")
      f = [value](const state::View& v) { return v.record.networks.find(json::quote(value)) != std::string::npos; };
    else if (name == "ancestor") {
      auto image = engine.images().find(value);
      std::string id = image ? image->image.id : value;
      f = [id, value](const state::View& v) {
        return v.record.image_id == id || v.record.image_name.find(value) != std::string::npos;
      };
    } else if (name == "before" || name == "since" || name == "after") {
      const state::View* other = among(all, value);
      if (!other)
        return Failure(
            Error(Code::not_found, fmt::format("no container with name or ID \"{}\" found: no such container", value)));
      Nanos at = other->record.created;
      bool before = name == "before";
      f = [at, before](const state::View& v) { return before ? v.record.created < at : v.record.created > at; };
    } else if (name == "until") {
      Nanos at = TRY(point_in_time(value));
      f = [at](const state::View& v) { return v.record.created < at; };
    } else if (name == "health" || name == "pod" || name == "restart-policy") {
      f = [](const state::View&) { return false; };
    } else {
      return Failure(Error(Code::usage, fmt::format("{} is an invalid filter", name)));
    }
    by_name[name].push_back(std::move(f));
  }
  return Filter([by_name = std::move(by_name)](const state::View& v) {
    for (const auto& [name, list] : by_name) {
      bool every = name == "label" || name == "label!";
      bool any = false, whole = true;
      for (const auto& f : list) (f(v) ? any : whole) = f(v);
      if (every ? !whole : !any) return false;
    }
    return true;
  });
}

}  // namespace cove::cli
