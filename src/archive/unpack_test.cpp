#include "archive/unpack.hpp"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "archive/sys_fs.hpp"
#include "archive/testing.hpp"
#include "storage/sys_walk.hpp"

namespace cove::archive {
namespace {

using testing::TarBuilder;
using testing::TempDir;

class Unpack : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ensure_dir(root()));
    testing::write_file(dir_.path + "/outside", "safe");
  }
  std::string root() const { return dir_.path + "/root"; }
  Result<UnpackResult> unpack(const std::string& tar) {
    UniqueFd fd = TRY(sys::open(root(), O_RDONLY | O_DIRECTORY));
    MemorySource source(tar, 700);
    TarReader reader(source);
    return unpack_layer(reader, fd.get(), UnpackOptions::for_this_process());
  }
  void expect_good(const TarBuilder& tar) {
    auto r = unpack(tar.end());
    ASSERT_TRUE(r) << r.error().text();
  }
  void expect_bad(const TarBuilder& tar, const std::string& word) {
    auto r = unpack(tar.end());
    ASSERT_FALSE(r);
    EXPECT_NE(r.error().text().find(word), std::string::npos) << r.error().text();
  }
  struct stat stat_of(const std::string& name) {
    auto st = sys::fstatat(AT_FDCWD, root() + "/" + name, AT_SYMLINK_NOFOLLOW);
    return st.value_or((struct stat){});
  }
  std::string text_of(const std::string& name) { return read_file(root() + "/" + name).value_or("(none)"); }
  bool is_opaque(const std::string& name) {
    UniqueFd fd = *sys::open(root(), O_RDONLY | O_DIRECTORY);
    return sys_fs::getxattrat(fd.get(), name, UnpackOptions::for_this_process().opaque_xattr).value_or("") == "y";
  }
  // Nothing beside the root directory was made or changed.
  void TearDown() override {
    EXPECT_EQ(read_file(dir_.path + "/outside").value_or(""), "safe");
    EXPECT_EQ(list_dir(dir_.path)->size(), 2u);
    auto st = sys::fstatat(AT_FDCWD, dir_.path + "/outside");
    EXPECT_EQ(st->st_nlink, 1u);
    EXPECT_EQ(st->st_mode & 07777, 0644u & ~umask_);
  }
  static bool is_root() { return ::geteuid() == 0; }
  TempDir dir_;
  mode_t umask_ = [] {
    mode_t m = ::umask(0);
    ::umask(m);
    return m;
  }();
};

TEST_F(Unpack, OrdinaryTree) {
  TarBuilder tar;
  tar.dir("./", 0755)
      .dir("./etc/", 01777)
      .file("./etc/a", "hello")
      .symlink("etc/l", "../../../../outside")
      .hard_link("b", "etc/a");
  tar.add({.name = "etc/suid", .data = "x", .mode = 04755}).add({.name = "p", .type = '6', .mode = 0600});
  tar.file("no/parents/here", "deep");
  expect_good(tar);
  EXPECT_EQ(text_of("etc/a"), "hello");
  EXPECT_EQ(stat_of("etc").st_mode & 07777, 01777u);
  EXPECT_EQ(stat_of("etc/suid").st_mode & 07777, 04755u);
  EXPECT_EQ(stat_of("b").st_ino, stat_of("etc/a").st_ino);
  EXPECT_EQ(stat_of("etc/a").st_mtim.tv_sec, 1000000);
  EXPECT_EQ(stat_of("etc").st_mtim.tv_sec, 1000000) << "directory times are put back after their entries";
  EXPECT_EQ(stat_of(".").st_mtim.tv_sec, 1000000);
  EXPECT_EQ(stat_of("etc/l").st_mtim.tv_sec, 1000000);
  EXPECT_TRUE(S_ISFIFO(stat_of("p").st_mode));
  EXPECT_EQ(text_of("no/parents/here"), "deep");
}

TEST_F(Unpack, ResultTellsTheRoot) {
  auto r = unpack(TarBuilder().add({.name = "./", .type = '5', .mode = 0700, .uid = 5, .gid = 6}).end());
  ASSERT_TRUE(r) << r.error().text();
  EXPECT_EQ(r->root, (storage::RootOwner{0700, 5, 6}));
  EXPECT_FALSE(unpack(TarBuilder().file("x", "").end())->root);
  if (!is_root()) GTEST_SKIP() << "needs root: ownership";
  EXPECT_EQ(stat_of(".").st_uid, 5u);
}

TEST_F(Unpack, OwnersDevicesAndCapabilities) {
  if (!is_root()) GTEST_SKIP() << "needs root: owners, devices, capabilities";
  // cap_net_raw+ep, version 2
  std::string capability("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  TarBuilder tar;
  tar.pax({{"SCHILY.xattr.security.capability", capability}, {"SCHILY.xattr.trusted.overlay.redirect", "/x"}});
  tar.add({.name = "ping", .data = "x", .mode = 0755, .uid = 7, .gid = 8});
  tar.add({.name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3});
  tar.add({.name = "owned", .type = '5', .uid = 9, .gid = 10})
      .add({.name = "link", .link = "x", .type = '2', .uid = 3});
  tar.add({.name = "suid", .data = "x", .mode = 06755, .uid = 7, .gid = 8});
  expect_good(tar);
  UniqueFd fd = *sys::open(root(), O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(sys_fs::getxattrat(fd.get(), "ping", "security.capability").value_or("").size(), 20u);
  EXPECT_FALSE(sys_fs::getxattrat(fd.get(), "ping", "trusted.overlay.redirect"));
  EXPECT_EQ(stat_of("null").st_rdev, makedev(1, 3));
  EXPECT_EQ(stat_of("null").st_mode & 0777, 0666u);
  EXPECT_EQ(stat_of("owned").st_gid, 10u);
  EXPECT_EQ(stat_of("link").st_uid, 3u);
  EXPECT_EQ(stat_of("suid").st_mode & 07777, 06755u);
}

TEST_F(Unpack, Whiteouts) {
  TarBuilder tar;
  tar.file("d/.wh.gone", "")
      .file("o/.wh..wh..opq", "")
      .file("o/new", "n")
      .file(".wh..wh.plnk/x", "")
      .file(".wh..wh.aufs", "");
  expect_good(tar);
  EXPECT_TRUE(S_ISCHR(stat_of("d/gone").st_mode));
  EXPECT_EQ(stat_of("d/gone").st_rdev, 0u);
  EXPECT_FALSE(path_exists(root() + "/.wh..wh.aufs"));
  if (!is_opaque("o")) GTEST_SKIP() << "this file system has no extended attributes";
}

TEST_F(Unpack, WhiteoutsConcernLowerLayersOnly) {
  TarBuilder tar;
  tar.file(".wh.f", "").file("f", "new").file("g", "kept").file(".wh.g", "");
  tar.dir("x").file("x/a", "kept").file(".wh.x", "").file(".wh.y", "").dir("y").file("y/b", "new");
  tar.file(".wh.z", "").file("z/.wh.q", "").file(".wh.w", "").file("w/c", "new");
  expect_good(tar);
  EXPECT_EQ(text_of("f"), "new");
  EXPECT_EQ(text_of("g"), "kept");
  EXPECT_EQ(text_of("x/a"), "kept");
  EXPECT_EQ(text_of("y/b"), "new");
  EXPECT_TRUE(S_ISCHR(stat_of("z").st_mode));
  EXPECT_EQ(text_of("w/c"), "new");
  for (const char* name : {"x", "y", "w"}) EXPECT_TRUE(is_opaque(name)) << name;
}

TEST_F(Unpack, SparseFile) {
  TarBuilder tar;
  tar.pax({{"GNU.sparse.size", "100000000000"}, {"GNU.sparse.map", "0,3,5000,4"}}).file("s", "abcdefg");
  expect_good(tar);
  EXPECT_EQ(stat_of("s").st_size, 100000000000);
  EXPECT_LT(stat_of("s").st_blocks, 100);
  auto fd = sys::open(root() + "/s", O_RDONLY);
  char buffer[4];
  ASSERT_EQ(*sys::pread(fd->get(), buffer, 4, 5000), 4u);
  EXPECT_EQ(std::string(buffer, 4), "defg");
}

TEST_F(Unpack, NamesThatLeadOut) {
  expect_bad(TarBuilder().file("../evil", "x"), "leads out");
  expect_bad(TarBuilder().file("a/../../evil", "x"), "leads out");
  expect_bad(TarBuilder().file("a", "x").hard_link("b", "../outside"), "leads out");
  expect_bad(TarBuilder().hard_link("b", "/outside"), "not in this layer");
  expect_bad(TarBuilder().hard_link("b", dir_.path + "/outside"), "not in this layer");
  expect_bad(TarBuilder().file(".wh...", ""), "damaged whiteout");
  expect_good(TarBuilder().file("/absolute/file", "inside"));
  EXPECT_EQ(text_of("absolute/file"), "inside");
  expect_good(TarBuilder().file("x/../y", "inside"));
  EXPECT_EQ(text_of("y"), "inside");
}

TEST_F(Unpack, LinksDoNotLeadOut) {
  // Through a link as parent, as the last component, by a chain, by a hard link to a link.
  expect_bad(TarBuilder().symlink("l", dir_.path).file("l/evil", "x"), "not a directory");
  expect_bad(TarBuilder().symlink("up", "..").symlink("m", "up/../outside").file("m/evil", "x"), "not a directory");
  expect_good(TarBuilder().symlink("p", "../../../../../..").file("p/landed", "inside"));
  EXPECT_EQ(text_of("landed"), "inside") << "links of a parent stop at the root";
  expect_good(TarBuilder().symlink("f", "../outside").file("f", "mine"));
  EXPECT_EQ(text_of("f"), "mine");
  expect_good(TarBuilder().symlink("s", "../outside").hard_link("t", "s").file("t", "mine"));
  EXPECT_TRUE(S_ISLNK(stat_of("s").st_mode));
  expect_good(TarBuilder().symlink("e", "..").dir("e", 0700));
  EXPECT_TRUE(S_ISDIR(stat_of("e").st_mode));
  expect_bad(TarBuilder().symlink("k", "..").hard_link("n", "k/outside"), "not in this layer");
  expect_bad(TarBuilder().symlink("loop", "loop").file("loop/x", "x"), "entry");
  expect_bad(TarBuilder().symlink("proc", "/proc/self/fd/1").file("proc/x", "x"), "entry");
}

TEST_F(Unpack, DirectoriesThatAreLinksInTheLayer) {
  TarBuilder tar;
  tar.dir("usr")
      .dir("usr/lib")
      .symlink("lib", "usr/lib")
      .file("lib/a", "1")
      .file("usr/lib/b", "2")
      .hard_link("lib/c", "usr/lib/a");
  tar.hard_link("usr/lib/d", "lib/b");
  expect_good(tar);
  EXPECT_EQ(text_of("usr/lib/a"), "1");
  EXPECT_EQ(text_of("usr/lib/c"), "1");
  EXPECT_EQ(text_of("usr/lib/d"), "2");
  EXPECT_EQ(stat_of("usr/lib").st_mtim.tv_sec, 1000000);
}

TEST_F(Unpack, TheLastOfSeveralEntriesWins) {
  TarBuilder tar;
  tar.file("a", "first")
      .file("a", "second")
      .dir("d")
      .file("d/x", "x")
      .file("d", "file now")
      .symlink("s", "a")
      .file("s", "file");
  tar.file("was", "file")
      .dir("was")
      .file("was/in", "in")
      .dir("e")
      .file("e/1", "1")
      .dir("e", 0700)
      .file("h", "h")
      .hard_link("h", "a");
  tar.hard_link("a", "a");
  expect_good(tar);
  EXPECT_EQ(text_of("a"), "second");
  EXPECT_EQ(text_of("d"), "file now");
  EXPECT_EQ(text_of("s"), "file");
  EXPECT_EQ(text_of("was/in"), "in");
  EXPECT_EQ(text_of("e/1"), "1");
  EXPECT_EQ(stat_of("e").st_mode & 0777, 0700u);
  EXPECT_EQ(text_of("h"), "second");
}

TEST_F(Unpack, Nonsense) {
  expect_bad(TarBuilder().file("/", "x"), "root of the layer");
  expect_bad(TarBuilder().symlink("l", ""), "without a target");
  expect_bad(TarBuilder().dir("d").hard_link("h", "d"), "hard link to a directory");
  expect_bad(TarBuilder().file("f", "").file("f/below", ""), "not a directory");
  expect_bad(TarBuilder()
                 .file(std::string(50, 'x') + "/" + std::string(40, 'y'), "x")
                 .pax({{"path", std::string(300, 'n')}})
                 .file("a", ""),
             "too long");
  expect_bad(TarBuilder().add({.name = "big", .data = "x", .claimed_size = 077777777777}), "truncated");
  auto huge = TarBuilder().pax({{"GNU.sparse.size", "4611686018427387904"}, {"GNU.sparse.map", "0,1"}}).file("s", "a");
  expect_bad(huge, "too large");
}

TEST_F(Unpack, ManyEntriesAreLimited) {
  TarBuilder tar;
  for (int i = 0; i < 20; i++) tar.file("same", "");
  UniqueFd fd = *sys::open(root(), O_RDONLY | O_DIRECTORY);
  std::string bytes = tar.end();
  MemorySource source(bytes);
  TarReader reader(source);
  UnpackOptions options = UnpackOptions::for_this_process();
  options.max_entries = 10;
  EXPECT_FALSE(unpack_layer(reader, fd.get(), options));
}

TEST_F(Unpack, DeepTreesCanBeRemoved) {
  std::string deep;
  for (int i = 0; i < 1500; i++) deep += "d/";
  TarBuilder tar;
  tar.pax({{"path", deep + "f"}}).file("f", "x").pax({{"path", "l"}}).symlink("l", deep);
  tar.pax({{"path", "l/" + deep + "g"}}).file("g", "x");
  auto r = unpack(tar.end());
  (void)r;  // may be refused; what is written must go
  ASSERT_TRUE(storage::remove_deep(root(), "d"));
  EXPECT_FALSE(path_exists(root() + "/d"));
}

TEST(CleanEntryName, Cleans) {
  EXPECT_EQ(*clean_entry_name("./a//b/./c/"), "a/b/c");
  EXPECT_EQ(*clean_entry_name("/"), "");
  EXPECT_EQ(*clean_entry_name("a/b/../c"), "a/c");
  EXPECT_EQ(*clean_entry_name("..a/b.."), "..a/b..");
  EXPECT_FALSE(clean_entry_name(".."));
  EXPECT_FALSE(clean_entry_name("/../a"));
  EXPECT_FALSE(clean_entry_name(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace cove::archive
