#pragma once
// Open directories below one root, for creating many entries in few of them. Private to the unpacker.
//
// Creating an entry changes its directory's modification time; the time that the directory had when it was opened (or
// that set_mtime gave it) is put back when it leaves the cache. So directory times come out right in whatever order an
// archive is, with no list of directories in memory.
#include <sys/stat.h>

#include <cstdint>
#include <list>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::archive {

class DirCache {
 public:
  explicit DirCache(int root) : root_(root) {}
  DirCache(const DirCache&) = delete;
  DirCache& operator=(const DirCache&) = delete;

  struct Dir {
    std::string path;
    UniqueFd fd;
    dev_t dev = 0;
    ino_t ino = 0;
    mode_t mode = 0;
    timespec mtime{};
  };
  // The directory `path` (clean, relative; "" is the root), opened by the kernel with the root as the limit of every
  // link. At least the two that were got last stay open. Errors are the kernel's.
  Result<const Dir*> get(const std::string& path);
  // The wished time of a directory that may be open under whatever name.
  void set_mtime(dev_t dev, ino_t ino, const timespec& mtime);
  // Puts all times back and closes; to be called before a directory is removed, and at the end.
  Result<> flush();

 private:
  static constexpr size_t kOpen = 16;
  static Result<> close(Dir& dir);
  int root_;
  std::list<Dir> dirs_;  // the most recent first
};

}  // namespace cove::archive
