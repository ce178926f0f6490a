#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"
#include "linux/signals.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

Result<RestartPolicy> parse_restart_policy(std::string_view text) {
  RestartPolicy policy;
  if (text.empty()) return policy;
  auto parts = split(text, ':');
  if (parts.size() > 2) return invalid("invalid restart policy: may specify retries at most once");
  policy.name = to_lower(parts[0]);
  if (policy.name == "never") policy.name = "no";
  if (parts.size() == 2) {
    if (policy.name != "on-failure")
      return invalid("restart policy retries can only be specified with on-failure restart policy");
    auto retries = parse_int(parts[1]);
    if (!retries || *retries > UINT32_MAX)
      return invalid("parsing restart policy retry count: parsing {}: invalid syntax", quoted(parts[1]));
    if (*retries < 0) return invalid("must specify restart policy retry count as a number greater than 0");
    policy.max_retries = static_cast<unsigned>(*retries);
  }
  static const Strings kNames = {"no", "always", "on-failure", "unless-stopped"};
  if (!text::contains(kNames, policy.name))
    return invalid("{} is not a valid restart policy, choose one of no, on-failure, always, unless-stopped",
                   quoted(parts[0]));
  return policy;
}

namespace {

Result<> apply_logs(LogConfig& log, const CreateRequest& request, const EngineDefaults& defaults,
                    const HostFacts& host) {
  log.driver = request.log_driver.empty() ? defaults.log_driver : request.log_driver;
  log.max_size = defaults.log_size_max;
  log.path = defaults.log_path;
  for (const auto& text : request.log_opts) {
    auto pair = text::cut(text, '=');
    if (!pair.found) return invalid("invalid log option {}", quoted(text));
    auto key = to_lower(pair.before);
    if (key == "driver") {
      log.driver = pair.after;
    } else if (key == "path") {
      log.path = text::host_path(pair.after, host.cwd);
    } else if (key == "tag") {
      log.tag = pair.after;
    } else if (key == "max-size") {
      log.max_size = TRY(text::parse_decimal_size(pair.after));
      if (log.max_size == 0) log.max_size = -1;
    } else if (key == "max-file") {
      auto number = parse_uint(pair.after);
      if (!number || *number < 1 || *number > 1000) return invalid("invalid log option {}", quoted(text));
      log.max_files = static_cast<unsigned>(*number);
    } else {
      log.options[pair.before] = pair.after;
    }
  }
  if (log.tag.empty()) log.tag = defaults.log_tag;
  static const Strings kDrivers = {"k8s-file", "json-file", "none", "journald", "passthrough", "passthrough-tty"};
  if (!text::contains(kDrivers, log.driver)) {
    Error error(Code::invalid, fmt::format("invalid log driver {}: invalid argument", quoted(log.driver)));
    auto near = nearest(log.driver, kDrivers);
    return Failure(
        std::move(error).hint(near ? "did you mean " + *near + "?" : "choose one of " + join(kDrivers, ", ")));
  }
  if (log.driver.starts_with("passthrough") && request.terminal != (log.driver == "passthrough-tty"))
    return invalid("the {} log driver {} be used on a TTY", quoted(log.driver),
                   request.terminal ? "cannot" : "can only");
  return {};
}

Result<int64_t> health_time(std::string_view name, const std::string& text, int64_t otherwise) {
  if (text.empty()) return otherwise;
  if (text == "disable" && name == "interval") return 0;
  auto value = parse_duration(text);
  if (!value) return invalid("invalid healthcheck-{}: time: invalid duration {}", name, quoted(text));
  return value->count();
}

constexpr int64_t kSecond = 1'000'000'000;

Result<Strings> health_test(const std::string& text) {
  Strings test;
  auto parsed = json::parse(text);
  bool array = parsed && parsed->is_array();
  test = array ? parsed->strings() : Strings{text};
  if (test.empty() || test[0].empty()) return invalid("must define a healthcheck command for all healthchecks");
  auto first = to_lower(array ? test[0] : text::cut(text, ' ').before);
  if (first == "none") return Strings{"NONE"};
  if (first == "cmd" || first == "cmd-shell") {
    if (!array) {
      auto rest = std::string(trim(text::cut(text, ' ').after));
      test = {"CMD-SHELL", rest};
      if (first == "cmd") {
        test = {"CMD"};
        for (const auto& word : split(rest, ' '))
          if (!word.empty()) test.push_back(word);
      }
    }
    test[0] = first == "cmd" ? "CMD" : "CMD-SHELL";
    return test;
  }
  if (array && test.size() > 1)
    test.insert(test.begin(), "CMD");
  else
    test = {"CMD-SHELL", test[0]};
  return test;
}

Result<> apply_health(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image) {
  if (request.no_healthcheck && !request.health_cmd.empty())
    return invalid("cannot specify both --no-healthcheck and --health-cmd");
  if (request.no_healthcheck && !request.health_startup_cmd.empty())
    return invalid("cannot specify both --no-healthcheck and --health-startup-cmd");
  HealthConfig health;
  if (request.no_healthcheck) {
    health.test = {"NONE"};
    config.health = health;
    return {};
  }
  json::Value from_image;
  if (image && !image->healthcheck.empty()) {
    auto parsed = json::parse(image->healthcheck);
    if (parsed) from_image = std::move(*parsed);
  }
  health.test = request.health_cmd.empty() ? from_image["Test"].strings() : TRY(health_test(request.health_cmd));
  if (health.test.empty()) return {};
  auto of_image = [&](std::string_view key, int64_t otherwise) {
    auto value = request.health_cmd.empty() ? from_image[key].as_int() : 0;
    return value > 0 ? value : otherwise;
  };
  health.interval_ns = TRY(health_time("interval", request.health_interval, of_image("Interval", 30 * kSecond)));
  health.timeout_ns = TRY(health_time("timeout", request.health_timeout, of_image("Timeout", 30 * kSecond)));
  health.start_period_ns = TRY(health_time("start-period", request.health_start_period, of_image("StartPeriod", 0)));
  health.retries = request.health_retries.value_or(static_cast<unsigned>(of_image("Retries", 3)));
  if (health.retries < 1) return invalid("healthcheck-retries must be greater than 0");
  if (health.timeout_ns < 1) return invalid("healthcheck-timeout must be at least 1 second");
  if (health.interval_ns < 0) return invalid("healthcheck-interval must be 0 seconds or greater");
  if (health.start_period_ns < 0) return invalid("healthcheck-start-period must be 0 seconds or greater");
  health.startup_test = request.health_startup_cmd;
  static const Strings kActions = {"none", "kill", "restart", "stop"};
  if (!request.health_on_failure.empty()) health.on_failure = to_lower(request.health_on_failure);
  if (!text::contains(kActions, health.on_failure))
    return invalid("invalid on-failure action {} for health check: supported actions are none, kill, restart, stop",
                   quoted(request.health_on_failure));
  config.health = health;
  return {};
}

bool is_init_command(const Strings& argv) {
  if (argv.empty()) return false;
  size_t first = argv.size() > 2 && argv[0] == "/bin/sh" && argv[1] == "-c" ? 2 : 0;
  const auto& command = argv[first];
  return command == "/sbin/init" || command == "/usr/sbin/init" || command == "/usr/local/sbin/init" ||
         command == "systemd" || command.ends_with("/systemd");
}

Result<> apply_stop(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                    const EngineDefaults& defaults) {
  auto mode = to_lower(request.systemd);
  if (!mode.empty() && mode != "true" && mode != "false" && mode != "always")
    return invalid("invalid config provided: --systemd values must be one of {}: invalid configuration",
                   quoted("true, false, always"));
  config.systemd = mode == "always" || (mode != "false" && is_init_command(config.argv));
  auto signal = request.stop_signal;
  if (signal.empty() && image) signal = image->stop_signal;
  if (signal.starts_with('-')) signal.erase(0, 1);
  config.stop_signal = signal.empty() ? (config.systemd ? 37 : 15) : TRY(linux_::parse_signal(signal));
  config.stop_timeout = request.stop_timeout.value_or(defaults.stop_timeout);
  config.timeout = request.timeout;
  return {};
}

Result<> apply_descriptors(ContainerConfig& config, const CreateRequest& request) {
  config.preserve_fds = request.preserve_fds;
  if (request.preserve_fd.empty()) return {};
  if (request.preserve_fds != 0) return invalid("cannot specify both --preserve-fds and --preserve-fd");
  for (const auto& text : split(request.preserve_fd, ',')) {
    auto number = parse_uint(text);
    if (!number || *number > 65535) return invalid("invalid --preserve-fd value {}", quoted(text));
    config.preserve_fd_list.push_back(static_cast<unsigned>(*number));
  }
  return {};
}

}  // namespace

Result<> apply_life(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                    const EngineDefaults& defaults, const HostFacts& host) {
  config.remove = request.remove || request.remove_image;
  config.remove_image = request.remove_image;
  config.restart = TRY(parse_restart_policy(request.restart_policy));
  if (config.remove && config.restart.name != "no")
    return invalid("the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\"");
  config.pidfile = request.pidfile;
  config.cidfile = request.cidfile;
  config.conmon_pidfile = request.conmon_pidfile;
  if (!request.sdnotify.empty()) config.sdnotify = to_lower(request.sdnotify);
  static const Strings kNotify = {"container", "conmon", "ignore", "healthy"};
  if (!text::contains(kNotify, config.sdnotify))
    return invalid("{} is not a valid sdnotify mode, choose one of container, conmon, ignore, healthy",
                   quoted(request.sdnotify));
  TRY(apply_stop(config, request, image, defaults));
  TRY(apply_descriptors(config, request));
  TRY(apply_logs(config.log, request, defaults, host));
  return apply_health(config, request, image);
}

}  // namespace cove::plan
