#include "base/ip.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace cove {

Result<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress a;
  std::string z(text);
  a.v6_ = z.find(':') != std::string::npos;
  if (z.size() != std::strlen(z.c_str()) || ::inet_pton(a.family(), z.c_str(), a.bytes_.data()) != 1)
    return Failure(Error(Code::invalid, fmt::format("{:?} is no IP address", text)));
  return a;
}

IpAddress IpAddress::v4(uint32_t host_order) {
  uint32_t n = htonl(host_order);
  return from_bytes(&n, false);
}

IpAddress IpAddress::from_bytes(const void* bytes, bool is_v6) {
  IpAddress a;
  a.v6_ = is_v6;
  std::memcpy(a.bytes_.data(), bytes, a.size());
  return a;
}

int IpAddress::family() const { return v6_ ? AF_INET6 : AF_INET; }

bool IpAddress::is_any() const { return bytes_ == std::array<uint8_t, 16>{}; }

bool IpAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  return std::memcmp(bytes_.data(), &in6addr_loopback, 16) == 0;
}

std::string IpAddress::text() const {
  char out[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(family(), bytes_.data(), out, sizeof out);
  return out;
}

std::optional<IpAddress> IpAddress::plus(int64_t n) const {
  IpAddress out = *this;
  // Byte by byte from the end: a carry (or a borrow, negative) that is left over is out of the family's space.
  int64_t carry = n;
  for (size_t i = size(); i-- > 0 && carry != 0;) {
    int64_t sum = (carry & 0xff) + out.bytes_[i];
    out.bytes_[i] = static_cast<uint8_t>(sum);
    carry = (carry >> 8) + (sum >> 8);
  }
  if (carry != 0) return std::nullopt;
  return out;
}

std::optional<int64_t> IpAddress::minus(const IpAddress& from) const {
  if (v6_ != from.v6_) return std::nullopt;
  __int128 difference = 0;
  for (size_t i = 0; i < size(); i++) {
    difference = difference * 256 + (bytes_[i] - from.bytes_[i]);
    if (difference > INT64_MAX || difference < INT64_MIN) return std::nullopt;
  }
  return static_cast<int64_t>(difference);
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  auto slash = text.find('/');
  IpPrefix p;
  if (slash == text.npos)
    return Failure(
        Error(Code::invalid, fmt::format("{:?} is no network: a prefix as in 10.88.0.0/16 is missing", text)));
  auto address = IpAddress::parse(text.substr(0, slash));
  auto digits = text.substr(slash + 1);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), p.length);
  bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!address || !whole || p.length < 0 || p.length > address->bits())
    return Failure(Error(Code::invalid, fmt::format("{:?} is no network in the form ADDRESS/PREFIX", text)));
  p.address = *address;
  return p;
}

namespace {
IpAddress with_host_bits(const IpPrefix& p, bool ones) {
  uint8_t bytes[16] = {};
  std::memcpy(bytes, p.address.bytes(), p.address.size());
  for (int bit = p.length; bit < p.address.bits(); bit++) {
    auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    if (ones)
      bytes[bit / 8] |= mask;
    else
      bytes[bit / 8] &= static_cast<uint8_t>(~mask);
  }
  return IpAddress::from_bytes(bytes, p.address.is_v6());
}
}  // namespace

IpPrefix IpPrefix::masked() const { return {with_host_bits(*this, false), length}; }

IpAddress IpPrefix::last() const { return with_host_bits(*this, true); }

bool IpPrefix::contains(const IpAddress& a) const {
  return a.is_v6() == address.is_v6() && IpPrefix{a, length}.masked().address == masked().address;
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
  return length <= other.length ? contains(other.address) : other.contains(address);
}

std::string IpPrefix::text() const { return fmt::format("{}/{}", address.text(), length); }

}  // namespace cove
