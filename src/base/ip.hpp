#pragma once
// IP addresses and prefixes, both families in one type. Bytes are in network order, as on the wire and in netlink.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cove {

// An IPv4 or IPv6 address. An IPv4 address uses the first four bytes; the others are zero.
class IpAddress {
 public:
  static Result<IpAddress> parse(std::string_view text);  // "10.88.0.1", "fd00::1"; no zone, no prefix
  static IpAddress v4(uint32_t host_order);
  static IpAddress from_bytes(const void* bytes, bool is_v6);
  bool is_v6() const { return v6_; }
  bool is_loopback() const;
  bool is_any() const;
  size_t size() const { return v6_ ? 16 : 4; }  // bytes
  int bits() const { return v6_ ? 128 : 32; }
  int family() const;  // AF_INET, AF_INET6
  const uint8_t* bytes() const { return bytes_.data(); }
  std::string text() const;  // the canonical form (RFC 5952 for IPv6)
  // The address `n` further; empty past the end of the family's space. `n` may be negative.
  std::optional<IpAddress> plus(int64_t n) const;
  // `*this - from`, where it fits and both have one family.
  std::optional<int64_t> minus(const IpAddress& from) const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v6_ = false;
  std::array<uint8_t, 16> bytes_{};
};

// A network or an interface address: an address and the length of its prefix in bits. Host bits are kept as given.
struct IpPrefix {
  IpAddress address;
  int length = 0;
  static Result<IpPrefix> parse(std::string_view text);  // "10.88.0.0/16"; an address alone is refused
  IpPrefix masked() const;                               // host bits cleared
  IpAddress last() const;                                // the highest address (IPv4: the broadcast address)
  bool contains(const IpAddress& a) const;
  bool overlaps(const IpPrefix& other) const;
  std::string text() const;  // "10.88.0.0/16"
  auto operator<=>(const IpPrefix&) const = default;
};

}  // namespace cove
