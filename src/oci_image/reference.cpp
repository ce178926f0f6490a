#include "oci_image/reference.hpp"

#include <algorithm>

#include "oci_image/digest.hpp"

namespace cove::oci_image {
namespace {

constexpr size_t kMaxName = 255;
constexpr size_t kMaxTag = 128;
constexpr std::string_view kTooLong = "repository name must not be more than 255 characters";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }

Failure bad(std::string_view text, std::string_view why = {}) {
  std::string message = "invalid reference format";
  if (!why.empty()) message += fmt::format(": {}", why);
  return Failure(Error(Code::invalid, fmt::format("{}: {}", text.substr(0, 300), message)));
}

// One separator: ".", "_", "__" or any number of "-".
size_t separator_length(std::string_view s) {
  if (s.starts_with("__")) return 2;
  if (s[0] == '.' || s[0] == '_') return 1;
  size_t n = 0;
  while (n < s.size() && s[n] == '-') n++;
  return n;
}

bool valid_component(std::string_view s) {
  bool after_word = false;
  while (!s.empty()) {
    if (is_lower(s[0]) || is_digit(s[0])) {
      after_word = true;
      s.remove_prefix(1);
      continue;
    }
    size_t n = separator_length(s);
    if (n == 0 || !after_word) return false;
    s.remove_prefix(n);
    after_word = false;
  }
  return after_word;
}

bool valid_path(std::string_view path) {
  while (true) {
    size_t slash = path.find('/');
    if (!valid_component(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool valid_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           std::all_of(host.begin() + 1, host.end() - 1, [](char c) { return is_alnum(c) || c == ':'; });
  }
  while (true) {
    size_t dot = host.find('.');
    std::string_view label = host.substr(0, dot);
    if (label.empty() || !is_alnum(label.front()) || !is_alnum(label.back())) return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; })) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool valid_domain(std::string_view domain) {
  size_t colon = domain.rfind(':');
  if (colon != std::string_view::npos && !domain.ends_with(']')) {
    std::string_view port = domain.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) return false;
    domain = domain.substr(0, colon);
  }
  return valid_host(domain);
}

bool valid_tag(std::string_view tag) {
  auto word = [](char c) { return is_alnum(c) || c == '_'; };
  return !tag.empty() && tag.size() <= kMaxTag && word(tag[0]) &&
         std::all_of(tag.begin(), tag.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

// The first component is a registry host where it could not be a part of a path, as docker decides it.
bool looks_like_domain(std::string_view first) {
  return first.find_first_of(".:[") != std::string_view::npos || first == "localhost" ||
         std::any_of(first.begin(), first.end(), is_upper);
}

Result<Reference> parse_name(std::string_view name, std::string_view whole) {
  Reference ref;
  size_t slash = name.find('/');
  if (slash != std::string_view::npos && looks_like_domain(name.substr(0, slash))) {
    ref.domain = name.substr(0, slash);
    if (!valid_domain(ref.domain)) return bad(whole);
    name.remove_prefix(slash + 1);
  }
  ref.path = name;
  if (!valid_path(name)) {
    bool upper = std::any_of(name.begin(), name.end(), is_upper);
    return bad(whole, upper ? "repository name must be lowercase" : "");
  }
  if (ref.name().size() > kMaxName) return bad(whole, kTooLong);
  return ref;
}

void expand_docker(Reference& ref) {
  if (ref.domain == "index.docker.io") ref.domain = "docker.io";
  if (ref.domain == "docker.io" && ref.path.find('/') == std::string::npos) ref.path = "library/" + ref.path;
}

}  // namespace

std::string Reference::name() const { return domain.empty() ? path : domain + "/" + path; }

std::string Reference::text() const {
  std::string out = name();
  if (!tag.empty()) out += ":" + tag;
  if (!digest.empty()) out += "@" + digest;
  return out;
}

Result<Reference> parse_reference(std::string_view text) {
  if (text.empty()) return bad(text);
  if (text.size() > kMaxName + kMaxTag + 200) return bad(text, "too long");
  if (is_full_id(text)) {
    return bad(text, fmt::format("invalid repository name ({}), cannot specify 64-byte hexadecimal strings", text));
  }
  std::string_view rest = text;
  std::string digest, tag;
  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    auto parsed = parse_digest(rest.substr(at + 1));
    if (!parsed) return bad(text, parsed.error().message());
    digest = parsed->text();
    rest = rest.substr(0, at);
  }
  // A colon after the last slash begins the tag; one before it belongs to a port.
  size_t slash = rest.rfind('/');
  size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    tag = rest.substr(colon + 1);
    if (!valid_tag(tag)) return bad(text);
    rest = rest.substr(0, colon);
  }
  Reference ref = TRY(parse_name(rest, text));
  ref.tag = std::move(tag);
  ref.digest = std::move(digest);
  return ref;
}

Reference with_default_tag(Reference ref) {
  if (ref.tag.empty() && ref.digest.empty()) ref.tag = "latest";
  return ref;
}

Result<Reference> normalize_for_registry(std::string_view text) {
  Reference ref = TRY(parse_reference(text));
  if (ref.is_short()) ref.domain = "docker.io";
  expand_docker(ref);
  if (ref.name().size() > kMaxName) return bad(text, kTooLong);
  return with_default_tag(std::move(ref));
}

Result<Reference> normalize_local(std::string_view text) {
  Reference ref = TRY(parse_reference(text));
  if (ref.is_short()) ref.domain = "localhost";
  expand_docker(ref);
  if (ref.name().size() > kMaxName) return bad(text, kTooLong);
  return with_default_tag(std::move(ref));
}

std::vector<std::string> local_candidates(std::string_view text, const std::vector<std::string>& search_registries) {
  auto parsed = parse_reference(text);
  if (!parsed) return {};
  Reference ref = with_default_tag(*parsed);
  if (!ref.digest.empty()) ref.tag.clear();
  std::vector<std::string> out;
  auto add = [&](std::string domain) {
    Reference full = ref;
    full.domain = std::move(domain);
    expand_docker(full);
    std::string name = full.text();
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
  };
  if (!ref.is_short()) {
    add(ref.domain);
    return out;
  }
  add("localhost");
  for (const auto& registry : search_registries) add(registry);
  add("docker.io");
  return out;
}

}  // namespace cove::oci_image
