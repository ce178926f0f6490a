#pragma once
// Streams of bytes, pulled in pieces without copying.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cove::archive {

// Where bytes come from. `next` lends a piece (valid until the next call on the source) or answers an empty one at the
// end; it never gives an empty piece before. After an error the source is used up.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual Result<std::string_view> next() = 0;
  // Passes over `n` bytes that have not been lent yet; answers how many it could pass over cheaply (files), else 0.
  virtual Result<uint64_t> skip(uint64_t) { return 0; }
};

// A region of an open file, read by pread (the descriptor's own offset is untouched and the descriptor is borrowed).
// A file that ends before the region does is Code::corrupt ("truncated").
class FileSource : public ByteSource {
 public:
  FileSource(int fd, uint64_t offset, uint64_t size, size_t piece = 256 << 10);
  Result<std::string_view> next() override;
  Result<uint64_t> skip(uint64_t n) override;

 private:
  int fd_;
  uint64_t offset_, left_;
  std::vector<char> buffer_;
};

// Bytes in memory, lent in pieces of at most `piece`; borrowed.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view data, size_t piece = SIZE_MAX) : data_(data), piece_(piece) {}
  Result<std::string_view> next() override;

 private:
  std::string_view data_;
  size_t piece_;
};

// Reads a pipe or a terminal to its end.
class StreamSource : public ByteSource {
 public:
  explicit StreamSource(int fd, size_t piece = 256 << 10) : fd_(fd), buffer_(piece) {}
  Result<std::string_view> next() override;

 private:
  int fd_;
  std::vector<char> buffer_;
};

}  // namespace cove::archive
