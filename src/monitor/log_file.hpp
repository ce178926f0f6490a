#pragma once
// A log on disk: appended to, rotated by renaming.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/messages.hpp"

namespace cove::monitor {

// Owns the current segment's descriptor. Records (each ends with '\n') are never split between segments; a segment that
// holds a record already does not grow over max_size. Old ones are path.1 (the newest) … path.<max_files>. A reader
// that has a segment open keeps it: segments are renamed or unlinked, never truncated.
class LogFile {
 public:
  static Result<LogFile> open(const protocol::LogSpec& spec);

  // Whole records. After an error (disk full) the file ends with a whole record again; what did not fit is lost and the
  // next call tries anew.
  Result<> write(std::string_view records);

  // Read-only descriptors of all segments, oldest first, the current one last; and how long the current one is.
  Result<std::vector<UniqueFd>> segments() const;
  uint64_t size() const { return size_; }

 private:
  explicit LogFile(protocol::LogSpec spec) : spec_(std::move(spec)) {}
  Result<> open_current();
  Result<> rotate();
  Result<> append(std::string_view records);

  protocol::LogSpec spec_;
  UniqueFd fd_;
  uint64_t size_ = 0;
};

}  // namespace cove::monitor
