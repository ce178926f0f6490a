#pragma once
// Manifests and indexes: OCI image specification (manifest.md, image-index.md) and docker's image manifest v2 schema 2.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "oci_image/digest.hpp"

namespace cove::oci_image {

constexpr size_t kMaxManifestBytes = 4UL << 20;

struct Platform {
  std::string os, architecture, variant;
};

// Points to a blob. `size` is what the document claims; whoever reads the blob checks it.
struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;
  Platform platform;  // in an index
  std::vector<std::pair<std::string, std::string>> annotations;
  const std::string* annotation(std::string_view key) const;  // null where missing
};

enum class ManifestKind { oci, docker };

struct Manifest {
  ManifestKind kind = ManifestKind::oci;
  Descriptor config;
  std::vector<Descriptor> layers;  // bottom to top
  std::vector<std::pair<std::string, std::string>> annotations;
};

struct Index {
  std::vector<Descriptor> manifests;
};

// Strict: Code::corrupt with the member's name. A schema 1 manifest is Code::unsupported.
Result<Manifest> parse_manifest(std::string_view text);
Result<Index> parse_index(std::string_view text);  // an OCI index or docker's manifest list
bool is_index(std::string_view text);              // by mediaType, else by having "manifests"

// Docker's v2s2 document with members in the order in which Go tools write them, so that the digest is theirs too.
std::string docker_manifest_text(const Descriptor& config, const std::vector<Descriptor>& layers);

// The platform that this program was built for ("linux", "amd64", "").
Platform host_platform();
// The manifest of an index for `want`: operating system and architecture equal, variant equal where one is wanted
// (first match otherwise). A lone entry without a platform is taken. Code::not_found, listing what there is, for none.
Result<Descriptor> choose_platform(const Index& index, const Platform& want);

}  // namespace cove::oci_image
