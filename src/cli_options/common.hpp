#pragma once
// What the option structs of several commands share, the options of the whole program, and the small files that
// options name. Every fill function reads a parsed command line into a plain struct; it fails with Code::usage or
// Code::invalid and podman's own text, having touched nothing but the files named on the command line.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "options/command.hpp"
#include "options/parsed.hpp"

namespace cove::cli_options {

using Pairs = std::vector<std::pair<std::string, std::string>>;  // in the order given; a name may come more than once

// Which objects a command works on. `names` holds the positional words (without podman's leading slash) and what the
// --cidfile files name.
struct Selection {
  std::vector<std::string> names;
  bool all = false, latest = false, ignore = false;
  Pairs filters;
};

// --filter texts, each NAME=VALUE.
Result<Pairs> parse_filters(const std::vector<std::string>& texts);
// The first line of the file: a container's id. A missing file is nullopt with `ignore_missing`.
Result<std::optional<std::string>> read_id_file(const std::string& path, bool ignore_missing);
// --all, --latest, --filter, --cidfile and the words, checked against each other and read. `arguments_optional`: a
// command that may stand alone (port, mount).
Result<Selection> fill_selection(const options::Parsed& parsed, bool arguments_optional = false);

// KEY=VALUE lines of an --env-file in their order: # starts a comment, KEY alone takes ours, KEY* all of ours that
// start so.
Result<Pairs> read_env_file(const std::string& path);
// --env texts by the same rules.
Result<Pairs> parse_env(const std::vector<std::string>& texts);
// Labels: those of the --label-file files, then the --label texts over them.
Result<Pairs> read_labels(const std::vector<std::string>& files, const std::vector<std::string>& labels);
// The whole file that an option names, with Go's error text: "open PATH: no such file or directory".
Result<std::string> read_option_file(const std::string& path);
// A point in time as --since and --until take it: RFC 3339 and its prefixes, seconds since the epoch, or a duration:
// with `ago` before now, else after. Nanoseconds since the epoch.
Result<int64_t> parse_time(std::string_view text, int64_t now_nanos, bool ago);

// Options that stand before the command.
struct GlobalOptions {
  std::optional<std::string> root, runroot, runtime, log_level, cgroup_manager, storage_driver, tmpdir, events_backend;
  std::optional<std::string> conmon, network_config_dir, volumepath, imagestore, config, out, network_backend,
      registries_conf;
  std::vector<std::string> runtime_flags, storage_opts, hooks_dirs, modules, cdi_spec_dirs, pull_options;
  bool storage_opts_set = false, syslog = false, transient_store = false, no_out = false;
};
options::Tables global_options();
Result<GlobalOptions> fill_global(const options::Parsed& global);

// Every command of this program with its description; handlers are joined by path (see src/cli).
struct Described {
  std::string_view path;
  const options::Spec* spec;
  std::string_view aliases = {};
  bool hidden = false;
};
std::span<const Described> catalog();

}  // namespace cove::cli_options
