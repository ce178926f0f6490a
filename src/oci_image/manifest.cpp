#include "oci_image/manifest.hpp"

#include <sys/utsname.h>

#include "base/util.hpp"
#include "oci_image/fields.hpp"
#include "oci_image/image_config.hpp"

namespace cove::oci_image {
namespace {

using json::Value;

constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr size_t kMaxIndexEntries = 10000;

Result<std::vector<std::pair<std::string, std::string>>> read_annotations(const Value& object) {
  std::vector<std::pair<std::string, std::string>> out;
  const Value& v = object["annotations"];
  if (v.is_null()) return out;
  if (!v.is_object()) return fields::wrong("annotations", "not an object");
  for (const auto& [key, value] : v.members()) {
    if (!value.is_string()) return fields::wrong("annotations", "a value is not a string");
    out.emplace_back(key, value.as_string());
  }
  return out;
}

Result<Descriptor> read_descriptor(const Value& v) {
  if (!v.is_object()) return Failure(Error(Code::corrupt, "not an object"));
  Descriptor d;
  d.media_type = TRY(fields::text(v, "mediaType"));
  std::string digest = TRY(fields::text(v, "digest"));
  d.digest = TRY_CTX(parse_digest(digest), "digest");
  if (!v["size"].is_integer()) return fields::wrong("size", "missing or not a whole number");
  d.size = TRY(fields::integer(v, "size"));
  d.annotations = TRY(read_annotations(v));
  const Value& platform = v["platform"];
  if (!platform.is_null() && !platform.is_object()) return fields::wrong("platform", "not an object");
  d.platform = {TRY(fields::text(platform, "os")), TRY(fields::text(platform, "architecture")),
                TRY(fields::text(platform, "variant"))};
  return d;
}

Result<Value> read_document(std::string_view text) {
  if (text.size() > kMaxManifestBytes) return Failure(Error(Code::corrupt, "larger than 4 MiB"));
  Value root = TRY(json::parse(text));
  if (!root.is_object()) return Failure(Error(Code::corrupt, "not a JSON object"));
  int64_t version = TRY(fields::integer(root, "schemaVersion"));
  if (version == 1) return Failure(Error(Code::unsupported, "schema 1 manifests are not supported"));
  if (version != 2) return fields::wrong("schemaVersion", "is not 2");
  return root;
}

Result<Manifest> read_manifest(std::string_view text) {
  Value root = TRY(read_document(text));
  std::string type = TRY(fields::text(root, "mediaType"));
  if (!type.empty() && type != kDockerManifest && type != kOciManifest) {
    return Failure(Error(Code::unsupported, fmt::format("mediaType {} is not an image manifest", json::quote(type))));
  }
  // A document with both members could be read as two things; refuse it (CVE-2021-41190).
  if (root.find("manifests")) return Failure(Error(Code::corrupt, "has both \"layers\" and \"manifests\""));
  Manifest m;
  m.kind = type == kDockerManifest ? ManifestKind::docker : ManifestKind::oci;
  m.config = TRY_CTX(read_descriptor(root["config"]), "config");
  if (!root["layers"].is_array()) return fields::wrong("layers", "missing or not a list");
  if (root["layers"].size() > kMaxLayers) return fields::wrong("layers", fmt::format("more than {}", kMaxLayers));
  for (const auto& layer : root["layers"].items()) m.layers.push_back(TRY_CTX(read_descriptor(layer), "layers"));
  m.annotations = TRY(read_annotations(root));
  return m;
}

Result<Index> read_index(std::string_view text) {
  Value root = TRY(read_document(text));
  std::string type = TRY(fields::text(root, "mediaType"));
  if (!type.empty() && type != kDockerList && type != kOciIndex) {
    return Failure(Error(Code::unsupported, fmt::format("mediaType {} is not an image index", json::quote(type))));
  }
  if (root.find("layers")) return Failure(Error(Code::corrupt, "has both \"layers\" and \"manifests\""));
  if (!root["manifests"].is_array()) return fields::wrong("manifests", "missing or not a list");
  if (root["manifests"].size() > kMaxIndexEntries) return fields::wrong("manifests", "too many");
  Index index;
  for (const auto& m : root["manifests"].items()) index.manifests.push_back(TRY_CTX(read_descriptor(m), "manifests"));
  return index;
}

std::string platform_text(const Platform& p) {
  return p.variant.empty() ? fmt::format("{}/{}", p.os, p.architecture)
                           : fmt::format("{}/{}/{}", p.os, p.architecture, p.variant);
}

std::string descriptor_text(const Descriptor& d) {
  return fmt::format(R"({{"mediaType":{},"size":{},"digest":"{}"}})", json::quote(d.media_type), d.size,
                     d.digest.text());
}

Error keep_unsupported(Error e, std::string_view frame) {
  Code code = e.code() == Code::unsupported ? Code::unsupported : Code::corrupt;
  return std::move(e).with(std::string(frame)).as(code);
}

}  // namespace

const std::string* Descriptor::annotation(std::string_view key) const {
  for (const auto& [name, value] : annotations) {
    if (name == key) return &value;
  }
  return nullptr;
}

Result<Manifest> parse_manifest(std::string_view text) {
  auto m = read_manifest(text);
  if (!m) return Failure(keep_unsupported(std::move(m).error(), "image manifest"));
  return m;
}

Result<Index> parse_index(std::string_view text) {
  auto index = read_index(text);
  if (!index) return Failure(keep_unsupported(std::move(index).error(), "image index"));
  return index;
}

bool is_index(std::string_view text) {
  auto root = json::parse(text);
  if (!root) return false;
  const std::string& type = (*root)["mediaType"].as_string();
  if (type == kDockerList || type == kOciIndex) return true;
  return type.empty() && (*root)["manifests"].is_array();
}

std::string docker_manifest_text(const Descriptor& config, const std::vector<Descriptor>& layers) {
  std::string out = fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[)", kDockerManifest,
                                descriptor_text(config));
  for (size_t i = 0; i < layers.size(); i++) {
    if (i > 0) out += ',';
    out += descriptor_text(layers[i]);
  }
  return out + "]}";
}

Platform host_platform() {
#if defined(__x86_64__)
  return {"linux", "amd64", ""};
#elif defined(__aarch64__)
  return {"linux", "arm64", ""};
#else
  utsname name{};
  uname(&name);
  return {"linux", name.machine, ""};
#endif
}

Result<Descriptor> choose_platform(const Index& index, const Platform& want) {
  std::vector<std::string> offered;
  for (const auto& m : index.manifests) {
    const Platform& p = m.platform;
    if (p.os == want.os && p.architecture == want.architecture && (want.variant.empty() || p.variant == want.variant)) {
      return m;
    }
    offered.push_back(platform_text(p));
  }
  if (index.manifests.size() == 1 && index.manifests[0].platform.architecture.empty()) return index.manifests[0];
  return Failure(
      Error(Code::not_found, fmt::format("no image for platform {} in the image index (there is: {})",
                                         platform_text(want), offered.empty() ? "none" : join(offered, ", "))));
}

}  // namespace cove::oci_image
