#include "archive/tar_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "archive/pax.hpp"
#include "base/util.hpp"

namespace cove::archive {
namespace {

constexpr size_t kBlock = 512;
constexpr uint64_t kMaxSize = 1ULL << 62;

Failure corrupt(std::string message) { return Failure(Error(Code::corrupt, "tar: " + std::move(message))); }

// A field up to its first zero byte.
std::string_view field(std::string_view block, size_t at, size_t size) {
  std::string_view f = block.substr(at, size);
  return f.substr(0, f.find('\0'));
}

// Octal text, or GNU's base 256 where the first byte's top bit is set (0xff: negative, answered as such).
std::optional<int64_t> number(std::string_view block, size_t at, size_t size) {
  std::string_view f = block.substr(at, size);
  auto first = static_cast<unsigned char>(f[0]);
  if (first & 0x80) {
    bool negative = first & 0x40;
    uint64_t n = negative ? ~0ULL : 0;
    for (size_t i = 0; i < f.size(); i++) {
      uint64_t byte = static_cast<unsigned char>(f[i]);
      if (i == 0) byte = negative ? (byte | 0x80) : (byte & 0x7f);
      // Bits that would fall out at the top must all be copies of the sign.
      uint64_t top = n >> 55;
      if (top != (negative ? 0x1ffU : 0U)) return std::nullopt;
      n = (n << 8) | byte;
    }
    return static_cast<int64_t>(n);
  }
  uint64_t n = 0;
  bool digits = false;
  for (char c : f) {
    if (c == ' ' && !digits) continue;
    if (c == ' ' || c == '\0') break;
    if (c < '0' || c > '7' || n >> 60) return std::nullopt;
    n = n * 8 + static_cast<uint64_t>(c - '0');
    digits = true;
  }
  return static_cast<int64_t>(n);
}

bool all_zero(std::string_view block) {
  static constexpr std::array<char, kBlock> kZeros{};
  return std::memcmp(block.data(), kZeros.data(), kBlock) == 0;
}

bool checksum_fits(std::string_view block) {
  auto want = number(block, 148, 8);
  if (!want) return false;
  int64_t as_unsigned = 0, as_signed = 0;
  for (size_t i = 0; i < kBlock; i++) {
    char c = i >= 148 && i < 156 ? ' ' : block[i];
    as_unsigned += static_cast<unsigned char>(c);
    as_signed += static_cast<signed char>(c);
  }
  return *want == as_unsigned || *want == as_signed;
}

std::optional<EntryType> entry_type(char flag) {
  switch (flag) {
    case '0':
    case '\0':
    case '7':
    case 'S':
      return EntryType::file;
    case '1':
      return EntryType::hard_link;
    case '2':
      return EntryType::symlink;
    case '3':
      return EntryType::char_device;
    case '4':
      return EntryType::block_device;
    case '5':
      return EntryType::directory;
    case '6':
      return EntryType::fifo;
    default:
      return std::nullopt;
  }
}

Result<uint32_t> id32(std::string_view what, std::optional<uint64_t> n) {
  // The largest number means "no change" to chown(2).
  if (!n || *n >= 0xffffffffULL) return corrupt(fmt::format("{} is out of range", what));
  return static_cast<uint32_t>(*n);
}

Result<uint64_t> sparse_number(std::string_view text) {
  auto n = parse_uint(text);
  if (!n || *n > kMaxSize) return corrupt("damaged sparse map");
  return *n;
}

}  // namespace

// What extended headers said about the member that follows them.
struct TarReader::Pax {
  std::optional<std::string> path, link, sparse_name;
  std::optional<uint64_t> size, uid, gid, sparse_size;
  std::optional<PaxTime> mtime;
  std::vector<std::pair<std::string, std::string>> xattrs;
  std::vector<SparseRun> runs;
  bool sparse = false, run_open = false;
  std::string sparse_major;

  Result<> add(std::string_view key, std::string_view value) {
    if (key == "path") return text(path, value);
    if (key == "linkpath") return text(link, value);
    if (key == "size") return put(size, key, value);
    if (key == "uid") return put(uid, key, value);
    if (key == "gid") return put(gid, key, value);
    if (key == "mtime") {
      if (!value.empty()) mtime = TRY(parse_pax_time(value));
      return {};
    }
    if (key.starts_with("SCHILY.xattr.")) return add_xattr(key.substr(13), value);
    if (key.starts_with("GNU.sparse.")) return add_sparse(key.substr(11), value);
    return {};
  }

  static Result<> text(std::optional<std::string>& to, std::string_view value) {
    if (value.size() > kMaxPath || value.find('\0') != std::string_view::npos)
      return corrupt("a name is too long or holds a zero byte");
    if (!value.empty()) to = value;
    return {};
  }
  static Result<> put(std::optional<uint64_t>& to, std::string_view key, std::string_view value) {
    if (!value.empty()) to = TRY(parse_pax_number(key, value));
    return {};
  }

  Result<> add_xattr(std::string_view name, std::string_view value) {
    if (name.empty() || name.size() > 255 || name.find('\0') != std::string_view::npos)
      return corrupt("damaged name of an extended attribute");
    if (value.size() > kMaxXattrValue) return corrupt("an extended attribute is larger than 64 KiB");
    if (xattrs.size() >= kMaxXattrs) return corrupt("too many extended attributes");
    xattrs.emplace_back(name, value);
    return {};
  }

  Result<> add_run(uint64_t offset) {
    if (runs.size() >= kMaxSparseRuns) return corrupt("too many pieces in a sparse file");
    runs.push_back({offset, 0});
    return {};
  }

  Result<> add_sparse(std::string_view key, std::string_view value) {
    sparse = true;
    if (key == "major") sparse_major = value;
    if (key == "name") return text(sparse_name, value);
    if (key == "size" || key == "realsize") sparse_size = TRY(sparse_number(value));
    if (key == "offset") {
      run_open = true;
      return add_run(TRY(sparse_number(value)));
    }
    if (key == "numbytes") {
      if (!run_open) return corrupt("damaged sparse map");
      runs.back().length = TRY(sparse_number(value));
      run_open = false;
    }
    if (key == "map") {
      runs.clear();
      auto numbers = split(value, ',');
      if (numbers.size() % 2 != 0 && !value.empty()) return corrupt("damaged sparse map");
      for (size_t i = 0; i + 1 < numbers.size(); i += 2) {
        uint64_t offset = TRY(sparse_number(numbers[i]));
        TRY(add_run(offset));
        runs.back().length = TRY(sparse_number(numbers[i + 1]));
      }
    }
    return {};
  }
};

Result<> TarReader::fill() {
  if (piece_.empty()) piece_ = TRY(source_.next());
  return {};
}

Result<std::string_view> TarReader::take_block() {
  TRY(fill());
  if (piece_.size() >= kBlock) {
    std::string_view block = piece_.substr(0, kBlock);
    piece_.remove_prefix(kBlock);
    position_ += kBlock;
    return block;
  }
  block_.clear();
  while (block_.size() < kBlock) {
    TRY(fill());
    if (piece_.empty()) {
      if (block_.empty()) return std::string_view();
      return corrupt("the archive is truncated");
    }
    size_t n = std::min(kBlock - block_.size(), piece_.size());
    block_.append(piece_.substr(0, n));
    piece_.remove_prefix(n);
  }
  position_ += kBlock;
  return std::string_view(block_);
}

Result<> TarReader::skip_bytes(uint64_t n) {
  while (n > 0) {
    if (piece_.empty()) {
      uint64_t skipped = TRY(source_.skip(n));
      n -= skipped;
      position_ += skipped;
      if (n == 0) break;
      TRY(fill());
      if (piece_.empty()) return corrupt("the archive is truncated");
    }
    size_t now = std::min<uint64_t>(n, piece_.size());
    piece_.remove_prefix(now);
    position_ += now;
    n -= now;
  }
  return {};
}

Result<> TarReader::skip_rest() {
  uint64_t n = data_left_ + padding_;
  data_left_ = padding_ = 0;
  return skip_bytes(n);
}

Result<std::string_view> TarReader::read_data() {
  if (data_left_ == 0) return std::string_view();
  TRY(fill());
  if (piece_.empty()) return corrupt("the archive is truncated");
  std::string_view out = piece_.substr(0, std::min<uint64_t>(data_left_, piece_.size()));
  piece_.remove_prefix(out.size());
  position_ += out.size();
  data_left_ -= out.size();
  return out;
}

// The data of an extended header.
Result<std::string> TarReader::read_whole(uint64_t size, size_t limit, std::string_view what) {
  if (size > limit) return corrupt(fmt::format("{} of {} bytes", what, size));
  data_left_ = size;
  padding_ = (kBlock - size % kBlock) % kBlock;
  std::string out;
  while (data_left_ > 0) out.append(TRY(read_data()));
  TRY(skip_rest());
  return out;
}

Result<const TarEntry*> TarReader::next() {
  if (ended_) return nullptr;
  TRY(skip_rest());
  Pax pax;
  while (true) {
    std::string_view block = TRY(take_block());
    if (!block.empty() && all_zero(block)) {
      block = TRY(take_block());
      if (!block.empty() && !all_zero(block)) return corrupt("data after the end of the archive");
      block = {};
    }
    if (block.empty()) {
      ended_ = true;
      return nullptr;
    }
    if (!TRY(read_header(block, pax))) continue;
    TRY(apply_pax(pax));
    return &entry_;
  }
}

// False: the block was an extended header, now in `pax`.
Result<bool> TarReader::read_header(std::string_view block, Pax& pax) {
  if (!checksum_fits(block)) return corrupt("damaged header (checksum)");
  auto size = number(block, 124, 12);
  if (!size || *size < 0) return corrupt("damaged size");
  auto stored = static_cast<uint64_t>(*size);
  char flag = block[156];
  switch (flag) {
    case 'x': {
      std::string text = TRY(read_whole(stored, kMaxPaxHeader, "an extended header"));
      TRY(each_pax_record(text, [&](std::string_view key, std::string_view value) { return pax.add(key, value); }));
      return false;
    }
    case 'g':
      TRY(read_whole(stored, kMaxPaxHeader, "a global header"));
      return false;
    case 'L':
    case 'K': {
      std::string name = TRY(read_whole(stored, kMaxPath + 1, "a long name"));
      name.resize(std::min(name.find('\0'), name.size()));
      TRY(Pax::text(flag == 'L' ? pax.path : pax.link, name));
      return false;
    }
    default:
      break;
  }
  TRY(read_ustar(block));
  entry_.stored_size = stored;
  if (flag == 'S') {
    if (pax.size) entry_.stored_size = *pax.size;
    pax.size.reset();
    TRY(read_old_gnu_sparse(std::string(block)));
  }
  return true;
}

Result<> TarReader::read_ustar(std::string_view block) {
  char flag = block[156];
  auto type = entry_type(flag);
  if (!type) return corrupt(fmt::format("unhandled entry type 0x{:02x}", static_cast<unsigned char>(flag)));
  entry_ = TarEntry();
  entry_.type = *type;
  entry_.name = field(block, 0, 100);
  bool posix = block.substr(257, 6) == std::string_view("ustar\0", 6);
  if (posix && block[345] != '\0') entry_.name = fmt::format("{}/{}", field(block, 345, 155), entry_.name);
  entry_.link = field(block, 157, 100);
  if (flag == '\0' && entry_.name.ends_with('/')) entry_.type = EntryType::directory;
  auto mode = number(block, 100, 8);
  auto uid = number(block, 108, 8);
  auto gid = number(block, 116, 8);
  auto mtime = number(block, 136, 12);
  if (!mode || !uid || !gid || !mtime) return corrupt("damaged number in a header");
  entry_.mode = static_cast<uint32_t>(*mode) & 07777;
  entry_.uid = TRY(id32("user id", static_cast<uint64_t>(*uid)));
  entry_.gid = TRY(id32("group id", static_cast<uint64_t>(*gid)));
  entry_.mtime_sec = *mtime;
  if (entry_.type == EntryType::char_device || entry_.type == EntryType::block_device) {
    auto major = number(block, 329, 8);
    auto minor = number(block, 337, 8);
    if (!major || !minor || *major < 0 || *minor < 0 || *major > 0xfff || *minor > 0xfffff) {
      return corrupt("device number out of range");
    }
    entry_.dev_major = static_cast<uint32_t>(*major);
    entry_.dev_minor = static_cast<uint32_t>(*minor);
  }
  return {};
}

Result<> TarReader::apply_pax(const Pax& pax) {
  if (pax.path) entry_.name = *pax.path;
  if (pax.link) entry_.link = *pax.link;
  if (pax.uid) entry_.uid = TRY(id32("user id", pax.uid));
  if (pax.gid) entry_.gid = TRY(id32("group id", pax.gid));
  if (pax.size) entry_.stored_size = *pax.size;
  if (pax.mtime) {
    entry_.mtime_sec = pax.mtime->sec;
    entry_.mtime_nsec = pax.mtime->nsec;
  }
  entry_.xattrs = pax.xattrs;
  if (entry_.type != EntryType::file) entry_.stored_size = 0;  // such headers may state a size but have no data
  if (entry_.stored_size > kMaxSize) return corrupt("damaged size");
  data_left_ = entry_.stored_size;
  padding_ = (kBlock - entry_.stored_size % kBlock) % kBlock;
  if (entry_.sparse) return check_runs();
  entry_.size = entry_.stored_size;
  if (!pax.sparse || entry_.type != EntryType::file) return {};
  entry_.sparse = true;
  if (pax.sparse_name) entry_.name = *pax.sparse_name;
  if (!pax.sparse_size) return corrupt("sparse file without a size");
  entry_.size = *pax.sparse_size;
  entry_.runs = pax.runs;
  if (pax.sparse_major == "1") TRY(read_sparse_1_0());
  return check_runs();
}

// Four runs in the header, 21 in each block that follows while a flag says so.
Result<> TarReader::read_old_gnu_sparse(std::string block) {
  auto add = [&](size_t at) -> Result<> {
    if (block[at] == '\0') return {};
    auto offset = number(block, at, 12);
    auto length = number(block, at + 12, 12);
    if (!offset || !length || *offset < 0 || *length < 0) return corrupt("damaged sparse map");
    if (entry_.runs.size() >= kMaxSparseRuns) return corrupt("too many pieces in a sparse file");
    entry_.runs.push_back({static_cast<uint64_t>(*offset), static_cast<uint64_t>(*length)});
    return {};
  };
  auto real = number(block, 483, 12);
  if (!real || *real < 0) return corrupt("damaged sparse size");
  for (size_t i = 0; i < 4; i++) TRY(add(386 + 24 * i));
  bool more = block[482] != '\0';
  while (more) {
    block = TRY(take_block());
    if (block.empty()) return corrupt("the archive is truncated");
    for (size_t i = 0; i < 21; i++) TRY(add(24 * i));
    more = block[504] != '\0';
  }
  entry_.sparse = true;
  entry_.size = static_cast<uint64_t>(*real);
  return {};
}

// PAX sparse format 1.0: the map is decimal lines at the beginning of the data, filled up to a block border.
Result<> TarReader::read_sparse_1_0() {
  entry_.runs.clear();
  std::string_view block;
  auto line = [&]() -> Result<uint64_t> {
    std::string digits;
    while (true) {
      if (block.empty()) {
        if (data_left_ < kBlock) return corrupt("damaged sparse map");
        block = TRY(take_block());
        if (block.empty()) return corrupt("the archive is truncated");
        data_left_ -= kBlock;
        entry_.stored_size -= kBlock;
      }
      char c = block[0];
      block.remove_prefix(1);
      if (c == '\n') return sparse_number(digits);
      if (digits.size() >= 20) return corrupt("damaged sparse map");
      digits += c;
    }
  };
  uint64_t count = TRY(line());
  if (count > kMaxSparseRuns) return corrupt("too many pieces in a sparse file");
  for (uint64_t i = 0; i < count; i++) {
    uint64_t offset = TRY(line());
    entry_.runs.push_back({offset, TRY(line())});
  }
  return {};
}

Result<> TarReader::check_runs() {
  uint64_t end = 0, total = 0;
  if (entry_.size > kMaxSize) return corrupt("damaged sparse size");
  for (const auto& run : entry_.runs) {
    if (run.offset < end || run.length > kMaxSize || run.offset > entry_.size ||
        run.length > entry_.size - run.offset) {
      return corrupt("damaged sparse map");
    }
    end = run.offset + run.length;
    total += run.length;
  }
  if (total != entry_.stored_size) return corrupt("the sparse map does not fit the data");
  return {};
}

}  // namespace cove::archive
