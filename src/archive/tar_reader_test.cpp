#include "archive/tar_reader.hpp"

#include <gtest/gtest.h>

#include "archive/pax.hpp"
#include "archive/testing.hpp"

namespace cove::archive {
namespace {

using testing::TarBuilder;

struct Member {
  TarEntry entry;
  std::string data;
};

Result<std::vector<Member>> read_all(const std::string& tar, size_t piece = SIZE_MAX) {
  MemorySource source(tar, piece);
  TarReader reader(source);
  std::vector<Member> out;
  while (true) {
    const TarEntry* entry = TRY(reader.next());
    if (!entry) return out;
    Member m{*entry, ""};
    while (true) {
      std::string_view part = TRY(reader.read_data());
      if (part.empty()) break;
      m.data += part;
    }
    out.push_back(std::move(m));
  }
}

std::string error_of(const std::string& tar) {
  auto r = read_all(tar);
  return r ? "no error" : r.error().text();
}

TEST(TarReader, ReadsUstarInPiecesOfAnySize) {
  TarBuilder tar;
  tar.dir("d/", 0750).file("d/a", std::string(1000, 'x')).symlink("l", "/target").hard_link("h", "d/a");
  tar.add({.name = "c", .type = '3', .mode = 0600, .major = 1, .minor = 3})
      .add({.name = "f", .type = '6'})
      .file("empty", "");
  for (size_t piece : {1UL, 7UL, 511UL, 512UL, 513UL, 100000UL}) {
    auto all = read_all(tar.end(), piece);
    ASSERT_TRUE(all) << all.error().text();
    ASSERT_EQ(all->size(), 7u);
    EXPECT_EQ((*all)[0].entry.type, EntryType::directory);
    EXPECT_EQ((*all)[0].entry.mode, 0750u);
    EXPECT_EQ((*all)[1].data, std::string(1000, 'x'));
    EXPECT_EQ((*all)[1].entry.mtime_sec, 1000000);
    EXPECT_EQ((*all)[2].entry.link, "/target");
    EXPECT_EQ((*all)[3].entry.type, EntryType::hard_link);
    EXPECT_EQ((*all)[4].entry.dev_minor, 3u);
    EXPECT_EQ((*all)[5].entry.type, EntryType::fifo);
  }
}

TEST(TarReader, LongNames) {
  std::string name = std::string(150, 'n') + "/" + std::string(150, 'm'), link(300, 'l');
  TarBuilder tar;
  tar.add({.name = "././@LongLink", .data = name + '\0', .type = 'L'})
      .add({.name = "././@LongLink", .data = link + '\0', .type = 'K'});
  tar.symlink("short", "short");
  tar.pax({{"path", name}, {"linkpath", link}, {"mtime", "1700000000.123456789"}, {"uid", "70000000"}, {"gid", "5"}});
  tar.symlink("short", "short");
  auto all = read_all(tar.end());
  ASSERT_TRUE(all) << all.error().text();
  for (const auto& m : *all) {
    EXPECT_EQ(m.entry.name, name);
    EXPECT_EQ(m.entry.link, link);
  }
  EXPECT_EQ((*all)[1].entry.mtime_nsec, 123456789u);
  EXPECT_EQ((*all)[1].entry.uid, 70000000u);
}

TEST(TarReader, UstarPrefixAndXattrsAndGlobalHeader) {
  TarBuilder tar;
  tar.pax({{"comment", "c0ffee"}}, 'g');
  tar.pax({{"SCHILY.xattr.user.a", std::string("v\0w", 3)}, {"SCHILY.xattr.security.capability", "x"}}).file("a", "1");
  std::string h(512, '\0');
  TarBuilder::put(h, 0, "base");
  TarBuilder::put(h, 345, "some/prefix");
  for (size_t at : {100U, 108U, 116U}) TarBuilder::octal(h, at, 8, 1);
  TarBuilder::octal(h, 124, 12, 0);
  TarBuilder::octal(h, 136, 12, 0);
  h[156] = '0';
  std::memcpy(h.data() + 257, "ustar\00000", 8);
  tar.raw_header(h);
  auto all = read_all(tar.end());
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ((*all)[0].entry.xattrs.size(), 2u);
  EXPECT_EQ((*all)[0].entry.xattrs[0].second, std::string("v\0w", 3));
  EXPECT_EQ((*all)[1].entry.name, "some/prefix/base");
  EXPECT_TRUE((*all)[1].entry.xattrs.empty());
}

TEST(TarReader, SparseFiles) {
  auto expect = [](const TarBuilder& tar, size_t piece) {
    auto all = read_all(tar.end(), piece);
    ASSERT_TRUE(all) << all.error().text();
    const TarEntry& e = (*all)[0].entry;
    EXPECT_EQ(e.name, "real");
    EXPECT_EQ(e.size, 1000000u);
    ASSERT_EQ(e.runs.size(), 2u);
    EXPECT_EQ(e.runs[1].offset, 5000u);
    EXPECT_EQ((*all)[0].data, "abcdefg");
    EXPECT_EQ((*all)[1].entry.name, "after");
  };
  TarBuilder v00, v01, v10;
  v00.pax({{"GNU.sparse.size", "1000000"},
           {"GNU.sparse.numblocks", "2"},
           {"GNU.sparse.offset", "0"},
           {"GNU.sparse.numbytes", "3"},
           {"GNU.sparse.offset", "5000"},
           {"GNU.sparse.numbytes", "4"}});
  v00.file("real", "abcdefg").file("after", "x");
  v01.pax({{"GNU.sparse.size", "1000000"}, {"GNU.sparse.name", "real"}, {"GNU.sparse.map", "0,3,5000,4"}});
  v01.file("GNUSparseFile.0/real", "abcdefg").file("after", "x");
  std::string map = "2\n0\n3\n5000\n4\n";
  map.resize(512, '\0');
  v10.pax({{"GNU.sparse.major", "1"},
           {"GNU.sparse.minor", "0"},
           {"GNU.sparse.name", "real"},
           {"GNU.sparse.realsize", "1000000"}});
  v10.file("GNUSparseFile.0/real", map + "abcdefg").file("after", "x");
  TarBuilder old;
  std::string h(512, '\0');
  TarBuilder::put(h, 0, "real");
  for (size_t at : {100U, 108U, 116U}) TarBuilder::octal(h, at, 8, 0);
  TarBuilder::octal(h, 124, 12, 7);
  TarBuilder::octal(h, 136, 12, 0);
  h[156] = 'S';
  std::memcpy(h.data() + 257, "ustar  ", 8);
  TarBuilder::octal(h, 386, 12, 0);
  TarBuilder::octal(h, 398, 12, 3);
  h[482] = 1;  // one block more
  TarBuilder::octal(h, 483, 12, 1000000);
  std::string more(512, '\0');
  TarBuilder::octal(more, 0, 12, 5000);
  TarBuilder::octal(more, 12, 12, 4);
  old.raw_header(h).raw_data(more).raw_data("abcdefg").file("after", "x");
  for (size_t piece : {5UL, 512UL, 1000000UL}) {
    expect(v00, piece);
    expect(v01, piece);
    expect(v10, piece);
    expect(old, piece);
  }
}

TEST(TarReader, RefusesDamage) {
  std::string good = TarBuilder().file("a", std::string(600, 'x')).end();
  std::string bad = good;
  bad[0] ^= 1;
  EXPECT_NE(error_of(bad).find("checksum"), std::string::npos);
  EXPECT_NE(error_of(good.substr(0, 300)).find("truncated"), std::string::npos);
  EXPECT_NE(error_of(good.substr(0, 900)).find("truncated"), std::string::npos);
  EXPECT_NE(
      error_of(TarBuilder().add({.name = "a", .data = "x", .claimed_size = 077777777777}).end()).find("truncated"),
      std::string::npos);
  EXPECT_NE(error_of(TarBuilder().add({.name = "a", .type = 'Z'}).end()).find("unhandled entry type"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().pax({{"size", "99999999999999999999"}}).file("a", "").end()).find("not a number"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().pax({{"size", "9223372036854775807"}}).file("a", "").end()).find("size"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().pax({{"uid", "4294967295"}}).file("a", "").end()).find("user id"), std::string::npos);
  EXPECT_NE(error_of(TarBuilder().pax({{"path", std::string(5000, 'p')}}).file("a", "").end()).find("too long"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().pax({{"path", std::string("a\0b", 3)}}).file("a", "").end()).find("zero byte"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().add({.name = "p", .data = "nonsense", .type = 'x'}).file("a", "").end()).find("PAX"),
            std::string::npos);
  EXPECT_NE(error_of(TarBuilder().add({.name = "p", .data = "", .type = 'x', .claimed_size = 1 << 30}).end())
                .find("extended header"),
            std::string::npos);
  for (std::string map : {"5,3,0,4", "0,3", "0,999999999999999999,5,1", "1,2,3", "0,3,999999,4", "a,b"}) {
    auto tar = TarBuilder().pax({{"GNU.sparse.size", "100"}, {"GNU.sparse.map", map}}).file("a", "abcdefg").end();
    EXPECT_NE(error_of(tar).find("sparse"), std::string::npos) << map;
  }
  EXPECT_NE(error_of(TarBuilder().bytes() + std::string(512, '\0') + std::string(512, 'x')).find("after the end"),
            std::string::npos);
}

TEST(TarReader, EmptyArchives) {
  EXPECT_TRUE(read_all("")->empty());
  EXPECT_TRUE(read_all(std::string(512, '\0'))->empty());
  EXPECT_TRUE(read_all(std::string(10240, '\0'))->empty());
}

TEST(Pax, Times) {
  EXPECT_EQ(parse_pax_time("5")->sec, 5);
  EXPECT_EQ(parse_pax_time("5.5")->nsec, 500000000u);
  EXPECT_EQ(parse_pax_time("-1.25")->sec, -2);
  EXPECT_EQ(parse_pax_time("-1.25")->nsec, 750000000u);
  EXPECT_FALSE(parse_pax_time("x"));
  EXPECT_FALSE(parse_pax_time("1.x"));
}

}  // namespace
}  // namespace cove::archive
