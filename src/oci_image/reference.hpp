#pragma once
// Image names: "busybox", "localhost:5000/a/b:tag", "quay.io/x@sha256:…". Grammar: the distribution project's reference
// format; the short-name rules are podman's.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::oci_image {

// A parsed name. `domain` is empty for a short name ("busybox", "library/busybox"); `tag` and `digest` ("sha256:…") are
// empty where the text had none. Pure data; only parse_reference and the functions below make valid ones.
struct Reference {
  std::string domain;  // "docker.io", "localhost", "localhost:5000"
  std::string path;    // "library/busybox"
  std::string tag;
  std::string digest;

  bool is_short() const { return domain.empty(); }
  std::string name() const;  // domain/path
  std::string text() const;  // all of it
  bool operator==(const Reference&) const = default;
};

// Code::invalid with podman's words ("invalid reference format", "… repository name must be lowercase").
Result<Reference> parse_reference(std::string_view text);

// "busybox" -> docker.io/library/busybox:latest; a full name only gains the missing tag. index.docker.io is docker.io.
Result<Reference> normalize_for_registry(std::string_view text);
// "busybox" -> localhost/busybox:latest: names of images that are made or tagged on this host.
Result<Reference> normalize_local(std::string_view text);
// ":latest" where there is neither a tag nor a digest.
Reference with_default_tag(Reference ref);

// The full names that a name given by the user may stand for, in the order in which the store is asked: a full name
// itself; a short one below localhost, then below each of `search_registries`, then docker.io. A name with both tag and
// digest loses the tag. Text that is no reference (an id may be one) gives an empty list.
std::vector<std::string> local_candidates(std::string_view text, const std::vector<std::string>& search_registries);

}  // namespace cove::oci_image
