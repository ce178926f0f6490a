// The text form of HostFacts. One table serves both ways, so that no field can be written and not read.
#include <map>
#include <utility>

#include "base/util.hpp"
#include "linux/host_facts.hpp"

namespace cove::linux_ {
namespace {

constexpr std::string_view kVersion = "cove-facts 1";

// Calls v(name, field) for each scalar. `F` is HostFacts or const HostFacts.
template <class F, class V>
void visit(F& f, V&& v) {
  v("boot_id", f.boot_id), v("kernel", f.kernel), v("arch", f.arch);
  v("kernel_major", f.kernel_major), v("kernel_minor", f.kernel_minor);
  v("hostname", f.hostname), v("os_id", f.os_id), v("os_version", f.os_version), v("os_name", f.os_name);
  v("cpus", f.cpus), v("memory", f.memory), v("swap", f.swap);
  v("new_mount_api", f.new_mount_api), v("mount_setattr", f.mount_setattr), v("openat2", f.openat2);
  v("pidfd", f.pidfd), v("pidfd_getfd", f.pidfd_getfd), v("clone3", f.clone3), v("close_range", f.close_range);
  v("overlay_append_layers", f.overlay_append_layers), v("user_namespaces", f.user_namespaces);
  v("seccomp", f.seccomp), v("apparmor", f.apparmor), v("selinux", f.selinux), v("systemd", f.systemd);
  v("graph_fs", f.graph_fs), v("overlay", f.overlay), v("overlay_userxattr", f.overlay_userxattr);
  v("overlay_whiteout", f.overlay_whiteout), v("idmapped_layers", f.idmapped_layers);
  v("graph_xattr", f.graph_xattr), v("graph_d_type", f.graph_d_type), v("graph_reflink", f.graph_reflink);
  v("uid", f.uid), v("rootless", f.rootless), v("in_userns", f.in_userns);
  v("capabilities", f.capabilities), v("bounding", f.bounding), v("last_cap", f.last_cap);
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

bool read_value(std::string_view text, std::string& out) {
  out = text;
  return true;
}
template <class T>
  requires std::is_integral_v<T>
bool read_value(std::string_view text, T& out) {
  auto n = parse_uint(text);
  if (!n || !std::in_range<T>(*n) || (std::is_same_v<T, bool> && *n > 1)) return false;
  out = static_cast<T>(*n);
  return true;
}
template <>
bool read_value(std::string_view text, bool& out) {
  out = text == "1";
  return text == "0" || text == "1";
}

bool read_limit(std::string_view text, HostFacts& f) {
  std::vector<std::string> p = split(text, ' ');
  if (p.size() != 3) return false;
  auto soft = parse_uint(p[1]), hard = parse_uint(p[2]);
  if (!soft || !hard) return false;
  f.rlimits.push_back({p[0], *soft, *hard});
  return true;
}

// "v1 cpu,cpuacct /sys/fs/cgroup/cpu": the path last, since it may hold blanks.
bool read_tree(std::string_view text, HostFacts& f) {
  std::vector<std::string> p = split_n(text, ' ', 3);
  if (p.size() != 3 || (p[0] != "v1" && p[0] != "v2")) return false;
  CgroupTree tree = {p[2], {}, p[0] == "v2"};
  if (p[1] != "-") tree.controllers = split(p[1], ',');
  f.cgroups.trees.push_back(std::move(tree));
  return true;
}

bool read_mode(std::string_view text, HostFacts& f) {
  for (CgroupMode m : {CgroupMode::none, CgroupMode::v1, CgroupMode::hybrid, CgroupMode::v2}) {
    if (to_string(m) != text) continue;
    f.cgroup_mode = f.cgroups.mode = m;
    return true;
  }
  return false;
}

bool read_line(std::string_view key, std::string_view value, HostFacts& f) {
  if (key == "rlimit") return read_limit(value, f);
  if (key == "cgroup_tree") return read_tree(value, f);
  if (key == "cgroup_mode") return read_mode(value, f);
  if (key == "cgroup_controller") {
    f.cgroup_controllers.emplace_back(value);
    return true;
  }
  bool ok = false;
  visit(f, [&](std::string_view name, auto& field) {
    if (name == key) ok = read_value(value, field);
  });
  return ok;
}

}  // namespace

std::string encode_facts(const HostFacts& facts) {
  std::string out(kVersion);
  out += '\n';
  visit(facts, [&](std::string_view name, const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      out += fmt::format("{} {}\n", name, one_line(field));
    } else {
      out += fmt::format("{} {}\n", name, static_cast<uint64_t>(field));
    }
  });
  for (const auto& l : facts.rlimits) out += fmt::format("rlimit {} {} {}\n", l.name, l.soft, l.hard);
  out += fmt::format("cgroup_mode {}\n", to_string(facts.cgroup_mode));
  for (const auto& c : facts.cgroup_controllers) out += fmt::format("cgroup_controller {}\n", c);
  for (const auto& t : facts.cgroups.trees) {
    out += fmt::format("cgroup_tree {} {} {}\n", t.v2 ? "v2" : "v1",
                       t.controllers.empty() ? "-" : join(t.controllers, ","), one_line(t.mount_point));
  }
  return out + "end\n";
}

Result<HostFacts> decode_facts(std::string_view text) {
  HostFacts f;
  bool first = true, ended = false;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (first && line != kVersion) return Failure(Error(Code::corrupt, "host facts of another version"));
    if (std::exchange(first, false)) continue;
    if (line == "end") {
      ended = true;
      continue;
    }
    size_t space = line.find(' ');
    if (ended || space == std::string_view::npos || !read_line(line.substr(0, space), line.substr(space + 1), f)) {
      return Failure(Error(Code::corrupt, fmt::format("host facts line {:?} makes no sense", line)));
    }
  }
  if (!ended) return Failure(Error(Code::corrupt, "host facts are cut short"));
  return f;
}

}  // namespace cove::linux_
