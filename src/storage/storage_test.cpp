#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/sys/sys.hpp"
#include "storage/container_dir.hpp"
#include "storage/image_store.hpp"

namespace cove::storage {
namespace {

std::string id_of(char c) { return std::string(64, c); }

class Storage : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/cove-test-XXXXXX";
    root_ = ::mkdtemp(name.data());
    auto layers = LayerStore::open(root_);
    ASSERT_TRUE(layers) << layers.error().text();
    layers_.emplace(*std::move(layers));
    auto database = db::Database::open(root_ + "/cove.db", kStorageSchema, 1, db::Durability::normal);
    ASSERT_TRUE(database) << database.error().text();
    database_.emplace(*std::move(database));
    images_.emplace(ImageStore::open(*database_));
  }
  void TearDown() override { (void)remove_tree(root_); }

  void commit(Staging& session, const std::string& id) {
    ASSERT_TRUE(session.make_layer_dir(id.substr(0, 4)));
    ASSERT_TRUE(
        layers_->commit(session, id.substr(0, 4), {.id = id, .diff_id = "sha256:" + id, .size = 10, .files = 1}));
  }
  void put(const std::string& id, std::vector<std::string> names, const std::vector<std::string>& layers) {
    auto session = layers_->begin();
    ASSERT_TRUE(session);
    std::vector<Layer> facts;
    for (const auto& l : layers) {
      auto present = layers_->claim(*session, l, images_->find_layer(l).value());
      ASSERT_TRUE(present);
      if (!*present) commit(*session, l);
      facts.push_back({.id = l, .diff_id = "sha256:" + l, .size = 10, .files = 1});
    }
    Image image{
        .id = id, .digest = "sha256:" + id_of('9'), .names = std::move(names), .size = 5, .created = 7, .config = "{}"};
    image.layers = layers;
    auto done = images_->put(image, facts);
    ASSERT_TRUE(done) << done.error().text();
  }
  std::string find(const std::string& text, const std::vector<std::string>& registries = {}) {
    auto f = images_->find(text, registries);
    return f ? f->image.id.substr(0, 1) + " " + f->name : f.error().text();
  }
  std::vector<std::string> layer_dirs() { return *list_dir(root_ + "/layers"); }

  std::string root_;
  std::optional<LayerStore> layers_;
  std::optional<db::Database> database_;
  std::optional<ImageStore> images_;
};

TEST_F(Storage, LooksUpAsPodmanDoes) {
  put(id_of('a'), {"docker.io/library/busybox:latest"}, {id_of('1')});
  put("ab" + std::string(62, 'c'), {"localhost/web:1", "example.org/team/tool:latest"}, {id_of('1')});
  EXPECT_EQ(find("busybox"), "a docker.io/library/busybox:latest");
  EXPECT_EQ(find("docker.io/busybox:latest"), "a docker.io/library/busybox:latest");
  EXPECT_EQ(find("busybox:2"), "busybox:2: image not known");
  EXPECT_EQ(find("web:1"), "a localhost/web:1");
  EXPECT_EQ(find("web"), "web: image not known");
  EXPECT_EQ(find("team/tool", {"example.org"}), "a example.org/team/tool:latest");
  EXPECT_EQ(find("tool"), "a example.org/team/tool:latest") << "the end of a repository";
  EXPECT_EQ(find("ool"), "ool: image not known");
  EXPECT_EQ(find(id_of('a')), "a " + id_of('a'));
  EXPECT_EQ(find("sha256:" + id_of('a')), "a sha256:" + id_of('a'));
  EXPECT_EQ(find("sha256:aaaa"), "sha256:aaaa: image not known");
  EXPECT_EQ(find("aaaa"), "a aaaa");
  EXPECT_EQ(find("abc"), "a abc");
  EXPECT_EQ(images_->find("a").error().code(), Code::ambiguous);
  EXPECT_EQ(images_->find(id_of('b')).error().code(), Code::not_found);
  EXPECT_EQ(find("busybox@sha256:" + id_of('9')), "a docker.io/library/busybox@sha256:" + id_of('9'));
  EXPECT_EQ(find("busybox@sha256:" + id_of('8')), "busybox@sha256:" + id_of('8') + ": image not known");
  EXPECT_EQ(images_->find("").error().code(), Code::not_found);
  EXPECT_TRUE(*images_->exists("busybox"));
  EXPECT_FALSE(*images_->exists("nope"));
}

TEST_F(Storage, ListsWithNamesAndLayers) {
  put(id_of('a'), {"localhost/new:1", "localhost/old:1"}, {id_of('1'), id_of('2')});
  auto all = images_->list();
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ(all->size(), 1u);
  const Image& image = (*all)[0];
  EXPECT_EQ(image.names, (std::vector<std::string>{"localhost/new:1", "localhost/old:1"}));
  EXPECT_EQ(image.layers, (std::vector<std::string>{id_of('1'), id_of('2')}));
  EXPECT_EQ(image.size, 5);
  EXPECT_EQ(image.repo_digests(),
            (std::vector<std::string>{"localhost/new@sha256:" + id_of('9'), "localhost/old@sha256:" + id_of('9')}));
}

TEST_F(Storage, TagsAndUntags) {
  put(id_of('a'), {"localhost/a:1"}, {id_of('1')});
  put(id_of('b'), {"localhost/b:1"}, {id_of('1')});
  ASSERT_TRUE(images_->tag("a:1", "web"));
  EXPECT_EQ(find("web"), "a localhost/web:latest");
  EXPECT_EQ(images_->find("web")->image.names[0], "localhost/web:latest") << "the newest first";
  ASSERT_TRUE(images_->tag("b:1", "web")) << "a name moves";
  EXPECT_EQ(find("web"), "b localhost/web:latest");
  EXPECT_FALSE(images_->tag("nope", "x"));
  EXPECT_FALSE(images_->tag("a:1", "BAD"));
  EXPECT_FALSE(images_->tag("a:1", "x@sha256:" + id_of('1')));
  EXPECT_EQ(images_->untag("b:1", {"web", "other"}).error().text(), "localhost/other:latest: tag not known");
  EXPECT_EQ(find("web"), "b localhost/web:latest") << "all or nothing";
  ASSERT_TRUE(images_->untag("b:1", {"web"}));
  ASSERT_TRUE(images_->untag("b:1", {}));
  EXPECT_TRUE(images_->find(id_of('b'))->image.names.empty());
}

TEST_F(Storage, RemovesByPodmansRules) {
  put(id_of('a'), {"localhost/x:1", "localhost/y:1"}, {id_of('1'), id_of('2')});
  put(id_of('b'), {}, {id_of('1')});
  auto by_id = images_->remove(*layers_, "aaaa", {});
  ASSERT_FALSE(by_id);
  EXPECT_NE(
      by_id.error().text().find("by ID with more than one tag ([localhost/x:1 localhost/y:1]): please force removal"),
      std::string::npos);
  auto untagged = images_->remove(*layers_, "x:1", {});
  ASSERT_TRUE(untagged);
  EXPECT_FALSE(untagged->removed);
  EXPECT_EQ(untagged->untagged, std::vector<std::string>{"localhost/x:1"});
  RemoveOptions used{
      .users = [](const std::string&) -> Result<std::vector<std::string>> { return std::vector<std::string>{"c1"}; }};
  auto refused = images_->remove(*layers_, "y:1", used);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::in_use);
  EXPECT_NE(refused.error().text().find("image used by c1: image is in use by a container"), std::string::npos);
  EXPECT_EQ(find("y:1"), "a localhost/y:1");
  auto removed = images_->remove(*layers_, "y:1", {});
  ASSERT_TRUE(removed) << removed.error().text();
  EXPECT_TRUE(removed->removed);
  EXPECT_EQ(layer_dirs(), std::vector<std::string>{id_of('1')});
  ASSERT_TRUE(images_->remove(*layers_, "bbb", {}));
  EXPECT_TRUE(layer_dirs().empty());
  EXPECT_TRUE(images_->layer_ids()->empty());
  EXPECT_EQ(images_->remove(*layers_, "nope", {}).error().text(), "nope: image not known");
}

TEST_F(Storage, ForceRemovesById) {
  put(id_of('a'), {"localhost/x:1", "localhost/y:1"}, {id_of('1')});
  auto removed = images_->remove(*layers_, "aa", {.force = true});
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->removed);
  EXPECT_EQ(removed->untagged.size(), 2u);
}

TEST_F(Storage, ClaimsKeepLayersAlive) {
  put(id_of('a'), {}, {id_of('1')});
  {
    auto session = layers_->begin();
    ASSERT_TRUE(session);
    ASSERT_TRUE(layers_->claim(*session, id_of('1'), images_->find_layer(id_of('1')).value()));
    commit(*session, id_of('2'));
    ASSERT_TRUE(layers_->claim(*session, id_of('2'), std::nullopt));
    ASSERT_TRUE(images_->remove(*layers_, "aaa", {}));
    ASSERT_TRUE(images_->sweep(*layers_));
    EXPECT_EQ(layer_dirs().size(), 2u);
  }
  EXPECT_TRUE(list_dir(root_ + "/staging")->empty());
  auto swept = images_->sweep(*layers_);
  ASSERT_TRUE(swept);
  EXPECT_EQ(swept->layers, 2u);
  EXPECT_TRUE(layer_dirs().empty());
}

TEST_F(Storage, SweepTakesWhatTheDeadLeft) {
  ASSERT_TRUE(ensure_dir(root_ + "/staging/dead/1/diff"));
  ASSERT_TRUE(ensure_dir(root_ + "/trash/old/x"));
  ASSERT_TRUE(ensure_dir(root_ + "/layers/" + id_of('7') + "/diff"));
  auto alive = layers_->begin();
  ASSERT_TRUE(layers_->sweep({}));
  EXPECT_EQ(layer_dirs().size(), 1u) << "layers stay without a list of them";
  auto swept = images_->sweep(*layers_);
  ASSERT_TRUE(swept) << swept.error().text();
  EXPECT_TRUE(layer_dirs().empty());
  EXPECT_TRUE(list_dir(root_ + "/trash")->empty());
  EXPECT_EQ(list_dir(root_ + "/staging")->size(), 1u);
}

TEST_F(Storage, TheSameLayerTwice) {
  auto a = layers_->begin(), b = layers_->begin();
  commit(*a, id_of('1'));
  commit(*b, id_of('1'));
  EXPECT_EQ(layer_dirs().size(), 1u);
  auto layer = layers_->claim(*a, id_of('1'), std::nullopt);
  ASSERT_TRUE(layer && *layer);
  EXPECT_EQ((*layer)->size, 10);
  EXPECT_FALSE(layers_->claim(*a, "../../etc", std::nullopt));
}

TEST_F(Storage, LayersOfAnEarlierBootAreNotTrusted) {
  std::string path = root_ + "/layers/" + id_of('1');
  ASSERT_TRUE(ensure_dir(path + "/diff"));
  ASSERT_TRUE(write_atomic(path + "/meta", R"({"diff_id":"sha256:x","size":1,"files":1,"boot":"another"})"));
  auto session = layers_->begin();
  auto layer = layers_->claim(*session, id_of('1'), std::nullopt);
  ASSERT_TRUE(layer);
  EXPECT_FALSE(*layer);
  EXPECT_TRUE(layer_dirs().empty());
}

TEST_F(Storage, ContainerDirectories) {
  std::string id = id_of('c');
  ASSERT_TRUE(create_container_dir(root_, id, {.mode = 01775, .uid = ::geteuid(), .gid = ::getegid()}));
  ASSERT_TRUE(create_container_dir(root_, id, {.mode = 01775, .uid = ::geteuid(), .gid = ::getegid()})) << "idempotent";
  auto st = sys::fstatat(AT_FDCWD, container_path(root_, id) + "/diff");
  ASSERT_TRUE(st);
  EXPECT_EQ(st->st_mode & 07777, 01775u);
  ASSERT_TRUE(write_atomic(container_path(root_, id) + "/diff/f", "12345"));
  EXPECT_EQ(*writable_size(root_, id), 5);
  ASSERT_TRUE(remove_container_dir(root_, id));
  ASSERT_TRUE(remove_container_dir(root_, id)) << "absent is fine";
  EXPECT_FALSE(path_exists(container_path(root_, id)));
  EXPECT_TRUE(list_dir(root_ + "/trash")->empty());
}

}  // namespace
}  // namespace cove::storage
