#include "base/unique_fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace cove {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) {
    int saved = errno;
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

}  // namespace cove
