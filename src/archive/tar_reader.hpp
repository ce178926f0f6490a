#pragma once
// tar, read as a stream: ustar, PAX (POSIX.1-2001), GNU long names, old GNU and PAX sparse files (0.0, 0.1, 1.0).
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/source.hpp"
#include "base/result.hpp"

namespace cove::archive {

enum class EntryType { file, hard_link, symlink, char_device, block_device, directory, fifo };

// A run of data in a sparse file: `length` bytes of the stream belong at `offset`.
struct SparseRun {
  uint64_t offset = 0, length = 0;
};

// One member. Names are as the archive has them (not cleaned); nothing in them has been checked but zero bytes.
struct TarEntry {
  EntryType type = EntryType::file;
  std::string name, link;
  uint32_t mode = 0;  // permission bits with set-id and sticky, no type
  uint32_t uid = 0, gid = 0;
  int64_t mtime_sec = 0;
  uint32_t mtime_nsec = 0;
  uint32_t dev_major = 0, dev_minor = 0;
  uint64_t size = 0;         // of the file as it will be; a sparse file's data in the stream may be shorter
  uint64_t stored_size = 0;  // bytes that read_data() hands out
  bool sparse = false;
  std::vector<SparseRun> runs;  // in ascending order, within `size`, their lengths adding up to stored_size
  std::vector<std::pair<std::string, std::string>> xattrs;  // SCHILY.xattr.*, names without that prefix
};

// What is refused as hostile (Code::corrupt): the limits bound the memory of a reader whatever the archive says.
constexpr size_t kMaxPath = 4096;
constexpr size_t kMaxPaxHeader = 1 << 20;
constexpr size_t kMaxXattrs = 256;
constexpr size_t kMaxXattrValue = 65536;
constexpr size_t kMaxSparseRuns = 1 << 20;

// Borrows the source. After an error it is used up. Two zero blocks or the source's end on a block border end the
// archive; what follows the end is left unread in the source.
class TarReader {
 public:
  explicit TarReader(ByteSource& source) : source_(source) {}

  // The next member, after passing over what is left of the last one's data; nullptr at the end. The entry belongs to
  // the reader and is valid until the next call.
  Result<const TarEntry*> next();
  // A piece of the member's data, empty when all of it has been read. Lent until the next call.
  Result<std::string_view> read_data();
  // Position in the stream of the next byte of the member's data; right after next() that is where the data begins.
  uint64_t position() const { return position_; }

 private:
  struct Pax;
  Result<> fill();
  Result<std::string_view> take_block();  // 512 bytes, empty at the end of the source
  Result<> skip_bytes(uint64_t n);
  Result<> skip_rest();
  Result<std::string> read_whole(uint64_t size, size_t limit, std::string_view what);
  Result<bool> read_header(std::string_view block, Pax& pax);
  Result<> read_ustar(std::string_view block);
  Result<> apply_pax(const Pax& pax);
  Result<> read_old_gnu_sparse(std::string block);
  Result<> read_sparse_1_0();
  Result<> check_runs();

  ByteSource& source_;
  TarEntry entry_;
  std::string_view piece_;  // what is left of the source's last piece
  std::string block_;       // a block that lay across two pieces
  uint64_t position_ = 0;
  uint64_t data_left_ = 0;
  uint64_t padding_ = 0;
  bool ended_ = false;
};

}  // namespace cove::archive
