#pragma once
// System calls that unpacking needs and base/sys does not have; same rules (1:1, Result).
#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::archive::sys_fs {

Result<> futimens(int fd, const timespec& mtime);                             // the access time is set to it as well
Result<> utimensat(int dir, const std::string& path, const timespec& mtime);  // of a link itself
Result<> fsetxattr(int fd, const std::string& name, std::string_view value);
// Of the directory entry itself, never of what a link points to; by way of /proc/self/fd.
Result<> setxattrat(int dir, const std::string& path, const std::string& name, std::string_view value);
Result<std::string> getxattrat(int dir, const std::string& path, const std::string& name);
Result<UniqueFd> open_tmpfile(const std::string& dir);  // O_TMPFILE, read and write
void start_writeback(int fd);                           // a hint; sync_file_range without waiting
void advise_sequential(int fd);                         // a hint

}  // namespace cove::archive::sys_fs
