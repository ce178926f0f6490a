#pragma once
// --filter of ps and of the commands that act on containers.
#include <functional>
#include <vector>

#include "cli_options/common.hpp"
#include "engine/engine.hpp"

namespace cove::cli {

using Filter = std::function<bool(const state::View&)>;
// Filters of one name are alternatives, of different names all must hold (labels: all must hold). An unknown name is
// Code::usage. `all` are the containers that before= and since= look among.
Result<Filter> make_filter(engine::Engine& engine, const cli_options::Pairs& filters,
                           const std::vector<state::View>& all);

}  // namespace cove::cli
