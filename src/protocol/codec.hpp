#pragma once
// Bytes of the messages. A body is a sequence of fields: tag (1 byte), length (LEB128), value. Integers are
// little-endian without trailing zero bytes, texts and nested structs are their bytes, a list repeats its tag. Decoding
// is strict and bounded: every length is checked, a number must be canonical and in the range of its type, a text holds
// no NUL, a tag that is no list may come once; tags that are not known are skipped. Code::corrupt says which tag.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/messages.hpp"

namespace cove::protocol {

constexpr size_t kMaxBody = 16UL << 20;  // of one message
constexpr size_t kMaxList = 4096;        // elements

template <class T>
std::string encode(const T& message);
template <class T>
Result<T> decode(std::string_view body);

// What stands before every body: magic 0xC0, framing version 1, type, flags, length of the body (little-endian).
struct Header {
  static constexpr size_t kSize = 8;
  static constexpr uint8_t kInMemfd = 1;  // the body is the content of the first descriptor
  Type type{};
  uint8_t flags = 0;
  uint32_t length = 0;
};
void put_header(const Header& header, char* out);    // writes Header::kSize bytes
Result<Header> get_header(std::string_view packet);  // the packet may be longer; length is at most kMaxBody

}  // namespace cove::protocol
