#pragma once
// Walking a directory tree for sizes (fts(3)), and the free-standing system calls that storage needs.
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace cove::storage {

struct TreeUsage {
  int64_t bytes = 0;   // of regular files and links, as their sizes say; hard links once
  int64_t inodes = 0;  // whiteouts excepted
};

// Does not follow links, does not cross into other file systems. What vanishes meanwhile is not counted.
Result<TreeUsage> measure_tree(const std::string& path);

// Removes <dir>/<name> however deeply it is nested, with one open directory at a time: inner directories are renamed
// up into `dir`, then emptied in their turn. For what remove_tree cannot do; absent is fine.
Result<> remove_deep(const std::string& dir, const std::string& name);

}  // namespace cove::storage
