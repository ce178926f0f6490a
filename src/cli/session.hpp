#pragma once
// A command's session with the engine.
#include "engine/engine.hpp"
#include "options/command.hpp"

namespace cove::cli {

// The engine as the options before the command say.
Result<engine::Engine> open(options::Invocation& invocation);
// The engine's warnings, on stderr.
void print_warnings(engine::Engine& engine);

}  // namespace cove::cli
