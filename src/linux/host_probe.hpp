#pragma once
// The parts of probing that load_host_facts repeats for each process. Inside this library only.
#include "linux/host_facts.hpp"

namespace cove::linux_ {

// Effective user, capabilities, limits, host name, user namespace.
Result<> read_process_facts(HostFacts& facts);

}  // namespace cove::linux_
