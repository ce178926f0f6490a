#include "storage/image_store.hpp"

#include <algorithm>

#include "oci_image/reference.hpp"

namespace cove::storage {
namespace {

constexpr std::string_view kImageColumns =
    "SELECT id, digest, size, created, loaded, os, architecture, root_mode, root_uid, root_gid, config, manifest FROM "
    "images ";

Image read_image(const db::Statement& q) {
  Image image;
  image.id = q.text(0);
  image.digest = q.text(1);
  image.size = q.integer(2);
  image.created = q.integer(3);
  image.loaded = q.integer(4);
  image.os = q.text(5);
  image.architecture = q.text(6);
  image.root = {static_cast<mode_t>(q.integer(7)), static_cast<uid_t>(q.integer(8)), static_cast<gid_t>(q.integer(9))};
  image.config = q.text(10);
  image.manifest = q.text(11);
  return image;
}

// Runs "SELECT image, text …" and hands each row on.
Result<> each_pair(db::Database& db, std::string_view sql,
                   const std::function<void(const std::string&, std::string)>& take) {
  auto q = TRY(db.prepare(sql));
  while (TRY(q.step())) take(q.text(0), q.text(1));
  return {};
}

Result<std::vector<std::string>> texts_of(db::Database& db, std::string_view sql, std::string_view key) {
  auto q = TRY(db.prepare(sql));
  q.bind(1, key);
  std::vector<std::string> out;
  while (TRY(q.step())) out.push_back(q.text(0));
  return out;
}

Result<> run_with(db::Database& db, std::string_view sql, std::initializer_list<std::string_view> values) {
  auto q = TRY(db.prepare(sql));
  int i = 1;
  for (auto v : values) q.bind(i++, v);
  return q.run();
}

Result<> insert_image(db::Database& db, const Image& image) {
  auto q = TRY(db.prepare("INSERT OR IGNORE INTO images VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"));
  q.bind(1, image.id).bind(2, image.digest).bind(3, image.size).bind(4, image.created).bind(5, image.loaded);
  q.bind(6, image.os).bind(7, image.architecture);
  q.bind(8, static_cast<int64_t>(image.root.mode)).bind(9, static_cast<int64_t>(image.root.uid));
  q.bind(10, static_cast<int64_t>(image.root.gid)).bind(11, image.config).bind(12, image.manifest);
  return q.run();
}

Result<> insert_layer(db::Database& db, const Layer& layer) {
  auto q = TRY(db.prepare("INSERT OR REPLACE INTO layers VALUES(?,?,?,?,?,?,?)"));
  q.bind(1, layer.id).bind(2, layer.diff_id).bind(3, layer.size).bind(4, layer.files);
  if (layer.root) {
    q.bind(5, static_cast<int64_t>(layer.root->mode)).bind(6, static_cast<int64_t>(layer.root->uid));
    q.bind(7, static_cast<int64_t>(layer.root->gid));
  } else {
    q.bind_null(5).bind_null(6).bind_null(7);
  }
  return q.run();
}

}  // namespace

std::vector<std::string> Image::repo_digests() const {
  std::vector<std::string> out;
  for (const auto& name : names) {
    auto ref = oci_image::parse_reference(name);
    if (!ref) continue;
    for (const auto& d : digests) {
      std::string text = ref->name() + "@" + d;
      if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(std::move(text));
    }
  }
  return out;
}

Result<std::vector<Image>> ImageStore::list() {
  std::vector<Image> images;
  std::map<std::string, size_t, std::less<>> index;
  auto q = TRY(db_->prepare(std::string(kImageColumns) + "ORDER BY created DESC, id"));
  while (TRY(q.step())) {
    images.push_back(read_image(q));
    index.emplace(images.back().id, images.size() - 1);
  }
  auto put_into = [&](std::vector<std::string> Image::* member) {
    return [&, member](const std::string& id, std::string text) {
      if (auto at = index.find(id); at != index.end()) (images[at->second].*member).push_back(std::move(text));
    };
  };
  TRY(each_pair(*db_, "SELECT image, name FROM image_names ORDER BY seq DESC", put_into(&Image::names)));
  TRY(each_pair(*db_, "SELECT image, digest FROM image_digests", put_into(&Image::digests)));
  TRY(each_pair(*db_, "SELECT image, layer FROM image_layers ORDER BY image, position", put_into(&Image::layers)));
  return images;
}

Result<Image> ImageStore::load(const std::string& id) {
  auto q = TRY(db_->prepare(std::string(kImageColumns) + "WHERE id = ?"));
  q.bind(1, id);
  if (!TRY(q.step())) return Failure(Error(Code::not_found, fmt::format("{}: image not known", id)));
  Image image = read_image(q);
  image.names = TRY(texts_of(*db_, "SELECT name FROM image_names WHERE image = ? ORDER BY seq DESC", id));
  image.digests = TRY(texts_of(*db_, "SELECT digest FROM image_digests WHERE image = ?", id));
  image.layers = TRY(texts_of(*db_, "SELECT layer FROM image_layers WHERE image = ? ORDER BY position", id));
  return image;
}

Result<> ImageStore::add_name(const std::string& image, const std::string& name) {
  return run_with(
      *db_, "INSERT OR REPLACE INTO image_names VALUES(?1, ?2, (SELECT coalesce(max(seq), 0) + 1 FROM image_names))",
      {name, image});
}

Result<> ImageStore::put(const Image& image, const std::vector<Layer>& layers) {
  return db_->transaction([&]() -> Result<> {
    TRY(insert_image(*db_, image));
    for (const auto& layer : layers) TRY(insert_layer(*db_, layer));
    auto q = TRY(db_->prepare("INSERT OR IGNORE INTO image_layers VALUES(?,?,?)"));
    for (size_t i = 0; i < image.layers.size(); i++) {
      q.bind(1, image.id).bind(2, static_cast<int64_t>(i)).bind(3, image.layers[i]);
      TRY(q.run());
    }
    TRY(run_with(*db_, "INSERT OR IGNORE INTO image_digests VALUES(?,?)", {image.id, image.digest}));
    for (auto name = image.names.rbegin(); name != image.names.rend(); ++name) TRY(add_name(image.id, *name));
    return {};
  });
}

Result<std::optional<Layer>> ImageStore::find_layer(const std::string& id) {
  auto q = TRY(db_->prepare("SELECT diff_id, size, files, root_mode, root_uid, root_gid FROM layers WHERE id = ?"));
  q.bind(1, id);
  if (!TRY(q.step())) return std::nullopt;
  Layer layer{.id = id, .diff_id = q.text(0), .size = q.integer(1), .files = q.integer(2)};
  if (!q.is_null(3)) {
    layer.root = RootOwner{static_cast<mode_t>(q.integer(3)), static_cast<uid_t>(q.integer(4)),
                           static_cast<gid_t>(q.integer(5))};
  }
  return layer;
}

Result<std::set<std::string>> ImageStore::layer_ids() {
  auto q = TRY(db_->prepare("SELECT id FROM layers"));
  std::set<std::string> out;
  while (TRY(q.step())) out.insert(q.text(0));
  return out;
}

Result<> ImageStore::tag(std::string_view image, std::string_view name,
                         const std::vector<std::string>& search_registries) {
  if (name.starts_with("sha256:") || name.find('@') != std::string_view::npos) {
    return Failure(Error(Code::invalid, fmt::format("{}: tag by digest not supported", name)));
  }
  auto ref = TRY_CTX(oci_image::normalize_local(name), fmt::format("normalizing name \"{}\"", name));
  return db_->transaction([&]() -> Result<> {
    FoundImage found = TRY(find(image, search_registries));
    return add_name(found.image.id, ref.text());
  });
}

Result<> ImageStore::untag(std::string_view image, const std::vector<std::string>& names,
                           const std::vector<std::string>& search_registries) {
  return db_->transaction([&]() -> Result<> {
    FoundImage found = TRY(find(image, search_registries));
    if (names.empty()) return run_with(*db_, "DELETE FROM image_names WHERE image = ?", {found.image.id});
    for (const auto& given : names) {
      if (given.starts_with("sha256:")) {
        return Failure(Error(Code::invalid, fmt::format("{}: untag by digest not supported", given)));
      }
      std::string name = TRY(oci_image::normalize_local(given)).text();
      TRY(run_with(*db_, "DELETE FROM image_names WHERE name = ? AND image = ?", {name, found.image.id}));
      if (db_->changes() == 0) return Failure(Error(Code::not_found, fmt::format("{}: tag not known", name)));
    }
    return {};
  });
}

// Deletes the rows of an image and answers the layers that nothing uses any more.
Result<std::vector<std::string>> ImageStore::erase(const std::string& id) {
  auto unused = TRY(texts_of(*db_,
                             "SELECT DISTINCT layer FROM image_layers WHERE image = ?1 AND NOT EXISTS (SELECT 1 FROM "
                             "image_layers o WHERE o.layer = image_layers.layer AND o.image <> ?1)",
                             id));
  for (std::string_view table : {"image_layers", "image_names", "image_digests"}) {
    TRY(run_with(*db_, fmt::format("DELETE FROM {} WHERE image = ?", table), {id}));
  }
  TRY(run_with(*db_, "DELETE FROM images WHERE id = ?", {id}));
  for (const auto& layer : unused) TRY(run_with(*db_, "DELETE FROM layers WHERE id = ?", {layer}));
  return unused;
}

// Within a transaction: what remove() does to the database. Answers the layers that nothing uses any more.
Result<std::vector<std::string>> ImageStore::remove_rows(std::string_view text, const RemoveOptions& options,
                                                         RemovedImage& report) {
  FoundImage found = TRY(find(text, options.search_registries));
  const Image& image = found.image;
  report.id = image.id;
  bool by_id = image.id.starts_with(found.name) || found.name.starts_with("sha256:");
  if (by_id && image.names.size() > 1 && !options.force) {
    return Failure(Error(Code::in_use, fmt::format("unable to delete image \"{}\" by ID with more than one tag ([{}]): "
                                                   "please force removal",
                                                   image.id, join(image.names, " "))));
  }
  if (!by_id && image.names.size() > 1) {
    TRY(run_with(*db_, "DELETE FROM image_names WHERE name = ?", {found.name}));
    if (db_->changes() == 0) return Failure(Error(Code::not_found, fmt::format("{}: tag not known", found.name)));
    report.untagged.push_back(found.name);
    return std::vector<std::string>();
  }
  if (options.users) {
    auto users = TRY(options.users(image.id));
    if (!users.empty()) {
      return Failure(
          Error(Code::in_use, fmt::format("image used by {}: image is in use by a container: consider removing "
                                          "the container or force-removing the image",
                                          users[0])));
    }
  }
  report.untagged = image.names;
  report.removed = true;
  return erase(image.id);
}

Result<RemovedImage> ImageStore::remove(LayerStore& layers, std::string_view text, const RemoveOptions& options) {
  RemovedImage report;
  auto decide = [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> unused;
    auto done = db_->transaction([&]() -> Result<> {
      unused = TRY(remove_rows(text, options, report));
      return {};
    });
    if (!done) return Failure(std::move(done).error());
    return unused;
  };
  TRY(layers.retire(decide));
  return report;
}

Result<LayerStore::SweepReport> ImageStore::sweep(LayerStore& layers) {
  return layers.sweep([&] { return layer_ids(); });
}

}  // namespace cove::storage
