#include "cli/image_filters.hpp"

#include <set>

#include "cli/match.hpp"

namespace cove::cli {
namespace {

using storage::Image;

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

Result<bool> boolean(const std::string& name, const std::string& value) {
  auto parsed = options::parse_bool(value);
  if (!parsed) return Failure(usage(fmt::format("non-boolean value \"{}\" for {} filter", value, name)));
  return *parsed;
}

Result<ImageFilter> by_other(engine::Engine& engine, const std::string& name, const std::string& value) {
  auto other = engine.images().find(value);
  if (!other)
    return Failure(
        std::move(other).error().with(fmt::format("could not find local image for filter \"{}\"=\"{}\"", name, value)));
  bool before = name == "before";
  return ImageFilter(
      [at = other->image.created, before](const Image& i) { return before ? i.created < at : i.created > at; });
}

Result<ImageFilter> by_use(engine::Engine& engine, const std::string& value) {
  if (value != "true" && value != "false")
    return Failure(usage(fmt::format("unsupported value \"{}\" for containers filter", value)));
  auto views = TRY(engine.store.list());
  std::set<std::string> used;
  for (const auto& v : views) used.insert(v.record.image_id);
  return ImageFilter([used, wanted = value == "true"](const Image& i) { return used.contains(i.id) == wanted; });
}

bool has_label(const Image& image, const std::string& value) {
  auto config = json::parse(image.config);
  return config && label_matches((*config)["config"]["Labels"], value);
}

bool has_digest(const Image& image, const std::string& value) {
  std::string wanted = value.find(':') == std::string::npos ? "sha256:" + value : value;
  return image.digest.starts_with(wanted) ||
         std::any_of(image.digests.begin(), image.digests.end(), [&](const auto& d) { return d.starts_with(wanted); });
}

Result<ImageFilter> one_filter(engine::Engine& engine, const std::string& name, const std::string& value) {
  if (name == "after" || name == "since" || name == "before") return by_other(engine, name, value);
  if (name == "containers") return by_use(engine, value);
  if (name == "dangling" || name == "intermediate" || name == "readonly" || name == "manifest") {
    bool wanted = TRY(boolean(name, value));
    // Of the last three there are none here.
    return ImageFilter(
        [wanted, may_be = name == "dangling"](const Image& i) { return (may_be && i.names.empty()) == wanted; });
  }
  if (name == "id") return ImageFilter([value](const Image& i) { return id_matches(i.id, value); });
  if (name == "digest") return ImageFilter([value](const Image& i) { return has_digest(i, value); });
  if (name == "label") return ImageFilter([value](const Image& i) { return has_label(i, value); });
  if (name == "until") {
    auto at = cli_options::parse_time(value, now(), true);
    if (!at) return Failure(std::move(at).error().with("until"));
    return ImageFilter([at = *at](const Image& i) { return i.created < at; });
  }
  return Failure(
      usage(fmt::format("invalid image filter \"{}\": must be in the format \"filter=value or filter!=value\"", name)));
}

// A name that resolves means that image; anything else is a pattern over the names.
ImageFilter by_reference(engine::Engine& engine, const std::string& value) {
  auto found = engine.images().find(value);
  std::string id = found ? found->image.id : "";
  return [id, value](const Image& i) {
    if (i.id == id) return true;
    return std::any_of(i.names.begin(), i.names.end(),
                       [&](const auto& name) { return reference_matches(name, value); });
  };
}

}  // namespace

Result<ImageFilter> make_image_filter(engine::Engine& engine, const cli_options::Pairs& filters) {
  std::vector<ImageFilter> all, references;
  for (auto [name, value] : filters) {
    const bool negated = name.ends_with('!');
    if (negated) name.pop_back();
    ImageFilter filter = name == "reference" ? by_reference(engine, value) : TRY(one_filter(engine, name, value));
    if (negated)
      all.emplace_back([filter](const Image& i) { return !filter(i); });
    else
      (name == "reference" ? references : all).push_back(std::move(filter));
  }
  return ImageFilter([all, references](const Image& i) {
    auto holds = [&](const ImageFilter& f) { return f(i); };
    return std::all_of(all.begin(), all.end(), holds) &&
           (references.empty() || std::any_of(references.begin(), references.end(), holds));
  });
}

}  // namespace cove::cli
