// inspect, container inspect, image inspect.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

using json::Value;

Value layers_data(const engine::Engine& e, const storage::Image& i) {
  std::vector<std::string> paths;
  for (auto it = i.layers.rbegin(); it != i.layers.rend(); ++it)
    paths.push_back(fmt::format("{}/layers/{}/diff", e.paths().graph_root, *it));
  Value data = Value::object();
  if (!paths.empty()) data.set("UpperDir", paths.front());
  if (paths.size() > 1) data.set("LowerDir", join({paths.begin() + 1, paths.end()}, ":"));
  return data;
}

// podman's document of an image.
Result<Value> inspect_image(const engine::Engine& e, const storage::Image& i) {
  Value config = TRY(json::parse(i.config)), manifest = TRY(json::parse(i.manifest));
  constexpr std::string_view kOci = "application/vnd.oci.image.manifest.v1+json";
  std::string type = manifest["mediaType"].as_string();
  if (type.empty()) type = kOci;
  const Value& history = config["history"];
  Value comment = config["comment"];
  if (type == kOci) comment = history.empty() ? Value("") : history.items()[0]["comment"];
  Value x = Value::object();
  x.set("Id", i.id), x.set("Digest", i.digest), x.set("RepoTags", i.names), x.set("RepoDigests", i.repo_digests());
  x.set("Parent", ""), x.set("Comment", comment.as_string()), x.set("Created", config["created"]);
  x.set("Config", config["config"].is_object() ? config["config"] : Value::object());
  x.set("Version", config["docker_version"].as_string()), x.set("Author", config["author"].as_string());
  x.set("Architecture", i.architecture), x.set("Os", i.os), x.set("Size", i.size), x.set("VirtualSize", i.size);
  x.set("GraphDriver", Value::object({{"Name", e.facts.overlay ? "overlay" : "vfs"}, {"Data", layers_data(e, i)}}));
  x.set("RootFS", Value::object({{"Type", "layers"}, {"Layers", config["rootfs"]["diff_ids"]}}));
  x.set("Labels", config["config"]["Labels"]);
  x.set("Annotations", manifest["annotations"].is_object() ? manifest["annotations"] : Value::object());
  x.set("ManifestType", type), x.set("User", config["config"]["User"].as_string());
  x.set("History", history), x.set("NamesHistory", i.names);
  const Value& health = config["config"]["Healthcheck"];
  if (health.is_object()) x.set("Healthcheck", health);
  return x;
}

Result<Value> find_container(engine::Engine& e, const std::string& name, bool size) {
  auto view = TRY(engine::find(e, name));
  return engine::inspect(e, view, size);
}

Result<Value> find_image(engine::Engine& e, const std::string& name) {
  auto found = TRY(e.images().find(name));
  return inspect_image(e, found.image);
}

Result<Value> look_up(engine::Engine& e, const std::string& name, const std::string& type, bool size) {
  auto unknown = [](const Error& error) { return error.code() == Code::not_found || error.code() == Code::gone; };
  if (type == "container" || type == "all") {
    auto found = find_container(e, name, size);
    if (found || !unknown(found.error())) return found;
    if (type == "container") return Failure(Error(Code::not_found, fmt::format("no such container \"{}\"", name)));
  }
  if (type == "image" || type == "all") {
    auto found = find_image(e, name);
    if (found || !unknown(found.error()) || type == "image") return found;
    return Failure(Error(Code::not_found, fmt::format("no such object: \"{}\"", name)));
  }
  return Failure(Error(Code::not_found, fmt::format("no such {} {}", type, name)));
}

Result<std::string> text_of(const cli_options::InspectOptions& o, const Value& found) {
  if (format::is_json_format(o.format)) return found.dump(5) + "\n";
  const std::string text = cli_options::normalize_inspect_format(o.format, o.type);
  std::string out;
  for (const auto& x : found.items()) {
    format::Report report{.name = "inspect", .origin = format::Origin::single, .template_text = text};
    out += TRY(format::render(report, x));
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

// What was found is printed even where something else was not; then the errors, the first one as the command's own.
Result<int> inspect_as(options::Invocation& invocation, std::string_view type) {
  auto o = TRY(cli_options::fill_inspect(invocation.line.own, type));
  auto e = TRY(open(invocation));
  if (o.latest) o.names = TRY(select(e, {.latest = true}, {})), o.type = "container";
  Value found = Value::array();
  std::vector<Error> errors;
  for (const auto& name : o.names) {
    auto document = look_up(e, name, o.type, o.size);
    if (document)
      found.push(std::move(*document));
    else
      errors.push_back(std::move(document).error());
  }
  auto text = text_of(o, found);
  if (text)
    std::fwrite(text->data(), 1, text->size(), stdout);
  else
    errors.push_back(std::move(text).error());
  if (errors.empty()) return 0;
  std::fflush(stdout);
  for (size_t i = 1; i < errors.size(); i++) fmt::print(stderr, "{}\n", errors[i].text());
  return Failure(std::move(errors.front()));
}

}  // namespace

Result<int> inspect(options::Invocation& invocation) { return inspect_as(invocation, ""); }
Result<int> container_inspect(options::Invocation& invocation) { return inspect_as(invocation, "container"); }
Result<int> image_inspect(options::Invocation& invocation) { return inspect_as(invocation, "image"); }

}  // namespace cove::cli
