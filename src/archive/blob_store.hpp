#pragma once
// The files of an image archive, by name: a directory, or a tar that is indexed once and then read in place.
#include <map>
#include <memory>
#include <string>

#include "archive/source.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::archive {

// A region of an open file. Copies share the descriptor.
struct Blob {
  std::shared_ptr<UniqueFd> file;
  uint64_t offset = 0, size = 0;
  FileSource source() const { return FileSource(file->get(), offset, size); }
};

// Two kinds: below a directory, opened without ever leaving it; or in a tar.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Code::not_found naming the file.
  virtual Result<Blob> find(const std::string& name) = 0;
  Result<std::string> read(const std::string& name, size_t limit);  // Code::corrupt where it is larger
};

Result<std::unique_ptr<BlobStore>> open_directory(const std::string& path);
// `file` must be a regular file. A tar compressed as a whole (gzip, zstd) is first spooled to an unnamed file in
// `scratch`. At most 100,000 members; of one name the first counts. Links between members are followed.
Result<std::unique_ptr<BlobStore>> open_tar(UniqueFd file, const std::string& scratch);
// Copies what comes from a pipe to an unnamed file in `scratch`; a regular file is handed on as it is.
Result<UniqueFd> ensure_seekable(UniqueFd file, const std::string& scratch);

}  // namespace cove::archive
