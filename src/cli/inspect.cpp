#include <cstdio>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

Result<json::Value> inspect_image(const storage::Image& i) {
  json::Value document = TRY(json::parse(i.config)), manifest = TRY(json::parse(i.manifest));
  json::Value x = json::Value::object();
  x.set("Id", i.id), x.set("Digest", i.digest), x.set("RepoTags", i.names), x.set("RepoDigests", i.repo_digests()),
      x.set("Parent", "");
  x.set("Comment", document["comment"]), x.set("Created", document["created"]), x.set("Config", document["config"]),
      x.set("Version", "");
  x.set("Author", document["author"].as_string()), x.set("Architecture", i.architecture), x.set("Os", i.os),
      x.set("Size", i.size), x.set("VirtualSize", i.size);
  json::Value driver = json::Value::object(), root = json::Value::object();
  driver.set("Name", "overlay"), driver.set("Data", json::Value::object());
  root.set("Type", "layers"), root.set("Layers", document["rootfs"]["diff_ids"]);
  x.set("GraphDriver", driver), x.set("RootFS", root), x.set("Labels", document["config"]["Labels"]);
  x.set("Annotations", manifest["annotations"].is_null() ? json::Value::object() : manifest["annotations"]);
  x.set("ManifestType", manifest["mediaType"]), x.set("User", document["config"]["User"].as_string()),
      x.set("History", document["history"]), x.set("NamesHistory", i.names);
  return x;
}

Result<std::optional<json::Value>> look_up(engine::Engine& e, const std::string& name, const std::string& type,
                                           bool size) {
  if (type == "all" || type == "container") {
    auto view = engine::find(e, name);
    if (view) return std::optional(TRY(engine::inspect(e, *view, size)));
    if (view.error().code() != Code::not_found || type == "container") return Failure(std::move(view).error());
  }
  if (type == "all" || type == "image") {
    auto image = e.images().find(name);
    if (image) return std::optional(TRY(inspect_image(image->image)));
    if (image.error().code() != Code::not_found || type == "image") return Failure(std::move(image).error());
  }
  return Failure(Error(Code::not_found, fmt::format("no such object: \"{}\"", name)));
}

Result<int> inspect_as(options::Invocation& invocation, std::string_view type) {
  auto o = TRY(cli_options::fill_inspect(invocation.line.own, type));
  auto e = TRY(open(invocation));
  if (o.latest) o.names = TRY(select(e, {.latest = true}, {}));
  json::Value found = json::Value::array();
  int status = 0;
  for (const auto& name : o.names) {
    auto document = look_up(e, name, o.type, o.size);
    if (document) {
      found.push(std::move(**document));
      continue;
    }
    print_error(document.error());
    status = 125;
  }
  std::string out;
  if (format::is_json_format(o.format)) {
    out = found.dump(5) + "\n";
  } else {
    std::string text = cli_options::normalize_inspect_format(o.format, o.type);
    for (const auto& x : found.items()) {
      format::Report report{.name = "inspect", .origin = format::Origin::single, .template_text = text};
      out += TRY(format::render(report, x));
      if (!out.ends_with('\n')) out += '\n';
    }
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return status;
}

}  // namespace

Result<int> inspect(options::Invocation& invocation) { return inspect_as(invocation, ""); }
Result<int> container_inspect(options::Invocation& invocation) { return inspect_as(invocation, "container"); }
Result<int> image_inspect(options::Invocation& invocation) { return inspect_as(invocation, "image"); }

}  // namespace cove::cli
