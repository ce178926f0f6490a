// images, image exists, tag, untag, rmi, load, pull.
#include <unistd.h>

#include <cstdio>

#include "base/process.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"
#include "oci_image/reference.hpp"

namespace cove::cli {
namespace {

struct Row {
  const storage::Image* image;
  std::string repository = "<none>", tag = "<none>", name;
};

std::vector<Row> rows_of(const storage::Image& image) {
  std::vector<Row> out;
  for (const auto& name : image.names) {
    auto ref = oci_image::parse_reference(name);
    if (ref) out.push_back({&image, ref->name(), ref->tag.empty() ? "<none>" : ref->tag, name});
  }
  if (out.empty()) out.push_back({&image});
  return out;
}

Result<bool> matches(const storage::Image& image, const cli_options::Pairs& filters) {
  for (const auto& [name, value] : filters) {
    bool ok = false;
    if (name == "reference") {
      for (const auto& n : image.names) ok |= n == value || n.find(value) != std::string::npos;
      ok |= image.id.starts_with(value);
    } else if (name == "dangling") {
      ok = image.names.empty() == (value == "true");
    } else if (name == "id") {
      ok = image.id.starts_with(value);
    } else if (name == "label") {
      auto config = TRY(json::parse(image.config));
      auto pair = split_n(value, '=', 2);
      const json::Value* found = config["config"]["Labels"].find(pair[0]);
      ok = found && (pair.size() == 1 || found->as_string() == pair[1]);
    } else {
      return Failure(Error(Code::usage, fmt::format("invalid image filter \"{}\"", name)));
    }
    if (!ok) return false;
  }
  return true;
}

json::Value image_row(const Row& r, const cli_options::ImagesOptions& o) {
  const auto& i = *r.image;
  json::Value x = json::Value::object();
  std::string created = human_duration(std::chrono::nanoseconds(now() - i.created)) + " ago";
  x.set("ID", o.no_trunc ? "sha256:" + i.id : i.id.substr(0, 12)), x.set("Id", i.id), x.set("Repository", r.repository),
      x.set("Tag", r.tag);
  x.set("Digest", i.digest), x.set("Created", created), x.set("CreatedSince", created),
      x.set("CreatedAt", go_time_string(i.created));
  x.set("Size", human_size(i.size)), x.set("Names", i.names), x.set("History", join(i.names, ", ")),
      x.set("ReadOnly", false);
  auto config = json::parse(i.config);
  x.set("Labels", config ? (*config)["config"]["Labels"] : json::Value());
  return x;
}

json::Value image_json(const storage::Image& i, const std::vector<std::string>& users) {
  json::Value x = json::Value::object();
  auto config = json::parse(i.config);
  x.set("Id", i.id), x.set("ParentId", ""), x.set("RepoTags", i.names), x.set("RepoDigests", i.repo_digests()),
      x.set("Size", i.size);
  x.set("SharedSize", 0), x.set("VirtualSize", i.size),
      x.set("Labels", config ? (*config)["config"]["Labels"] : json::Value());
  x.set("Containers", users.size()), x.set("Names", i.names), x.set("Digest", i.digest), x.set("History", i.names);
  x.set("Created", i.created / 1'000'000'000), x.set("CreatedAt", rfc3339_nano(i.created));
  return x;
}

// The helper takes over our stdio; its exit status is ours.
Result<int> run_helper(engine::Engine& e, std::vector<std::string> args) {
  std::vector<std::string> argv = {TRY(e.helper("cove-image")), args.at(0),  "--root",
                                   e.paths().graph_root,        "--runroot", e.paths().run_root};
  argv.insert(argv.end(), args.begin() + 1, args.end());
  Child child = TRY(spawn({.argv = std::move(argv), .in = STDIN_FILENO, .out = STDOUT_FILENO, .err = STDERR_FILENO}));
  ExitStatus status = TRY(child.wait());
  return status.shell_code();
}

}  // namespace

Result<int> images(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_images(invocation.line.own));
  auto e = TRY(open(invocation));
  auto all = TRY(e.images().list());
  std::vector<Row> rows;
  std::vector<const storage::Image*> chosen;
  for (const auto& i : all) {
    if (!TRY(matches(i, o.filters))) continue;
    chosen.push_back(&i);
    for (auto& r : rows_of(i)) rows.push_back(std::move(r));
  }
  std::string out;
  if (format::is_json_format(o.format)) {
    json::Value list = json::Value::array();
    for (const auto* i : chosen) list.push(image_json(*i, TRY(e.store.users_of_image(i->id))));
    out = list.dump(4) + "\n";
  } else if (o.quiet) {
    for (const auto* i : chosen) out += (o.no_trunc ? "sha256:" + i->id : i->id.substr(0, 12)) + "\n";
  } else {
    if (o.sort == "repository")
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return a.repository < b.repository; });
    if (o.sort == "tag")
      std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.tag < b.tag; });
    if (o.sort == "id")
      std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.image->id < b.image->id; });
    if (o.sort == "size")
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return a.image->size < b.image->size; });
    json::Value list = json::Value::array();
    for (const auto& r : rows) list.push(image_row(r, o));
    std::string table = o.digests ? "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.Created}}\t{{.Size}}"
                                  : "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.Created}}\t{{.Size}}";
    format::Report report{.name = "images",
                          .origin = o.format_set ? format::Origin::user : format::Origin::builtin,
                          .template_text = o.format_set ? std::string_view(o.format) : table,
                          .titles = format::make_titles({"Repository", "Tag", "ID", "Digest", "Created", "CreatedAt",
                                                         "CreatedSince", "Size", "Names", "History", "Labels"},
                                                        {{"ID", "IMAGE ID"}, {"CreatedSince", "CREATED"}}),
                          .heading = !o.noheading};
    out = TRY(format::render(report, list));
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}

Result<int> image_exists(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_exists(invocation.line.own));
  auto e = TRY(open(invocation));
  return TRY(e.images().exists(o.name)) ? 0 : 1;
}

Result<int> tag(options::Invocation& invocation) {
  auto e = TRY(open(invocation));
  const auto& args = invocation.line.own.args();
  for (size_t i = 1; i < args.size(); i++) TRY(e.images().tag(args[0], args[i]));
  return 0;
}

Result<int> untag(options::Invocation& invocation) {
  auto e = TRY(open(invocation));
  const auto& args = invocation.line.own.args();
  TRY(e.images().untag(args.at(0), {args.begin() + 1, args.end()}));
  return 0;
}

Result<int> rmi(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_rmi(invocation.line.own));
  auto e = TRY(open(invocation));
  auto layers = TRY(storage::LayerStore::open(e.paths().graph_root));
  std::vector<std::string> names = o.names;
  if (o.all) {
    auto all = TRY(e.images().list());
    for (const auto& i : all) names.push_back(i.id);
  }
  int status = 0;
  for (const auto& name : names) {
    auto images = e.images();
    if (o.force) {
      auto found = images.find(name);
      if (found) {
        for (const auto& user : TRY(e.store.users_of_image(found->image.id)))
          TRY(engine::remove(e, user, {.force = true, .limit = std::chrono::seconds(0)}));
      }
    }
    storage::RemoveOptions r{.force = o.force || o.all};
    r.users = [&](const std::string& id) { return e.store.users_of_image(id); };
    auto removed = images.remove(layers, name, r);
    if (!removed) {
      bool missing = removed.error().code() == Code::not_found;
      if (missing && (o.ignore || o.force)) continue;
      print_error(removed.error());
      status = std::max(status, missing ? 1 : removed.error().code() == Code::in_use ? 2 : 125);
      continue;
    }
    for (const auto& u : removed->untagged) fmt::print("Untagged: {}\n", u);
    if (removed->removed) fmt::print("Deleted: {}\n", removed->id);
  }
  return status;
}

Result<int> load(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_load(invocation.line.own, ::isatty(STDIN_FILENO) == 1));
  auto e = TRY(open(invocation));
  std::vector<std::string> args = {"load"};
  if (o.quiet) args.emplace_back("--quiet");
  if (!o.input.empty()) args.insert(args.end(), {"-i", o.input});
  return run_helper(e, args);
}

Result<int> pull(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_pull(invocation.line.own));
  auto e = TRY(open(invocation));
  int status = 0;
  for (const auto& name : o.names) {
    std::vector<std::string> args = {"pull"};
    if (o.flags.quiet) args.emplace_back("--quiet");
    args.push_back(name);
    status = std::max(status, TRY(run_helper(e, args)));
  }
  return status;
}

}  // namespace cove::cli
