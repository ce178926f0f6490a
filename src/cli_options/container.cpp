#include "cli_options/container.hpp"

#include <algorithm>

#include "base/util.hpp"
#include "options/values.hpp"

namespace cove::cli_options {
namespace {

using options::go_quote;
using options::Parsed;

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

std::string without_slash(const std::string& name) { return name.starts_with('/') ? name.substr(1) : name; }

// `start` has rules and texts of its own.
Result<> check_start(const Parsed& parsed) {
  const size_t words = parsed.args().size();
  const bool all = parsed.flag("all"), latest = parsed.flag("latest"), attach = parsed.flag("attach");
  if (words == 0 && !latest && !all && !parsed.changed("filter"))
    return Failure(usage("start requires at least one argument"));
  if (all && latest) return Failure(usage("--all and --latest cannot be used together"));
  if (words > 0 && latest) return Failure(usage("--latest and containers cannot be used together"));
  if (words > 1 && attach) return Failure(usage("you cannot start and attach multiple containers at once"));
  if (words > 0 && all)
    return Failure(usage("either start all containers or the container(s) provided in the arguments"));
  if (attach && all) return Failure(usage("you cannot start and attach all containers at once"));
  return {};
}

Result<std::string> exec_target(const Parsed& parsed, std::vector<std::string>& command) {
  const bool latest = parsed.flag("latest");
  const auto id_file = parsed.text("cidfile");
  command = parsed.args();
  if (command.empty() && !latest && !id_file)
    return Failure(usage("exec requires the name or ID of a container or the --latest or --cidfile flag"));
  if (latest && id_file) return Failure(usage("--latest and --cidfile can not be used together"));
  if (latest) return "";
  if (id_file) return *TRY(read_id_file(*id_file, false));
  std::string name = without_slash(command.front());
  command.erase(command.begin());
  return name;
}

Result<std::pair<uint16_t, std::string>> parse_port(const std::string& text) {
  auto parts = split(text, '/');
  if (parts.size() > 2) return Failure(usage(fmt::format("port formats are port/protocol. '{}' is invalid", text)));
  if (parts.size() == 1) parts.emplace_back("tcp");
  const uint64_t value = TRY(options::go_uint(parts[0], 10));
  if (value > UINT16_MAX)
    return Failure(usage(fmt::format("strconv.ParseUint: parsing {}: value out of range", go_quote(parts[0]))));
  return std::pair(static_cast<uint16_t>(value), parts[1]);
}

}  // namespace

Result<StartOptions> fill_start(const Parsed& parsed) {
  TRY(check_start(parsed));
  StartOptions options;
  options.attach = parsed.flag("attach");
  options.interactive = parsed.flag("interactive");
  options.sig_proxy = parsed.flag("sig-proxy", options.attach);
  options.detach_keys = parsed.text("detach-keys");
  if (options.sig_proxy && !options.attach)
    return Failure(usage("you cannot use sig-proxy without --attach: invalid argument"));
  options.which.all = parsed.flag("all");
  options.which.latest = parsed.flag("latest");
  for (const auto& name : parsed.args()) options.which.names.push_back(without_slash(name));
  options.which.filters = TRY(parse_filters(parsed.list("filter")));
  return options;
}

Result<StopOptions> fill_stop(const Parsed& parsed) {
  return StopOptions{TRY(fill_selection(parsed)), parsed.integer("time"), parsed.flag("service")};
}

Result<RestartOptions> fill_restart(const Parsed& parsed) {
  return RestartOptions{TRY(fill_selection(parsed)), parsed.integer("time"), parsed.flag("running")};
}

Result<KillOptions> fill_kill(const Parsed& parsed) {
  return KillOptions{TRY(fill_selection(parsed)), parsed.text_or("signal", "KILL")};
}

Result<RmOptions> fill_rm(const Parsed& parsed) {
  RmOptions options;
  options.force = parsed.flag("force");
  options.time = parsed.integer("time");
  options.which = TRY(fill_selection(parsed));
  if (options.time && !options.force)
    return Failure(usage("--force option must be specified to use the --time option"));
  options.which.ignore = options.which.ignore || options.force;
  options.depend = parsed.flag("depend") || options.which.all;
  options.volumes = parsed.flag("volumes");
  return options;
}

Result<Selection> fill_pause(const Parsed& parsed) { return fill_selection(parsed); }

Result<Selection> fill_init(const Parsed& parsed) { return fill_selection(parsed); }

Result<AttachOptions> fill_attach(const Parsed& parsed, std::string_view command_path) {
  const auto& words = parsed.args();
  AttachOptions options;
  options.latest = parsed.flag("latest");
  if (words.size() > 1) return Failure(usage(fmt::format("`{}` accepts at most one argument", command_path)));
  if (words.empty() && !options.latest)
    return Failure(usage(fmt::format("{} requires a name, id, or the \"--latest\" flag", go_quote(command_path))));
  if (!words.empty() && options.latest) return Failure(usage("--latest and containers cannot be used together"));
  if (!words.empty()) options.name = without_slash(words[0]);
  options.no_stdin = parsed.flag("no-stdin");
  options.sig_proxy = parsed.flag("sig-proxy", true);
  options.detach_keys = parsed.text("detach-keys");
  return options;
}

Result<ExecOptions> fill_exec(const Parsed& parsed) {
  ExecOptions options;
  options.no_session = parsed.flag("no-session");
  options.detach = parsed.flag("detach");
  options.detach_keys = parsed.text("detach-keys");
  if (options.no_session && (options.detach || options.detach_keys))
    return Failure(usage("--no-session cannot be used with --detach or --detach-keys"));
  options.latest = parsed.flag("latest");
  options.name = TRY(exec_target(parsed, options.command));
  Pairs env;
  for (const auto& path : parsed.list("env-file"))
    for (auto& pair : TRY(read_env_file(path))) env.push_back(std::move(pair));
  for (auto& pair : TRY_CTX(parse_env(parsed.list("env")), "parsing environment variables"))
    env.push_back(std::move(pair));
  for (const auto& [key, value] : env) options.env.push_back(fmt::format("{}={}", key, value));
  options.interactive = parsed.flag("interactive");
  options.tty = parsed.flag("tty");
  options.privileged = parsed.flag("privileged");
  options.user = parsed.text("user");
  options.workdir = parsed.text("workdir");
  options.preserve_fds = static_cast<unsigned>(parsed.number("preserve-fds").value_or(0));
  options.preserve_fd = parsed.numbers("preserve-fd");
  options.wait = parsed.integer("wait");
  return options;
}

Result<WaitOptions> fill_wait(const Parsed& parsed, std::string_view command_path) {
  WaitOptions options;
  const std::string interval = parsed.text_or("interval", "250ms");
  auto value = parse_duration(interval);
  if (!value)
    if (auto plain = parse_duration(interval + "ms")) value = plain;
  if (!value) return Failure(usage(fmt::format("time: invalid duration {}", go_quote(interval))));
  options.interval = *value;
  options.which.latest = parsed.flag("latest");
  options.which.ignore = parsed.flag("ignore");
  for (const auto& name : parsed.args()) options.which.names.push_back(without_slash(name));
  if (!options.which.latest && options.which.names.empty())
    return Failure(usage(fmt::format("{} requires a name, id, or the \"--latest\" flag", go_quote(command_path))));
  if (options.which.latest && !options.which.names.empty())
    return Failure(usage("--latest and containers cannot be used together"));
  options.conditions = parsed.list("condition");
  options.exit_first_match = parsed.flag("exit-first-match");
  return options;
}

Result<CleanupOptions> fill_cleanup(const Parsed& parsed) {
  CleanupOptions options;
  options.which = TRY(fill_selection(parsed));
  options.exec = parsed.text_or("exec", "");
  options.remove = parsed.flag("rm");
  options.remove_image = parsed.flag("rmi");
  options.stopped_only = parsed.flag("stopped-only");
  if (options.exec.empty()) return options;
  if (options.which.all) return Failure(usage("--all and --exec cannot be set together"));
  if (options.which.names.size() > 1)
    return Failure(usage("cannot use exec option when more than one container is given"));
  if (options.remove_image) return Failure(usage("--exec and --rmi cannot be set together"));
  return options;
}

Result<ExistsOptions> fill_exists(const Parsed& parsed) {
  if (parsed.args().size() != 1)
    return Failure(usage(fmt::format("accepts 1 arg(s), received {}", parsed.args().size())));
  return ExistsOptions{without_slash(parsed.args()[0]), parsed.flag("external")};
}

Result<RenameOptions> fill_rename(const Parsed& parsed) {
  if (parsed.args().size() != 2)
    return Failure(usage(fmt::format("accepts 2 arg(s), received {}", parsed.args().size())));
  return RenameOptions{without_slash(parsed.args()[0]), without_slash(parsed.args()[1])};
}

Result<MountOptions> fill_mount(const Parsed& parsed) {
  MountOptions options;
  options.which = TRY(fill_selection(parsed, true));
  if (!options.which.names.empty() && options.which.latest)
    return Failure(usage("--latest and containers cannot be used together"));
  options.format = parsed.text_or("format", "");
  options.no_trunc = parsed.flag("no-trunc");
  return options;
}

Result<UnmountOptions> fill_unmount(const Parsed& parsed) {
  return UnmountOptions{TRY(fill_selection(parsed)), parsed.flag("force")};
}

Result<PruneOptions> fill_prune(const Parsed& parsed) {
  PruneOptions options;
  options.force = parsed.flag("force");
  for (const auto& filter : parsed.list("filter"))
    if (filter.find('=') == filter.npos)
      return Failure(usage(fmt::format("filter input must be in the form of filter=value: {} is invalid", filter)));
  options.filters = TRY(parse_filters(parsed.list("filter")));
  return options;
}

Result<PortOptions> fill_port(const Parsed& parsed) {
  TRY(fill_selection(parsed, true));
  const auto& words = parsed.args();
  PortOptions options;
  options.all = parsed.flag("all");
  options.latest = parsed.flag("latest");
  if (words.empty() && !options.latest && !options.all)
    return Failure(usage("you must supply a running container name or id"));
  if (words.size() > 2) return Failure(usage("`port` accepts at most 2 arguments"));
  std::string port;
  if (options.latest) {
    if (!words.empty()) port = words[0];
  } else if (!words.empty()) {
    options.name = without_slash(words[0]);
    if (words.size() > 1) port = words[1];
  }
  if (!port.empty()) options.port = TRY(parse_port(port));
  return options;
}

Result<TopOptions> fill_top(const Parsed& parsed) {
  TopOptions options;
  options.list_descriptors = parsed.flag("list-descriptors");
  options.latest = parsed.flag("latest");
  options.descriptors = parsed.args();
  if (options.list_descriptors || options.latest) return options;
  if (options.descriptors.empty()) return Failure(usage("you must provide the name or id of a running container"));
  options.name = without_slash(options.descriptors.front());
  options.descriptors.erase(options.descriptors.begin());
  return options;
}

Result<LogsOptions> fill_logs(const Parsed& parsed, int64_t now_nanos) {
  LogsOptions options;
  options.latest = parsed.flag("latest");
  for (const auto& name : parsed.args()) options.names.push_back(without_slash(name));
  if (options.latest && !options.names.empty())
    return Failure(usage("--latest and containers cannot be used together"));
  if (!options.latest && options.names.empty())
    return Failure(usage("specify at least one container name or ID to log"));
  options.follow = parsed.flag("follow");
  options.timestamps = parsed.flag("timestamps");
  options.names_shown = parsed.flag("names");
  options.color = parsed.flag("color");
  options.details = parsed.flag("details");
  options.tail = parsed.integer("tail").value_or(-1);
  if (const auto since = parsed.text("since"); since && !since->empty())
    options.since = TRY_CTX(parse_time(*since, now_nanos, true), fmt::format("parsing --since {}", go_quote(*since)));
  if (const auto until = parsed.text("until"); until && !until->empty())
    options.until = TRY_CTX(parse_time(*until, now_nanos, false), fmt::format("parsing --until {}", go_quote(*until)));
  return options;
}

}  // namespace cove::cli_options
