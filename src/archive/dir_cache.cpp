#include "archive/dir_cache.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include "archive/sys_fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::archive {

Result<> DirCache::close(Dir& dir) {
  TRY(sys_fs::futimens(dir.fd.get(), dir.mtime));
  dir.fd.reset();
  return {};
}

Result<const DirCache::Dir*> DirCache::get(const std::string& path) {
  for (auto it = dirs_.begin(); it != dirs_.end(); ++it) {
    if (it->path != path) continue;
    dirs_.splice(dirs_.begin(), dirs_, it);
    return &dirs_.front();
  }
  UniqueFd fd = TRY(
      sys::openat2(root_, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
  struct stat st = TRY(sys::fstat(fd.get()));
  // The same directory may be open under another name (through a link): the time to put back is what that one knows.
  for (const auto& open : dirs_) {
    if (open.ino == st.st_ino && open.dev == st.st_dev) st.st_mtim = open.mtime;
  }
  if (dirs_.size() >= kOpen) {
    TRY(close(dirs_.back()));
    dirs_.pop_back();
  }
  dirs_.push_front({path, std::move(fd), st.st_dev, st.st_ino, st.st_mode, st.st_mtim});
  return &dirs_.front();
}

void DirCache::set_mtime(dev_t dev, ino_t ino, const timespec& mtime) {
  for (auto& dir : dirs_) {
    if (dir.dev == dev && dir.ino == ino) dir.mtime = mtime;
  }
}

Result<> DirCache::flush() {
  while (!dirs_.empty()) {
    TRY(close(dirs_.front()));
    dirs_.pop_front();
  }
  return {};
}

}  // namespace cove::archive
