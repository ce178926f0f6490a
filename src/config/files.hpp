#pragma once
// Which files make the configuration, their merged settings, and the cache of these. Inside this library only.
#include "config/config.hpp"
#include "config/settings.hpp"

namespace cove::config {

struct MergedFiles {
  Settings settings;
  Strings files;  // that were read
};

// Paths without Environment::root in front; `run_root` may not exist.
Result<MergedFiles> load_settings(const Environment& environment, const Strings& modules,
                                  const std::string& cache_file);

// $XDG_CONFIG_HOME, $HOME/.config; "" where neither is known.
std::string config_home(const Environment& environment);

}  // namespace cove::config
