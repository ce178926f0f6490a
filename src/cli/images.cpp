// images, image list.
#include <cstdio>
#include <set>
#include <tuple>

#include "cli/commands.hpp"
#include "cli/image_filters.hpp"
#include "cli/ps_rows.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "format/report.hpp"
#include "oci_image/reference.hpp"

namespace cove::cli {
namespace {

using storage::Image;

constexpr Nanos kSecond = 1'000'000'000;

// A line of the list: an image under one of its names.
struct Row {
  const Image* image;
  std::string repository = "<none>", tag = "<none>";
};

// podman lists every tagged name; of names without a tag only one, and only where there is no other.
void add_rows(const Image& image, std::vector<Row>& rows) {
  std::optional<Row> untagged;
  const size_t before = rows.size();
  for (const auto& name : image.names) {
    auto ref = oci_image::parse_reference(name);
    if (!ref) continue;
    if (!ref->tag.empty())
      rows.push_back({&image, ref->name(), ref->tag});
    else if (!untagged)
      untagged = Row{&image, ref->name(), "<none>"};
  }
  if (rows.size() == before) rows.push_back(untagged.value_or(Row{.image = &image}));
}

void sort_rows(std::vector<Row>& rows, const std::string& by) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (by == "id") return a.image->id < b.image->id;
    if (by == "repository") return std::tie(a.repository, a.tag) < std::tie(b.repository, b.tag);
    if (by == "size") return a.image->size < b.image->size;
    if (by == "tag") return a.tag < b.tag;
    return a.image->created > b.image->created;
  });
}

std::string id_text(const Image& i, bool no_trunc) { return no_trunc ? "sha256:" + i.id : i.id.substr(0, 12); }

// "4.26 MB"
std::string spaced_size(int64_t bytes) {
  std::string text = short_size(bytes);
  text.insert(text.find_last_of("0123456789") + 1, 1, ' ');
  return text;
}

json::Value labels_of(const Image& i) {
  auto config = json::parse(i.config);
  return config ? (*config)["config"]["Labels"] : json::Value();
}

json::Value template_row(const Row& r, const cli_options::ImagesOptions& o, Nanos at) {
  const Image& i = *r.image;
  json::Value x = json::Value::object();
  const Nanos created = i.created / kSecond * kSecond;
  const std::string ago = human_duration(std::chrono::nanoseconds(at - created)) + " ago";
  x.set("Repository", r.repository), x.set("Tag", r.tag), x.set("ID", id_text(i, o.no_trunc));
  x.set("Digest", i.digest), x.set("Created", ago), x.set("CreatedSince", ago);
  x.set("CreatedAt", go_time_string(created)), x.set("CreatedTime", go_time_string(created));
  x.set("Size", spaced_size(i.size)), x.set("SharedSize", 0), x.set("VirtualSize", i.size);
  x.set("Names", i.names), x.set("History", join(i.names, ", ")), x.set("RepoTags", i.names);
  x.set("RepoDigests", i.repo_digests()), x.set("ReadOnly", false), x.set("Dangling", i.names.empty());
  x.set("Arch", i.architecture), x.set("Os", i.os), x.set("ParentId", ""), x.set("Containers", 0);
  if (o.format.find("Label") != std::string::npos) x.set("Labels", labels_of(i));
  return x;
}

json::Value json_row(const Image& i, size_t users) {
  json::Value x = json::Value::object();
  x.set("Id", i.id), x.set("ParentId", ""), x.set("RepoTags", nullptr), x.set("RepoDigests", i.repo_digests());
  x.set("Size", i.size), x.set("SharedSize", 0), x.set("VirtualSize", i.size), x.set("Labels", labels_of(i));
  x.set("Containers", users);
  if (i.names.empty()) x.set("Dangling", true);
  x.set("Arch", i.architecture), x.set("Digest", i.digest);
  if (!i.names.empty()) x.set("History", i.names);
  x.set("IsManifestList", false);
  if (!i.names.empty()) x.set("Names", i.names);
  x.set("Os", i.os), x.set("Created", i.created / kSecond),
      x.set("CreatedAt", rfc3339_nano(i.created / kSecond * kSecond));
  return x;
}

Result<std::string> json_text(engine::Engine& e, const std::vector<Row>& rows) {
  std::map<std::string, size_t> users;
  for (const auto& v : TRY(e.store.list())) users[v.record.image_id]++;
  json::Value list = json::Value::array();
  for (const auto& r : rows) list.push(json_row(*r.image, users[r.image->id]));
  return list.dump(4) + "\n";
}

std::string ids_text(const std::vector<Row>& rows, bool no_trunc) {
  std::string out;
  std::set<std::string_view> seen;
  for (const auto& r : rows) {
    if (seen.insert(r.image->id).second) out += id_text(*r.image, no_trunc) + "\n";
  }
  return out;
}

Result<std::string> table_text(const std::vector<Row>& rows, const cli_options::ImagesOptions& o) {
  std::string row = "{{.Repository}}\t{{.Tag}}\t";
  if (o.digests) row += "{{.Digest}}\t";
  row += "{{.ID}}\t{{.Created}}\t{{.Size}}";
  if (o.history) row += "\t{{if .History}}{{.History}}{{else}}<none>{{end}}";
  json::Value list = json::Value::array();
  const Nanos at = now();
  for (const auto& r : rows) list.push(template_row(r, o, at));
  static const std::vector<std::string> fields = {
      "Repository", "Tag",        "ID",          "Digest", "Created",  "CreatedAt", "CreatedSince", "CreatedTime",
      "Size",       "SharedSize", "VirtualSize", "Names",  "History",  "Labels",    "RepoTags",     "RepoDigests",
      "ReadOnly",   "Dangling",   "Arch",        "Os",     "ParentId", "Containers"};
  return format::render({.name = "images",
                         .origin = o.format_set ? format::Origin::user : format::Origin::builtin,
                         .template_text = o.format_set ? std::string_view(o.format) : row,
                         .titles = format::make_titles(fields, {{"ID", "IMAGE ID"}, {"ReadOnly", "R/O"}}),
                         .heading = !o.noheading,
                         .shape = {.type_name = "images.imageReporter", .optional = {"Labels"}}},
                        list);
}

}  // namespace

Result<int> images(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_images(invocation.line.own));
  auto e = TRY(open(invocation));
  auto filter = TRY(make_image_filter(e, o.filters));
  auto all = TRY(e.images().list());
  std::vector<Row> rows;
  for (const auto& i : all) {
    if (filter(i)) add_rows(i, rows);
  }
  sort_rows(rows, o.sort);
  std::string out;
  if (format::is_json_format(o.format))
    out = TRY(json_text(e, rows));
  else if (o.quiet)
    out = ids_text(rows, o.no_trunc);
  else
    out = TRY(table_text(rows, o));
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}

}  // namespace cove::cli
