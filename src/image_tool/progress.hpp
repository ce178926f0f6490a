#pragma once
// What the user sees while layers are unpacked: a bar on a terminal, a line for each image otherwise. On stderr.
#include <cstdint>
#include <string>

namespace cove::image_tool {

class Progress {
 public:
  explicit Progress(bool quiet);
  void begin(const std::string& image);
  void update(uint64_t done, uint64_t total);
  void end();

 private:
  bool quiet_, terminal_;
  bool drawn_ = false;
  std::string image_;
};

}  // namespace cove::image_tool
