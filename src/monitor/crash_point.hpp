#pragma once
// Named places at which crash tests end the monitor as kill -9 would (test rule T4).

namespace cove::monitor {

// SIGKILLs this process where the environment variable COVE_CRASH_AT is `name`.
void crash_point(const char* name);

}  // namespace cove::monitor
