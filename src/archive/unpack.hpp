#pragma once
// Unpacking one layer's tar below a directory descriptor, in the form that overlay wants (OCI image specification,
// layer.md): whiteouts become character devices 0:0, opaque markers the overlay attribute.
#include <cstdint>
#include <optional>
#include <string>

#include "archive/tar_reader.hpp"
#include "base/result.hpp"
#include "storage/container_dir.hpp"

namespace cove::archive {

struct UnpackOptions {
  bool keep_owner = true;    // apply user and group ids; off for a single-user store
  bool make_devices = true;  // off: device entries are left out, as without the privilege they must be
  std::string opaque_xattr = "trusted.overlay.opaque";  // "user.overlay.opaque" without privilege
  bool umask_is_zero = false;                           // set by a program that cleared it: saves a call for each entry
  uint64_t max_entries = 50'000'000;

  // What this process may do: everything as root, the rest of the above otherwise.
  static UnpackOptions for_this_process();
};

struct UnpackResult {
  uint64_t entries = 0;
  std::optional<storage::RootOwner> root;  // where the archive has an entry for the root directory
};

// Writes the archive below `root` and nothing outside of it: every parent is resolved by the kernel inside the root
// (openat2, RESOLVE_IN_ROOT), every last component is created anew and never followed. Names are cleaned; one that
// climbs out with ".." is Code::corrupt, an absolute one means the same below the root. Of entries with one name the
// last wins. Attributes of overlay itself and SELinux labels in the archive are left out. Memory does not grow with the
// archive. A failed call leaves what was written so far: the caller drops the staging directory.
Result<UnpackResult> unpack_layer(TarReader& tar, int root, const UnpackOptions& options);

// "./a//b/../c/" -> "a/c"; Code::corrupt where it leaves the root. Made visible for tests.
Result<std::string> clean_entry_name(const std::string& name);

}  // namespace cove::archive
