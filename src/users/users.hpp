#pragma once
// Who a user string means, by the container's own /etc/passwd and /etc/group (rows G8-G11). The files are opened below
// a root descriptor with RESOLVE_IN_ROOT; a FIFO, device or socket in their place never blocks and counts as missing;
// at most 16 MiB of each is read.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::users {

struct PasswdEntry {
  std::string name;
  uint32_t uid = 0, gid = 0;
  std::string gecos, home, shell;
};
struct GroupEntry {
  std::string name;
  uint32_t gid = 0;
  std::vector<std::string> members;
};

// Never fail: lines that make no sense are skipped, as the C library does.
std::vector<PasswdEntry> parse_passwd(std::string_view text);
std::vector<GroupEntry> parse_group(std::string_view text);

struct ResolvedUser {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> groups;  // supplementary, in order, without gid, each once
  std::string name;              // "" where no entry has the uid
  std::string home = "/";
  bool operator==(const ResolvedUser&) const = default;
};

// Pure part: `user` is "", name, uid, name:group, uid:gid or a mixture; `more_groups` names or numbers (G9). A name
// without an entry is Code::invalid "unable to find user NAME: no matching entries in passwd file". With no group in
// `user`, the supplementary groups of /etc/group are added (G10).
Result<ResolvedUser> resolve(std::string_view passwd, std::string_view group, std::string_view user,
                             const std::vector<std::string>& more_groups);

// Text of a small file below `root_fd`; "" where it is missing or no regular file.
Result<std::string> read_account_file(int root_fd, const std::string& path);

// root_fd: the container's mounted root file system; -1 is Code::bad_state (G8).
Result<ResolvedUser> resolve_user(int root_fd, std::string_view user, const std::vector<std::string>& more_groups);

}  // namespace cove::users
