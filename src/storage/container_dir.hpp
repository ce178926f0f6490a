#pragma once
// The directory of one container below the graph root: <graphroot>/containers/<id>/{diff,work}.
#include <sys/types.h>

#include <string>

#include "base/result.hpp"

namespace cove::storage {

// Mode and owner of a root directory: of an image's top layer, or of the container's mapped root.
struct RootOwner {
  mode_t mode = 0755;
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const RootOwner&) const = default;
};

std::string container_path(const std::string& graphroot, const std::string& id);

// Makes the container's directory (0700) with `diff` (the overlay's upper directory, owned and with the mode given) and
// `work`. Idempotent: what a killed attempt left is completed (spec P4). A failed call leaves a partial directory,
// which remove_container_dir takes away. Owner is applied only where it differs from what was made.
Result<> create_container_dir(const std::string& graphroot, const std::string& id, const RootOwner& root);

// Two steps, so that the slow one can happen off the user's path: a rename into the trash (after which the name is
// free), then the deletion. Absent is fine for both. trash_container_dir answers the trash path, empty where there was
// no directory. What a crash leaves in the trash is taken by LayerStore::sweep.
Result<std::string> trash_container_dir(const std::string& graphroot, const std::string& id);
Result<> remove_container_dir(const std::string& graphroot, const std::string& id);

// Bytes in the writable layer, counted now by walking it (`ps --size`, `inspect --size`).
Result<int64_t> writable_size(const std::string& graphroot, const std::string& id);

}  // namespace cove::storage
