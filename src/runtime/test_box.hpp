#pragma once
// For tests: a folder with a busybox bundle, and launching it through a real monitor and a real runtime.
#include <gtest/gtest.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/process.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "json/json.hpp"
#include "runtime/attach.hpp"
#include "runtime/launch.hpp"
#include "runtime/monitor_files.hpp"
#include "runtime/oci_runtime.hpp"

namespace cove::runtime {

struct Box {
  std::string root, id, monitor, crun;

  // Why these tests cannot run here; empty: they can.
  static std::string missing() {
    if (::geteuid() != 0) return "needs root";
    if (!path_exists("/bin/busybox")) return "needs a static busybox";
    if (!find_runtime("crun", {})) return "needs crun";
    if (!path_exists(monitor_path())) return "needs cove-monitor beside the test";
    return "";
  }
  static std::string monitor_path() { return join_path(program_dir().value_or("."), "cove-monitor"); }

  Box()
      : monitor(monitor_path()),
        crun(find_runtime(::getenv("COVE_TEST_RUNTIME") ? ::getenv("COVE_TEST_RUNTIME") : "crun", {}).value_or("")) {
    std::string pattern = "/tmp/cove-box-XXXXXX";
    root = ::mkdtemp(pattern.data());
    id = "box-" + random_hex(12);
    for (const char* dir :
         {"run/mnt", "run/exits", "run/c", "runtime", "rootfs/bin", "rootfs/proc", "rootfs/dev", "rootfs/tmp"}) {
      EXPECT_TRUE(ensure_dir(join_path(root, dir)));
    }
    EXPECT_TRUE(write_atomic(root + "/rootfs/bin/busybox", *read_file("/bin/busybox"), 0755));
    for (const char* name :
         {"sh", "cat", "echo", "true", "false", "sleep", "head", "yes", "seq", "stty", "tr", "dd", "kill", "ls"}) {
      EXPECT_TRUE(sys::symlinkat("busybox", AT_FDCWD, root + "/rootfs/bin/" + name));
    }
    EXPECT_TRUE(write_atomic(root + "/rootfs/bin/plain", "no program", 0644));
    EXPECT_TRUE(ensure_dir(run_dir()));
  }
  ~Box() {
    (void)runtime().remove(id, true);
    (void)remove_tree(root);
  }
  std::string run_dir() const { return root + "/run/c/" + id; }
  std::string log_path() const { return root + "/ctr.log"; }
  std::string attach_path() const { return run_dir() + "/attach"; }
  std::string exit_path() const { return root + "/run/exits/" + id; }
  OciRuntime runtime() const { return OciRuntime({.path = crun, .root = root + "/runtime"}); }

  static json::Value process(const std::vector<std::string>& args, bool terminal = false) {
    json::Value p = json::Value::object();
    p.set("terminal", terminal);
    p.set("user", json::Value::object({{"uid", 0}, {"gid", 0}}));
    p.set("args", args);
    p.set("env", std::vector<std::string>{"PATH=/bin", "TERM=xterm"});
    p.set("cwd", "/");
    p.set("oomScoreAdj", 0);
    return p;
  }
  json::Value config(const std::vector<std::string>& args, bool terminal) const {
    json::Value c = json::Value::object();
    c.set("ociVersion", "1.0.0");
    c.set("process", process(args, terminal));
    c.set("root", json::Value::object({{"path", root + "/run/mnt/root"}, {"readonly", false}}));
    json::Array mounts;
    auto add = [&](const char* to, const char* type, std::vector<std::string> options) {
      mounts.push_back(json::Value::object(
          {{"destination", to}, {"type", type}, {"source", type}, {"options", std::move(options)}}));
    };
    add("/proc", "proc", {});
    add("/dev", "tmpfs", {"nosuid", "mode=755", "size=65536k"});
    add("/dev/pts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"});
    c.set("mounts", std::move(mounts));
    json::Array spaces;
    for (const char* type : {"pid", "ipc", "uts", "mount", "network"})
      spaces.push_back(json::Value::object({{"type", type}}));
    c.set("linux", json::Value::object({{"namespaces", std::move(spaces)}}));
    return c;
  }

  protocol::LaunchRequest request(const std::vector<std::string>& args, bool terminal = false) const {
    EXPECT_TRUE(write_atomic(run_dir() + "/config.json", config(args, terminal).dump()));
    protocol::LaunchRequest r;
    r.id = id;
    r.bundle = r.run_dir = run_dir();
    r.mount_dir = root + "/run/mnt";
    r.status_path = run_dir() + "/status";
    r.exit_records = {exit_path()};
    r.attach_path = attach_path();
    r.runtime = runtime().argv();
    r.cleanup = runtime().argv();
    r.cleanup.insert(r.cleanup.end(), {"delete", "--force", id});
    r.terminal = terminal;
    r.log.path = log_path();
    r.mounts = {{.destination = "root", .propagation = ""}};
    r.hide_hybrid_cgroup = path_exists("/sys/fs/cgroup/unified/cgroup.procs");
    r.wants = {.out = true, .err = true, .in = false};
    return r;
  }

  Result<Launched> launch(const protocol::LaunchRequest& request) const {
    LaunchSpec spec;
    spec.request = request;
    UniqueFd tree = TRY(sys::open_tree(AT_FDCWD, root + "/rootfs", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    FileLock lock = TRY(FileLock::lock(run_dir() + "/monitor.lock"));
    spec.lock = lock.fd();
    spec.mounts = {tree.get()};
    return runtime::launch(spec, monitor);
  }
  Result<Launched> run(const std::vector<std::string>& args) const { return launch(request(args)); }
};

// Everything that a connection brings until the container ends.
struct Collected {
  std::string out, err, log;
  ExitNotice exit;
};
inline Result<Collected> collect(Connection& c) {
  Collected got;
  for (;;) {
    Event e = TRY(c.next());
    if (e.type == protocol::Type::output) got.out += e.data;
    if (e.type == protocol::Type::error_output) got.err += e.data;
    if (e.type == protocol::Type::log_data) got.log += e.data;
    if (e.type != protocol::Type::exited) continue;
    got.exit = TRY(parse_exit(e));
    return got;
  }
}

// The payload of a k8s-file log, for one stream.
inline std::string log_payload(const std::string& text, const std::string& stream) {
  std::string out;
  for (const auto& line : split(text, '\n')) {
    auto parts = split_n(line, ' ', 4);
    if (parts.size() != 4 || parts[1] != stream) continue;
    out += parts[3];
    if (parts[2] == "F") out += '\n';
  }
  return out;
}

}  // namespace cove::runtime
