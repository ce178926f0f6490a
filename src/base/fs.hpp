#pragma once
// Whole-file helpers over base/sys. None follows a link out of the directory that it is given.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove {

Result<std::string> read_file(const std::string& path, size_t max_bytes = 64UL << 20);
Result<std::string> read_fd(int fd, size_t max_bytes = 64UL << 20);  // from the current offset to the end
Result<> write_all(int fd, std::string_view data);
Result<> ensure_dir(const std::string& path, mode_t mode = 0755);  // with parents, mode for the last; exists is fine
bool path_exists(const std::string& path);
Result<std::vector<std::string>> list_dir(const std::string& path);  // names without . and .., sorted
Result<> remove_tree(const std::string& path);  // absent is fine; does not cross into other file systems
std::string join_path(std::string_view a, std::string_view b);
std::string clean_path(std::string_view path);  // lexical: no "//", "." or ".."; absolute stays absolute
Result<std::string> program_dir();              // the folder of the running program (libexec programs stand beside)

// AtomicFile: writes `data` to a new file beside `path`, then renames it over (FILE1). With `durable`, fsync before.
Result<> write_atomic(const std::string& path, std::string_view data, mode_t mode = 0644, bool durable = false);

// An open-file-description lock on a file of its own. Holding the object = holding the lock; the kernel frees it when
// the last copy of the descriptor closes. `lock` waits; `try_lock` gives Code::in_use.
class FileLock {
 public:
  static Result<FileLock> lock(const std::string& path);
  static Result<FileLock> try_lock(const std::string& path);
  static Result<FileLock> lock_shared(const std::string& path);  // many holders at once; lock and try_lock exclude them
  static bool is_held(const std::string& path);                  // by anybody; false where the file is missing
  int fd() const { return fd_.get(); }
  UniqueFd take() && { return std::move(fd_); }  // to hand the lock to another process

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace cove
