#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

namespace {

// host, private, pod, ns:PATH, container:NAME: the same for all kinds but the network.
Result<NamespaceChoice> parse_namespace(const std::string& value) {
  if (value.empty() || value == "private") return NamespaceChoice{"private", ""};
  if (value == "host" || value == "pod") return NamespaceChoice{value, ""};
  auto pair = text::cut(value, ':');
  if (pair.found && (pair.before == "ns" || pair.before == "container")) {
    std::string mode = pair.before == "ns" ? "path" : "container";
    if (pair.after.empty()) return invalid("namespace mode {} requires a value", mode);
    return NamespaceChoice{mode, pair.after};
  }
  return invalid("unrecognized namespace mode {} passed", value);
}

Result<NamespaceChoice> parse_ipc(const std::string& value) {
  if (value.empty() || value == "shareable") return NamespaceChoice{"shareable", ""};
  if (value == "none") return NamespaceChoice{"none", ""};
  return parse_namespace(value);
}

Result<uint32_t> id_number(const std::string& value, std::string_view where) {
  auto number = parse_uint(value);
  if (!number || *number > UINT32_MAX) return invalid("parsing id map value {} of {}", quoted(value), where);
  return static_cast<uint32_t>(*number);
}

// "CONTAINER:HOST:SIZE" of userns options.
Result<IdRange> parse_pin(const std::string& value, std::string_view option) {
  auto parts = split(value, ':');
  if (parts.size() != 2 && parts.size() != 3) return invalid("invalid mapping {} of {}", quoted(value), option);
  IdRange range;
  range.inside = TRY(id_number(parts[0], option));
  range.outside = TRY(id_number(parts[1].starts_with('@') ? parts[1].substr(1) : parts[1], option));
  range.size = 1;
  if (parts.size() == 3) range.size = TRY(id_number(parts[2], option));
  return range;
}

Result<> userns_option(UsernsOptions& out, const std::string& mode, const std::string& text) {
  auto pair = text::cut(text, '=');
  if (!pair.found) return invalid("invalid option specified: {}", quoted(text));
  bool keep = mode == "keep-id";
  if (keep && (pair.before == "uid" || pair.before == "gid")) {
    (pair.before == "uid" ? out.uid : out.gid) = TRY(id_number(pair.after, "--userns=keep-id"));
  } else if (pair.before == "size") {
    out.size = TRY(id_number(pair.after, "--userns"));
  } else if (!keep && pair.before == "uidmapping") {
    out.uid_pins.push_back(TRY(parse_pin(pair.after, "uidmapping")));
  } else if (!keep && pair.before == "gidmapping") {
    out.gid_pins.push_back(TRY(parse_pin(pair.after, "gidmapping")));
  } else {
    return invalid("unknown option specified: {}", quoted(pair.before));
  }
  return {};
}

Result<> parse_userns(ContainerConfig& config, const std::string& value) {
  if (value.empty() || value == "host") {
    config.userns = {"host", ""};
    return {};
  }
  auto pair = text::cut(value, ':');
  if (pair.before == "auto" || pair.before == "keep-id") {
    config.userns = {pair.before, pair.after};
    if (pair.found)
      for (const auto& option : split(pair.after, ',')) TRY(userns_option(config.userns_options, pair.before, option));
    return {};
  }
  if (value == "nomap") {
    config.userns = {"nomap", ""};
    return {};
  }
  config.userns = TRY(parse_namespace(value));
  return {};
}

}  // namespace

Result<IdMap> parse_id_maps(const Strings& args, std::string_view option) {
  IdMap map;
  for (const auto& argument : args) {
    for (const auto& text : split(argument, ',')) {
      auto parts = split(text, ':');
      if (parts.size() != 2 && parts.size() != 3)
        return invalid(
            "initializing ID mappings: {} setting is malformed expected [\"[+ug]uint32:[@]uint32[:uint32]\"] : {}",
            option, quoted(text));
      std::string first = parts[0];
      bool only_uids = false, only_gids = false;
      while (!first.empty() && (first[0] == 'u' || first[0] == 'g' || first[0] == '+')) {
        only_uids |= first[0] == 'u';
        only_gids |= first[0] == 'g';
        first.erase(0, 1);
      }
      bool for_uids = option == "UID";
      if (only_uids != only_gids && only_uids != for_uids) continue;
      parts[0] = first;
      map.push_back(TRY(parse_pin(join(parts, ":"), option)));
    }
  }
  std::sort(map.begin(), map.end(), [](const IdRange& a, const IdRange& b) { return a.inside < b.inside; });
  for (size_t i = 0; i < map.size(); ++i) {
    if (map[i].size == 0 || map[i].inside + uint64_t{map[i].size} > uint64_t{UINT32_MAX} + 1 ||
        map[i].outside + uint64_t{map[i].size} > uint64_t{UINT32_MAX} + 1)
      return invalid("{} map {}:{}:{} is empty or too large", option, map[i].inside, map[i].outside, map[i].size);
    if (i > 0 && map[i - 1].inside + uint64_t{map[i - 1].size} > map[i].inside)
      return invalid("{} maps overlap at container id {}", option, map[i].inside);
    for (size_t j = 0; j < i; ++j)
      if (map[j].outside < map[i].outside + uint64_t{map[i].size} &&
          map[i].outside < map[j].outside + uint64_t{map[j].size})
        return invalid("{} maps overlap at host id {}", option, std::max(map[i].outside, map[j].outside));
  }
  return map;
}

bool has_userns(const ContainerConfig& config) { return !config.userns.is_host(); }

namespace {

Result<> apply_id_maps(ContainerConfig& config, const CreateRequest& request, const HostFacts& host) {
  bool given = !request.uid_maps.empty() || !request.gid_maps.empty();
  config.sub_uid_name = request.sub_uid_name;
  config.sub_gid_name = request.sub_gid_name;
  bool by_name = !config.sub_uid_name.empty() || !config.sub_gid_name.empty();
  if (by_name && config.sub_gid_name.empty()) config.sub_gid_name = config.sub_uid_name;
  if (by_name && config.sub_uid_name.empty()) config.sub_uid_name = config.sub_gid_name;
  if (given && by_name) return invalid("--subuidname and --subgidname cannot be used with --uidmap or --gidmap");
  if (!given && !by_name) {
    if (config.userns.mode == "private")
      return invalid("must provide at least one UID or GID mapping to configure a user namespace");
    return {};
  }
  bool default_mode = request.userns.empty() || request.userns == "private";
  if (!default_mode && config.userns.mode != "auto")
    return invalid("cannot specify both --userns={} and --uidmap or --gidmap", request.userns);
  if (config.userns.mode != "auto") config.userns = {"private", ""};
  if (!given) return {};
  config.uid_map = TRY(parse_id_maps(request.uid_maps, "UID"));
  config.gid_map = TRY(parse_id_maps(request.gid_maps, "GID"));
  if (config.uid_map.empty()) config.uid_map = TRY(parse_id_maps(request.gid_maps, "UID"));
  if (config.gid_map.empty()) config.gid_map = TRY(parse_id_maps(request.uid_maps, "GID"));
  if (config.uid_map.size() > 340 || config.gid_map.size() > 340)
    return invalid("at most 340 id mappings are possible");
  if (!host.user_namespaces)
    return Failure(Error(Code::unsupported, "this kernel does not let us make a user namespace"));
  return {};
}

}  // namespace

Result<> apply_namespaces(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults,
                          const HostFacts& host) {
  auto chosen = [](const std::string& asked, const std::string& otherwise) {
    return asked.empty() ? otherwise : asked;
  };
  config.pid = TRY(parse_namespace(chosen(request.pid, defaults.pidns)));
  config.ipc = TRY(parse_ipc(chosen(request.ipc, defaults.ipcns)));
  config.uts = TRY(parse_namespace(chosen(request.uts, defaults.utsns)));
  auto cgroup_default = defaults.cgroupns.empty() ? (host.cgroup_v2 ? "private" : "host") : defaults.cgroupns;
  config.cgroup = TRY(parse_namespace(chosen(request.cgroupns, cgroup_default)));
  TRY(parse_userns(config, chosen(request.userns, defaults.userns)));
  TRY(apply_id_maps(config, request, host));
  if (config.userns.mode == "auto" && !host.user_namespaces)
    return Failure(Error(Code::unsupported, "this kernel does not let us make a user namespace"));
  if (!request.hostname.empty() && config.uts.mode != "private")
    return invalid(
        "invalid config provided: cannot set hostname when running in the {} UTS namespace: invalid configuration",
        config.uts.mode);
  return {};
}

}  // namespace cove::plan
