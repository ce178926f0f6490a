#pragma once
// Image archives: docker-archive, oci-archive, oci, dir (containers-transports(5)). What an archive claims is read and
// checked here, but for its layers, whose bytes load_image() checks while it unpacks them.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/blob_store.hpp"
#include "base/result.hpp"
#include "oci_image/image_config.hpp"
#include "oci_image/manifest.hpp"

namespace cove::archive {

enum class Transport { docker_archive, oci_archive, oci, dir };
std::string_view to_string(Transport t);

// "docker-archive:FILE[:REF]", "oci-archive:FILE[:REF]", "oci:DIR[:REF]", "dir:DIR".
struct Source {
  Transport transport = Transport::docker_archive;
  std::string path;
  std::string reference;  // empty: not given
};
// Code::unsupported for another transport, Code::invalid for text that is none.
Result<Source> parse_source(std::string_view text);

struct LayerBlob {
  Blob blob;
  std::optional<oci_image::Digest> digest;  // of the blob as it is stored; none in a docker-archive
};

// One image of an archive, ready to load. Its id is the configuration's digest.
struct ArchivedImage {
  std::vector<std::string> names;  // full names, in the archive's order; may be none
  std::string id;
  oci_image::ImageConfig config;
  std::string config_text, manifest_text;
  oci_image::Digest manifest_digest;
  std::vector<LayerBlob> layers;  // as many as config.diff_ids, bottom to top
};

struct OpenOptions {
  std::string scratch;  // a directory for what must be spooled: pipes, archives compressed as a whole
  oci_image::Platform platform = oci_image::host_platform();
};

// All images that the source names: with a reference the one, else all of a docker-archive, the only one of the others.
// Digests and sizes of configuration and manifest have been verified.
Result<std::vector<ArchivedImage>> open_images(const Source& source, const OpenOptions& options);
// What `load -i` takes: a file (or pipe) that is a docker-archive or oci-archive, or a directory that is oci or dir.
Result<std::vector<ArchivedImage>> open_any(UniqueFd file, const std::string& path, const OpenOptions& options);

}  // namespace cove::archive
