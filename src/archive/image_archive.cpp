#include "archive/image_archive.hpp"

#include <algorithm>

#include "archive/docker_archive.hpp"
#include "archive/oci_layout.hpp"
#include "archive/sha256.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove::archive {
namespace {

constexpr std::pair<std::string_view, Transport> kTransports[] = {{"docker-archive", Transport::docker_archive},
                                                                  {"oci-archive", Transport::oci_archive},
                                                                  {"oci", Transport::oci},
                                                                  {"dir", Transport::dir}};

Result<std::vector<ArchivedImage>> only(Result<ArchivedImage> image) {
  std::vector<ArchivedImage> out;
  out.push_back(TRY(std::move(image)));
  return out;
}

}  // namespace

std::string_view to_string(Transport t) {
  for (const auto& [name, transport] : kTransports) {
    if (transport == t) return name;
  }
  return "unknown";
}

Result<Source> parse_source(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Failure(Error(Code::invalid, fmt::format("{} names no transport", text)));
  std::string_view transport = text.substr(0, colon);
  for (const auto& [name, value] : kTransports) {
    if (name != transport) continue;
    std::string_view rest = text.substr(colon + 1);
    Source source{value, std::string(rest), ""};
    size_t split = value == Transport::dir ? std::string_view::npos : rest.find(':');
    if (split != std::string_view::npos) {
      source.path = rest.substr(0, split);
      source.reference = rest.substr(split + 1);
    }
    if (source.path.empty()) return Failure(Error(Code::invalid, fmt::format("{}: no path after the transport", text)));
    return source;
  }
  return Failure(Error(Code::unsupported, fmt::format("transport \"{}\" is not supported", transport.substr(0, 40)))
                     .hint("docker-archive, oci-archive, oci and dir are"));
}

Result<std::vector<ArchivedImage>> open_images(const Source& source, const OpenOptions& options) {
  switch (source.transport) {
    case Transport::oci: {
      auto store = TRY(open_directory(source.path));
      return only(read_oci_layout(*store, source.reference, options.platform, Naming::by_reference));
    }
    case Transport::dir: {
      auto store = TRY(open_directory(source.path));
      return only(read_dir_layout(*store, options.platform));
    }
    default:
      break;
  }
  UniqueFd file = TRY(sys::open(source.path, O_RDONLY));
  file = TRY(ensure_seekable(std::move(file), options.scratch));
  auto store = TRY_CTX(open_tar(std::move(file), options.scratch), source.path);
  if (source.transport == Transport::docker_archive) return read_docker_archive(*store, source.reference);
  return only(read_oci_layout(*store, source.reference, options.platform, Naming::by_annotation));
}

Result<std::vector<ArchivedImage>> open_any(UniqueFd file, const std::string& path, const OpenOptions& options) {
  struct stat st = TRY(sys::fstat(file.get()));
  std::unique_ptr<BlobStore> store;
  if (S_ISDIR(st.st_mode)) {
    store = TRY(open_directory(path));
    if (store->find("oci-layout") || store->find("index.json"))
      return only(read_oci_layout(*store, "", options.platform, Naming::by_reference));
    if (store->find("manifest.json")) return only(read_dir_layout(*store, options.platform));
  } else {
    file = TRY_CTX(ensure_seekable(std::move(file), options.scratch), path);
    store = TRY_CTX(open_tar(std::move(file), options.scratch), path);
    if (store->find("manifest.json")) return read_docker_archive(*store, "");
    if (store->find("oci-layout") || store->find("index.json"))
      return only(read_oci_layout(*store, "", options.platform, Naming::by_annotation));
  }
  return Failure(Error(Code::invalid, fmt::format("{}: payload does not match any of the supported image formats "
                                                  "(docker-archive, oci-archive, oci, dir)",
                                                  path)));
}

}  // namespace cove::archive
