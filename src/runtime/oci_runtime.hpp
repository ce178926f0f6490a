#pragma once
// OciRuntime: driving crun or runc from the host's namespaces, for what needs no monitor.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "runtime/runtime_error.hpp"

namespace cove::runtime {

// The first of `candidates` (absolute paths, of containers.conf's [engine.runtimes] entry) that is executable; with
// none, or a name that has a slash, the name itself; else PATH. Code::not_found names what was tried.
Result<std::string> find_runtime(const std::string& name, const std::vector<std::string>& candidates);

// `crun state`: what the runtime believes. status: creating, created, running, paused, stopped.
struct RuntimeState {
  std::string status;
  int pid = 0;
  std::string bundle;
};

// A value: path, name and global options. Every call runs one runtime process to its end; its own message is in the
// error. Code::not_found: the runtime does not know the container.
class OciRuntime {
 public:
  struct Options {
    std::string path;                // of the program
    std::string root;                // --root: the runtime's own state, <runroot>/<name>
    bool systemd_cgroup = false;     // crun: --cgroup-manager=systemd; runc: --systemd-cgroup
    bool cgroups_disabled = false;   // crun only: --cgroup-manager=disabled
    std::vector<std::string> flags;  // more global options (--runtime-flag)
  };
  explicit OciRuntime(Options options);

  const std::string& path() const { return options_.path; }
  const std::string& name() const { return name_; }  // the program's file name
  const std::string& root() const { return options_.root; }
  std::vector<std::string> argv() const;  // program and global options: LaunchRequest::runtime

  Result<> kill(const std::string& id, int signal, bool all = false) const;
  Result<> remove(const std::string& id, bool force) const;  // `delete`; a container that is not known is fine
  Result<RuntimeState> state(const std::string& id) const;
  Result<> pause(const std::string& id) const;
  Result<> resume(const std::string& id) const;
  Result<> update(const std::string& id, const json::Value& resources) const;  // linux.resources of the specification
  Result<std::string> version() const;                                         // the first lines of --version
  Result<json::Value> features() const;  // null where the runtime has no `features`

 private:
  Result<std::string> call(const std::string& id, const std::vector<std::string>& args,
                           std::string_view input = {}) const;

  Options options_;
  std::string name_;
};

}  // namespace cove::runtime
