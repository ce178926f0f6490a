#include "storage/sys_walk.hpp"

#include <fts.h>
#include <sys/stat.h>

#include <cerrno>
#include <unordered_set>
#include <vector>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove::storage {
namespace {

bool is_whiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

struct FtsCloser {
  void operator()(FTS* f) const { ::fts_close(f); }
};

}  // namespace

Result<TreeUsage> measure_tree(const std::string& path) {
  std::string root = path;
  char* roots[] = {root.data(), nullptr};
  std::unique_ptr<FTS, FtsCloser> fts(::fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, nullptr));
  if (!fts) return Failure(Error::from_errno(errno, fmt::format("walk {}", path)));
  TreeUsage usage;
  std::unordered_set<uint64_t> linked;
  while (FTSENT* e = ::fts_read(fts.get())) {
    if (e->fts_info == FTS_DP || e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR) continue;
    const struct stat& st = *e->fts_statp;
    if (is_whiteout(st)) continue;
    if (!S_ISDIR(st.st_mode) && st.st_nlink > 1 && !linked.insert(st.st_ino).second) continue;
    usage.inodes++;
    if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) usage.bytes += st.st_size;
  }
  return usage;
}

Result<> remove_deep(const std::string& dir, const std::string& name) {
  UniqueFd top = TRY(sys::open(dir, O_RDONLY | O_DIRECTORY));
  std::vector<std::string> queue{name};
  while (!queue.empty()) {
    std::string at = std::move(queue.back());
    queue.pop_back();
    auto gone = sys::unlinkat(top.get(), at, 0);
    if (gone || gone.error().sys_errno() == ENOENT) continue;
    UniqueFd fd = TRY(sys::openat(top.get(), at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    for (const auto& entry : TRY(list_dir(join_path(dir, at)))) {
      if (sys::unlinkat(fd.get(), entry, 0)) continue;
      std::string lifted = "deep." + random_hex(16);
      TRY(sys::renameat(fd.get(), entry, top.get(), lifted));
      queue.push_back(std::move(lifted));
    }
    TRY(sys::unlinkat(top.get(), at, AT_REMOVEDIR));
  }
  return {};
}

}  // namespace cove::storage
