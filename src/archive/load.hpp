#pragma once
// Bringing one archived image into the stores: layers unpacked side by side, each committed by itself, the record last.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "archive/image_archive.hpp"
#include "archive/unpack.hpp"
#include "base/result.hpp"
#include "storage/image_store.hpp"
#include "storage/layer_store.hpp"

namespace cove::archive {

struct LoadOptions {
  UnpackOptions unpack = UnpackOptions::for_this_process();
  unsigned threads = 0;  // layers at a time; 0: as many as there are processors
  // Called about five times a second from the calling thread: bytes of the archive's layers read so far, and in all.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

// Verifies each layer's digest (where the archive states one) and diff id while unpacking it. Layers that the store has
// are not unpacked again. A failed or killed call leaves no image; layers that were complete are kept for a next try
// until a sweep takes them, everything else goes with the staging directory. Names of `image` are recorded with it.
Result<> load_image(const ArchivedImage& image, storage::LayerStore& layers, storage::ImageStore& images,
                    const LoadOptions& options);

// One layer: decompresses, hashes and unpacks `layer` below `dir` in two threads. Answers the facts but the layer's id.
// Code::corrupt where a digest is not what it should be. `done` counts bytes read of the blob; `cancel` stops it.
Result<storage::Layer> unpack_blob(const LayerBlob& layer, const oci_image::Digest& diff_id, int dir,
                                   const UnpackOptions& options, std::atomic<uint64_t>& done,
                                   const std::atomic<bool>& cancel);

}  // namespace cove::archive
