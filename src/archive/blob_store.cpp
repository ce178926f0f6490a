#include "archive/blob_store.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include <array>

#include "archive/decompress.hpp"
#include "archive/sys_fs.hpp"
#include "archive/tar_reader.hpp"
#include "archive/unpack.hpp"
#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "json/json.hpp"

namespace cove::archive {
namespace {

constexpr size_t kMaxMembers = 100'000;
constexpr size_t kScanPiece = 16 << 10;

Failure missing(const std::string& name) {
  return Failure(Error(Code::not_found, fmt::format("the archive has no file {}", json::quote(name.substr(0, 200)))));
}

class DirectoryStore : public BlobStore {
 public:
  explicit DirectoryStore(UniqueFd dir) : dir_(std::move(dir)) {}
  Result<Blob> find(const std::string& name) override {
    // Not blocking, since a hostile directory may hold a FIFO.
    auto fd = sys::openat2(dir_.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    if (!fd && fd.error().sys_errno() == ENOENT) return missing(name);
    if (!fd) return Failure(std::move(fd).error());
    struct stat st = TRY(sys::fstat(fd->get()));
    if (!S_ISREG(st.st_mode)) return Failure(Error(Code::corrupt, fmt::format("{} is not a regular file", name)));
    return Blob{std::make_shared<UniqueFd>(*std::move(fd)), 0, static_cast<uint64_t>(st.st_size)};
  }

 private:
  UniqueFd dir_;
};

class TarStore : public BlobStore {
 public:
  explicit TarStore(UniqueFd file) : file_(std::make_shared<UniqueFd>(std::move(file))) {}

  Result<> scan() {
    struct stat st = TRY(sys::fstat(file_->get()));
    FileSource source(file_->get(), 0, static_cast<uint64_t>(st.st_size), kScanPiece);
    TarReader tar(source);
    while (const TarEntry* entry = TRY(tar.next())) {
      if (members_.size() >= kMaxMembers) {
        return Failure(Error(Code::corrupt, fmt::format("more than {} members: no image archive", kMaxMembers)));
      }
      auto name = clean_entry_name(entry->name);
      if (!name || name->empty() || entry->sparse) continue;
      Member member{tar.position(), entry->size, ""};
      if (entry->type == EntryType::symlink) {
        size_t slash = name->rfind('/');
        std::string base = slash == std::string::npos ? "" : name->substr(0, slash + 1);
        member.link = clean_entry_name(entry->link.starts_with('/') ? entry->link : base + entry->link).value_or("");
      } else if (entry->type == EntryType::hard_link) {
        member.link = clean_entry_name(entry->link).value_or("");
      } else if (entry->type != EntryType::file) {
        continue;
      }
      members_.emplace(*std::move(name), std::move(member));
    }
    return {};
  }

  Result<Blob> find(const std::string& name) override {
    std::string at = TRY(clean_entry_name(name));
    for (int hops = 0; hops < 8; hops++) {
      auto it = members_.find(at);
      if (it == members_.end()) return missing(name);
      if (it->second.link.empty()) return Blob{file_, it->second.offset, it->second.size};
      at = it->second.link;
    }
    return Failure(Error(Code::corrupt, fmt::format("too many links to {}", name)));
  }

 private:
  struct Member {
    uint64_t offset, size;
    std::string link;
  };
  std::shared_ptr<UniqueFd> file_;
  std::map<std::string, Member> members_;
};

Result<UniqueFd> spool(ByteSource& source, const std::string& scratch) {
  UniqueFd out = TRY(sys_fs::open_tmpfile(scratch));
  while (true) {
    std::string_view piece = TRY(source.next());
    if (piece.empty()) return out;
    TRY(write_all(out.get(), piece));
  }
}

}  // namespace

Result<std::string> BlobStore::read(const std::string& name, size_t limit) {
  Blob blob = TRY(find(name));
  if (blob.size > limit) {
    return Failure(Error(Code::corrupt, fmt::format("{} is larger than {} bytes", name, limit)));
  }
  FileSource source = blob.source();
  std::string out;
  while (true) {
    std::string_view piece = TRY(source.next());
    if (piece.empty()) return out;
    out += piece;
  }
}

Result<std::unique_ptr<BlobStore>> open_directory(const std::string& path) {
  return std::make_unique<DirectoryStore>(TRY(sys::open(path, O_RDONLY | O_DIRECTORY)));
}

Result<UniqueFd> ensure_seekable(UniqueFd file, const std::string& scratch) {
  struct stat st = TRY(sys::fstat(file.get()));
  if (S_ISREG(st.st_mode)) return file;
  if (S_ISDIR(st.st_mode)) return Failure(Error(Code::invalid, "is a directory"));
  StreamSource source(file.get());
  return TRY_CTX(spool(source, scratch), "storing the archive");
}

Result<std::unique_ptr<BlobStore>> open_tar(UniqueFd file, const std::string& scratch) {
  std::array<char, 8> head{};
  size_t n = TRY(sys::pread(file.get(), head.data(), head.size(), 0));
  Compression compression = detect_compression({head.data(), n});
  if (compression != Compression::none) {
    struct stat st = TRY(sys::fstat(file.get()));
    FileSource packed(file.get(), 0, static_cast<uint64_t>(st.st_size));
    auto plain = TRY(make_decompressor(packed, compression));
    file = TRY_CTX(spool(*plain, scratch), "decompressing the archive");
  }
  sys_fs::advise_sequential(file.get());
  auto store = std::make_unique<TarStore>(std::move(file));
  TRY(store->scan());
  return store;
}

}  // namespace cove::archive
