#include "protocol/channel.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::protocol {
namespace {

constexpr size_t kMaxFds = 253;  // the kernel's SCM_MAX_FD

Failure socket_failure(const char* what) {
  int err = errno;
  if (err == EPIPE || err == ECONNRESET || err == ENOTCONN)
    return Failure(Error(Code::gone, "the other side has closed the connection"));
  return Failure(Error::from_errno(err, what));
}

Result<bool> send_packet(int socket, const Header& header, std::string_view body, std::span<const int> fds, bool wait) {
  std::array<char, Header::kSize> head;
  put_header(header, head.data());
  std::array<iovec, 2> parts = {iovec{head.data(), head.size()}, iovec{const_cast<char*>(body.data()), body.size()}};
  msghdr message = {.msg_iov = parts.data(), .msg_iovlen = body.empty() ? 1UL : 2UL};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxFds)> control;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) >= 0) return true;
    if (errno == EINTR) continue;
    if (!wait && (errno == EAGAIN || errno == ENOBUFS)) return false;
    return socket_failure("send to the monitor's socket");
  }
}

Result<> take_long_body(Message& message, uint32_t length) {
  if (message.fds.empty()) return Failure(Error(Code::corrupt, "monitor message lacks its body"));
  message.long_body = std::make_unique<char[]>(length);
  size_t got = 0;
  while (got < length) {
    size_t n = TRY(
        sys::pread(message.fds.front().get(), message.long_body.get() + got, length - got, static_cast<off_t>(got)));
    if (n == 0) return Failure(Error(Code::corrupt, "monitor message's body is cut short"));
    got += n;
  }
  message.body = {message.long_body.get(), length};
  message.fds.erase(message.fds.begin());
  return {};
}

void take_fds(msghdr& header, std::vector<UniqueFd>& into) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      into.emplace_back(fd);
    }
  }
}

}  // namespace

Result<bool> send(int socket, Type type, std::string_view body, std::span<const int> fds, bool wait) {
  Header header = {.type = type, .flags = 0, .length = static_cast<uint32_t>(body.size())};
  if (body.size() > kMaxBody || fds.size() >= kMaxFds)
    return Failure(Error(Code::invalid, "monitor message is too long"));
  if (body.size() <= kMaxData) return send_packet(socket, header, body, fds, wait);
  UniqueFd memory = TRY(sys::memfd_create("cove-message", MFD_CLOEXEC));
  TRY(write_all(memory.get(), body));
  std::vector<int> all = {memory.get()};
  all.insert(all.end(), fds.begin(), fds.end());
  header.flags = Header::kInMemfd;
  return send_packet(socket, header, {}, all, wait);
}

Result<std::optional<Message>> receive(int socket, std::span<char> buffer, bool wait) {
  iovec part = {buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxFds)> control;
  msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
  // A peer that closed with something of ours unread is told once, before what it had sent: that is still queued.
  ssize_t n = -1;
  do {
    n = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0 && !wait && errno == EAGAIN) return std::optional<Message>();
  if (n < 0) return socket_failure("receive from the monitor's socket");
  Message message;
  take_fds(header, message.fds);
  if (n == 0) return Failure(Error(Code::gone, "the other side has closed the connection"));
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return Failure(Error(Code::corrupt, "monitor message is cut short"));
  std::string_view packet(buffer.data(), static_cast<size_t>(n));
  Header head = TRY(get_header(packet));
  message.type = head.type;
  if (head.flags & Header::kInMemfd) {
    if (packet.size() != Header::kSize) return Failure(Error(Code::corrupt, "monitor message has two bodies"));
    TRY(take_long_body(message, head.length));
    return message;
  }
  message.body = packet.substr(Header::kSize);
  if (message.body.size() != head.length) return Failure(Error(Code::corrupt, "monitor message has a wrong length"));
  return message;
}

Result<uid_t> peer_uid(int socket) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    return Failure(Error::from_errno(errno, "read the peer's user"));
  return peer.uid;
}

}  // namespace cove::protocol
