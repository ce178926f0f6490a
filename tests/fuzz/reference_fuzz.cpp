// fuzz-libs: oci_image json base
// What parses prints back to the same reference, and normalising is idempotent.
#include <cstdlib>

#include "oci_image/reference.hpp"

using namespace cove::oci_image;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = parse_reference(text);
  (void)local_candidates(text, {"example.org"});
  if (!parsed) return 0;
  if (parsed->text() != text) abort();
  auto full = normalize_for_registry(text);
  if (!full) return 0;  // too long with its registry
  auto again = normalize_for_registry(full->text());
  if (!again || *again != *full) abort();
  return 0;
}
