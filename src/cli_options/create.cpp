#include "cli_options/create.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/util.hpp"
#include "json/json.hpp"
#include "options/values.hpp"

namespace cove::cli_options {
namespace {

using options::go_quote;
using options::Parsed;
using plan::CreateRequest;

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

bool is_address(std::string_view text) {
  const std::string address(trim(text));
  unsigned char buffer[16];
  return inet_pton(AF_INET, address.c_str(), buffer) == 1 || inet_pton(AF_INET6, address.c_str(), buffer) == 1;
}

// Letters, digits and hyphens between dots, with a letter somewhere, at most 254 bytes.
bool is_domain(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() >= 255) return false;
  if (std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c); })) return false;
  for (const auto& label : split(text, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    for (const unsigned char c : label)
      if (!std::isalnum(c) && c != '-') return false;
  }
  return true;
}

Result<> check_add_host(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0)
    return Failure(usage(fmt::format("bad format for add-host: {}", go_quote(text))));
  for (const auto& name : split(std::string_view(text).substr(0, colon), ';'))
    if (name.empty()) return Failure(usage(fmt::format("hostname in add-host {} is empty", go_quote(text))));
  const std::string address = text.substr(colon + 1);
  if (address != "host-gateway" && !is_address(address))
    return Failure(usage(fmt::format("invalid IP address in add-host: {}", go_quote(address))));
  return {};
}

Result<> check_dns(const CreateRequest& request) {
  for (const auto& server : request.dns) {
    if (server == "none") {
      if (request.dns.size() > 1)
        return Failure(usage(fmt::format("{} is not allowed to be specified with other DNS ip addresses", server)));
    } else if (!is_address(server)) {
      return Failure(usage(fmt::format("{} is not an ip address", server)));
    }
  }
  for (const auto& domain : request.dns_search) {
    if (domain == ".") {
      if (request.dns_search.size() > 1)
        return Failure(usage("cannot pass additional search domains when also specifying '.'"));
    } else if (!is_domain(domain)) {
      return Failure(usage(fmt::format("{} is not a valid domain", domain)));
    }
  }
  return {};
}

Result<> check_addresses(const CreateRequest& request) {
  const std::string mode =
      request.networks.empty() ? "" : request.networks.front().substr(0, request.networks.front().find(':'));
  const bool plain = mode == "none" || mode == "host" || mode == "container" || mode == "ns" || mode == "private" ||
                     mode == "slirp4netns" || mode == "pasta";
  for (const auto& [name, address] : {std::pair("ip", &request.ip), std::pair("ip6", &request.ip6)}) {
    if (address->empty()) continue;
    if (!is_address(*address)) return Failure(usage(fmt::format("{} is not an ip address", go_quote(*address))));
    if (plain)
      return Failure(
          usage(fmt::format("--{} can only be set when the network mode is bridge: invalid argument", name)));
    if (request.networks.size() > 1)
      return Failure(usage(fmt::format("--{} can only be set for a single network: invalid argument", name)));
  }
  if (!request.mac_address.empty() && plain)
    return Failure(usage("--mac-address can only be set when the network mode is bridge: invalid argument"));
  if (!request.mac_address.empty() && request.networks.size() > 1)
    return Failure(usage("--mac-address can only be set for a single network: invalid argument"));
  if (!request.network_aliases.empty() && plain)
    return Failure(usage("--network-alias can only be set when the network mode is bridge: invalid argument"));
  if (mode == "none" || mode == "container")
    if (!request.dns.empty() || !request.dns_option.empty() || !request.dns_search.empty())
      return Failure(usage(fmt::format("conflicting options: dns and the network mode: {}", mode)));
  return {};
}

Result<> fill_network(const Parsed& parsed, CreateRequest& request) {
  request.networks = parsed.list("network");
  request.network_aliases = parsed.list("network-alias");
  request.publish = parsed.list("publish");
  request.publish_all = parsed.flag("publish-all");
  request.expose = parsed.list("expose");
  request.add_host = parsed.list("add-host");
  request.dns = parsed.list("dns");
  request.dns_search = parsed.list("dns-search");
  request.dns_option = parsed.list("dns-option");
  request.no_hosts = parsed.flag("no-hosts");
  request.no_hostname = parsed.flag("no-hostname");
  request.hosts_file = parsed.text_or("hosts-file", "");
  request.ip = parsed.text_or("ip", "");
  request.ip6 = parsed.text_or("ip6", "");
  request.mac_address = parsed.text_or("mac-address", "");
  for (const auto& host : request.add_host) TRY(check_add_host(host));
  TRY(check_dns(request));
  TRY(check_addresses(request));
  if (request.no_hosts && parsed.changed("add-host"))
    return Failure(usage("--no-hosts and --add-host cannot be set together"));
  if (request.no_hosts && parsed.changed("hosts-file"))
    return Failure(usage("--no-hosts and --hosts-file cannot be set together"));
  return {};
}

Result<> fill_namespaces(const Parsed& parsed, CreateRequest& request) {
  request.ipc = parsed.text_or("ipc", "");
  request.pid = parsed.text_or("pid", "");
  request.uts = parsed.text_or("uts", "");
  request.cgroupns = parsed.text_or("cgroupns", "");
  request.cgroups = parsed.text_or("cgroups", "");
  request.cgroup_parent = parsed.text_or("cgroup-parent", "");
  request.userns = parsed.text_or("userns", "");
  request.uid_maps = parsed.list("uidmap");
  request.gid_maps = parsed.list("gidmap");
  request.sub_uid_name = parsed.text_or("subuidname", "");
  request.sub_gid_name = parsed.text_or("subgidname", "");
  request.shm_size = parsed.text_or("shm-size", "");
  request.shm_size_systemd = parsed.text_or("shm-size-systemd", "");
  for (const auto& [name, size] :
       {std::pair("shm-size", &request.shm_size), std::pair("shm-size-systemd", &request.shm_size_systemd)})
    if (!size->empty()) TRY_CTX(parse_bytes(*size), fmt::format("unable to translate --{}", name));
  const bool mapped = !request.uid_maps.empty() || !request.gid_maps.empty() || !request.sub_uid_name.empty() ||
                      !request.sub_gid_name.empty();
  if (!mapped) return {};
  if (parsed.changed("userns"))
    return Failure(usage("--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive"));
  request.userns = "private";
  return {};
}

Result<std::optional<int64_t>> bytes_of(const Parsed& parsed, std::string_view name) {
  const auto text = parsed.text(name);
  if (!text || text->empty()) return std::nullopt;
  return TRY_CTX(parse_bytes(*text), "invalid value for memory");
}

template <class T>
std::optional<T> positive(std::optional<T> value) {  // podman takes 0 for "not said"
  return value && *value > T{} ? value : std::nullopt;
}

Result<> fill_limits(const Parsed& parsed, CreateRequest& request) {
  auto& limits = request.limits;
  if (parsed.changed("cpu-period") && parsed.changed("cpus"))
    return Failure(usage("--cpu-period and --cpus cannot be set together"));
  if (parsed.changed("cpu-quota") && parsed.changed("cpus"))
    return Failure(usage("--cpu-quota and --cpus cannot be set together"));
  limits.memory = TRY(bytes_of(parsed, "memory"));
  limits.memory_reservation = TRY(bytes_of(parsed, "memory-reservation"));
  if (parsed.text_or("memory-swap", "") == "-1")
    limits.memory_swap = -1;
  else
    limits.memory_swap = TRY(bytes_of(parsed, "memory-swap"));
  if (const auto swappiness = parsed.integer("memory-swappiness"); swappiness && *swappiness >= 0)
    limits.memory_swappiness = static_cast<uint64_t>(*swappiness);
  limits.oom_kill_disable = parsed.flag("oom-kill-disable");
  limits.cpus = positive(parsed.floating("cpus"));
  limits.cpu_shares = positive(parsed.number("cpu-shares"));
  limits.cpu_period = positive(parsed.number("cpu-period"));
  limits.cpu_rt_period = positive(parsed.number("cpu-rt-period"));
  limits.cpu_quota = positive(parsed.integer("cpu-quota"));
  limits.cpu_rt_runtime = positive(parsed.integer("cpu-rt-runtime"));
  limits.cpuset_cpus = parsed.text_or("cpuset-cpus", "");
  limits.cpuset_mems = parsed.text_or("cpuset-mems", "");
  limits.pids_limit = parsed.integer("pids-limit");
  if (const auto weight = parsed.text("blkio-weight"); weight && !weight->empty()) {
    const uint64_t value = TRY_CTX(options::go_uint(*weight, 10), "invalid value for blkio-weight");
    if (value > UINT16_MAX)
      return Failure(usage(fmt::format(
          "invalid value for blkio-weight: strconv.ParseUint: parsing {}: value out of range", go_quote(*weight))));
    limits.blkio_weight = static_cast<uint16_t>(value);
  }
  limits.blkio_weight_device = parsed.list("blkio-weight-device");
  limits.device_read_bps = parsed.list("device-read-bps");
  limits.device_write_bps = parsed.list("device-write-bps");
  limits.device_read_iops = parsed.list("device-read-iops");
  limits.device_write_iops = parsed.list("device-write-iops");
  limits.cgroup_conf = parsed.list("cgroup-conf");
  for (const auto& setting : limits.cgroup_conf)
    if (setting.find('=') == setting.npos) return Failure(usage("--cgroup-conf must be formatted KEY=VALUE"));
  return {};
}

Result<> fill_files(const Parsed& parsed, CreateRequest& request) {
  request.read_only = parsed.flag("read-only");
  request.read_only_tmpfs = parsed.flag("read-only-tmpfs", true);
  request.volumes = parsed.list("volume");
  request.mounts = parsed.list("mount");
  request.tmpfs = parsed.list("tmpfs");
  request.volumes_from = parsed.list("volumes-from");
  request.secrets = parsed.list("secret");
  request.image_volume = parsed.text_or("image-volume", "");
  if (request.image_volume == "bind") request.image_volume = "anonymous";
  const std::string_view mode = request.image_volume;
  if (!mode.empty() && mode != "anonymous" && mode != "tmpfs" && mode != "ignore")
    return Failure(
        usage(fmt::format("invalid image volume mode {} required value: bind, tmpfs, ignore", go_quote(mode))));
  for (const auto& option : parsed.list("storage-opt")) {
    const size_t equals = option.find('=');
    if (equals == option.npos) return Failure(usage("storage-opt must be formatted KEY=VALUE"));
    request.storage_opts.emplace_back(option.substr(0, equals), option.substr(equals + 1));
  }
  return {};
}

Result<> fill_security(const Parsed& parsed, CreateRequest& request) {
  request.privileged = parsed.flag("privileged");
  request.cap_add = parsed.list("cap-add");
  request.cap_drop = parsed.list("cap-drop");
  request.security_opt = parsed.list("security-opt");
  request.devices = parsed.list("device");
  request.device_cgroup_rules = parsed.list("device-cgroup-rule");
  request.gpus = parsed.list("gpus");
  request.ulimits = parsed.list("ulimit");
  request.sysctls = parsed.list("sysctl");
  for (const auto& setting : request.sysctls)
    if (setting.find('=') == setting.npos)
      return Failure(usage(fmt::format("invalid sysctl value {}", go_quote(setting))));
  if (const auto score = parsed.integer("oom-score-adj")) request.oom_score_adj = static_cast<int>(*score);
  return {};
}

// --entrypoint is a JSON array of words or one word; "" clears the image's.
std::vector<std::string> entrypoint_words(const std::string& text) {
  if (const auto array = json::parse(text); array && array->is_array()) {
    bool all_words = true;
    for (const auto& word : array->items()) all_words = all_words && word.is_string();
    if (all_words) return array->strings();
  }
  return {text};
}

Result<> fill_groups(const Parsed& parsed, CreateRequest& request) {
  request.group_add = parsed.list("group-add");
  const auto keep = std::find(request.group_add.begin(), request.group_add.end(), "keep-groups");
  if (keep == request.group_add.end()) return {};
  if (request.group_add.size() > 1)
    return Failure(usage("the '--group-add keep-groups' option is not allowed with any other --group-add options"));
  request.group_add.clear();
  request.annotations.emplace_back("run.oci.keep_original_groups=1");
  return {};
}

Result<> fill_process(const Parsed& parsed, CreateOptions& options) {
  CreateRequest& request = options.request;
  request.env = parsed.list("env");
  TRY(parse_env(request.env));
  request.env_files = parsed.list("env-file");
  for (const auto& path : request.env_files) {
    TRY(read_env_file(path));
    options.env_file_texts.push_back(TRY(read_option_file(path)));
  }
  request.unset_env = parsed.list("unsetenv");
  request.env_merge = parsed.list("env-merge");
  request.env_host = parsed.flag("env-host");
  request.unset_env_all = parsed.flag("unsetenv-all");
  request.http_proxy = parsed.flag("http-proxy", true);
  request.workdir = parsed.text("workdir");
  request.user = parsed.text("user");
  request.umask = parsed.text_or("umask", "");
  request.terminal = parsed.flag("tty");
  request.interactive = parsed.flag("interactive");
  request.init = parsed.flag("init");
  request.init_path = parsed.text_or("init-path", "");
  for (const auto& stream : parsed.list("attach")) request.attach.push_back(to_lower(stream));
  request.stop_signal = parsed.text_or("stop-signal", "");
  if (const auto seconds = parsed.number("stop-timeout")) request.stop_timeout = static_cast<unsigned>(*seconds);
  request.timeout = static_cast<unsigned>(parsed.number("timeout").value_or(0));
  request.systemd = to_lower(parsed.text_or("systemd", ""));
  if (const auto entry = parsed.text("passwd-entry")) request.passwd_entry.push_back(*entry);
  if (const auto entry = parsed.text("group-entry")) request.group_entry.push_back(*entry);
  request.host_users = parsed.list("hostuser");
  request.sdnotify = parsed.text_or("sdnotify", "");
  request.tz = parsed.text_or("tz", "");
  if (const auto text = parsed.text("entrypoint")) request.entrypoint = entrypoint_words(*text);
  return fill_groups(parsed, request);
}

Result<> check_restart(const CreateRequest& request) {
  const std::string& policy = request.restart_policy;
  if (request.remove && !policy.empty() && policy != "no" && policy != "on-failure")
    return Failure(usage("the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\""));
  return {};
}

Result<> fill_identity(const Parsed& parsed, CreateOptions& options) {
  CreateRequest& request = options.request;
  request.name = parsed.text_or("name", "");
  request.hostname = parsed.text_or("hostname", "");
  request.domainname = parsed.text_or("domainname", "");
  request.annotations = parsed.list("annotation");
  for (const auto& annotation : request.annotations)
    if (annotation.find('=') == annotation.npos) return Failure(usage("annotations must be formatted KEY=VALUE"));
  request.labels = parsed.list("label");
  request.label_files = parsed.list("label-file");
  TRY(read_labels(request.label_files, request.labels));
  for (const auto& path : request.label_files) options.label_file_texts.push_back(TRY(read_option_file(path)));
  request.replace = parsed.flag("replace");
  request.remove = parsed.flag("rm");
  request.cidfile = parsed.text_or("cidfile", "");
  request.pidfile = parsed.text_or("pidfile", "");
  request.conmon_pidfile = parsed.text_or("conmon-pidfile", "");
  request.requires_ = parsed.list("requires");
  request.restart_policy = parsed.text_or("restart", "");
  request.pod = parsed.text_or("pod", "");
  request.pod_id_file = parsed.text_or("pod-id-file", "");
  if (!request.pod.empty() && !request.pod_id_file.empty())
    return Failure(usage("cannot specify both --pod and --pod-id-file"));
  if (request.replace && request.name.empty())
    return Failure(usage("cannot replace container without --name being set"));
  return check_restart(request);
}

Result<> fill_health(const Parsed& parsed, CreateOptions& options) {
  CreateRequest& request = options.request;
  request.health_cmd = parsed.text_or("health-cmd", "");
  request.health_interval = parsed.text_or("health-interval", "");
  request.health_timeout = parsed.text_or("health-timeout", "");
  request.health_start_period = parsed.text_or("health-start-period", "");
  request.health_on_failure = parsed.text_or("health-on-failure", "");
  request.health_startup_cmd = parsed.text_or("health-startup-cmd", "");
  auto count = [&](std::string_view name) -> std::optional<unsigned> {
    const auto value = parsed.number(name);
    return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
  };
  request.health_retries = count("health-retries");
  request.no_healthcheck = parsed.flag("no-healthcheck");
  CreateExtras& extras = options.extras;
  extras.health_log_destination = parsed.text_or("health-log-destination", "");
  extras.health_startup_interval = parsed.text_or("health-startup-interval", "");
  extras.health_startup_timeout = parsed.text_or("health-startup-timeout", "");
  extras.health_max_log_count = count("health-max-log-count");
  extras.health_max_log_size = count("health-max-log-size");
  extras.health_startup_retries = count("health-startup-retries");
  extras.health_startup_success = count("health-startup-success");
  if (request.no_healthcheck && !request.health_cmd.empty())
    return Failure(usage("cannot specify both --no-healthcheck and --health-cmd"));
  if (request.no_healthcheck && !request.health_startup_cmd.empty())
    return Failure(usage("cannot specify both --no-healthcheck and --health-startup-cmd"));
  return {};
}

Result<> fill_log(const Parsed& parsed, CreateRequest& request, const Terminals& terminals) {
  request.log_driver = parsed.text_or("log-driver", "");
  request.log_opts = parsed.list("log-opt");
  for (const auto& option : request.log_opts)
    if (option.find('=') == option.npos) return Failure(usage(fmt::format("invalid log option {}", go_quote(option))));
  if (request.log_driver == "passthrough" && (terminals.in || terminals.out || terminals.err))
    return Failure(usage(
        "the '--log-driver passthrough' option cannot be used on a TTY.  If you really want it, use '--log-driver "
        "passthrough-tty'"));
  return {};
}

void fill_extras(const Parsed& parsed, CreateExtras& extras) {
  extras.init_ctr = parsed.text_or("init-ctr", "");
  extras.personality = parsed.text_or("personality", "");
  extras.rdt_class = parsed.text_or("rdt-class", "");
  extras.seccomp_policy = parsed.text_or("seccomp-policy", "");
  extras.link_local_ip = parsed.text_or("link-local-ip", "");
  extras.chroot_dirs = parsed.list("chrootdirs");
  if (parsed.changed("kernel-memory"))
    extras.warnings.emplace_back("The --kernel-memory flag is no longer supported. This flag is a noop.");
}

Result<> fill_image(const Parsed& parsed, CreateOptions& options) {
  CreateRequest& request = options.request;
  options.pull = TRY(fill_pull_flags(parsed, "pull"));
  request.pull_policy = options.pull.policy;
  request.os = options.pull.os;
  request.arch = options.pull.arch;
  request.variant = options.pull.variant;
  request.platform = parsed.text_or("platform", "");
  const auto& words = parsed.args();
  if (words.empty()) return Failure(usage("requires at least 1 arg(s), only received 0"));
  (parsed.flag("rootfs") ? request.rootfs : request.image) = words.front();
  request.command.assign(words.begin() + 1, words.end());
  return {};
}

Result<> check_init_container(const Parsed& parsed) {
  if (!parsed.changed("init-ctr")) return {};
  if (!parsed.changed("pod")) return Failure(usage("must specify pod value with init-ctr"));
  const std::string kind = parsed.text_or("init-ctr", "");
  if (kind != "always" && kind != "once") return Failure(usage("init-ctr value must be 'always' or 'once'"));
  return {};
}

Result<> fill_run_only(const Parsed& parsed, CreateOptions& options, const Terminals& terminals) {
  CreateRequest& request = options.request;
  request.detach = parsed.flag("detach");
  request.detach_keys = parsed.text("detach-keys");
  request.sig_proxy = parsed.flag("sig-proxy", true);
  request.passwd = parsed.flag("passwd", true);
  request.preserve_fds = static_cast<unsigned>(parsed.number("preserve-fds").value_or(0));
  for (const uint64_t fd : parsed.numbers("preserve-fd"))
    request.preserve_fd += (request.preserve_fd.empty() ? "" : ",") + std::to_string(fd);
  if (request.preserve_fds && !request.preserve_fd.empty())
    return Failure(usage("cannot specify both --preserve-fds and --preserve-fd"));
  if (parsed.flag("rmi")) {
    if (parsed.changed("rm") && !request.remove) return Failure(usage("the --rmi option does not work without --rm"));
    request.remove = request.remove_image = true;
    TRY(check_restart(request));
  }
  if (request.terminal && request.interactive && !terminals.in)
    options.extras.warnings.emplace_back(
        "The input device is not a TTY. The --tty and --interactive flags might not work properly");
  if (!parsed.changed("attach")) return {};
  if (request.log_driver.starts_with("passthrough"))
    return Failure(usage("cannot specify --attach with --log-driver=passthrough: invalid argument"));
  for (const auto& stream : parsed.list("attach"))
    if (const std::string name = to_lower(stream); name != "stdin" && name != "stdout" && name != "stderr")
      return Failure(usage(
          fmt::format("invalid stream {} for --attach - must be one of stdin, stdout, or stderr: invalid argument",
                      go_quote(stream))));
  return {};
}

}  // namespace

Result<PullFlags> fill_pull_flags(const Parsed& parsed, std::string_view policy_option) {
  PullFlags flags;
  flags.quiet = parsed.flag("quiet");
  flags.all_tags = parsed.flag("all-tags");
  flags.policy = to_lower(parsed.text_or(policy_option, ""));
  const std::string given = parsed.text_or(policy_option, "");
  if (given == "true" || given == "1")
    flags.policy = "always";
  else if (given == "false" || given == "0" || flags.policy == "ifnotpresent")
    flags.policy = "missing";
  else if (flags.policy == "ifnewer")
    flags.policy = "newer";
  else if (!flags.policy.empty() && flags.policy != "always" && flags.policy != "missing" && flags.policy != "never" &&
           flags.policy != "newer")
    return Failure(usage(fmt::format("unsupported pull policy {}", go_quote(given))));
  flags.authfile = parsed.text_or("authfile", "");
  flags.cert_dir = parsed.text_or("cert-dir", "");
  flags.creds = parsed.text_or("creds", "");
  flags.signature_policy = parsed.text_or("signature-policy", "");
  flags.retry_delay = parsed.text_or("retry-delay", "");
  flags.decryption_keys = parsed.list("decryption-key");
  if (parsed.changed("tls-verify")) flags.tls_verify = parsed.flag("tls-verify");
  if (const auto retry = parsed.number("retry")) flags.retry = static_cast<unsigned>(*retry);
  flags.os = parsed.text_or("os", "");
  flags.arch = parsed.text_or("arch", "");
  flags.variant = parsed.text_or("variant", "");
  if (const std::string platform = parsed.text_or("platform", ""); !platform.empty()) {
    if (!flags.os.empty() || !flags.arch.empty())
      return Failure(usage("--platform option can not be specified with --arch or --os"));
    const auto parts = split_n(platform, '/', 3);
    flags.os = parts[0];
    if (parts.size() > 1) flags.arch = parts[1];
    if (parts.size() > 2) flags.variant = parts[2];
  }
  return flags;
}

Result<CreateOptions> fill_create(const Parsed& parsed, std::vector<std::string> argv, const Terminals& terminals) {
  CreateOptions options;
  TRY(fill_network(parsed, options.request));
  TRY(check_init_container(parsed));
  TRY(fill_namespaces(parsed, options.request));
  TRY(fill_limits(parsed, options.request));
  TRY(fill_log(parsed, options.request, terminals));
  TRY(fill_identity(parsed, options));
  TRY(fill_process(parsed, options));
  TRY(fill_files(parsed, options.request));
  TRY(fill_security(parsed, options.request));
  TRY(fill_health(parsed, options));
  fill_extras(parsed, options.extras);
  TRY(fill_image(parsed, options));
  options.request.create_command = std::move(argv);
  return options;
}

Result<CreateOptions> fill_run(const Parsed& parsed, std::vector<std::string> argv, const Terminals& terminals) {
  CreateOptions options = TRY(fill_create(parsed, std::move(argv), terminals));
  TRY(fill_run_only(parsed, options, terminals));
  return options;
}

}  // namespace cove::cli_options
