// fuzz-libs: oci_image json base
// Manifests, indexes and image configurations of arbitrary text; a configuration that parses prints to one that does.
#include <cstdlib>

#include "oci_image/image_config.hpp"
#include "oci_image/manifest.hpp"

using namespace cove::oci_image;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)is_index(text);
  if (auto m = parse_manifest(text)) {
    if (!parse_manifest(docker_manifest_text(m->config, m->layers))) abort();
  }
  if (auto index = parse_index(text)) (void)choose_platform(*index, host_platform());
  if (auto config = parse_image_config(text)) {
    if (!parse_image_config(to_json(*config).dump())) abort();
  }
  return 0;
}
