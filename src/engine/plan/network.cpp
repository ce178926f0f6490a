#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

namespace {

// Good enough to refuse a typing mistake; the network back end checks addresses against its subnets.
bool is_ip4(std::string_view text) {
  auto parts = split(text, '.');
  if (parts.size() != 4) return false;
  for (const auto& part : parts) {
    auto number = parse_uint(part);
    if (!number || *number > 255 || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
  }
  return true;
}

bool is_ip6(std::string_view text) {
  if (text.find(':') == std::string_view::npos || text.find(":::") != std::string_view::npos) return false;
  auto zone = text.find('%');
  text = text.substr(0, zone);
  bool gap = text.find("::") != std::string_view::npos;
  size_t groups = 0, gaps = 0;
  auto parts = split(text, ':');
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& part = parts[i];
    if (part.empty()) {
      gaps += i > 0 && i + 1 < parts.size();
      continue;
    }
    if (part.find('.') != std::string::npos) {
      if (i + 1 != parts.size() || !is_ip4(part)) return false;
      groups += 2;
    } else if (part.size() > 4 || !is_hex(to_lower(part))) {
      return false;
    } else {
      ++groups;
    }
  }
  if (gaps > 1 || (!gap && (text.front() == ':' || text.back() == ':'))) return false;
  return gap ? groups < 8 : groups == 8;
}

bool is_ip(std::string_view text) { return is_ip4(text) || is_ip6(text); }

bool is_mac(std::string_view text) {
  auto parts = split(text, text.find('-') == std::string_view::npos ? ':' : '-');
  if (parts.size() != 6 && parts.size() != 8) return false;
  for (const auto& part : parts)
    if (part.size() != 2 || !is_hex(to_lower(part))) return false;
  return true;
}

Result<uint16_t> parse_port(const std::string& text) {
  auto number = parse_int(text);
  if (!number) return invalid("invalid port number: parsing {}: invalid syntax", quoted(text));
  if (*number < 1 || *number > 65535)
    return invalid("port numbers must be between 1 and 65535 (inclusive), got {}", *number);
  return static_cast<uint16_t>(*number);
}

struct PortRange {
  uint16_t start = 0, length = 1;
};
Result<PortRange> parse_range(const std::string& text) {
  auto parts = split(text, '-');
  if (parts.size() > 2) return invalid("invalid port format - port ranges are formatted as startPort-stopPort");
  if (parts[0].empty()) return invalid("port numbers cannot be negative");
  PortRange range;
  range.start = TRY(parse_port(parts[0]));
  if (parts.size() == 1) return range;
  if (parts[1].empty()) return invalid("must provide ending number for port range");
  auto end = TRY(parse_port(parts[1]));
  if (end <= range.start)
    return invalid("the end port of a range must be higher than the start port - {} is not higher than {}", end,
                   range.start);
  range.length = static_cast<uint16_t>(end - range.start + 1);
  return range;
}

// "[::1]:80:80" or "127.0.0.1:80:80" -> host address, host port, container port.
struct PortText {
  std::optional<std::string> ip, host;
  std::string container;
};
Result<PortText> split_port(std::string text) {
  PortText out;
  auto brackets = split(text, ']');
  if (brackets.size() > 2)
    return invalid("invalid port format - at most one IPv6 address can be specified in a --publish");
  if (brackets.size() == 2) {
    if (!brackets[0].starts_with('[')) return invalid("invalid port format - IPv6 addresses must be enclosed by []");
    if (!brackets[1].starts_with(':'))
      return invalid("invalid port format - IPv6 address must be followed by a colon (':')");
    out.ip = brackets[0].substr(1);
    text = brackets[1].substr(1);
  }
  auto parts = split(text, ':');
  if (parts.size() == 1 && out.ip)
    return invalid("invalid port format - must provide host and destination port if specifying an IP");
  if (parts.size() == 3 && out.ip)
    return invalid("invalid port format - when v6 address specified, must be [ipv6]:hostPort:ctrPort");
  if (parts.size() > 3) return invalid("invalid port format - format is [[hostIP:]hostPort:]containerPort");
  if (parts.size() == 3) out.ip = parts[0];
  if (parts.size() >= 2) out.host = parts[parts.size() - 2];
  out.container = parts.back();
  return out;
}

Result<PortMapping> parse_one_port(const std::string& text) {
  auto parts = split(text, '/');
  if (parts.size() > 2) return invalid("invalid port format - protocol can only be specified once");
  auto ports = TRY(split_port(parts[0]));
  PortMapping mapping;
  if (ports.container.empty()) return invalid("must provide a non-empty container port to publish");
  auto inside = TRY_CTX(parse_range(ports.container), "parsing container port");
  mapping.container_port = inside.start;
  mapping.range = inside.length;
  if (parts.size() == 2) {
    if (parts[1].empty()) return invalid("must provide a non-empty protocol to publish");
    mapping.protocol = to_lower(parts[1]);
    if (mapping.protocol != "tcp" && mapping.protocol != "udp" && mapping.protocol != "sctp")
      return invalid("unrecognized protocol {} in port mapping", quoted(parts[1]));
  }
  if (ports.ip) {
    if (ports.ip->empty()) return invalid("must provide a non-empty container host IP to publish");
    if (!is_ip(*ports.ip)) return invalid("cannot parse {} as an IP address", quoted(*ports.ip));
    if (*ports.ip != "0.0.0.0") mapping.host_ip = *ports.ip;
  }
  if (ports.host && !ports.host->empty()) {
    auto outside = TRY_CTX(parse_range(*ports.host), "parsing host port");
    if (outside.length != inside.length)
      return invalid("host and container port ranges have different lengths: {} vs {}", outside.length, inside.length);
    mapping.host_port = outside.start;
  }
  return mapping;
}

Result<NetworkWish> parse_network_options(const std::string& name, const std::string& options) {
  NetworkWish wish{.name = name};
  if (options.empty()) return wish;
  for (const auto& option : split(options, ',')) {
    auto pair = text::cut(option, '=');
    if (pair.before == "ip" || pair.before == "ip6") {
      if (!is_ip(pair.after)) return invalid("invalid ip address {}", quoted(pair.after));
      wish.ips.push_back(pair.after);
    } else if (pair.before == "mac") {
      if (!is_mac(pair.after)) return invalid("address {}: invalid MAC address", pair.after);
      wish.mac = to_lower(pair.after);
    } else if (pair.before == "alias" || pair.before == "interface_name") {
      if (pair.after.empty()) return invalid("{} cannot be empty", pair.before);
      if (pair.before == "alias")
        wish.aliases.push_back(pair.after);
      else
        wish.interface_name = pair.after;
    } else {
      wish.options[pair.before] = pair.after;
    }
  }
  return wish;
}

Result<> first_network(ContainerConfig& config, std::string value, const EngineDefaults& defaults,
                       const HostFacts& host) {
  if (value.empty() || value == "default" || value == "private")
    value = host.rootless ? defaults.rootless_network : "bridge";
  auto pair = text::cut(value, ':');
  const auto& [mode, rest, has_rest] = pair;
  config.network = {mode, ""};
  if (mode == "none" || mode == "host" || mode == "pod") {
    if (has_rest) return invalid("namespace value {} cannot be provided with namespace mode {}", rest, mode);
  } else if (mode == "ns" || mode == "container") {
    if (rest.empty()) return invalid("namespace mode {} requires a value", mode == "ns" ? "path" : mode);
    config.network = {mode == "ns" ? "path" : mode, rest};
  } else if (mode == "slirp4netns" || mode == "pasta") {
    if (mode == "pasta" && !host.rootless && !host.in_userns)
      return invalid("pasta networking is only supported for rootless mode or when inside a nested userns");
    config.network.value = rest;
    if (has_rest) config.network_options[mode] = rest;
  } else if (mode == "bridge") {
    config.networks.push_back(TRY(parse_network_options(defaults.default_network, rest)));
  } else {
    config.network = {"bridge", ""};
    if (mode.empty()) return invalid("network name cannot be empty");
    if (has_rest)
      config.networks.push_back(TRY_CTX(parse_network_options(mode, rest), "invalid option for network " + mode));
    else
      for (auto& name : split(value, ',')) config.networks.push_back({.name = std::move(name)});
  }
  return {};
}

Result<> more_networks(ContainerConfig& config, const Strings& networks) {
  static const Strings kModes = {"bridge",  "slirp4netns", "pasta", "pod",       "none", "default",
                                 "private", "ns",          "path",  "container", "host"};
  if (networks.size() > 1 && config.network.mode != "bridge")
    return invalid("cannot set multiple networks without bridge network mode, selected mode {}: invalid argument",
                   config.network.mode);
  for (size_t i = 1; i < networks.size(); ++i) {
    auto pair = text::cut(networks[i], ':');
    if (pair.before.empty()) return invalid("network name cannot be empty: invalid argument");
    if (text::contains(kModes, pair.before))
      return invalid("can only set extra network names, selected mode {} conflicts with bridge: invalid argument",
                     pair.before);
    auto wish = TRY_CTX(parse_network_options(pair.before, pair.after), "invalid option for network " + pair.before);
    std::erase_if(config.networks, [&](const auto& other) { return other.name == wish.name; });
    config.networks.push_back(std::move(wish));
  }
  return {};
}

Result<> static_addresses(ContainerConfig& config, const CreateRequest& request) {
  bool any = !request.ip.empty() || !request.ip6.empty() || !request.mac_address.empty();
  if (any && config.network.mode != "bridge")
    return invalid(
        "invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking");
  if (any && config.networks.size() > 1)
    return invalid("--ip, --ip6 and --mac-address can only be set for a single network; use --network NAME:ip=ADDRESS");
  for (const auto* ip : {&request.ip, &request.ip6}) {
    if (ip->empty()) continue;
    if (ip == &request.ip ? !is_ip4(*ip) : !is_ip6(*ip)) return invalid("{} is not an ip address", quoted(*ip));
    config.networks.front().ips.push_back(*ip);
  }
  if (!request.mac_address.empty()) {
    if (!is_mac(request.mac_address)) return invalid("address {}: invalid MAC address", request.mac_address);
    config.networks.front().mac = to_lower(request.mac_address);
  }
  for (auto& network : config.networks)
    network.aliases.insert(network.aliases.end(), request.network_aliases.begin(), request.network_aliases.end());
  return {};
}

Result<> names(ContainerConfig& config, const CreateRequest& request, const EngineDefaults& defaults) {
  config.manage_hosts = !request.no_hosts && !(defaults.no_hosts && request.add_host.empty());
  config.manage_hostname = !request.no_hostname;
  if (request.no_hosts && !request.add_host.empty()) return invalid("--no-hosts and --add-host cannot be set together");
  if (config.network.is_container() && !request.add_host.empty())
    return invalid(
        "cannot set extra host entries when the container is joined to another containers network namespace: invalid "
        "configuration");
  for (const auto& host : request.add_host) {
    auto pair = text::cut(host, ':');
    if (!pair.found || pair.before.empty())
      return invalid("invalid host format {}: expected NAME[;NAME]:ADDRESS", quoted(host));
    if (pair.after != "host-gateway" && !is_ip(pair.after) &&
        !(pair.after.starts_with('[') && pair.after.ends_with(']') &&
          is_ip6(pair.after.substr(1, pair.after.size() - 2))))
      return invalid("invalid IP address in add-host: {}", quoted(pair.after));
  }
  config.add_hosts = request.add_host;
  config.hosts_file = request.hosts_file.empty() ? defaults.base_hosts_file : request.hosts_file;
  config.dns = request.dns.empty() ? defaults.dns_servers : request.dns;
  config.manage_resolv = !text::contains(config.dns, "none");
  if (!config.manage_resolv && (request.dns.size() > 1 || !request.dns_search.empty() || !request.dns_option.empty()))
    return invalid("cannot set other DNS options with --dns=none");
  for (const auto& server : config.dns)
    if (config.manage_resolv && !is_ip(server)) return invalid("{} is not an ip address", server);
  config.dns_search = request.dns_search.empty() ? defaults.dns_searches : request.dns_search;
  config.dns_options = request.dns_option.empty() ? defaults.dns_options : request.dns_option;
  return {};
}

}  // namespace

Result<std::vector<PortMapping>> parse_ports(const Strings& args) {
  std::vector<PortMapping> out;
  for (const auto& text : args) out.push_back(TRY(parse_one_port(text)));
  return out;
}

Result<Strings> parse_expose(const Strings& args) {
  Strings out;
  for (const auto& text : args) {
    auto parts = split(text, '/');
    if (parts.size() > 2) return invalid("invalid expose format - protocol can only be specified once");
    std::string protocol = parts.size() == 2 ? to_lower(parts[1]) : "tcp";
    auto range = TRY(parse_range(parts[0]));
    for (uint32_t i = 0; i < range.length; ++i) {
      auto port = fmt::format("{}/{}", range.start + i, protocol);
      if (!text::contains(out, port)) out.push_back(std::move(port));
    }
  }
  return out;
}

Result<> apply_network(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                       const EngineDefaults& defaults, const HostFacts& host, Strings& warnings) {
  TRY(first_network(config, request.networks.empty() ? defaults.netns : request.networks[0], defaults, host));
  TRY(more_networks(config, request.networks));
  TRY(static_addresses(config, request));
  config.ports = TRY(parse_ports(request.publish));
  config.publish_all = request.publish_all;
  config.expose = TRY(parse_expose(request.expose));
  if (image)
    for (const auto& text : image->exposed_ports) {
      auto ports = parse_expose({text});
      if (!ports) continue;  // an image's nonsense does not stop its containers
      for (auto& port : *ports)
        if (!text::contains(config.expose, port)) config.expose.push_back(std::move(port));
    }
  const auto& mode = config.network.mode;
  if (!config.ports.empty() && (mode == "host" || mode == "none" || mode == "path" || mode == "container")) {
    warnings.push_back(fmt::format(
        "Port mappings have been discarded because \"{}\" network namespace mode does not support them", mode));
    config.ports.clear();
  }
  return names(config, request, defaults);
}

}  // namespace cove::plan
