#include "monitor/log_file.hpp"

#include <fcntl.h>

#include "base/sys/sys.hpp"

namespace cove::monitor {
namespace {

std::string segment_path(const std::string& path, uint32_t number) {
  return number == 0 ? path : path + "." + std::to_string(number);
}

}  // namespace

Result<LogFile> LogFile::open(const protocol::LogSpec& spec) {
  LogFile log(spec);
  TRY(log.open_current());
  return log;
}

Result<> LogFile::open_current() {
  fd_ = TRY(sys::open(spec_.path, O_WRONLY | O_CREAT | O_APPEND, 0600));
  size_ = static_cast<uint64_t>(TRY(sys::fstat(fd_.get())).st_size);
  return {};
}

Result<> LogFile::rotate() {
  if (spec_.max_files == 0) (void)sys::unlinkat(AT_FDCWD, spec_.path, 0);
  for (uint32_t n = spec_.max_files; n > 0; n--) {
    // A segment that is not there yet leaves nothing to rename.
    (void)sys::renameat(AT_FDCWD, segment_path(spec_.path, n - 1), AT_FDCWD, segment_path(spec_.path, n));
  }
  return open_current();
}

Result<> LogFile::append(std::string_view records) {
  std::string_view rest = records;
  while (!rest.empty()) {
    auto n = sys::write(fd_.get(), rest.data(), rest.size());
    if (!n) {
      size_t whole = records.substr(0, records.size() - rest.size()).rfind('\n') + 1;  // npos + 1 == 0: none
      (void)sys::ftruncate(fd_.get(), static_cast<off_t>(size_ + whole));
      size_ += whole;
      return Failure(std::move(n).error());
    }
    rest.remove_prefix(*n);
  }
  size_ += records.size();
  return {};
}

Result<> LogFile::write(std::string_view records) {
  while (spec_.max_size > 0 && size_ + records.size() > spec_.max_size) {
    size_t space = size_ < spec_.max_size ? spec_.max_size - size_ : 0;
    size_t fits = space > 0 ? records.rfind('\n', space - 1) + 1 : 0;
    if (fits == 0 && size_ == 0) fits = records.find('\n') + 1;  // a record over the limit has a segment of its own
    if (fits == 0 && size_ == 0) break;
    TRY(append(records.substr(0, fits)));
    records.remove_prefix(fits);
    if (records.empty()) return {};
    TRY(rotate());
  }
  return append(records);
}

Result<std::vector<UniqueFd>> LogFile::segments() const {
  std::vector<UniqueFd> out;
  for (uint32_t n = std::min(spec_.max_files, 200U); n > 0; n--) {
    auto old = sys::open(segment_path(spec_.path, n), O_RDONLY);
    if (old) out.push_back(std::move(*old));
  }
  out.push_back(TRY(sys::open(spec_.path, O_RDONLY)));
  return out;
}

}  // namespace cove::monitor
