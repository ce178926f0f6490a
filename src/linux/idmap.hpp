#pragma once
// User-namespace id maps: parsing, namespaces that only carry a map, idmapped mounts, sub-id files and the pure
// allocation behind --userns=auto. Sources: user_namespaces(7), mount_setattr(2), subuid(5).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::linux_ {

// One line of /proc/PID/uid_map: ids [inside, inside+size) are [outside, outside+size) in the parent namespace.
struct IdRange {
  uint32_t inside = 0, outside = 0, size = 0;
  bool operator==(const IdRange&) const = default;
};
using IdMap = std::vector<IdRange>;

// Text of /proc/PID/uid_map ("inside outside size" a line) and back. Empty, overlapping or overflowing ranges are
// Code::invalid. At most 340 ranges (the kernel's limit).
Result<IdMap> parse_id_map(std::string_view text);
std::string format_id_map(const IdMap& map);
Result<> check_id_map(const IdMap& map);
std::optional<uint32_t> to_outside(const IdMap& map, uint32_t inside);
std::optional<uint32_t> to_inside(const IdMap& map, uint32_t outside);
bool is_identity(const IdMap& map);  // maps all ids to themselves

// A user namespace with these maps, kept alive by the descriptor alone (a short-lived child makes it). Without
// CAP_SETUID over the outside ids, newuidmap and newgidmap write the maps. A failed call leaves no process.
Result<UniqueFd> make_userns(const IdMap& uids, const IdMap& gids);

// Makes a detached mount (open_tree with OPEN_TREE_CLONE, fsmount) show its owners through the namespace's maps: an
// inode of id `inside` appears as `outside`. 5.12; the file system must support it (`Code::unsupported` where it does
// not).
Result<> idmap_mount(int mount, int userns);

// A range of host ids, as /etc/subuid grants them.
struct SubIdRange {
  uint32_t start = 0, size = 0;
  bool operator==(const SubIdRange&) const = default;
};
// The ranges granted to `name` or the number `id` in a subuid(5) text. Lines that make no sense are skipped.
std::vector<SubIdRange> parse_sub_ids(std::string_view text, std::string_view name, uint32_t id);
struct SubIds {
  std::vector<SubIdRange> uids, gids;
};
// Reads /etc/subuid and /etc/subgid below `root` (for tests); Code::not_found, with a hint, where nothing is granted.
Result<SubIds> read_sub_ids(std::string_view name, uint32_t id, const std::string& root = "");

// The smallest size that holds every id of the image's passwd and group texts and `user_id`: at least `minimum`, at
// most `maximum`.
uint32_t guess_userns_size(std::string_view passwd, std::string_view group, uint32_t user_id, uint32_t minimum = 1024,
                           uint32_t maximum = 65536);

// What --userns=auto needs. `size`: ids wanted inside, from 0. `uids_in_use`/`gids_in_use`: host ranges of other
// containers. `uid_pins`/`gid_pins`: ranges that the user mapped explicitly; the rest is filled from `available`.
struct AutoUserns {
  SubIds available;
  std::vector<SubIdRange> uids_in_use, gids_in_use;
  IdMap uid_pins, gid_pins;
  uint32_t size = 65536;
};
struct IdMaps {
  IdMap uids, gids;
};
// Pure. Takes the lowest free ids, in one piece where one is large enough, else in several. Code::no_space where they
// run out, with the numbers wanted and free.
Result<IdMaps> allocate_userns(const AutoUserns& request);

}  // namespace cove::linux_
