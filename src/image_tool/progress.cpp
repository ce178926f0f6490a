#include "progress.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/util.hpp"

namespace cove::image_tool {
namespace {

constexpr size_t kBar = 30;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::begin(const std::string& image) {
  image_ = image;
  if (!quiet_ && !terminal_) print(fmt::format("Copying {}\n", image));
}

void Progress::update(uint64_t done, uint64_t total) {
  if (quiet_ || !terminal_ || total == 0) return;
  size_t filled = std::min<uint64_t>(kBar, kBar * done / total);
  print(fmt::format("\r\x1b[KCopying {} [{}{}] {} / {}", image_.substr(0, 40), std::string(filled, '='),
                    std::string(kBar - filled, ' '), human_size(static_cast<int64_t>(done)),
                    human_size(static_cast<int64_t>(total))));
  drawn_ = true;
}

void Progress::end() {
  if (drawn_) print("\r\x1b[K");
  drawn_ = false;
}

}  // namespace cove::image_tool
