#pragma once
// Settings -> the typed fields of Config. Inside this library only.
#include "config/config.hpp"
#include "config/settings.hpp"

namespace cove::config {

// Code::invalid names file, line and key of a value of the wrong kind. Keys that nothing reads are logged at debug.
Result<> apply_settings(const Settings& settings, Config& config);

}  // namespace cove::config
