#include <fcntl.h>

#include "base/sys/sys.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/prepare.hpp"

namespace cove::engine {
namespace {

std::string make_hosts(const plan::ContainerConfig& config, const std::string& hostname) {
  std::string out;
  auto base = read_file(config.hosts_file.empty() || config.hosts_file == "none" || config.hosts_file == "image"
                            ? "/etc/hosts"
                            : config.hosts_file);
  if (base && config.hosts_file != "none") out = *base;
  if (!out.empty() && out.back() != '\n') out += '\n';
  for (const auto& host : config.add_hosts) {  // name[;name]:address
    size_t colon = host.find(':');
    if (colon == std::string::npos) continue;
    for (const auto& name : split(host.substr(0, colon), ';'))
      out.insert(0, fmt::format("{}\t{}\n", host.substr(colon + 1), name));
  }
  if (out.find("localhost") == std::string::npos) out += "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
  if (!config.network.is_host()) out += fmt::format("127.0.0.1\t{} {}\n", hostname, config.name);
  return out;
}

std::string make_resolv(const plan::ContainerConfig& config) {
  auto host = read_file("/etc/resolv.conf");
  std::string servers, searches, options;
  for (const auto& line : split(host ? *host : std::string(), '\n')) {
    if (line.starts_with("nameserver") && config.dns.empty()) servers += line + "\n";
    if (line.starts_with("search") && config.dns_search.empty()) searches = line + "\n";
    if (line.starts_with("options") && config.dns_options.empty()) options = line + "\n";
  }
  for (const auto& s : config.dns) servers += "nameserver " + s + "\n";
  if (!config.dns_search.empty() && config.dns_search != plan::Strings{"."})
    searches = "search " + join(config.dns_search, " ") + "\n";
  if (!config.dns_options.empty()) options = "options " + join(config.dns_options, " ") + "\n";
  return searches + servers + options;
}

std::string make_containerenv(const Engine& engine, const plan::ContainerConfig& config) {
  if (config.privileged) {
    return fmt::format(
        "engine=\"cove-{}\"\nname=\"{}\"\nid=\"{}\"\nimage=\"{}\"\nimageid=\"{}\"\nrootless={}\ngraphRootMounted=0\n",
        COVE_VERSION, config.name, config.id, config.image_name, config.image_id, engine.facts.rootless ? 1 : 0);
  }
  return "";
}

}  // namespace

Result<plan::OwnFiles> write_own_files(Engine& engine, const plan::ContainerConfig& config,
                                       const plan::HostFacts& facts) {
  plan::OwnFiles files;
  std::string dir = engine.paths().run_dir(config.id);
  auto put = [&](const char* name, const std::string& text, std::string& path) -> Result<> {
    path = dir + "/" + name;
    UniqueFd fd = TRY(sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    TRY(sys::fchmod(fd.get(), 0644));
    TRY_CTX(write_all(fd.get(), text), path);
    if (config.uid_map.empty()) return {};
    return sys::fchown(fd.get(), linux_::to_outside(config.uid_map, 0).value_or(0),
                       linux_::to_outside(config.gid_map, 0).value_or(0));
  };
  std::string hostname = plan::effective_hostname(config, facts.hostname);
  bool joined = config.network.is_container();
  if (config.manage_resolv && !joined && config.network.mode != "none")
    TRY(put("resolv.conf", make_resolv(config), files.resolv_conf));
  if (config.manage_hosts && !joined) TRY(put("hosts", make_hosts(config, hostname), files.hosts));
  if (config.manage_hostname) TRY(put("hostname", hostname + "\n", files.hostname));
  TRY(put(".containerenv", make_containerenv(engine, config), files.containerenv));
  if (!config.timezone.empty()) {
    std::string zone = config.timezone == "local" ? "/etc/localtime" : "/usr/share/zoneinfo/" + config.timezone;
    auto text = read_file(zone, 1UL << 20);
    if (!text) return Failure(Error(Code::invalid, fmt::format("unknown timezone {}", config.timezone)));
    TRY(put("localtime", *text, files.localtime));
  }
  return files;
}

}  // namespace cove::engine
