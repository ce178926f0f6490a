#include "base/util.hpp"
#include "cli_options/common.hpp"
#include "cli_options/rows.hpp"

namespace cove::cli_options {
namespace {

constexpr Option kRows[] = {
    array("cdi-spec-dir", 0, "Folder with CDI device descriptions", Complete::folder),
    words(text("cgroup-manager", 0, "Who makes cgroups"), "cgroupfs,systemd"),
    text("config", 0, "Folder with the registries' credentials", {}, Complete::folder),
    text("conmon", 0, "Taken for podman's sake, without effect", {}, Complete::file),
    hidden(text("connection", 'c', "Connection to a remote service")),
    hidden(text("context", 0, "Taken for docker's sake, without effect")),
    hidden(text("cpu-profile", 0, "Taken for podman's sake, without effect")),
    hidden(text("db-backend", 0, "Taken for podman's sake, without effect")),
    hidden(flag("debug", 'D', "The same as --log-level=debug")),
    hidden(text("default-mounts-file", 0, "Taken for podman's sake, without effect")),
    words(text("events-backend", 0, "Where events go"), "file,journald,none"),
    array("hooks-dir", 0, "Folder with OCI hooks", Complete::folder),
    hidden(text("host", 'H', "Address of a remote service")),
    hidden(text("identity", 0, "Key for a remote service")),
    text("imagestore", 0, "Folder for images, apart from --root", {}, Complete::folder),
    words(text("log-level", 0, "What to report", "warn"), "trace,debug,info,warn,error,fatal,panic"),
    hidden(number(Type::integer, "max-workers", 0, "Taken for podman's sake, without effect")),
    hidden(text("memory-profile", 0, "Taken for podman's sake, without effect")),
    array("module", 0, "Read this module of containers.conf too", Complete::file),
    hidden(text("namespace", 0, "Taken for podman's sake, without effect")),
    hidden(words(text("network-backend", 0, "Which network back end"), "native,cni,netavark")),
    hidden(text("network-cmd-path", 0, "Taken for podman's sake, without effect")),
    alias(text("network-config-dir", 0, "Folder with the definitions of networks", {}, Complete::folder),
          "cni-config-dir"),
    hidden(flag("noout", 0, "Print nothing to standard output")),
    text("out", 0, "Print to `FILE` instead of standard output", {}, Complete::file),
    hidden(array("pull-option", 0, "Taken for podman's sake, without effect")),
    hidden(text("registries-conf", 0, "Which registries.conf", {}, Complete::file)),
    hidden(flag("remote", 'r', "Use a remote service")),
    text("root", 0, "Folder for images and containers", {}, Complete::folder),
    text("runroot", 0, "Folder for what is true until the next boot", {}, Complete::folder),
    text("runtime", 0, "OCI runtime: its name or its path", {}, Complete::file),
    array("runtime-flag", 0, "Option for the OCI runtime, without its dashes"),
    hidden(text("ssh", 0, "How to reach a remote service")),
    text("storage-driver", 0, "How layers are stored"),
    array("storage-opt", 0, "Option of the storage, `KEY=VALUE`"),
    flag("syslog", 0, "Report to syslog too"),
    hidden(text("tls-ca", 0, "Certificates for a remote service")),
    hidden(text("tls-cert", 0, "Certificate for a remote service")),
    hidden(text("tls-key", 0, "Key for a remote service")),
    text("tmpdir", 0, "Folder for files of a short life", {}, Complete::folder),
    hidden(flag("trace", 0, "Taken for podman's sake, without effect")),
    flag("transient-store", 0, "Keep no container over a boot"),
    hidden(text("url", 0, "Address of a remote service")),
    flag("version", 'v', "Print the version"),
    text("volumepath", 0, "Folder for volumes", {}, Complete::folder),
};
constexpr Table kTables[] = {kRows};

Result<std::optional<std::string>> log_level(const options::Parsed& global) {
  if (global.flag("debug")) {
    if (global.text_or("log-level", "warn") != "warn")
      return Failure(Error(Code::usage, "Setting --log-level and --debug is not allowed"));
    return "debug";
  }
  auto level = global.text("log-level");
  if (!level) return level;
  const std::string_view known = "trace, debug, info, warn, warning, error, fatal, panic";
  std::string lower = to_lower(*level);
  for (const auto& name : split(known, ','))
    if (trim(name) == lower) return lower;
  return Failure(Error(
      Code::usage, fmt::format("Log Level {} is not supported, choose from: {}", options::go_quote(*level), known)));
}

}  // namespace

options::Tables global_options() { return kTables; }

Result<GlobalOptions> fill_global(const options::Parsed& global) {
  for (std::string_view remote : {"remote", "connection", "url", "host", "identity", "tls-ca", "tls-cert", "tls-key"})
    if (global.changed(remote) && !(remote == "remote" && !global.flag("remote")))
      return Failure(
          Error(Code::unsupported, fmt::format("--{}: there is no remote mode, containers run on this host", remote)));
  GlobalOptions options;
  options.log_level = TRY(log_level(global));
  options.root = global.text("root");
  options.runroot = global.text("runroot");
  options.runtime = global.text("runtime");
  options.cgroup_manager = global.text("cgroup-manager");
  options.storage_driver = global.text("storage-driver");
  options.tmpdir = global.text("tmpdir");
  options.events_backend = global.text("events-backend");
  options.conmon = global.text("conmon");
  options.network_config_dir = global.text("network-config-dir");
  options.volumepath = global.text("volumepath");
  options.imagestore = global.text("imagestore");
  options.config = global.text("config");
  options.out = global.text("out");
  options.network_backend = global.text("network-backend");
  options.registries_conf = global.text("registries-conf");
  options.runtime_flags = global.list("runtime-flag");
  options.storage_opts = global.list("storage-opt");
  options.storage_opts_set = global.changed("storage-opt");
  options.hooks_dirs = global.list("hooks-dir");
  options.modules = global.list("module");
  options.cdi_spec_dirs = global.list("cdi-spec-dir");
  options.pull_options = global.list("pull-option");
  options.syslog = global.flag("syslog");
  options.transient_store = global.flag("transient-store");
  options.no_out = global.flag("noout");
  return options;
}

}  // namespace cove::cli_options
