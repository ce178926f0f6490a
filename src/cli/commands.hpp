#pragma once
// Every command of cove: the catalog of option tables joined with what each does.
#include "base/result.hpp"
#include "options/command.hpp"

namespace cove::cli {

const options::Program& program();

Result<int> run(options::Invocation&);
Result<int> create(options::Invocation&);
Result<int> init(options::Invocation&);
Result<int> start(options::Invocation&);
Result<int> attach(options::Invocation&);
Result<int> stop(options::Invocation&);
Result<int> restart(options::Invocation&);
Result<int> kill(options::Invocation&);
Result<int> rm(options::Invocation&);
Result<int> pause(options::Invocation&);
Result<int> unpause(options::Invocation&);
Result<int> wait(options::Invocation&);
Result<int> cleanup(options::Invocation&);
Result<int> exec(options::Invocation&);
Result<int> logs(options::Invocation&);
Result<int> ps(options::Invocation&);
Result<int> inspect(options::Invocation&);
Result<int> container_inspect(options::Invocation&);
Result<int> image_inspect(options::Invocation&);
Result<int> container_exists(options::Invocation&);
Result<int> rename(options::Invocation&);
Result<int> container_prune(options::Invocation&);
Result<int> port(options::Invocation&);
Result<int> images(options::Invocation&);
Result<int> image_exists(options::Invocation&);
Result<int> tag(options::Invocation&);
Result<int> untag(options::Invocation&);
Result<int> rmi(options::Invocation&);
Result<int> load(options::Invocation&);
Result<int> pull(options::Invocation&);
Result<int> info(options::Invocation&);
Result<int> version(options::Invocation&);
Result<int> system_check(options::Invocation&);

}  // namespace cove::cli
