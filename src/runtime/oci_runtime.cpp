#include "runtime/oci_runtime.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove::runtime {
namespace {

bool is_executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The id is not known to the runtime any more, as crun and runc say it.
bool means_unknown(std::string_view message) {
  std::string m = to_lower(message);
  return m.find("does not exist") != std::string::npos ||
         (m.find("status") != std::string::npos && m.find("no such file or directory") != std::string::npos);
}

bool means_ended(std::string_view message) {
  std::string m = to_lower(message);
  return m.find("not running") != std::string::npos || m.find("no such process") != std::string::npos ||
         m.find("already finished") != std::string::npos;
}

}  // namespace

Result<std::string> find_runtime(const std::string& name, const std::vector<std::string>& candidates) {
  if (name.find('/') != std::string::npos) {
    if (is_executable(name)) return name;
    return Failure(Error(Code::not_found, fmt::format("OCI runtime {} is not an executable file", name)));
  }
  for (const auto& path : candidates) {
    if (is_executable(path)) return path;
  }
  const char* path = ::getenv("PATH");
  for (const auto& dir : split(path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    std::string candidate = join_path(dir, name);
    if (!dir.empty() && is_executable(candidate)) return candidate;
  }
  std::string tried = candidates.empty() ? "PATH" : join(candidates, ", ") + " and PATH";
  return Failure(Error(Code::not_found, fmt::format("OCI runtime {} was not found in {}", name, tried))
                     .hint("install crun or runc, or name another runtime with --runtime"));
}

OciRuntime::OciRuntime(Options options) : options_(std::move(options)), name_(file_name(options_.path)) {}

std::vector<std::string> OciRuntime::argv() const {
  std::vector<std::string> out = {options_.path};
  if (!options_.root.empty()) out.push_back("--root=" + options_.root);
  bool is_crun = name_ != "runc";
  if (options_.systemd_cgroup) out.emplace_back(is_crun ? "--cgroup-manager=systemd" : "--systemd-cgroup");
  if (options_.cgroups_disabled && is_crun) out.emplace_back("--cgroup-manager=disabled");
  out.insert(out.end(), options_.flags.begin(), options_.flags.end());
  return out;
}

Result<std::string> OciRuntime::call(const std::string& id, const std::vector<std::string>& args,
                                     std::string_view input) const {
  // The log is a memory file of its own: what the runtime prints elsewhere is not mixed with it.
  UniqueFd log = TRY(sys::memfd_create("runtime-log"));
  SpawnSpec spec;
  spec.argv = argv();
  spec.argv.insert(spec.argv.end(), {"--log=/proc/self/fd/3", "--log-format=json"});
  spec.argv.insert(spec.argv.end(), args.begin(), args.end());
  spec.keep = {{log.get(), 3}};
  spec.cwd = "/";
  Output out = TRY(run_program(spec, input, 4UL << 20));
  if (out.status.signal == 0 && out.status.code == 0) return std::move(out.out);
  std::array<char, 16384> log_text;
  size_t size = TRY(sys::pread(log.get(), log_text.data(), log_text.size(), 0));
  std::string message = clean_message(size > 0 ? std::string_view(log_text.data(), size) : std::string_view(out.err));
  if (message.empty()) message = fmt::format("it ended with status {}", out.status.shell_code());
  Code code = means_unknown(message) ? Code::not_found : means_ended(message) ? Code::gone : Code::runtime;
  return Failure(Error(code, fmt::format("{}: {}", name_, message)).with(args.front()).about("container " + id));
}

Result<> OciRuntime::kill(const std::string& id, int signal, bool all) const {
  std::vector<std::string> args = {"kill"};
  if (all) args.emplace_back("--all");
  args.insert(args.end(), {id, std::to_string(signal)});
  TRY(call(id, args));
  return {};
}

Result<> OciRuntime::remove(const std::string& id, bool force) const {
  std::vector<std::string> args = {"delete"};
  if (force) args.emplace_back("--force");
  args.push_back(id);
  auto done = call(id, args);
  if (!done && done.error().code() != Code::not_found) return Failure(std::move(done).error());
  return {};
}

Result<RuntimeState> OciRuntime::state(const std::string& id) const {
  std::string text = TRY(call(id, {"state", id}));
  json::Value v = TRY(json::parse(text));
  return RuntimeState{
      .status = v["status"].as_string(), .pid = static_cast<int>(v["pid"].as_int()), .bundle = v["bundle"].as_string()};
}

Result<> OciRuntime::pause(const std::string& id) const {
  TRY(call(id, {"pause", id}));
  return {};
}

Result<> OciRuntime::resume(const std::string& id) const {
  TRY(call(id, {"resume", id}));
  return {};
}

Result<> OciRuntime::update(const std::string& id, const json::Value& resources) const {
  // crun reads "-" since 1.8.2 only: a memory file has a path that both can open.
  UniqueFd file = TRY(sys::memfd_create("resources"));
  TRY(write_all(file.get(), resources.dump()));
  TRY(call(id, {"update", fmt::format("--resources=/proc/{}/fd/{}", ::getpid(), file.get()), id}));
  return {};
}

Result<std::string> OciRuntime::version() const {
  SpawnSpec spec;
  spec.argv = {options_.path, "--version"};
  Output out = TRY(run_program(spec));
  if (out.status.shell_code() != 0)
    return Failure(Error(Code::runtime, fmt::format("{} --version failed", options_.path)));
  return std::string(trim(out.out));
}

Result<json::Value> OciRuntime::features() const {
  SpawnSpec spec;
  spec.argv = {options_.path, "features"};
  Output out = TRY(run_program(spec));
  if (out.status.shell_code() != 0) return json::Value();
  return json::parse(out.out);
}

}  // namespace cove::runtime
