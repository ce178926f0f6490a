#pragma once
// Outbox: what is still to be sent to one client.
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/channel.hpp"

namespace cove::monitor {

// Messages leave in the order in which they were posted. A message that the socket has no room for, and every one after
// it, goes to a file without a name in `spill_dir` until the client reads again: memory stays small, nothing is lost,
// nobody waits. Descriptors of waiting messages are kept open. Borrows the socket. Code::gone: the client has closed.
class Outbox {
 public:
  Outbox(int socket, std::string spill_dir) : socket_(socket), spill_dir_(std::move(spill_dir)) {}

  Result<> post(protocol::Type type, std::string_view body, std::vector<UniqueFd> fds = {});
  Result<> drain();      // sends what the socket takes now
  Result<> drain_all();  // waits until everything is sent
  bool empty() const { return read_at_ == write_at_; }
  size_t spilled() const { return static_cast<size_t>(write_at_ - read_at_); }

 private:
  struct Waiting {
    off_t at;
    std::vector<UniqueFd> fds;
  };
  Result<> spill(protocol::Type type, std::string_view body, std::vector<UniqueFd> fds);
  Result<bool> send_next(bool wait);

  int socket_;
  std::string spill_dir_;
  UniqueFd file_;
  off_t read_at_ = 0, write_at_ = 0, freed_ = 0;
  std::deque<Waiting> fds_;
};

}  // namespace cove::monitor
