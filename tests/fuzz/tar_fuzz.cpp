// fuzz-libs: archive storage oci_image json base
// Reads arbitrary bytes as a (perhaps compressed) layer and unpacks it below a directory of its own: no crash, no
// endless loop, and nothing beside that directory.
#include <fcntl.h>
#include <stdlib.h>

#include <cstdio>

#include "archive/decompress.hpp"
#include "archive/unpack.hpp"
#include "base/fs.hpp"
#include "base/sys/sys.hpp"

using namespace cove;

namespace {

struct Scratch {
  std::string path;
  Scratch() {
    std::string name = "/tmp/cove-fuzz-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Scratch() { (void)remove_tree(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  static Scratch scratch;
  std::string root = scratch.path + "/root";
  if (!ensure_dir(root)) return 0;
  // The first byte chooses the size of the pieces.
  size_t piece = 1 + data[0] * 8;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  archive::MemorySource memory(bytes, piece);
  auto plain = archive::make_decompressor(memory, archive::detect_compression(bytes));
  if (!plain) return 0;
  archive::TarReader tar(**plain);
  auto dir = sys::open(root, O_RDONLY | O_DIRECTORY);
  archive::UnpackOptions options = archive::UnpackOptions::for_this_process();
  options.max_entries = 200;
  options.make_devices = false;
  if (dir) (void)archive::unpack_layer(tar, dir->get(), options);
  auto names = list_dir(scratch.path);
  if (!names || names->size() != 1) {
    std::fprintf(stderr, "the unpacker wrote outside of its directory\n");
    abort();
  }
  (void)remove_tree(root);
  return 0;
}
