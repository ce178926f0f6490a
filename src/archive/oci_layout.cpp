#include "archive/oci_layout.hpp"

#include <functional>

#include "archive/sha256.hpp"
#include "json/json.hpp"
#include "oci_image/reference.hpp"

namespace cove::archive {
namespace {

using oci_image::Descriptor;
using oci_image::Digest;

constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
constexpr std::string_view kContainerdName = "io.containerd.image.name";
constexpr int kMaxNesting = 4;

using NameOf = std::function<std::string(const Digest&)>;
std::string oci_name(const Digest& d) { return "blobs/sha256/" + d.hex; }
std::string dir_name(const Digest& d) { return d.hex; }

Result<std::string> read_verified(BlobStore& store, const std::string& name, const Descriptor& want, size_t limit) {
  std::string text = TRY(store.read(name, limit));
  if (static_cast<int64_t>(text.size()) != want.size) {
    return Failure(Error(Code::corrupt, fmt::format("{}: {} bytes, expected {}", name, text.size(), want.size)));
  }
  Digest have = sha256(text);
  if (have != want.digest) {
    return Failure(
        Error(Code::corrupt, fmt::format("{}: digest is {}, expected {}", name, have.text(), want.digest.text())));
  }
  return text;
}

Result<ArchivedImage> read_image(BlobStore& store, std::string manifest_text, const NameOf& name_of) {
  ArchivedImage image;
  oci_image::Manifest manifest = TRY(oci_image::parse_manifest(manifest_text));
  image.config_text =
      TRY_CTX(read_verified(store, name_of(manifest.config.digest), manifest.config, oci_image::kMaxConfigBytes),
              "image configuration");
  image.id = manifest.config.digest.hex;
  image.config = TRY(oci_image::parse_image_config(image.config_text));
  if (manifest.layers.size() != image.config.diff_ids.size()) {
    return Failure(
        Error(Code::corrupt, fmt::format("the manifest has {} layers, the configuration {}: no container image",
                                         manifest.layers.size(), image.config.diff_ids.size())));
  }
  for (const auto& layer : manifest.layers) {
    Blob blob = TRY_CTX(store.find(name_of(layer.digest)), "layer");
    if (blob.size != static_cast<uint64_t>(layer.size)) {
      return Failure(Error(Code::corrupt,
                           fmt::format("layer {}: {} bytes, expected {}", layer.digest.text(), blob.size, layer.size)));
    }
    image.layers.push_back({std::move(blob), layer.digest});
  }
  image.manifest_digest = sha256(manifest_text);
  image.manifest_text = std::move(manifest_text);
  return image;
}

// Follows indexes down to the manifest for the platform.
Result<std::string> resolve_manifest(BlobStore& store, Descriptor at, const oci_image::Platform& platform,
                                     const NameOf& name_of) {
  for (int depth = 0; depth < kMaxNesting; depth++) {
    std::string text = TRY(read_verified(store, name_of(at.digest), at, oci_image::kMaxManifestBytes));
    if (!oci_image::is_index(text)) return text;
    oci_image::Index index = TRY(oci_image::parse_index(text));
    at = TRY(oci_image::choose_platform(index, platform));
  }
  return Failure(Error(Code::corrupt, "image indexes are nested too deeply"));
}

std::string name_annotation(const Descriptor& d) {
  const std::string* name = d.annotation(kContainerdName);
  if (!name) name = d.annotation(kRefName);
  return name ? *name : "";
}

Result<Descriptor> choose(const oci_image::Index& index, const std::string& reference,
                          const oci_image::Platform& platform) {
  if (reference.empty()) {
    if (index.manifests.size() == 1) return index.manifests[0];
    auto chosen = oci_image::choose_platform(index, platform);
    if (chosen) return chosen;
    return Failure(
        Error(Code::ambiguous, "more than one image in the OCI layout").hint("choose one, as in PATH:REFERENCE"));
  }
  std::vector<std::string> offered;
  for (const auto& m : index.manifests) {
    const std::string* name = m.annotation(kRefName);
    if (name && *name == reference) return m;
  }
  return Failure(Error(Code::not_found, fmt::format("no descriptor found for reference \"{}\"", reference)));
}

}  // namespace

Result<ArchivedImage> read_oci_layout(BlobStore& store, const std::string& reference,
                                      const oci_image::Platform& platform, Naming naming) {
  std::string text = TRY(store.read("index.json", oci_image::kMaxManifestBytes));
  oci_image::Index index = TRY_CTX(oci_image::parse_index(text), "index.json");
  Descriptor chosen = TRY(choose(index, reference, platform));
  std::string manifest = TRY(resolve_manifest(store, chosen, platform, oci_name));
  ArchivedImage image = TRY(read_image(store, std::move(manifest), oci_name));
  if (naming == Naming::by_annotation) {
    std::string name = name_annotation(chosen);
    if (!name.empty()) image.names = {TRY(oci_image::normalize_local(name)).text()};
  } else if (!reference.empty()) {
    image.names = {TRY(oci_image::normalize_for_registry(reference)).text()};
  }
  return image;
}

Result<ArchivedImage> read_dir_layout(BlobStore& store, const oci_image::Platform& platform) {
  std::string text = TRY(store.read("manifest.json", oci_image::kMaxManifestBytes));
  if (oci_image::is_index(text)) {
    // Manifests of other platforms lie beside it as <hex>.manifest.json.
    oci_image::Index index = TRY(oci_image::parse_index(text));
    Descriptor at = TRY(oci_image::choose_platform(index, platform));
    text = TRY(read_verified(store, at.digest.hex + ".manifest.json", at, oci_image::kMaxManifestBytes));
  }
  return read_image(store, std::move(text), dir_name);
}

}  // namespace cove::archive
