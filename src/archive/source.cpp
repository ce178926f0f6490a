#include "archive/source.hpp"

#include <algorithm>

#include "base/sys/sys.hpp"

namespace cove::archive {

FileSource::FileSource(int fd, uint64_t offset, uint64_t size, size_t piece)
    : fd_(fd), offset_(offset), left_(size), buffer_(std::min<uint64_t>(piece, std::max<uint64_t>(size, 1))) {}

Result<std::string_view> FileSource::next() {
  if (left_ == 0) return std::string_view();
  size_t want = std::min<uint64_t>(buffer_.size(), left_);
  size_t n = TRY(sys::pread(fd_, buffer_.data(), want, static_cast<off_t>(offset_)));
  if (n == 0) return Failure(Error(Code::corrupt, fmt::format("truncated: {} bytes are missing", left_)));
  offset_ += n;
  left_ -= n;
  return std::string_view(buffer_.data(), n);
}

Result<uint64_t> FileSource::skip(uint64_t n) {
  n = std::min(n, left_);
  offset_ += n;
  left_ -= n;
  return n;
}

Result<std::string_view> MemorySource::next() {
  std::string_view piece = data_.substr(0, piece_);
  data_.remove_prefix(piece.size());
  return piece;
}

Result<std::string_view> StreamSource::next() {
  return std::string_view(buffer_.data(), TRY(sys::read(fd_, buffer_.data(), buffer_.size())));
}

}  // namespace cove::archive
