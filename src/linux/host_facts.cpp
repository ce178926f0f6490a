#include "linux/host_facts.hpp"

#include <unistd.h>
#include <algorithm>

#include "base/fs.hpp"
#include "base/log.hpp"
#include "base/util.hpp"
#include "linux/host_probe.hpp"

namespace cove::linux_ {
namespace {

// The file starts with what it is valid for.
std::string cache_key(const std::string& graph_root) {
  return fmt::format("for {} {} {}\n", boot_id(), ::geteuid(), graph_root);
}

}  // namespace

const HostFacts::Limit* HostFacts::find_limit(std::string_view name) const {
  auto it = std::find_if(rlimits.begin(), rlimits.end(), [&](const Limit& l) { return l.name == name; });
  return it == rlimits.end() ? nullptr : &*it;
}

Result<HostFacts> load_host_facts(const std::string& run_root, const std::string& graph_root) {
  std::string file = join_path(run_root, "facts"), key = cache_key(graph_root);
  auto text = read_file(file, 1UL << 20);
  if (text && text->starts_with(key)) {
    auto facts = decode_facts(std::string_view(*text).substr(key.size()));
    if (facts) {
      // A process with other rights than the prober's (in a user namespace, without capabilities) tries for itself.
      bool prober_was_rootless = facts->rootless;
      TRY(read_process_facts(*facts));
      if (facts->rootless == prober_was_rootless) return facts;
      return probe_host(graph_root);
    }
    LOG_DEBUG("{}: {}", file, facts.error().text());
  }
  HostFacts facts = TRY_CTX(probe_host(graph_root), "probing the host");
  auto saved = write_atomic(file, key + encode_facts(facts), 0644);
  if (!saved) LOG_DEBUG("host facts are not kept: {}", saved.error().text());
  return facts;
}

}  // namespace cove::linux_
