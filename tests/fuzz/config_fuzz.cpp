// fuzz-libs: config base
// A configuration file: an answer or an error, and what was read survives the cache.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cove::config;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Settings settings;
  size_t half = text.find("\n---\n");  // two files merged
  (void)merge_toml(settings, text.substr(0, half), "a.conf");
  if (half != std::string_view::npos) (void)merge_toml(settings, text.substr(half + 5), "b.conf");
  auto again = decode_settings(encode_settings(settings));
  if (!again || *again != settings) std::abort();
  (void)decode_settings(text);
  return 0;
}
