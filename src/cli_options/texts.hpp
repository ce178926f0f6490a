#pragma once
// The commands that print what the tables say: `completion SHELL`, and, hidden, `__complete -- WORDS…` (called by the
// completion scripts) and `__man [COMMAND…]` (called when the man pages are made). Their handlers stand here since they
// need nothing but the tables; they write to standard output.
#include "base/result.hpp"
#include "options/command.hpp"

namespace cove::cli_options {

extern const options::Spec kCompletionSpec, kCompleteSpec, kManSpec;

Result<int> run_completion(options::Invocation& call);
Result<int> run_complete(options::Invocation& call);
Result<int> run_man(options::Invocation& call);

}  // namespace cove::cli_options
