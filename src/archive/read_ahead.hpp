#pragma once
// Running a source in a thread of its own, so that reading, inflating and hashing go on while the other side writes
// files.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "archive/source.hpp"

namespace cove::archive {

// Borrows `inner`, which only the thread uses until finish() or the destructor. Memory: `slots` pieces of the size that
// the inner source makes. The destructor stops the thread at the next piece.
class ReadAhead : public ByteSource {
 public:
  explicit ReadAhead(ByteSource& inner, size_t slots = 8);
  ~ReadAhead() override;
  Result<std::string_view> next() override;
  // Reads the inner source to its end without handing its bytes on, and ends the thread; then the inner source is the
  // caller's again. Answers the error that the inner source ended with.
  Result<> finish();

 private:
  void run();
  void stop();

  ByteSource& inner_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::vector<std::vector<char>> slots_;
  size_t first_ = 0, used_ = 0;  // a ring; the slot at first_ is lent while lent_
  bool lent_ = false, ended_ = false, stopping_ = false, discard_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace cove::archive
