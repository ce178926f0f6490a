#pragma once
// Moving messages over a SOCK_SEQPACKET socket.
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/codec.hpp"

namespace cove::protocol {

constexpr size_t kMaxData = 64UL << 10;  // body bytes in one packet; longer bodies travel in a memfd
constexpr size_t kPacketBuffer = kMaxData + Header::kSize;

// `body` points into the caller's buffer, or into `long_body` where it came in a memfd.
struct Message {
  Type type{};
  std::string_view body;
  std::vector<UniqueFd> fds;
  std::unique_ptr<char[]> long_body;
};

// One packet, whole or not at all. False: the socket's buffer is full (`wait` false only). Code::gone: the peer closed.
Result<bool> send(int socket, Type type, std::string_view body, std::span<const int> fds = {}, bool wait = true);

// `buffer` has room for kPacketBuffer bytes. None: nothing there (`wait` false only). Code::gone: the peer closed.
Result<std::optional<Message>> receive(int socket, std::span<char> buffer, bool wait = true);

template <class T>
Result<bool> send_body(int socket, Type type, const T& body, std::span<const int> fds = {}) {
  return send(socket, type, encode(body), fds);
}

// Credentials of the peer (SO_PEERCRED).
Result<uid_t> peer_uid(int socket);

}  // namespace cove::protocol
