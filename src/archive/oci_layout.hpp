#pragma once
// OCI image layouts (image-layout.md), in a directory or a tar, and the `dir` transport. Private to this library.
#include <string>

#include "archive/image_archive.hpp"

namespace cove::archive {

// podman names an image of an archive by its annotation (short names below localhost), one of a directory by the
// reference that the user gave, as a registry's name.
enum class Naming { by_annotation, by_reference };

// `reference`: the org.opencontainers.image.ref.name to choose; empty where the layout has one image, or one for the
// platform.
Result<ArchivedImage> read_oci_layout(BlobStore& store, const std::string& reference,
                                      const oci_image::Platform& platform, Naming naming);
// manifest.json beside blobs that are named by the hexadecimal digits of their digests.
Result<ArchivedImage> read_dir_layout(BlobStore& store, const oci_image::Platform& platform);

}  // namespace cove::archive
