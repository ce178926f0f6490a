#pragma once
// Unpacked layers on disk: <graphroot>/layers/<id>/{diff,meta}, staging sessions and the trash.
//
// Life of a layer: a session (Staging) claims its id, unpacks into its own directory, commit() renames it to its place.
// Until an image that names it is recorded in cove.db, the claim keeps it; claims die with the session's lock, so a
// killed load leaves only what the next sweep() may take. Short lock <graphroot>/storage.lock: every look that decides
// about a layer's life happens under it. Lock order: storage.lock before cove.db.
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/result.hpp"
#include "storage/container_dir.hpp"

namespace cove::storage {

// What is known of a layer. `size` is the length of the uncompressed tar stream (what podman counts), `files` the
// number of entries. `root` is set where the layer has an entry for its root directory.
struct Layer {
  std::string id;       // 64 hex digits: the chain id
  std::string diff_id;  // "sha256:…" of the uncompressed tar
  int64_t size = 0;
  int64_t files = 0;
  std::optional<RootOwner> root;
  bool operator==(const Layer&) const = default;
};

// One builder's scratch directory, held by an open-file-description lock. Closing removes it; a killed owner's is left
// to sweep(). Movable; make directories in it from any thread, one name each.
class Staging {
 public:
  Staging(Staging&&) = default;
  Staging& operator=(Staging&&) = delete;
  ~Staging();
  const std::string& path() const { return path_; }
  // A new, empty directory <staging>/<name>/diff, root owned, 0755; answers the path of <staging>/<name>.
  Result<std::string> make_layer_dir(const std::string& name);

 private:
  friend class LayerStore;
  Staging(std::string path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  FileLock lock_;
};

class LayerStore {
 public:
  // Makes the directories (0700: set-id programs and devices of images are out of other users' reach).
  static Result<LayerStore> open(const std::string& graphroot);

  const std::string& graphroot() const { return graphroot_; }
  std::string layer_path(const std::string& id) const;
  std::string diff_path(const std::string& id) const;  // what overlay gets as a lower directory

  Result<Staging> begin();

  // Keeps the layer alive for the session, whether it exists yet or not, and answers it if it is usable: `recorded` is
  // the row of the database, where there is one. A layer without a row is trusted only if it was committed since the
  // last boot (its data may not have reached the disk before); otherwise it goes to the trash and nothing is answered.
  Result<std::optional<Layer>> claim(Staging& session, const std::string& id, const std::optional<Layer>& recorded);

  // Renames <staging>/<name> to its place. If another session committed the same layer first, that one stays and ours
  // is dropped with the session. Nothing half made is ever visible under layers/.
  Result<> commit(Staging& session, const std::string& name, const Layer& layer);

  // Runs `decide` under the storage lock, moves the layers that it answers to the trash unless a living session claims
  // them, then deletes the trash without the lock. A failed deletion is left to sweep().
  Result<> retire(const std::function<Result<std::vector<std::string>>()>& decide);

  struct SweepReport {
    size_t sessions = 0, layers = 0, trash = 0;  // removed
  };
  // Removes sessions whose owner is gone, layers that neither `recorded` nor a living session names, and the trash.
  // With an empty `recorded` all layers stay: what a killed load had finished is there for the next try.
  Result<SweepReport> sweep(const std::function<Result<std::set<std::string>>()>& recorded);

  // Flushes the file system that holds the layers; before an image's record is written.
  Result<> sync() const;

 private:
  explicit LayerStore(std::string graphroot) : graphroot_(std::move(graphroot)) {}
  std::string folder(std::string_view name) const { return join_path(graphroot_, name); }
  Result<FileLock> lock() const { return FileLock::lock(folder("storage.lock")); }
  Result<std::set<std::string>> claimed() const;
  Result<> to_trash(const std::string& path, const std::string& name) const;
  Result<size_t> empty_trash() const;

  std::string graphroot_;
};

}  // namespace cove::storage
