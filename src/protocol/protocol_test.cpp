#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "protocol/channel.hpp"
#include "protocol/codec.hpp"

namespace cove::protocol {
namespace {

LaunchRequest sample() {
  LaunchRequest r;
  r.id = "abc";
  r.mode = Mode::create;
  r.runtime = {"/usr/bin/crun", "", "--root=/x"};
  r.log = {.driver = LogDriver::json_file, .path = "/l", .max_size = 1ULL << 40, .max_files = 3, .tag = "t"};
  r.mounts = {{.destination = "root", .propagation = ""}, {.destination = "shm", .propagation = "rslave"}};
  r.watch_oom = false;
  r.wants = {.out = true, .err = false, .in = true};
  return r;
}

TEST(Codec, LaunchComesBackTheSame) {
  LaunchRequest in = sample();
  auto out = decode<LaunchRequest>(encode(in));
  ASSERT_TRUE(out);
  EXPECT_EQ(encode(*out), encode(in));
  EXPECT_EQ(out->runtime, in.runtime);
  EXPECT_EQ(out->mounts.at(1).propagation, "rslave");
  EXPECT_EQ(out->log.max_size, 1ULL << 40);
  EXPECT_FALSE(out->watch_oom);
}

TEST(Codec, NegativeAndLargeNumbers) {
  Exited in = {.code = -7, .signal = 9, .oom = true, .started_at = -1, .finished_at = INT64_MAX};
  auto out = decode<Exited>(encode(in));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->code, -7);
  EXPECT_EQ(out->started_at, -1);
  EXPECT_EQ(out->finished_at, INT64_MAX);
}

TEST(Codec, EveryCutIsRefusedOrShorter) {
  std::string bytes = encode(sample());
  for (size_t n = 0; n < bytes.size(); n++) {
    auto out = decode<LaunchRequest>(std::string_view(bytes).substr(0, n));
    EXPECT_TRUE(!out || encode(*out).size() <= bytes.size());
  }
}

TEST(Codec, UnknownTagsAreSkipped) {
  std::string bytes = encode(Resize{.rows = 3, .columns = 4}) + std::string(
                                                                    "\x7e\x03"
                                                                    "abc",
                                                                    5);
  auto out = decode<Resize>(bytes);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->columns, 4U);
}

TEST(Codec, StrictnessRefuses) {
  auto bad = [](std::string_view bytes) { return !decode<Resize>(bytes).has_value(); };
  EXPECT_TRUE(bad({"\x01\x01\x02\x01\x01\x02", 6}));      // the same tag twice
  EXPECT_TRUE(bad({"\x01\x02\x05\x00", 4}));              // not the shortest number
  EXPECT_TRUE(bad({"\x01\x05\x01\x01\x01\x01\x01", 7}));  // more than 32 bits
  EXPECT_TRUE(bad({"\x01\x81\x00\x05", 4}));              // not the shortest length
  EXPECT_TRUE(bad({"\x01\x05\x01", 3}));                  // length beyond the end
  EXPECT_TRUE(bad({"\x00\x00", 2}));                      // tag 0
  EXPECT_FALSE(
      decode<LaunchRequest>(std::string_view("\x01\x02"
                                             "a\0",
                                             4)));                           // NUL in a text
  EXPECT_FALSE(decode<LaunchRequest>(std::string_view("\x02\x01\x09", 3)));  // no such mode
}

TEST(Codec, ListsAreBounded) {
  std::string bytes;
  for (size_t i = 0; i <= kMaxList; i++) bytes += std::string("\x0a\x00", 2);
  EXPECT_FALSE(decode<LaunchRequest>(bytes));
}

TEST(Header, RoundTripAndRefusals) {
  char bytes[Header::kSize];
  put_header({.type = Type::output, .flags = 0, .length = 77}, bytes);
  auto h = get_header({bytes, sizeof bytes});
  ASSERT_TRUE(h);
  EXPECT_EQ(h->type, Type::output);
  EXPECT_EQ(h->length, 77U);
  bytes[1] = 2;
  EXPECT_EQ(get_header({bytes, sizeof bytes}).error().code(), Code::unsupported);
  bytes[1] = 1;
  bytes[7] = 0x7f;
  EXPECT_FALSE(get_header({bytes, sizeof bytes}));
  EXPECT_FALSE(get_header("short"));
}

struct Pair {
  UniqueFd a, b;
  std::vector<char> buffer = std::vector<char>(kPacketBuffer);
  Pair() {
    auto pair = sys::socketpair(SOCK_SEQPACKET);
    a = std::move(pair->first);
    b = std::move(pair->second);
  }
};

TEST(Channel, BodyAndDescriptors) {
  Pair p;
  auto pipe = sys::pipe2();
  std::array<int, 2> fds = {pipe->read.get(), pipe->write.get()};
  ASSERT_TRUE(send(p.a.get(), Type::exec, "hello", fds));
  auto got = receive(p.b.get(), p.buffer);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->body, "hello");
  ASSERT_EQ((*got)->fds.size(), 2U);
  ASSERT_TRUE(write_all((*got)->fds[1].get(), "x"));
  char c = 0;
  EXPECT_EQ(*sys::read(pipe->read.get(), &c, 1), 1U);
}

TEST(Channel, LongBodyTravelsInMemory) {
  Pair p;
  std::string body(3UL << 20, 'q');
  auto pipe = sys::pipe2();
  std::array<int, 1> fds = {pipe->read.get()};
  ASSERT_TRUE(send(p.a.get(), Type::launch, body, fds));
  auto got = receive(p.b.get(), p.buffer);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->body, body);
  EXPECT_EQ((*got)->fds.size(), 1U);
}

TEST(Channel, FullAndClosed) {
  Pair p;
  std::string body(kMaxData, 'x');
  int sent = 0;
  for (;; sent++) {
    auto r = send(p.a.get(), Type::output, body, {}, false);
    ASSERT_TRUE(r);
    if (!*r) break;
    ASSERT_LT(sent, 1000);
  }
  EXPECT_GT(sent, 0);
  for (; sent > 0; sent--) ASSERT_TRUE(receive(p.b.get(), p.buffer, false));
  auto none = receive(p.b.get(), p.buffer, false);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  p.b.reset();
  EXPECT_EQ(send(p.a.get(), Type::output, "x").error().code(), Code::gone);
  EXPECT_EQ(receive(p.a.get(), p.buffer).error().code(), Code::gone);
}

TEST(Channel, WhatAPeerSentBeforeItLeftComesFirst) {
  Pair p;
  ASSERT_TRUE(send(p.a.get(), Type::input, "never read"));
  ASSERT_TRUE(send(p.b.get(), Type::output, "last words"));
  p.b.reset();
  auto got = receive(p.a.get(), p.buffer, false);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->body, "last words");
  EXPECT_EQ(receive(p.a.get(), p.buffer).error().code(), Code::gone);
}

}  // namespace
}  // namespace cove::protocol
