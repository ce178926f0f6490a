#include "archive/docker_archive.hpp"

#include <algorithm>

#include "archive/sha256.hpp"
#include "base/util.hpp"
#include "json/json.hpp"
#include "oci_image/reference.hpp"

namespace cove::archive {
namespace {

constexpr size_t kMaxImages = 1000;

Failure corrupt(std::string message) { return Failure(Error(Code::corrupt, "manifest.json: " + std::move(message))); }

// The archive has no image manifest: the one that podman makes of it, whose layers are the plain tars.
void make_manifest(ArchivedImage& image) {
  oci_image::Descriptor config{.media_type = "application/vnd.docker.container.image.v1+json",
                               .digest = {image.id},
                               .size = static_cast<int64_t>(image.config_text.size())};
  std::vector<oci_image::Descriptor> layers;
  layers.reserve(image.layers.size());
  for (size_t i = 0; i < image.layers.size(); i++) {
    layers.push_back({.media_type = "application/vnd.docker.image.rootfs.diff.tar.gzip",
                      .digest = image.config.diff_ids[i],
                      .size = static_cast<int64_t>(image.layers[i].blob.size)});
  }
  image.manifest_text = oci_image::docker_manifest_text(config, layers);
  image.manifest_digest = sha256(image.manifest_text);
}

Result<ArchivedImage> read_image(BlobStore& store, const json::Value& item) {
  if (!item.is_object() || !item["Config"].is_string() || !item["Layers"].is_array()) {
    return corrupt("an image has no Config or no Layers");
  }
  ArchivedImage image;
  image.config_text = TRY(store.read(item["Config"].as_string(), oci_image::kMaxConfigBytes));
  image.id = sha256(image.config_text).hex;
  image.config = TRY(oci_image::parse_image_config(image.config_text));
  for (const auto& name : item["RepoTags"].strings()) {
    image.names.push_back(TRY_CTX(oci_image::normalize_for_registry(name), "manifest.json: RepoTags").text());
  }
  auto files = item["Layers"].strings();
  if (files.size() != image.config.diff_ids.size() || files.size() != item["Layers"].size()) {
    return corrupt(fmt::format("{} layers, but the configuration has {}", files.size(), image.config.diff_ids.size()));
  }
  for (const auto& file : files) image.layers.push_back({TRY(store.find(file)), std::nullopt});
  make_manifest(image);
  return image;
}

// The one image that `reference` names, holding only that name.
Result<std::vector<ArchivedImage>> select(std::vector<ArchivedImage> images, const std::string& reference) {
  std::vector<ArchivedImage> out;
  if (reference.starts_with('@')) {
    auto n = parse_uint(reference.substr(1));
    if (!n || *n >= images.size()) {
      return Failure(Error(Code::not_found, fmt::format("the archive has {} images, no {}", images.size(), reference)));
    }
    out.push_back(std::move(images[*n]));
    return out;
  }
  std::string want = TRY(oci_image::normalize_for_registry(reference)).text();
  for (auto& image : images) {
    if (std::find(image.names.begin(), image.names.end(), want) == image.names.end()) continue;
    image.names = {want};
    out.push_back(std::move(image));
    return out;
  }
  return Failure(Error(Code::not_found, fmt::format("the archive has no image named {}", want)));
}

}  // namespace

Result<std::vector<ArchivedImage>> read_docker_archive(BlobStore& store, const std::string& reference) {
  std::string text = TRY(store.read("manifest.json", oci_image::kMaxManifestBytes));
  json::Value list = TRY_CTX(json::parse(text), "manifest.json");
  if (!list.is_array() || list.empty()) return corrupt("no list of images");
  if (list.size() > kMaxImages) return corrupt(fmt::format("more than {} images", kMaxImages));
  std::vector<ArchivedImage> images;
  for (const auto& item : list.items()) images.push_back(TRY(read_image(store, item)));
  if (reference.empty()) return images;
  return select(std::move(images), reference);
}

}  // namespace cove::archive
