#include "oci_image/digest.hpp"

#include <algorithm>

#include "base/result.hpp"

namespace cove::oci_image {

bool is_full_id(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<Digest> parse_digest(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Failure(Error(Code::invalid, fmt::format("invalid digest \"{}\"", text.substr(0, 100))));
  }
  if (text.substr(0, colon) != "sha256") {
    return Failure(Error(Code::unsupported, fmt::format("unsupported digest algorithm \"{}\"",
                                                        text.substr(0, std::min<size_t>(colon, 40)))));
  }
  if (!is_full_id(text.substr(colon + 1))) {
    return Failure(Error(Code::invalid, fmt::format("invalid checksum digest \"{}\"", text.substr(0, 100))));
  }
  return Digest{std::string(text.substr(colon + 1))};
}

}  // namespace cove::oci_image
