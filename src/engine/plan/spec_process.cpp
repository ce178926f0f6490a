#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/spec_parts.hpp"
#include "engine/plan/text.hpp"
#include "linux/capabilities.hpp"

namespace cove::plan {

Strings all_capabilities(const HostFacts& host) {
  auto mask = host.capabilities;
  if (host.last_capability < 63) mask &= (uint64_t{1} << (host.last_capability + 1)) - 1;
  auto list = linux_::capability_list(mask);
  std::sort(list.begin(), list.end());
  return list;
}

Strings allowed_capabilities(const Strings& wanted, const HostFacts& host) {
  Strings out;
  auto have = all_capabilities(host);
  for (const auto& one : wanted) {
    if (one == "ALL") return have;
    if (text::contains(have, one)) out.push_back(one);
  }
  return out;
}

// Root has its bounding set; any other user only what was added by name, as ambient capabilities.
json::Value make_capabilities(const Strings& bounding, const Strings& user_caps, bool root) {
  auto out = json::Value::object();
  out.set("bounding", bounding);
  const auto& held = root ? bounding : user_caps;
  out.set("effective", held);
  out.set("permitted", held);
  if (!root && !held.empty()) {
    out.set("inheritable", held);
    out.set("ambient", held);
  }
  return out;
}

namespace {

json::Value make_user(const ContainerConfig& config, const SpecUser& user) {
  auto out = json::Value::object();
  out.set("uid", user.uid);
  out.set("gid", user.gid);
  if (auto umask = parse_uint(config.umask, 8)) out.set("umask", *umask);
  json::Array groups;
  if (!config.user.empty()) groups.emplace_back(user.gid);  // as podman: the primary group is listed too
  for (auto group : user.groups)
    if (config.user.empty() || group != user.gid) groups.emplace_back(group);
  if (!groups.empty()) out.set("additionalGids", std::move(groups));
  return out;
}

// Groups that the user namespace does not map cannot be set.
SpecUser mapped_user(const SpecContext& c) {
  SpecUser user = c.inputs.user;
  auto mapped = [&](uint32_t gid) {
    if (c.inputs.gid_map.empty()) return !c.host.rootless || gid < c.host.available_gids;
    for (const auto& range : c.inputs.gid_map)
      if (gid >= range.inside && gid - range.inside < range.size) return true;
    return false;
  };
  std::erase_if(user.groups, [&](uint32_t gid) {
    if (mapped(gid)) return false;
    c.warnings.push_back(fmt::format("additional gid {} is not mapped in the user namespace, it is left out", gid));
    return true;
  });
  return user;
}

Strings make_env(const SpecContext& c) {
  auto env = c.config.env;
  if (!find_env(env, "container")) set_env(env, "container", "podman");  // G18: the value that scripts look for
  if (!find_env(env, "HOME")) set_env(env, "HOME", c.inputs.user.home.empty() ? "/" : c.inputs.user.home);
  if (c.config.uts.mode == "private" && !find_env(env, "HOSTNAME"))
    set_env(env, "HOSTNAME",
            effective_hostname(c.config, c.inputs.hostname.empty() ? c.host.hostname : c.inputs.hostname));
  if (c.config.systemd && !find_env(env, "container_uuid")) set_env(env, "container_uuid", c.config.id.substr(0, 32));
  for (const auto& text : c.inputs.extra_env) {
    auto pair = text::cut(text, '=');
    set_env(env, pair.before, pair.after);
  }
  return env;
}

std::string limit_text(uint64_t value) { return value == UINT64_MAX ? "unlimited" : std::to_string(value); }

// G21: what cannot be set is lowered; only what the user asked for deserves a warning.
void lower_rlimit(const SpecContext& c, Rlimit& limit) {
  uint64_t most = UINT64_MAX;
  if (auto ours = c.host.rlimits.find(limit.type); ours != c.host.rlimits.end() && !c.host.may_raise_rlimits)
    most = ours->second.hard;
  if (limit.type == "RLIMIT_NOFILE") most = std::min(most, c.host.nr_open);
  if (limit.hard <= most && limit.soft <= most) return;
  if (limit.asked)
    c.warnings.push_back(fmt::format("container {}: --ulimit {}={}:{} is above what can be set here, lowered to {}",
                                     c.config.name.empty() ? short_id(c.config.id) : c.config.name,
                                     to_lower(limit.type.substr(7)), limit_text(limit.soft), limit_text(limit.hard),
                                     limit_text(most)));
  limit.hard = std::min(limit.hard, most);
  limit.soft = std::min(limit.soft, limit.hard);
}

json::Value make_rlimits(const SpecContext& c) {
  auto limits = c.config.rlimits;
  if (!c.config.rlimits_host)
    for (auto type : {"RLIMIT_NOFILE", "RLIMIT_NPROC"}) {
      bool said = false;
      for (const auto& limit : limits) said |= limit.type == type;
      if (!said) limits.push_back({type, 1048576, 1048576, false});
    }
  json::Array out;
  for (auto& limit : limits) {
    lower_rlimit(c, limit);
    auto one = json::Value::object();
    one.set("type", limit.type);
    one.set("hard", limit.hard);
    one.set("soft", limit.soft);
    out.push_back(std::move(one));
  }
  return out;
}

int oom_score(const SpecContext& c) {
  int wanted = *c.config.oom_score_adj;
  if (c.host.may_raise_rlimits || wanted >= c.host.oom_score_adj) return wanted;
  c.warnings.push_back(fmt::format("--oom-score-adj {} is below our own {}, which cannot be lowered here; {} is used",
                                   wanted, c.host.oom_score_adj, c.host.oom_score_adj));
  return c.host.oom_score_adj;
}

}  // namespace

json::Value make_process(const SpecContext& c) {
  const auto& config = c.config;
  auto out = json::Value::object();
  if (config.terminal) out.set("terminal", true);
  out.set("user", make_user(config, mapped_user(c)));
  Strings args;
  if (config.init) args = {"/run/podman-init", "--"};
  args.insert(args.end(), config.argv.begin(), config.argv.end());
  out.set("args", args);
  out.set("env", make_env(c));
  out.set("cwd", config.workdir);
  auto bounding = config.privileged ? all_capabilities(c.host) : allowed_capabilities(config.capabilities, c.host);
  out.set("capabilities",
          make_capabilities(bounding, allowed_capabilities(config.cap_add, c.host), c.inputs.user.uid == 0));
  auto rlimits = make_rlimits(c);
  if (!rlimits.empty()) out.set("rlimits", std::move(rlimits));
  if (config.no_new_privileges) out.set("noNewPrivileges", true);
  if (!c.inputs.apparmor_profile.empty()) out.set("apparmorProfile", c.inputs.apparmor_profile);
  if (!config.selinux_process_label.empty()) out.set("selinuxLabel", config.selinux_process_label);
  if (config.oom_score_adj) out.set("oomScoreAdj", oom_score(c));
  return out;
}

Result<json::Value> make_process_spec(const ContainerConfig& config, const json::Value& container_process,
                                      const ExecRequest& request, const HostFacts& host) {
  if (request.command.empty())
    return Failure(Error(Code::invalid, "must provide a non-empty command to start an exec session"));
  auto out = json::Value::object();
  if (request.terminal) out.set("terminal", true);
  if (request.console_size) {
    auto size = json::Value::object();
    size.set("height", request.console_size->first);
    size.set("width", request.console_size->second);
    out.set("consoleSize", std::move(size));
  }
  auto as_config = config;
  if (request.user_given) as_config.user = "given";
  out.set("user", make_user(as_config, request.user));
  out.set("args", request.command);
  auto env = container_process["env"].strings();
  if (env.empty()) env = config.env;
  if (request.user_given) set_env(env, "HOME", request.user.home.empty() ? "/" : request.user.home);
  if (request.terminal && !find_env(env, "TERM")) {
    auto ours = host.environment.find("TERM");
    set_env(env, "TERM", ours == host.environment.end() ? "xterm" : ours->second);
  }
  for (const auto& text : request.env_files_text)
    for (const auto& [key, value] : TRY(parse_env_file(text, host.environment))) set_env(env, key, value);
  for (const auto& [key, value] : TRY(parse_env(request.env, host.environment))) set_env(env, key, value);
  out.set("env", env);
  auto workdir = request.workdir.value_or(config.workdir);
  if (!workdir.starts_with('/'))
    return text::invalid("the working directory {} is invalid, it needs to be an absolute path", text::quoted(workdir));
  out.set("cwd", text::clean(workdir));
  auto bounding = request.privileged ? all_capabilities(host) : container_process["capabilities"]["bounding"].strings();
  auto added = request.privileged ? bounding : allowed_capabilities(config.cap_add, host);
  out.set("capabilities", make_capabilities(bounding, added, request.user.uid == 0));
  for (auto key : {"rlimits", "apparmorProfile", "selinuxLabel", "oomScoreAdj"}) {
    bool profile = std::string_view(key) == "apparmorProfile";
    if (const auto* value = container_process.find(key); value && !(profile && request.privileged))
      out.set(key, *value);
  }
  if (container_process["noNewPrivileges"].as_bool() && !request.privileged) out.set("noNewPrivileges", true);
  return out;
}

}  // namespace cove::plan
