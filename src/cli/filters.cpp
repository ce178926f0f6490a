#include "cli/filters.hpp"

#include <map>

#include "cli/match.hpp"

namespace cove::cli {
namespace {

using Values = std::vector<std::string>;
using state::View;

bool any_of(const Values& values, const std::function<bool(const std::string&)>& test) {
  return std::any_of(values.begin(), values.end(), test);
}

std::vector<Pattern> patterns(const Values& values) { return {values.begin(), values.end()}; }

bool any_pattern(const std::vector<Pattern>& list, const std::string& text) {
  return std::any_of(list.begin(), list.end(), [&](const Pattern& p) { return p.matches(text); });
}

json::Value parsed(const std::string& text) {
  auto value = json::parse(text);
  return value ? std::move(*value) : json::Value();
}

bool has_labels(const View& v, const Values& wanted) {
  if (v.record.labels.size() <= 2) return false;
  json::Value labels = parsed(v.record.labels);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return label_matches(labels, w); });
}

Result<Filter> by_status(Values values) {
  static const Values known = {"unknown", "created", "initialized", "running", "stopped",
                               "paused",  "exited",  "removing",    "stopping"};
  for (auto& value : values) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      return Failure(Error(Code::usage, fmt::format("unknown container state: {}: invalid argument", value)));
    if (value == "stopped") value = "exited";
  }
  return Filter([values](const View& v) {
    return std::find(values.begin(), values.end(), state::to_string(v.phase)) != values.end();
  });
}

Result<Filter> by_exit_code(const Values& values) {
  std::vector<int64_t> codes;
  for (const auto& value : values) {
    auto code = parse_int(value);
    if (!code || *code > INT32_MAX || *code < INT32_MIN)
      return Failure(Error(Code::usage, fmt::format("exited code out of range \"{}\"", value)));
    codes.push_back(*code);
  }
  return Filter([codes](const View& v) {
    return v.phase == state::Phase::exited && std::find(codes.begin(), codes.end(), v.exit_code) != codes.end();
  });
}

// The earliest of the named containers decides, as in podman.
Result<Filter> by_other(const Values& values, const std::vector<View>& all, bool before) {
  std::optional<Nanos> at;
  for (const auto& value : values) {
    const View* found = nullptr;
    for (const auto& v : all) {
      if (v.record.name == value) found = &v;
      if (!found && v.record.id.starts_with(value)) found = &v;
    }
    if (!found)
      return Failure(
          Error(Code::not_found, fmt::format("no container with name or ID \"{}\" found: no such container", value)));
    if (!at || found->record.created < *at) at = found->record.created;
  }
  return Filter([at, before](const View& v) { return before ? v.record.created < *at : v.record.created > *at; });
}

Filter by_image(engine::Engine& engine, const Values& values) {
  Values ids;
  for (const auto& value : values) {
    auto image = engine.images().find(value);
    if (image) ids.push_back(image->image.id);
  }
  return [values, ids, list = patterns(values)](const View& v) {
    const auto& r = v.record;
    if (std::find(ids.begin(), ids.end(), r.image_id) != ids.end()) return true;
    if (any_of(values, [&](const std::string& x) { return r.image_id.find(x) != std::string::npos; })) return true;
    return any_pattern(list, r.image_name);
  };
}

// Filters that must look into the stored configuration: read for each container that gets so far.
using ConfigTest = std::function<bool(const plan::ContainerConfig&)>;
Filter by_config(engine::Engine& engine, ConfigTest test) {
  return [&engine, test = std::move(test)](const View& v) {
    auto whole = engine.store.find_id(v.record.id);
    if (!whole || !*whole) return false;
    auto config = engine::load_container((*whole)->record);
    return config && test(*config);
  };
}

Filter by_volume(engine::Engine& engine, const Values& values) {
  return by_config(engine, [values](const plan::ContainerConfig& c) {
    return any_of(values, [&](const std::string& value) {
      auto pair = split_n(value, ':', 2);
      return std::any_of(c.mounts.begin(), c.mounts.end(), [&](const plan::MountWish& m) {
        if (pair.size() == 2) return m.source == pair[0] && m.destination == pair[1];
        return m.destination == value || (m.kind == plan::MountKind::volume && m.source == value);
      });
    });
  });
}

Result<Filter> by_restart_policy(engine::Engine& engine, const Values& values) {
  static const Values known = {"none", "no", "on-failure", "always", "unless-stopped"};
  for (const auto& value : values) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      return Failure(Error(Code::usage, fmt::format("{} invalid restart policy", value)));
  }
  return by_config(engine, [values](const plan::ContainerConfig& c) {
    std::string policy = c.restart.name.empty() ? "no" : c.restart.name;
    return any_of(values,
                  [&](const std::string& value) { return value == policy || (value == "none" && policy == "no"); });
  });
}

Result<Filter> until(const Values& values) {
  if (values.size() > 1) return Failure(Error(Code::usage, "specify exactly one timestamp for until"));
  auto at = cli_options::parse_time(values[0], now(), true);
  if (!at) return Failure(std::move(at).error().with("until"));
  return Filter([at = *at](const View& v) { return v.record.created < at; });
}

// All values of one filter name.
Result<Filter> one_filter(engine::Engine& engine, const std::string& name, const Values& values,
                          const std::vector<View>& all) {
  if (name == "id") {
    return Filter([values](const View& v) {
      return any_of(values, [&](const std::string& value) { return id_matches(v.record.id, value); });
    });
  }
  if (name == "name") {
    Values plain = values;
    for (auto& text : plain) std::erase(text, '/');
    return Filter([list = patterns(plain)](const View& v) { return any_pattern(list, v.record.name); });
  }
  if (name == "label") return Filter([values](const View& v) { return has_labels(v, values); });
  if (name == "label!") return Filter([values](const View& v) { return !has_labels(v, values); });
  if (name == "status") return by_status(values);
  if (name == "exited") return by_exit_code(values);
  if (name == "ancestor") return by_image(engine, values);
  if (name == "before") return by_other(values, all, true);
  if (name == "since" || name == "after") return by_other(values, all, false);
  if (name == "volume") return by_volume(engine, values);
  if (name == "until") return until(values);
  if (name == "command") {
    return Filter([list = patterns(values)](const View& v) {
      return any_pattern(list, v.record.command.substr(0, v.record.command.find(' ')));
    });
  }
  if (name == "network") {
    return Filter([values](const View& v) {
      Values networks = parsed(v.record.networks).strings();
      return any_of(values, [&](const std::string& x) {
        return std::find(networks.begin(), networks.end(), x) != networks.end();
      });
    });
  }
  if (name == "restart-policy") return by_restart_policy(engine, values);
  if (name == "should-start-on-boot") {
    bool wanted = values.back() == "true" || values.back() == "1";
    return by_config(engine, [wanted](const plan::ContainerConfig& c) {
      return (c.restart.name == "always" || c.restart.name == "unless-stopped") == wanted;
    });
  }
  // Nothing here has a pod or a state of health.
  if (name == "pod" || name == "health") return Filter([](const View&) { return false; });
  return Failure(Error(Code::usage, fmt::format("{} is an invalid filter", name)));
}

}  // namespace

Result<Filter> make_filter(engine::Engine& engine, const cli_options::Pairs& filters, const std::vector<View>& all) {
  std::map<std::string, Values> by_name;
  for (const auto& [name, value] : filters) by_name[name].push_back(value);
  std::vector<Filter> list;
  list.reserve(by_name.size());
  for (const auto& [name, values] : by_name) list.push_back(TRY(one_filter(engine, name, values, all)));
  return Filter(
      [list](const View& v) { return std::all_of(list.begin(), list.end(), [&](const Filter& f) { return f(v); }); });
}

}  // namespace cove::cli
