#pragma once
// SHA-256 by libcrypto, which uses the processor's SHA instructions where there are any.
#include <memory>
#include <string>
#include <string_view>

#include "archive/source.hpp"
#include "base/result.hpp"
#include "oci_image/digest.hpp"

namespace cove::archive {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  void update(std::string_view data);
  oci_image::Digest finish();  // once

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

oci_image::Digest sha256(std::string_view data);
// Layer ids, bottom to top: the chain ids of OCI image specification, config.md, "Layer ChainID".
std::vector<std::string> chain_ids(const std::vector<oci_image::Digest>& diff_ids);

// Hands another source's bytes on, hashing and counting them. The inner source is borrowed.
class HashingSource : public ByteSource {
 public:
  explicit HashingSource(ByteSource& inner) : inner_(inner) {}
  Result<std::string_view> next() override;
  uint64_t count() const { return count_; }
  oci_image::Digest digest() { return hash_.finish(); }  // once, at the end

 private:
  ByteSource& inner_;
  Sha256 hash_;
  uint64_t count_ = 0;
};

}  // namespace cove::archive
