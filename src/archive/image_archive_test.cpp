#include "archive/image_archive.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "archive/load.hpp"
#include "archive/sha256.hpp"
#include "archive/testing.hpp"
#include "base/util.hpp"

namespace cove::archive {
namespace {

using testing::TarBuilder;
using testing::TempDir;
using testing::write_file;

std::string config_of(const std::vector<std::string>& layers) {
  std::string ids;
  for (const auto& l : layers) ids += (ids.empty() ? "\"" : ",\"") + sha256(l).text() + "\"";
  return fmt::format(
      R"({{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{{"Cmd":["sh"]}},)"
      R"("rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
      ids);
}

std::string docker_archive(const std::vector<std::string>& layers, const std::string& tags, const std::string& config) {
  TarBuilder tar;
  std::string names;
  for (size_t i = 0; i < layers.size(); i++) {
    tar.file(fmt::format("layer{}.tar", i), layers[i]);
    names += fmt::format("{}\"layer{}.tar\"", i ? "," : "", i);
  }
  tar.file("c.json", config);
  tar.file("manifest.json", fmt::format(R"([{{"Config":"c.json","RepoTags":{},"Layers":[{}]}}])", tags, names));
  return tar.end();
}
std::string docker_archive(const std::vector<std::string>& layers, const std::string& tags = R"(["busybox:1"])") {
  return docker_archive(layers, tags, config_of(layers));
}

std::string descriptor(const std::string& data, const std::string& extra = "") {
  return fmt::format(R"({{"mediaType":"x","digest":"{}","size":{}{}}})", sha256(data).text(), data.size(), extra);
}

// Files of an OCI layout: name -> content.
std::map<std::string, std::string> oci_layout(const std::vector<std::string>& layers,
                                              const std::string& annotations = "") {
  std::map<std::string, std::string> files;
  std::string config = config_of(layers), list;
  auto blob = [&](const std::string& data) { files["blobs/sha256/" + sha256(data).hex] = data; };
  for (const auto& l : layers) {
    blob(l);
    list += (list.empty() ? "" : ",") + descriptor(l);
  }
  blob(config);
  std::string manifest = fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})", descriptor(config), list);
  blob(manifest);
  files["index.json"] = fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", descriptor(manifest, annotations));
  files["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
  return files;
}

class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    auto layers = storage::LayerStore::open(root());
    ASSERT_TRUE(layers) << layers.error().text();
    layers_.emplace(*std::move(layers));
    auto database = db::Database::open(root() + "/cove.db", storage::kStorageSchema, 1, db::Durability::normal);
    ASSERT_TRUE(database) << database.error().text();
    database_.emplace(*std::move(database));
    images_.emplace(storage::ImageStore::open(*database_));
  }
  std::string root() const { return dir_.path + "/root"; }
  Result<std::vector<ArchivedImage>> open(const std::string& archive) {
    write_file(dir_.path + "/a.tar", archive);
    UniqueFd fd = TRY(sys::open(dir_.path + "/a.tar", O_RDONLY));
    return open_any(std::move(fd), "a.tar", {.scratch = root()});
  }
  Result<> load(const std::string& archive) {
    auto found = TRY(open(archive));
    for (const auto& image : found) TRY(load_image(image, *layers_, *images_, {}));
    return {};
  }
  void expect_bad(const std::string& archive, const std::string& word) {
    auto r = load(archive);
    ASSERT_FALSE(r);
    EXPECT_NE(r.error().text().find(word), std::string::npos) << r.error().text();
    EXPECT_TRUE(images_->list()->empty());
    EXPECT_TRUE(list_dir(root() + "/staging")->empty());
  }
  std::vector<std::string> layer_dirs() { return list_dir(root() + "/layers").value_or(std::vector<std::string>()); }
  TempDir dir_;
  std::optional<storage::LayerStore> layers_;
  std::optional<db::Database> database_;
  std::optional<storage::ImageStore> images_;
  std::string one_ = TarBuilder().dir("./", 0755).file("a", "1").end();
  std::string two_ = TarBuilder().file("b", "2").end();
};

TEST_F(Load, DockerArchive) {
  ASSERT_TRUE(load(docker_archive({one_, two_})));
  auto found = images_->find("busybox:1");
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->name, "docker.io/library/busybox:1");
  EXPECT_EQ(found->image.id, sha256(config_of({one_, two_})).hex);
  ASSERT_EQ(found->image.layers.size(), 2u);
  EXPECT_EQ(read_file(layers_->diff_path(found->image.layers[0]) + "/a").value_or(""), "1");
  EXPECT_EQ(read_file(layers_->diff_path(found->image.layers[1]) + "/b").value_or(""), "2");
  EXPECT_GT(found->image.size, static_cast<int64_t>(one_.size() + two_.size()));
  EXPECT_EQ(found->image.created, parse_rfc3339("2024-01-01T00:00:00Z").value());
  EXPECT_EQ(found->image.repo_digests().size(), 1u);
  ASSERT_TRUE(load(docker_archive({one_, two_}, R"(["other:x"])"))) << "again, under another name";
  EXPECT_EQ(images_->find("busybox:1")->image.names.size(), 2u);
  EXPECT_EQ(layer_dirs().size(), 2u);
}

TEST_F(Load, SharedLayersAreUnpackedOnceAndRemovedLast) {
  ASSERT_TRUE(load(docker_archive({one_, two_})));
  ASSERT_TRUE(load(docker_archive({one_}, R"(["base:1"])")));
  EXPECT_EQ(layer_dirs().size(), 2u);
  auto gone = images_->remove(*layers_, "busybox:1", {});
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_TRUE(gone->removed);
  EXPECT_EQ(layer_dirs(), std::vector<std::string>{sha256(one_).hex});
  ASSERT_TRUE(images_->remove(*layers_, "base:1", {}));
  EXPECT_TRUE(layer_dirs().empty());
  EXPECT_TRUE(list_dir(root() + "/trash")->empty());
}

TEST_F(Load, OciInDirectoryAndArchive) {
  auto files = oci_layout({one_, two_}, R"(,"annotations":{"org.opencontainers.image.ref.name":"web:2"})");
  TarBuilder tar;
  for (const auto& [name, data] : files) {
    std::string path = dir_.path + "/oci/" + name;
    ASSERT_TRUE(ensure_dir(path.substr(0, path.rfind('/'))));
    write_file(path, data);
    tar.file(name, data);
  }
  ASSERT_TRUE(load(tar.end()));
  EXPECT_EQ(images_->find("web:2")->name, "localhost/web:2");
  auto by_ref = open_images(*parse_source("oci:" + dir_.path + "/oci:web:2"), {.scratch = root()});
  ASSERT_TRUE(by_ref) << by_ref.error().text();
  EXPECT_EQ((*by_ref)[0].names, std::vector<std::string>{"docker.io/library/web:2"});
  auto unnamed = open_images(*parse_source("oci:" + dir_.path + "/oci"), {.scratch = root()});
  ASSERT_TRUE(unnamed);
  EXPECT_TRUE((*unnamed)[0].names.empty());
  EXPECT_FALSE(open_images(*parse_source("oci:" + dir_.path + "/oci:nope"), {.scratch = root()}));
}

TEST_F(Load, DirTransport) {
  std::string config = config_of({one_});
  std::string at = dir_.path + "/d/";
  ASSERT_TRUE(ensure_dir(at));
  write_file(at + sha256(config).hex, config);
  write_file(at + sha256(one_).hex, one_);
  write_file(at + "manifest.json",
             fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})", descriptor(config), descriptor(one_)));
  auto images = open_images(*parse_source("dir:" + at), {.scratch = root()});
  ASSERT_TRUE(images) << images.error().text();
  ASSERT_TRUE(load_image((*images)[0], *layers_, *images_, {}));
  EXPECT_TRUE(images_->find(sha256(config).hex.substr(0, 12)));
}

TEST_F(Load, WrongDigestsAreRefused) {
  expect_bad(docker_archive({one_}, "[]", config_of({two_})), "diff id");
  expect_bad(docker_archive({one_, two_}, "[]", config_of({one_})), "layers");
  auto tar_of = [](const std::map<std::string, std::string>& files) {
    TarBuilder tar;
    for (const auto& [name, data] : files) tar.file(name, data);
    return tar.end();
  };
  auto files = oci_layout({one_});
  std::string layer = "blobs/sha256/" + sha256(one_).hex;
  files[layer][1024] ^= 1;  // within the data of "a"
  expect_bad(tar_of(files), "digest");
  files[layer] += std::string(512, '\0');
  expect_bad(tar_of(files), "bytes, expected");
  files = oci_layout({one_});
  std::string config = "blobs/sha256/" + sha256(config_of({one_})).hex;
  files[config][0] = ' ';
  expect_bad(tar_of(files), "digest");
  files.erase(config);
  expect_bad(tar_of(files), "no file");
}

TEST_F(Load, WhatFollowsTheEndOfALayerCountsForItsDigest) {
  std::string padded = one_ + std::string(100000, '\0');
  ASSERT_TRUE(load(docker_archive({padded})));
  std::string trailing = one_ + "trailing bytes";
  ASSERT_TRUE(load(docker_archive({trailing}, R"(["t"])")));
}

TEST_F(Load, HostileLayersLeaveNothing) {
  expect_bad(docker_archive({one_, TarBuilder().file("../x", "").end()}), "leads out");
  EXPECT_FALSE(path_exists(root() + "/staging/x"));
  expect_bad(docker_archive({std::string("\x1f\x8b\x08\0\0\0\0\0\0\3garbage", 17)}), "gzip");
  expect_bad("not a tar", "truncated");
  expect_bad(TarBuilder().file("x", "y").end(), "payload does not match");
  expect_bad(TarBuilder().file("manifest.json", "{}").end(), "manifest.json");
  expect_bad(TarBuilder().file("manifest.json", R"([{"Config":"x","Layers":["y"]}])").end(), "no file");
  expect_bad(TarBuilder().symlink("manifest.json", "manifest.json").end(), "payload");
}

TEST_F(Load, AnUnfinishedLoadNeitherShowsNorBlocks) {
  for (const char* point :
       {"load.begin", "load.layer.staged", "load.layer.unpacked", "load.layer.committed", "load.before_record"}) {
    write_file(dir_.path + "/a.tar", docker_archive({one_, two_}));
    pid_t child = ::fork();
    if (child == 0) {
      ::setenv("COVE_CRASH_AT", point, 1);
      (void)load(docker_archive({one_, two_}));
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << point;
    EXPECT_TRUE(images_->list()->empty()) << point;
    ASSERT_TRUE(layers_->sweep({})) << point;
    EXPECT_TRUE(list_dir(root() + "/staging")->empty()) << point;
  }
  EXPECT_EQ(layer_dirs().size(), 2u) << "finished layers wait for the next try";
  ASSERT_TRUE(load(docker_archive({one_, two_})));
  EXPECT_EQ(images_->list()->size(), 1u);
  ASSERT_TRUE(images_->sweep(*layers_));
  EXPECT_EQ(layer_dirs().size(), 2u);
}

TEST_F(Load, ReferencesIntoADockerArchive) {
  write_file(dir_.path + "/a.tar", docker_archive({one_}, R"(["a:1","b:2"])"));
  auto open_ref = [&](const std::string& ref) {
    return open_images(*parse_source("docker-archive:" + dir_.path + "/a.tar" + ref), {.scratch = root()});
  };
  EXPECT_EQ((*open_ref(""))[0].names.size(), 2u);
  EXPECT_EQ((*open_ref(":b:2"))[0].names, std::vector<std::string>{"docker.io/library/b:2"});
  EXPECT_EQ((*open_ref(":@0"))[0].names.size(), 2u);
  EXPECT_FALSE(open_ref(":c"));
  EXPECT_FALSE(open_ref(":@1"));
  EXPECT_FALSE(parse_source("docker-daemon:x"));
  EXPECT_FALSE(parse_source("nothing"));
  EXPECT_FALSE(parse_source("oci:"));
}

}  // namespace
}  // namespace cove::archive
