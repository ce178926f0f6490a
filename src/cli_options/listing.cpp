#include "cli_options/listing.hpp"

#include "base/util.hpp"

namespace cove::cli_options {
namespace {

using options::go_quote;
using options::Parsed;

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Result<PsOptions> fill_ps(const Parsed& parsed) {
  PsOptions options;
  options.all = parsed.flag("all");
  options.external = parsed.flag("external");
  options.latest = parsed.flag("latest");
  options.last = parsed.integer("last").value_or(-1);
  options.ns = parsed.flag("ns");
  options.no_trunc = parsed.flag("no-trunc");
  options.quiet = parsed.flag("quiet");
  options.noheading = parsed.flag("noheading");
  options.size = parsed.flag("size");
  options.sync = parsed.flag("sync");
  options.watch = parsed.number("watch").value_or(0);
  options.format = parsed.text_or("format", "");
  options.format_set = parsed.changed("format");
  options.sort = parsed.text_or("sort", "");
  options.pod = parsed.flag("pod") || options.format.find(".PodName") != options.format.npos;
  if (options.last >= 0 && options.latest) return Failure(usage("last and latest are mutually exclusive"));
  if (options.quiet && (options.size || options.ns)) return Failure(usage("quiet conflicts with size and namespace"));
  if (options.size && options.ns) return Failure(usage("size and namespace options conflict"));
  if (options.watch > 0 && options.latest) return Failure(usage("the watch and latest flags cannot be used together"));
  options.filters = TRY(parse_filters(parsed.list("filter")));
  return options;
}

Result<InspectOptions> fill_inspect(const Parsed& parsed, std::string_view type) {
  InspectOptions options;
  options.type = type.empty() ? parsed.text_or("type", "all") : std::string(type);
  options.names = parsed.args();
  options.format = parsed.text_or("format", "json");
  if (options.format.empty()) options.format = "json";
  options.latest = parsed.flag("latest");
  options.size = parsed.flag("size");
  if (options.latest && options.type == "image") return Failure(usage("latest is not supported for type \"image\""));
  if (options.size && (options.type == "image" || options.type == "pod"))
    return Failure(usage(fmt::format("size is not supported for type {}", go_quote(options.type))));
  if (options.names.empty() && !options.latest) return Failure(usage("no names or ids specified"));
  if (!options.names.empty() && options.latest) return Failure(usage("--latest and arguments cannot be used together"));
  for (std::string_view known : {"all", "container", "image", "pod", "network", "volume", "artifact"})
    if (options.type == known) return options;
  return Failure(
      usage(fmt::format("invalid type {}: must be \"image\", \"container\", \"pod\", \"network\", \"volume\", "
                        "\"artifact\", or \"all\"",
                        go_quote(options.type))));
}

std::string normalize_inspect_format(std::string_view format, std::string_view type) {
  std::string text(format);
  replace_all(text, ".Src", ".Source");
  replace_all(text, ".Sourceource", ".Source");
  replace_all(text, ".Dst", ".Destination");
  replace_all(text, ".ImageID", ".Image");
  if (type == "image") replace_all(text, ".Config.Healthcheck", ".HealthCheck");
  return text;
}

Result<ImagesOptions> fill_images(const Parsed& parsed) {
  ImagesOptions options;
  options.all = parsed.flag("all");
  options.digests = parsed.flag("digests");
  options.history = parsed.flag("history");
  options.no_trunc = parsed.flag("no-trunc");
  options.noheading = parsed.flag("noheading");
  options.quiet = parsed.flag("quiet");
  options.format = parsed.text_or("format", "");
  options.format_set = parsed.changed("format");
  options.sort = parsed.text_or("sort", "created");
  if (parsed.changed("filter") && !parsed.args().empty())
    return Failure(usage("cannot specify an image and a filter(s)"));
  options.filters = TRY(parse_filters(parsed.list("filter")));
  if (!parsed.args().empty()) options.filters.emplace_back("reference", parsed.args()[0]);
  return options;
}

Result<RmiOptions> fill_rmi(const Parsed& parsed) {
  RmiOptions options;
  options.names = parsed.args();
  options.all = parsed.flag("all");
  options.force = parsed.flag("force");
  options.ignore = parsed.flag("ignore") || options.force;
  options.no_prune = parsed.flag("no-prune");
  if (options.names.empty() && !options.all) return Failure(usage("image name or ID must be specified"));
  if (!options.names.empty() && options.all)
    return Failure(usage("when using the --all switch, you may not pass any images names or IDs"));
  return options;
}

Result<LoadOptions> fill_load(const Parsed& parsed, bool stdin_is_terminal) {
  LoadOptions options{parsed.text_or("input", ""), parsed.flag("quiet")};
  if (options.input.empty() && stdin_is_terminal)
    return Failure(usage("cannot read from terminal, use command-line redirection or the --input flag"));
  return options;
}

Result<PullOptions> fill_pull(const Parsed& parsed) {
  PullOptions options{parsed.args(), TRY(fill_pull_flags(parsed, "policy"))};
  if (options.flags.policy.empty()) options.flags.policy = "always";
  return options;
}

Result<FormatOptions> fill_format(const Parsed& parsed) {
  return FormatOptions{parsed.text_or("format", ""), parsed.changed("format")};
}

Result<CheckOptions> fill_check(const Parsed& parsed) {
  CheckOptions options;
  options.quick = parsed.flag("quick");
  options.repair = parsed.flag("repair");
  options.force = parsed.flag("force");
  if (const auto age = parsed.text("max")) options.max_age = TRY(parse_duration(*age));
  return options;
}

}  // namespace cove::cli_options
