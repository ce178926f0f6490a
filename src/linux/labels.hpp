#pragma once
// Which Linux security module is active, read from the kernel's files (no libselinux, so that programs stay static).
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cove::linux_ {

bool apparmor_enabled(
    const std::string& root = "");  // /sys/module/apparmor/parameters/enabled says Y, profiles are there
bool selinux_enabled(const std::string& root = "");  // selinuxfs is mounted (/sys/fs/selinux/enforce exists)
bool selinux_enforcing(const std::string& root = "");
// Whether the kernel has a profile of that name loaded; needs root. false where it cannot be told.
bool apparmor_profile_loaded(std::string_view name, const std::string& root = "");

// user:role:type:level; the level may hold colons. Empty: unlabelled.
struct SelinuxLabel {
  std::string user, role, type, level;
  std::string text() const;
};
Result<SelinuxLabel> parse_selinux_label(std::string_view text);
// Sets security.selinux of one file, not following a link; a file system without labels (ENOTSUP) is success.
Result<> set_file_label(const std::string& path, std::string_view label);

}  // namespace cove::linux_
