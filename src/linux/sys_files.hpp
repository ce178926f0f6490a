#pragma once
// More system calls, as base/sys has them: extended attributes, copies within the kernel, times, directories, limits.
// Inside this library only.
#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::linux_::sysx {

// Extended attributes of `path`, a last link not followed. A missing attribute is ENODATA.
Result<std::vector<std::string>> list_xattrs(const std::string& path);
Result<std::string> get_xattr(const std::string& path, const std::string& name);
Result<> set_xattr(const std::string& path, const std::string& name, std::string_view value);
std::string fd_path(int fd);                          // /proc/self/fd/N
std::string fd_path(int dir, std::string_view name);  // /proc/self/fd/N/name

// Copies the whole content of one regular file into an empty one: shared extents where the file system can, else within
// the kernel, holes kept.
Result<> copy_content(int from, int to, uint64_t size);
Result<bool> try_clone(int from, int to);  // false: the file system cannot
Result<> set_times(int dir, const std::string& name,
                   const struct stat& like);  // link not followed; name "": dir itself

// One entry of a directory, in the kernel's order.
struct DirEntry {
  std::string name;
  unsigned char type;  // DT_*
};
Result<std::vector<DirEntry>> read_dir(int fd);  // from the start; `fd` stays open

Result<rlimit> get_limit(int resource);
std::string host_name();
uint64_t online_cpus();

}  // namespace cove::linux_::sysx
