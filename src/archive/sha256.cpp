#include "archive/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/util.hpp"

namespace cove::archive {

struct Sha256::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

// These calls fail only for want of memory or of the algorithm itself; there is no way on without them.
Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context || EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr) != 1) std::abort();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;

void Sha256::update(std::string_view data) {
  if (EVP_DigestUpdate(impl_->context, data.data(), data.size()) != 1) std::abort();
}

oci_image::Digest Sha256::finish() {
  std::array<unsigned char, 32> raw{};
  if (EVP_DigestFinal_ex(impl_->context, raw.data(), nullptr) != 1) std::abort();
  return {to_hex(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()))};
}

oci_image::Digest sha256(std::string_view data) {
  Sha256 hash;
  hash.update(data);
  return hash.finish();
}

std::vector<std::string> chain_ids(const std::vector<oci_image::Digest>& diff_ids) {
  std::vector<std::string> out;
  out.reserve(diff_ids.size());
  for (const auto& diff : diff_ids) {
    out.push_back(out.empty() ? diff.hex : sha256(fmt::format("sha256:{} {}", out.back(), diff.text())).hex);
  }
  return out;
}

Result<std::string_view> HashingSource::next() {
  std::string_view piece = TRY(inner_.next());
  hash_.update(piece);
  count_ += piece.size();
  return piece;
}

}  // namespace cove::archive
