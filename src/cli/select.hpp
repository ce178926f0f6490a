#pragma once
// Which containers a command means, and doing something to each of them.
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli_options/common.hpp"
#include "engine/engine.hpp"

namespace cove::cli {

// Names as given, or the ids that --all (where `with_all` agrees), --latest and --filter choose.
Result<std::vector<std::string>> select(engine::Engine& engine, const cli_options::Selection& which,
                                        const std::function<bool(const state::View&)>& with_all);
// Does it to each in turn and prints the name of each that went well; errors are printed, the last one decides the exit
// status (125), and the rest goes on.
Result<int> for_each(engine::Engine& engine, const cli_options::Selection& which,
                     const std::function<bool(const state::View&)>& with_all,
                     const std::function<Result<>(const std::string&)>& action);

}  // namespace cove::cli
