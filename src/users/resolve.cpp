#include <algorithm>

#include "base/util.hpp"
#include "users/users.hpp"

namespace cove::users {

namespace {

// Calls `use(line)` until it says stop. Comments and empty lines are not lines.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    auto content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    if (!use(content)) return;
  }
}

std::optional<uint32_t> parse_id(std::string_view text) {
  auto number = parse_uint(text);
  if (!number || *number > INT32_MAX) return std::nullopt;  // the kernel's -1 is no id; podman's bound
  return static_cast<uint32_t>(*number);
}

std::optional<PasswdEntry> passwd_line(std::string_view line) {
  auto parts = split_n(line, ':', 7);
  if (parts.size() < 4 || parts[0].empty()) return std::nullopt;
  auto uid = parse_id(parts[2]), gid = parse_id(parts[3]);
  if (!uid || !gid) return std::nullopt;
  parts.resize(7);
  return PasswdEntry{parts[0], *uid, *gid, parts[4], parts[5], parts[6]};
}

std::optional<GroupEntry> group_line(std::string_view line) {
  auto parts = split_n(line, ':', 4);
  if (parts.size() < 3 || parts[0].empty()) return std::nullopt;
  auto gid = parse_id(parts[2]);
  if (!gid) return std::nullopt;
  GroupEntry entry{parts[0], *gid, {}};
  if (parts.size() == 4)
    for (auto& member : split(parts[3], ','))
      if (!trim(member).empty()) entry.members.emplace_back(trim(member));
  return entry;
}

// First entry with the name, else with the number: a name may look like a number.
std::optional<PasswdEntry> find_user(std::string_view passwd, std::string_view name, std::optional<uint32_t> uid) {
  std::optional<PasswdEntry> by_name, by_uid;
  each_line(passwd, [&](std::string_view line) {
    bool named = line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':';
    if (!named && (!uid || by_uid)) return true;
    auto entry = passwd_line(line);
    if (!entry) return true;
    if (named && entry->name == name)
      by_name = std::move(entry);
    else if (uid && entry->uid == *uid && !by_uid)
      by_uid = std::move(entry);
    return !by_name;
  });
  return by_name ? by_name : by_uid;
}

Result<uint32_t> find_group(const std::vector<GroupEntry>& groups, std::string_view name) {
  for (const auto& group : groups)
    if (group.name == name) return group.gid;
  if (auto gid = parse_id(name)) return *gid;
  return Failure(
      Error(Code::invalid, "unable to find group " + std::string(name) + ": no matching entries in group file"));
}

void add_group(ResolvedUser& user, uint32_t gid) {
  if (std::find(user.groups.begin(), user.groups.end(), gid) == user.groups.end()) user.groups.push_back(gid);
}

}  // namespace

std::vector<PasswdEntry> parse_passwd(std::string_view text) {
  std::vector<PasswdEntry> out;
  each_line(text, [&](std::string_view line) {
    if (auto entry = passwd_line(line)) out.push_back(std::move(*entry));
    return true;
  });
  return out;
}

std::vector<GroupEntry> parse_group(std::string_view text) {
  std::vector<GroupEntry> out;
  each_line(text, [&](std::string_view line) {
    if (auto entry = group_line(line)) out.push_back(std::move(*entry));
    return true;
  });
  return out;
}

Result<ResolvedUser> resolve(std::string_view passwd, std::string_view group, std::string_view user,
                             const std::vector<std::string>& more_groups) {
  auto colon = user.find(':');
  auto name = user.substr(0, colon);
  auto group_name = colon == std::string_view::npos ? std::string_view() : user.substr(colon + 1);
  if (name.empty()) name = "0";
  auto number = parse_id(name);
  auto entry = find_user(passwd, name, number);
  if (!entry && !number) {
    if (parse_uint(name)) return Failure(Error(Code::invalid, "uids and gids must be in range 0-2147483647"));
    return Failure(
        Error(Code::invalid, "unable to find user " + std::string(name) + ": no matching entries in passwd file"));
  }
  ResolvedUser out;
  if (entry) {
    out = {.uid = entry->uid, .gid = entry->gid, .name = entry->name, .home = entry->home.empty() ? "/" : entry->home};
  } else {
    out.uid = *number;
  }
  std::vector<GroupEntry> groups;
  if (!group_name.empty() || entry || !more_groups.empty()) groups = parse_group(group);
  if (!group_name.empty()) {
    out.gid = TRY(find_group(groups, group_name));
  } else if (colon == std::string_view::npos && entry) {
    for (const auto& one : groups)
      if (std::find(one.members.begin(), one.members.end(), entry->name) != one.members.end()) add_group(out, one.gid);
  }
  for (const auto& one : more_groups) add_group(out, TRY(find_group(groups, one)));
  std::erase(out.groups, out.gid);
  return out;
}

}  // namespace cove::users
