#include "linux/labels.hpp"

#include <cerrno>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/sys_files.hpp"

namespace cove::linux_ {

bool apparmor_enabled(const std::string& root) {
  auto text = read_file(root + "/sys/module/apparmor/parameters/enabled");
  return text && text->starts_with('Y') && path_exists(root + "/sys/kernel/security/apparmor");
}

bool selinux_enabled(const std::string& root) { return path_exists(root + "/sys/fs/selinux/enforce"); }

bool selinux_enforcing(const std::string& root) {
  auto text = read_file(root + "/sys/fs/selinux/enforce");
  return text && trim(*text) == "1";
}

bool apparmor_profile_loaded(std::string_view name, const std::string& root) {
  auto text = read_file(root + "/sys/kernel/security/apparmor/profiles");
  if (!text) return false;
  for (const std::string& line : split(*text, '\n')) {
    // "name (mode)"; a name may hold blanks
    size_t end = line.rfind(" (");
    if (end != std::string::npos && std::string_view(line).substr(0, end) == name) return true;
  }
  return false;
}

std::string SelinuxLabel::text() const {
  if (user.empty() && type.empty()) return "";
  std::string out = user + ":" + role + ":" + type;
  return level.empty() ? out : out + ":" + level;
}

Result<SelinuxLabel> parse_selinux_label(std::string_view text) {
  SelinuxLabel out;
  if (text.empty()) return out;
  std::vector<std::string> parts = split_n(text, ':', 4);
  if (parts.size() < 3 || parts[0].empty() || parts[1].empty() || parts[2].empty()) {
    return Failure(Error(Code::invalid, fmt::format("{:?} is not an SELinux label (user:role:type:level)", text)));
  }
  out = {parts[0], parts[1], parts[2], parts.size() > 3 ? parts[3] : ""};
  return out;
}

Result<> set_file_label(const std::string& path, std::string_view label) {
  std::string value(label);
  value.push_back('\0');  // the kernel's tools store it with its end mark
  auto set = sysx::set_xattr(path, "security.selinux", value);
  if (!set && set.error().sys_errno() == ENOTSUP) return {};
  return set;
}

}  // namespace cove::linux_
