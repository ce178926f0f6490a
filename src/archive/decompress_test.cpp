#include "archive/decompress.hpp"

#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "archive/read_ahead.hpp"
#include "archive/sha256.hpp"

namespace cove::archive {
namespace {

std::string gzip(const std::string& data) {
  std::string out(data.size() + 1000, '\0');
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.flush = NO_FLUSH;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uint32_t>(data.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  EXPECT_EQ(isal_deflate_stateless(&stream), COMP_OK);
  out.resize(stream.total_out);
  return out;
}

std::string zstd(const std::string& data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), data.data(), data.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string noise(size_t size) {
  std::string out(size, '\0');
  uint32_t x = 1;
  for (char& c : out) {
    x = x * 1664525 + 1013904223;
    c = static_cast<char>((x >> 24) & 0x3f);
  }
  return out;
}

Result<std::string> plain(const std::string& packed, size_t piece = SIZE_MAX) {
  MemorySource memory(packed, piece);
  auto source = TRY(make_decompressor(memory, detect_compression(packed)));
  std::string out;
  while (true) {
    std::string_view part = TRY(source->next());
    if (part.empty()) return out;
    out += part;
  }
}

TEST(Decompress, RoundTripsInPiecesOfAnySize) {
  for (const std::string& data :
       {std::string(), std::string("x"), noise(5000), noise(900000), std::string(3000000, 'z')}) {
    for (const std::string& packed : {gzip(data), zstd(data)}) {
      for (size_t piece : {1UL, 3UL, 1000UL, 1UL << 20}) {
        if (piece == 1 && packed.size() > 100000) continue;
        auto back = plain(packed, piece);
        ASSERT_TRUE(back) << back.error().text();
        EXPECT_TRUE(*back == data) << data.size() << " in pieces of " << piece;
      }
    }
  }
}

TEST(Decompress, SeveralMembersAreOneStream) {
  std::string a = noise(7000), b = noise(300);
  for (size_t piece : {1UL, 2UL, 5UL, 64UL, 100000UL}) {
    for (const std::string& packed : {gzip(a) + gzip(b) + gzip(""), zstd(a) + zstd(b) + zstd("")}) {
      auto back = plain(packed, piece);
      ASSERT_TRUE(back) << piece << ": " << back.error().text();
      EXPECT_TRUE(*back == a + b) << piece;
    }
  }
  EXPECT_EQ(plain(gzip("x") + std::string(100, '\0')).value_or("error"), "x") << "zero padding is fine";
}

TEST(Decompress, LiesAreErrors) {
  std::string data = noise(100000);
  for (const std::string& packed : {gzip(data), zstd(data)}) {
    EXPECT_NE(plain(packed.substr(0, packed.size() / 2)).error().text().find("truncated"), std::string::npos);
    EXPECT_FALSE(plain(packed.substr(0, packed.size() - 1)));
    EXPECT_FALSE(plain(packed + "garbage"));
    std::string bad = packed;
    for (size_t i = 0; i < 40; i++) bad[bad.size() / 2 + i] = static_cast<char>(i);
    EXPECT_FALSE(plain(bad));
  }
  std::string wrong_crc = gzip(data);
  wrong_crc[wrong_crc.size() - 8] ^= 1;
  EXPECT_FALSE(plain(wrong_crc));
  std::string wrong_size = gzip(data);
  wrong_size[wrong_size.size() - 1] ^= 1;
  EXPECT_FALSE(plain(wrong_size));
  EXPECT_EQ(plain("BZh9").error().code(), Code::unsupported);
}

TEST(ReadAhead, HandsOnAllBytesAndErrors) {
  std::string data = noise(1000000);
  MemorySource memory(data, 1000);
  HashingSource hash(memory);
  ReadAhead ahead(hash, 3);
  std::string out;
  while (true) {
    auto part = ahead.next();
    ASSERT_TRUE(part);
    if (part->empty()) break;
    out += *part;
  }
  EXPECT_TRUE(out == data);
  ASSERT_TRUE(ahead.finish());
  EXPECT_EQ(hash.digest(), sha256(data));

  std::string packed = gzip(data);
  packed.resize(packed.size() / 2);
  MemorySource half(packed, 1000);
  auto source = make_decompressor(half, Compression::gzip);
  ReadAhead broken(**source, 2);
  while (true) {
    auto part = broken.next();
    if (!part) break;
    ASSERT_FALSE(part->empty());
  }
}

TEST(ReadAhead, FinishReadsTheRestAndTheDestructorStops) {
  std::string data = noise(1000000);
  MemorySource memory(data, 100);
  HashingSource hash(memory);
  {
    ReadAhead ahead(hash, 2);
    ASSERT_TRUE(ahead.next());
    ASSERT_TRUE(ahead.finish());
  }
  EXPECT_EQ(hash.count(), data.size());
  MemorySource again(data, 100);
  ReadAhead unfinished(again, 2);
  ASSERT_TRUE(unfinished.next());
}

TEST(Sha256, KnownValuesAndChains) {
  EXPECT_EQ(sha256("abc").hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  auto ids = chain_ids({sha256("a"), sha256("b")});
  EXPECT_EQ(ids[0], sha256("a").hex);
  EXPECT_EQ(ids[1], sha256("sha256:" + sha256("a").hex + " sha256:" + sha256("b").hex).hex);
}

}  // namespace
}  // namespace cove::archive
