#pragma once
// Images as records of cove.db. No I/O below the graph root but through LayerStore.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/util.hpp"
#include "db/db.hpp"
#include "storage/layer_store.hpp"
#include "storage/schema.hpp"

namespace cove::storage {

// One image as stored. Passive data, complete in itself.
struct Image {
  std::string id;                    // 64 hex digits
  std::string digest;                // "sha256:…" of the manifest it came with first
  std::vector<std::string> names;    // full names, the newest first
  std::vector<std::string> digests;  // of every manifest it came with
  int64_t size = 0;                  // bytes, counted when it came
  Nanos created = 0;                 // as the configuration says; 0 where it does not
  Nanos loaded = 0;
  std::string os, architecture;
  std::string config;               // JSON text, byte for byte
  std::string manifest;             // JSON text, byte for byte
  std::vector<std::string> layers;  // ids, bottom to top
  RootOwner root;                   // of the merged root directory

  // Each name's repository with each digest: "docker.io/library/busybox@sha256:…".
  std::vector<std::string> repo_digests() const;
};

struct FoundImage {
  Image image;
  std::string name;  // the full name that matched, or the text that was asked for if it was an id
};

// The answer of remove: what was untagged, and whether the image itself is gone.
struct RemovedImage {
  std::string id;
  std::vector<std::string> untagged;
  bool removed = false;
};

struct RemoveOptions {
  bool force = false;
  std::vector<std::string> search_registries;
  // The ids of the containers that use an image. Called inside the transaction, so that it may query the same database
  // and nothing else. Empty function: none.
  std::function<Result<std::vector<std::string>>(const std::string& image_id)> users;
};

// Borrows the database (tables of kStorageSchema) and must not outlive it; cheap to make. Every method is one short
// transaction: a failed call changes nothing.
class ImageStore {
 public:
  static ImageStore open(db::Database& database) { return ImageStore(database); }

  // All images, the newest first (`created`), in four queries however many there are.
  Result<std::vector<Image>> list();

  // podman's rules: "sha256:<hex>" and full ids; full names; short names below localhost, the search registries and
  // docker.io; a unique prefix of an id; last, any repository whose end is the short name. Code::not_found is
  // "<text>: image not known", Code::ambiguous an id prefix of several images.
  Result<FoundImage> find(std::string_view text, const std::vector<std::string>& search_registries = {});
  Result<bool> exists(std::string_view text, const std::vector<std::string>& search_registries = {});

  // Records an image and its layers (all of image.layers, with their facts), or adds names and digest to one that is
  // there. A name that another image has moves to this one. The layers' data must have been synced before.
  Result<> put(const Image& image, const std::vector<Layer>& layers);
  Result<std::optional<Layer>> find_layer(const std::string& id);
  Result<std::set<std::string>> layer_ids();

  // `name` is normalised ("web" -> "localhost/web:latest").
  Result<> tag(std::string_view image, std::string_view name, const std::vector<std::string>& search_registries = {});
  // No names: all of the image's. "<name>: tag not known" where the image does not have it.
  Result<> untag(std::string_view image, const std::vector<std::string>& names,
                 const std::vector<std::string>& search_registries = {});

  // podman's rules: by a name of several, only that name goes; by id with several names only with force; an image that
  // a container uses is Code::in_use. Layers that no image uses any more go to the trash and are deleted.
  Result<RemovedImage> remove(LayerStore& layers, std::string_view text, const RemoveOptions& options);

  // LayerStore::sweep with what this database records.
  Result<LayerStore::SweepReport> sweep(LayerStore& layers);

 private:
  explicit ImageStore(db::Database& database) : db_(&database) {}
  Result<std::optional<std::string>> id_of_name(const std::string& name);
  Result<std::optional<std::string>> id_of_digest(const std::string& digest, const std::string& repository);
  Result<std::optional<std::string>> id_of_prefix(std::string_view prefix);
  Result<std::optional<FoundImage>> find_fuzzy(std::string_view text);
  Result<Image> load(const std::string& id);
  Result<> add_name(const std::string& image, const std::string& name);
  Result<std::vector<std::string>> erase(const std::string& id);
  Result<std::vector<std::string>> remove_rows(std::string_view text, const RemoveOptions& options,
                                               RemovedImage& report);

  db::Database* db_;
};

}  // namespace cove::storage
