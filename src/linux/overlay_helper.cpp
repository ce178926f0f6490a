#include "linux/overlay_helper.hpp"

#include <linux/mount.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>

#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "linux/shm.hpp"
#include "linux/sys_child.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {
namespace {

// mount(2) takes one page of options, so layers go by short names: a tmpfs holds "0", "1", … as links to the layers
// (or, idmapped, as mount points), "u" and "w" for upper and work, and "m" to mount on. The parent fills it while it is
// still detached. /proc is the one directory below which no layer lies, so the child covers it.
constexpr const char* kStage = "/proc";

struct Job {
  int stage, socket;
  const int* layers;  // idmapped detached clones to attach at their names, or null
  const char* const* names;
  size_t count;
  const char* source;
  const char* data;
  unsigned long flags;
};

const char* const kSteps[] = {
    "making a mount namespace",    "making its mounts private", "attaching the layers' directory", "entering it",
    "attaching an idmapped layer", "mounting overlay",          "taking the overlay's mount"};

int run_steps(const Job& job, int& step, int& mount_fd) {
  step = 1;
  if (int r = child::unshare(CLONE_NEWNS); r < 0) return r;
  step = 2;
  if (int r = child::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr); r < 0) return r;
  step = 3;
  if (int r = child::move_mount(job.stage, AT_FDCWD, kStage); r < 0) return r;
  step = 4;
  if (int r = child::fchdir(job.stage); r < 0) return r;
  step = 5;
  for (size_t i = 0; job.layers && i < job.count; i++) {
    if (int r = child::move_mount(job.layers[i], AT_FDCWD, job.names[i]); r < 0) return r;
  }
  step = 6;
  if (int r = child::mount(job.source, "m", "overlay", job.flags, job.data); r < 0) return r;
  step = 7;
  mount_fd = child::open_tree_clone("m");
  return mount_fd;
}

int helper_main(void* argument) {
  const Job& job = *static_cast<const Job*>(argument);
  int step = 0, fd = -1;
  int r = run_steps(job, step, fd);
  ChildReport report = r < 0 ? ChildReport{step, -r} : ChildReport{};
  return child::send_report(job.socket, report, fd) < 0 ? 1 : 0;
}

// Link targets must be absolute, since the links lie elsewhere.
Result<> link_to(const std::string& path, int stage, const std::string& name) {
  UniqueFd fd = TRY(sys::open(path, O_PATH | O_DIRECTORY));
  std::string target = TRY(sys::readlinkat(AT_FDCWD, sysx::fd_path(fd.get())));
  return sys::symlinkat(target, stage, name);
}

std::string mount_data(const OverlaySpec& spec, const std::vector<std::string>& names) {
  std::string data = "lowerdir=" + join(names, ":");
  if (!spec.upper.empty()) data += ",upperdir=u,workdir=w";
  if (spec.userxattr) {
    data += ",userxattr";
  } else {
    for (const auto& [key, value] : plain_overlay_options()) data += fmt::format(",{}={}", key, value);
  }
  if (spec.volatile_ && !spec.upper.empty()) data += ",volatile";
  for (const auto& [key, value] : spec.options) data += value.empty() ? "," + key : fmt::format(",{}={}", key, value);
  return data;
}

}  // namespace

Result<UniqueFd> mount_overlay_by_helper(const OverlaySpec& spec) {
  UniqueFd stage = TRY(make_tmpfs({.mode = 0700}));
  std::vector<std::string> names;
  names.reserve(spec.lower.size());
  std::vector<const char*> raw_names;
  std::vector<UniqueFd> clones;
  std::vector<int> raw_clones;
  for (size_t i = 0; i < spec.lower.size(); i++) names.push_back(std::to_string(i));
  for (size_t i = 0; i < names.size(); i++) {
    raw_names.push_back(names[i].c_str());
    if (spec.lower_userns < 0) {
      TRY(link_to(spec.lower[i], stage.get(), names[i]));
      continue;
    }
    TRY(sys::mkdirat(stage.get(), names[i], 0700));
    clones.push_back(TRY(clone_layer(spec.lower[i], spec.lower_userns)));
    raw_clones.push_back(clones.back().get());
  }
  if (!spec.upper.empty()) {
    TRY(link_to(spec.upper, stage.get(), "u"));
    TRY(link_to(spec.work, stage.get(), "w"));
  }
  TRY(sys::mkdirat(stage.get(), "m", 0700));

  std::string data = mount_data(spec, names);
  if (data.size() >= static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    return Failure(Error(Code::unsupported, "the overlay options do not fit into one page"));
  }
  sys::SocketPair sockets = TRY(sys::socketpair(SOCK_SEQPACKET));
  bool read_only = spec.read_only || spec.upper.empty();
  Job job = {stage.get(),
             sockets.second.get(),
             clones.empty() ? nullptr : raw_clones.data(),
             raw_names.data(),
             names.size(),
             spec.source.c_str(),
             data.c_str(),
             read_only ? MS_RDONLY : 0UL};
  HelperChild helper = TRY(HelperChild::start(0, helper_main, &job));
  sockets.second.reset();  // so that a child that dies is seen as the end
  return TRY_CTX(receive_report(sockets.first.get(), kSteps, std::size(kSteps)),
                 "mounting overlay in a helper process");
}

}  // namespace cove::linux_
