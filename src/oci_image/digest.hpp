#pragma once
// Content digests as the OCI image specification writes them ("sha256:<64 hex>", descriptor.md, section Digests).
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cove::oci_image {

// A sha256 digest: the 64 lower-case hexadecimal digits, without the algorithm. Other algorithms are refused by
// parse_digest with Code::unsupported, since nothing in cove could check them.
struct Digest {
  std::string hex;
  std::string text() const { return "sha256:" + hex; }
  bool operator==(const Digest&) const = default;
  auto operator<=>(const Digest&) const = default;
};

Result<Digest> parse_digest(std::string_view text);
bool is_full_id(std::string_view text);  // 64 lower-case hexadecimal digits

}  // namespace cove::oci_image
