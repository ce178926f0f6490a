#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/sys/sys.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/prepare.hpp"

namespace cove::engine {
namespace {

plan::SourceFlags source_flags(const std::string& path) {
  struct statvfs st{};
  plan::SourceFlags f;
  if (::statvfs(path.c_str(), &st) == 0) {
    f.noexec = (st.f_flag & ST_NOEXEC) != 0;
    f.nosuid = (st.f_flag & ST_NOSUID) != 0;
    f.nodev = (st.f_flag & ST_NODEV) != 0;
  }
  return f;
}

// A new volume starts with what the image has at that path, owner and mode included (G7). Everything is read through
// descriptors below the root, so that no link of the image leads out.
Result<> copy_up(int root, const std::string& from, const std::string& to, const plan::ContainerConfig& config) {
  auto source = sys::openat2(root, from, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
  if (!source) return {};
  auto out = TRY(run_program({.argv = {"cp", "-a", "--", "/proc/self/fd/3/.", to}, .keep = {{source->get(), 3}}}));
  if (out.status.shell_code() != 0) {
    return Failure(
        Error(Code::system, fmt::format("copying {} of the image into its volume: {}", from, trim(out.err))));
  }
  struct stat st = TRY(sys::fstat(source->get()));
  TRY(sys::fchownat(AT_FDCWD, to, st.st_uid, st.st_gid, 0));
  (void)config;
  return sys::fchmodat(AT_FDCWD, to, st.st_mode & 07777);
}

// Anonymous volumes live in their container's directory and die with it; named ones below <graphroot>/volumes.
Result<std::string> ensure_volume(Engine& engine, const plan::ContainerConfig& config, const plan::MountWish& wish,
                                  int root) {
  std::string key = wish.destination;
  for (char& c : key) {
    if (c == '/') c = '_';
  }
  std::string dir = wish.source.empty() ? engine.paths().container_dir(config.id) + "/volumes/" + key
                                        : engine.paths().graph_root + "/volumes/" + wish.source;
  std::string data = dir + "/_data";
  if (path_exists(data)) return data;
  TRY(ensure_dir(dir, 0700));
  std::string staging = dir + "/_staging." + random_hex(8);
  TRY(ensure_dir(staging, 0755));
  bool nocopy = std::find(wish.options.begin(), wish.options.end(), "nocopy") != wish.options.end();
  if (!nocopy) TRY(copy_up(root, wish.destination, staging, config));
  auto placed = sys::renameat(AT_FDCWD, staging, AT_FDCWD, data, RENAME_NOREPLACE);
  if (!placed) {  // another container made the named volume meanwhile
    TRY(remove_tree(staging));
    if (placed.error().sys_errno() != EEXIST) return Failure(std::move(placed).error());
  }
  return data;
}

bool is_shared(const plan::MountWish& wish) {
  for (const auto& o : wish.options) {
    if (o == "shared" || o == "rshared") return true;
  }
  return false;
}

}  // namespace

Result<std::vector<plan::SpecMount>> resolve_mounts(Engine& engine, const plan::ContainerConfig& config, int root,
                                                    const plan::SpecUser& user, Prepared& prepared) {
  std::vector<plan::SpecMount> out;
  for (const auto& wish : config.mounts) {
    std::string source = wish.source;
    plan::SourceFlags flags;
    if (wish.kind == plan::MountKind::volume) source = TRY(ensure_volume(engine, config, wish, root));
    if (wish.kind == plan::MountKind::bind) {
      auto st = sys::fstatat(AT_FDCWD, source);
      if (!st)
        return Failure(Error(Code::not_found, fmt::format("statfs {}: {}", source, "no such file or directory")));
      flags = source_flags(source);
    }
    if (wish.kind == plan::MountKind::image || wish.kind == plan::MountKind::glob ||
        wish.kind == plan::MountKind::artifact) {
      return Failure(
          Error(Code::unsupported, fmt::format("mounts of type {} are not supported", plan::to_string(wish.kind))));
    }
    if (wish.kind == plan::MountKind::bind && is_shared(wish)) {
      // Cloned here, in the host's namespace, so that it stays in the host's peer group whatever the monitor changes.
      UniqueFd clone = TRY(sys::open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | AT_RECURSIVE));
      std::string name = fmt::format("v{}", prepared.mounts.size());
      prepared.mounts.push_back(std::move(clone));
      prepared.request.mounts.push_back({name, ""});
      source = engine.paths().mount_dir() + "/" + name;
    }
    out.push_back(TRY(plan::make_mount(wish, source, user, flags)));
  }
  return out;
}

}  // namespace cove::engine
