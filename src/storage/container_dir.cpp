#include "storage/container_dir.hpp"

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "storage/sys_walk.hpp"

namespace cove::storage {

std::string container_path(const std::string& graphroot, const std::string& id) {
  return join_path(join_path(graphroot, "containers"), id);
}

Result<> create_container_dir(const std::string& graphroot, const std::string& id, const RootOwner& root) {
  std::string path = container_path(graphroot, id);
  TRY(ensure_dir(join_path(graphroot, "containers"), 0700));
  TRY(ensure_dir(path, 0700));
  TRY(ensure_dir(join_path(path, "work"), 0700));
  TRY(ensure_dir(join_path(path, "diff"), root.mode & 0777));
  UniqueFd diff = TRY(sys::open(join_path(path, "diff"), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  struct stat st = TRY(sys::fstat(diff.get()));
  if (st.st_uid != root.uid || st.st_gid != root.gid) TRY(sys::fchown(diff.get(), root.uid, root.gid));
  // After the change of owner, which clears set-id bits; and the umask may have cut the mode.
  if ((st.st_mode & 07777) != root.mode) TRY(sys::fchmod(diff.get(), root.mode));
  return {};
}

Result<std::string> trash_container_dir(const std::string& graphroot, const std::string& id) {
  std::string trash = join_path(graphroot, "trash");
  TRY(ensure_dir(trash, 0700));
  std::string target = join_path(trash, fmt::format("container-{}.{}", id, random_hex(8)));
  auto renamed = sys::renameat(AT_FDCWD, container_path(graphroot, id), AT_FDCWD, target);
  if (!renamed && renamed.error().sys_errno() == ENOENT) return std::string();
  TRY(std::move(renamed));
  return target;
}

Result<> remove_container_dir(const std::string& graphroot, const std::string& id) {
  std::string trash = TRY(trash_container_dir(graphroot, id));
  if (trash.empty()) return {};
  return remove_tree(trash);
}

Result<int64_t> writable_size(const std::string& graphroot, const std::string& id) {
  return TRY(measure_tree(join_path(container_path(graphroot, id), "diff"))).bytes;
}

}  // namespace cove::storage
