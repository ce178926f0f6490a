// fuzz-libs: linux_ base
// mountinfo, /proc/PID/cgroup and id maps: whatever the bytes, an answer or an error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "linux/cgroup.hpp"
#include "linux/host_facts.hpp"
#include "linux/idmap.hpp"
#include "linux/mountinfo.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cove::linux_;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto mounts = parse_mountinfo(text)) {
    const MountEntry* root = find_mount(*mounts, "/");
    if (root && root->mount_point != "/") std::abort();
    (void)is_shared(*mounts, "/mnt/a");
  }
  (void)parse_proc_cgroup(text);
  (void)parse_systemd_cgroup(text);
  (void)decode_facts(text);
  if (auto map = parse_id_map(text)) {
    auto again = parse_id_map(format_id_map(*map));
    if (!again || *again != *map) std::abort();
  }
  AutoUserns want;
  want.available.uids = parse_sub_ids(text, "a", 1);
  want.available.gids = want.available.uids;
  want.uids_in_use = parse_sub_ids(text, "b", 2);
  want.size = guess_userns_size(text, text, 0);
  if (auto maps = allocate_userns(want)) {
    if (!check_id_map(maps->uids)) std::abort();
  }
  return 0;
}
