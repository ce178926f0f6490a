#include "cli/session.hpp"

#include <cstdio>

#include "cli_options/common.hpp"

namespace cove::cli {

Result<engine::Engine> open(options::Invocation& invocation) {
  auto g = TRY(cli_options::fill_global(invocation.line.global));
  config::GlobalOptions o;
  o.root = g.root, o.runroot = g.runroot, o.runtime = g.runtime, o.storage_driver = g.storage_driver;
  o.cgroup_manager = g.cgroup_manager, o.conmon = g.conmon, o.log_level = g.log_level;
  o.network_config_dir = g.network_config_dir, o.tmpdir = g.tmpdir, o.volumepath = g.volumepath;
  o.imagestore = g.imagestore, o.config_dir = g.config, o.network_backend = g.network_backend;
  o.events_backend = g.events_backend;
  o.runtime_flags = g.runtime_flags, o.storage_opts = g.storage_opts, o.hooks_dirs = g.hooks_dirs,
  o.modules = g.modules;
  o.transient_store = g.transient_store, o.syslog = g.syslog;
  return engine::open_engine(o);
}

void print_warnings(engine::Engine& engine) {
  for (const auto& w : engine.warnings) fmt::print(stderr, "WARN[0000] {}\n", w);
}

}  // namespace cove::cli
