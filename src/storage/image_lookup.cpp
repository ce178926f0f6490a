// ImageStore::find and what it stands on.
#include "oci_image/digest.hpp"
#include "oci_image/reference.hpp"
#include "storage/image_store.hpp"

namespace cove::storage {
namespace {

Failure unknown(std::string_view text) {
  return Failure(Error(Code::not_found, fmt::format("{}: image not known", text)));
}

std::optional<std::string> one_text(db::Statement& q, bool row) {
  if (!row) return std::nullopt;
  return q.text(0);
}

}  // namespace

Result<std::optional<std::string>> ImageStore::id_of_name(const std::string& name) {
  size_t at = name.find('@');
  if (at != std::string::npos) return id_of_digest(name.substr(at + 1), name.substr(0, at));
  auto q = TRY(db_->prepare("SELECT image FROM image_names WHERE name = ?"));
  q.bind(1, name);
  return one_text(q, TRY(q.step()));
}

// The image with this manifest digest; with a repository, only if one of its names lies there.
Result<std::optional<std::string>> ImageStore::id_of_digest(const std::string& digest, const std::string& repository) {
  auto q = TRY(db_->prepare(repository.empty()
                                ? "SELECT image FROM image_digests WHERE digest = ?"
                                : "SELECT d.image FROM image_digests d JOIN image_names n ON n.image = d.image "
                                  "WHERE d.digest = ?1 AND substr(n.name, 1, length(?2) + 1) = ?2 || ':'"));
  q.bind(1, digest);
  if (!repository.empty()) q.bind(2, repository);
  return one_text(q, TRY(q.step()));
}

Result<std::optional<std::string>> ImageStore::id_of_prefix(std::string_view prefix) {
  if (prefix.empty() || prefix.size() > 64 || !is_hex(prefix)) return std::nullopt;
  // 'g' sorts behind every hexadecimal digit: a range of the primary key, no scan.
  auto q = TRY(db_->prepare("SELECT id FROM images WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2"));
  q.bind(1, prefix);
  if (!TRY(q.step())) return std::nullopt;
  std::string id = q.text(0);
  if (TRY(q.step())) {
    return Failure(Error(Code::ambiguous, fmt::format("{}: several images have an id that begins so", prefix)));
  }
  return id;
}

// Docker's habit, which podman keeps: "alpine" finds example.org/x/alpine:latest where nothing matched better.
Result<std::optional<FoundImage>> ImageStore::find_fuzzy(std::string_view text) {
  auto parsed = oci_image::parse_reference(text);
  if (!parsed || !parsed->is_short()) return std::nullopt;
  oci_image::Reference want = oci_image::with_default_tag(*parsed);
  auto q = TRY(db_->prepare("SELECT name, image FROM image_names ORDER BY seq DESC"));
  while (TRY(q.step())) {
    auto have = oci_image::parse_reference(q.text(0));
    if (!have || (want.digest.empty() && have->tag != want.tag)) continue;
    std::string repository = have->name();
    if (!repository.ends_with("/" + want.path)) continue;
    if (want.digest.empty()) return FoundImage{TRY(load(q.text(1))), q.text(0)};
    auto id = TRY(id_of_digest(want.digest, repository));
    if (id) return FoundImage{TRY(load(*id)), repository + "@" + want.digest};
  }
  return std::nullopt;
}

Result<FoundImage> ImageStore::find(std::string_view text, const std::vector<std::string>& search_registries) {
  bool by_digest = text.starts_with("sha256:");
  std::string_view hex = by_digest ? text.substr(7) : text;
  if (oci_image::is_full_id(hex)) {
    auto id = TRY(id_of_prefix(hex));
    if (!id) id = TRY(id_of_digest(fmt::format("sha256:{}", hex), ""));
    if (!id) return unknown(text);
    return FoundImage{TRY(load(*id)), std::string(text)};
  }
  if (by_digest) return unknown(text);
  for (const auto& name : oci_image::local_candidates(text, search_registries)) {
    if (auto id = TRY(id_of_name(name))) return FoundImage{TRY(load(*id)), name};
  }
  if (auto id = TRY(id_of_prefix(text))) return FoundImage{TRY(load(*id)), std::string(text)};
  if (auto found = TRY(find_fuzzy(text))) return *std::move(found);
  return unknown(text);
}

Result<bool> ImageStore::exists(std::string_view text, const std::vector<std::string>& search_registries) {
  auto found = find(text, search_registries);
  if (found || found.error().code() == Code::ambiguous) return found.has_value();
  if (found.error().code() == Code::not_found) return false;
  return Failure(std::move(found).error());
}

}  // namespace cove::storage
