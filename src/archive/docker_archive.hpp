#pragma once
// docker-archive: what `docker save` and `podman save` write. Private to this library.
#include <string>
#include <vector>

#include "archive/image_archive.hpp"

namespace cove::archive {

// `reference`: empty for all images, "name[:tag]", or "@N" for the N-th.
Result<std::vector<ArchivedImage>> read_docker_archive(BlobStore& store, const std::string& reference);

}  // namespace cove::archive
