#pragma once
// The part of cove.db's schema that storage owns. Idempotent; the state library puts it in front of its own tables.
#include <string_view>

namespace cove::storage {

inline constexpr std::string_view kStorageSchema = R"sql(
-- One row for each image. id: 64 hex digits of its configuration's digest. size: bytes as podman counts them (layers'
-- uncompressed tars, configuration and manifest). created: from the configuration; loaded: when it came here. Nanoseconds.
CREATE TABLE IF NOT EXISTS images(
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  created INTEGER NOT NULL,
  loaded INTEGER NOT NULL,
  os TEXT NOT NULL,
  architecture TEXT NOT NULL,
  root_mode INTEGER NOT NULL,
  root_uid INTEGER NOT NULL,
  root_gid INTEGER NOT NULL,
  config TEXT NOT NULL,
  manifest TEXT NOT NULL
) WITHOUT ROWID;
-- A full name belongs to one image. seq: order of tagging.
CREATE TABLE IF NOT EXISTS image_names(name TEXT PRIMARY KEY, image TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS image_names_by_image ON image_names(image);
-- Every manifest digest under which the image came ("sha256:…").
CREATE TABLE IF NOT EXISTS image_digests(image TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(image, digest)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS image_digests_by_digest ON image_digests(digest);
-- One row for each layer that an image uses. root_mode is null where the layer says nothing about its root directory.
CREATE TABLE IF NOT EXISTS layers(
  id TEXT PRIMARY KEY,
  diff_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  files INTEGER NOT NULL,
  root_mode INTEGER,
  root_uid INTEGER,
  root_gid INTEGER
) WITHOUT ROWID;
-- The layers of an image, position 0 at the bottom. The number of rows for a layer is its reference count.
CREATE TABLE IF NOT EXISTS image_layers(
  image TEXT NOT NULL, position INTEGER NOT NULL, layer TEXT NOT NULL, PRIMARY KEY(image, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS image_layers_by_layer ON image_layers(layer);
)sql";

}  // namespace cove::storage
