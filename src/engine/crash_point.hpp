#pragma once
// Named places at which crash tests end the engine as kill -9 would (test rule T4).
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace cove::engine {

inline void crash_point(const char* name) {
  const char* wanted = std::getenv("COVE_CRASH_AT");
  if (wanted && std::strcmp(wanted, name) == 0) std::raise(SIGKILL);
}

}  // namespace cove::engine
