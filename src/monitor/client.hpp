#pragma once
// One attached client, as the monitor sees it.
#include <string>

#include "base/unique_fd.hpp"
#include "monitor/outbox.hpp"
#include "protocol/messages.hpp"

namespace cove::monitor {

struct Client {
  Client(UniqueFd s, std::string spill_dir) : socket(std::move(s)), outbox(socket.get(), std::move(spill_dir)) {}

  UniqueFd socket;
  Outbox outbox;
  protocol::Wants wants;
  bool greeted = false;  // said hello, or is the launching engine
  bool follows_log = false;
  bool closing = false;  // stdin is to be closed once `input` has been written
  bool dead = false;     // to be forgotten by the loop
  std::string input;     // stdin bytes that the container has not taken yet; while there are any, nothing is read
};

}  // namespace cove::monitor
