#pragma once
// Named places at which a test may kill the program (style rule T4).
#include <string_view>

namespace cove::archive {

// Kills this process with SIGKILL where the environment variable COVE_CRASH_AT equals `name`; otherwise does nothing.
// Points: load.begin, load.layer.staged, load.layer.unpacked, load.layer.committed, load.before_record, load.recorded.
void crash_point(std::string_view name);

}  // namespace cove::archive
