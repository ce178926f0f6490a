// The layout of the host's cgroups, /proc/PID/cgroup, and systemd's unit names.
#include <algorithm>
#include <cerrno>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/cgroup.hpp"
#include "linux/mountinfo.hpp"

namespace cove::linux_ {
namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string& w : split(trim(text), ' ')) {
    if (!w.empty()) out.push_back(w);
  }
  return out;
}

CgroupTree v2_at(const std::string& mount_point) {
  auto text = read_file(join_path(mount_point, "cgroup.controllers"));
  return {mount_point, text ? words(*text) : std::vector<std::string>{}, true};
}

// The super options of a v1 mount hold its controllers among the usual flags.
std::vector<std::string> v1_controllers(std::string_view super_options) {
  static constexpr std::string_view kKnown[] = {"cpu",     "cpuacct", "cpuset",  "memory",   "devices",
                                                "freezer", "blkio",   "net_cls", "net_prio", "perf_event",
                                                "hugetlb", "pids",    "rdma",    "misc"};
  std::vector<std::string> out;
  for (const std::string& o : split(super_options, ',')) {
    if (o.starts_with("name=") || std::find(std::begin(kKnown), std::end(kKnown), o) != std::end(kKnown))
      out.push_back(o);
  }
  return out;
}

bool is_unit_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '.';
}

}  // namespace

std::string_view to_string(CgroupMode mode) {
  switch (mode) {
    case CgroupMode::v1:
      return "v1";
    case CgroupMode::hybrid:
      return "hybrid";
    case CgroupMode::v2:
      return "v2";
    case CgroupMode::none:
      break;
  }
  return "none";
}

const CgroupTree* CgroupLayout::find(std::string_view controller) const {
  const CgroupTree* v2 = nullptr;
  for (const CgroupTree& t : trees) {
    if (std::find(t.controllers.begin(), t.controllers.end(), controller) == t.controllers.end()) continue;
    if (!t.v2) return &t;
    v2 = &t;
  }
  return v2;
}

bool CgroupLayout::has(std::string_view controller) const { return find(controller) != nullptr; }

const CgroupTree* CgroupLayout::v2_tree() const {
  auto it = std::find_if(trees.begin(), trees.end(), [](const CgroupTree& t) { return t.v2; });
  return it == trees.end() ? nullptr : &*it;
}

Result<CgroupLayout> read_cgroup_layout(const std::string& root) {
  CgroupLayout out;
  // Only the root of a v2 tree has this file right there.
  if (path_exists(root + kRoot + "/cgroup.controllers")) {
    out.mode = CgroupMode::v2;
    out.trees.push_back(v2_at(root + kRoot));
    return out;
  }
  bool v1 = false, v2 = false;
  std::vector<MountEntry> mounts = TRY(read_mountinfo(root + "/proc/self/mountinfo"));
  for (const MountEntry& m : mounts) {
    if (m.fs_type != "cgroup" && m.fs_type != "cgroup2") continue;
    std::string where = root + m.mount_point;
    // The same tree mounted twice, or hidden by a later mount, counts once.
    bool known = std::any_of(out.trees.begin(), out.trees.end(), [&](const CgroupTree& t) {
      return t.mount_point == where || (m.fs_type == "cgroup2" && t.v2);
    });
    if (known) continue;
    if (m.fs_type == "cgroup2") {
      v2 = true;
      out.trees.push_back(v2_at(where));
      continue;
    }
    CgroupTree tree = {where, v1_controllers(m.super_options), false};
    if (tree.controllers.empty() || out.find(tree.controllers.front())) continue;
    v1 = true;
    out.trees.push_back(std::move(tree));
  }
  out.mode = v1 ? (v2 ? CgroupMode::hybrid : CgroupMode::v1) : (v2 ? CgroupMode::v2 : CgroupMode::none);
  return out;
}

Result<std::vector<CgroupMembership>> parse_proc_cgroup(std::string_view text) {
  std::vector<CgroupMembership> out;
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string> fields = split_n(line, ':', 3);
    if (fields.size() != 3 || !parse_uint(fields[0]) || fields[2].empty()) {
      return Failure(Error(Code::corrupt, fmt::format("cgroup line {:?} makes no sense", line)));
    }
    out.push_back({fields[1], fields[2]});
  }
  return out;
}

Result<std::vector<CgroupMembership>> read_proc_cgroup(pid_t pid, const std::string& root) {
  std::string file = pid == 0 ? root + "/proc/self/cgroup" : fmt::format("{}/proc/{}/cgroup", root, pid);
  auto text = read_file(file);
  if (!text && (text.error().sys_errno() == ENOENT || text.error().sys_errno() == ESRCH)) {
    return Failure(Error(Code::gone, fmt::format("process {} has ended", pid)));
  }
  if (!text) return Failure(std::move(text).error());
  return parse_proc_cgroup(*text);
}

Result<std::string> expand_slice(std::string_view slice) {
  if (slice == "-.slice") return std::string("/");
  std::string_view name = slice;
  if (!name.ends_with(".slice") || name.size() == 6 || name.find('/') != std::string_view::npos) {
    return Failure(Error(Code::invalid, fmt::format("{:?} is not the name of a slice", slice)));
  }
  name.remove_suffix(6);
  std::string path, so_far;
  for (const std::string& part : split(name, '-')) {
    // "a--b.slice", "-a.slice": each dash must stand between two parts
    if (part.empty()) return Failure(Error(Code::invalid, fmt::format("{:?} is not the name of a slice", slice)));
    so_far += so_far.empty() ? part : "-" + part;
    path += "/" + so_far + ".slice";
  }
  return path;
}

Result<SystemdCgroup> parse_systemd_cgroup(std::string_view text) {
  std::vector<std::string> parts = split(text, ':');
  if (parts.size() != 3 || parts[2].empty() || text.find('/') != std::string_view::npos) {
    return Failure(Error(Code::invalid, fmt::format("{:?} is not of the form slice:prefix:name", text)));
  }
  SystemdCgroup out;
  out.slice = parts[0].empty() ? "system.slice" : parts[0];
  std::string parent = TRY(expand_slice(out.slice));
  if (parts[2].ends_with(".slice")) {
    out.scope = parts[2];  // a pod's own slice
  } else {
    out.scope = (parts[1].empty() ? parts[2] : parts[1] + "-" + parts[2]) + ".scope";
  }
  out.path = join_path(parent, out.scope);
  return out;
}

std::string escape_unit_name(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); i++) {
    char c = name[i];
    if (c == '/') {
      out += '-';
    } else if (is_unit_char(c) && !(i == 0 && c == '.')) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace cove::linux_
