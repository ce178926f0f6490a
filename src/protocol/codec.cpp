#include "protocol/codec.hpp"

#include <bitset>
#include <limits>
#include <type_traits>

namespace cove::protocol {
namespace {

constexpr uint64_t largest(Mode) { return static_cast<uint64_t>(Mode::create); }
constexpr uint64_t largest(LogDriver) { return static_cast<uint64_t>(LogDriver::passthrough); }
constexpr uint64_t largest(State) { return static_cast<uint64_t>(State::stopped); }

void put_field(std::string& out, int tag, std::string_view value) {
  out += static_cast<char>(tag);
  size_t n = value.size();
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
  out += value;
}

struct Encoder {
  std::string& out;

  template <class T>
  void operator()(int tag, T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      char bytes[8];
      size_t n = 0;
      // Sign extension makes negative numbers eight bytes long; they are rare.
      for (auto rest = static_cast<uint64_t>(value); rest; rest >>= 8) bytes[n++] = static_cast<char>(rest);
      put_field(out, tag, {bytes, n});
    } else {
      std::string inner;
      Encoder nested{inner};
      value.fields(nested);
      put_field(out, tag, inner);
    }
  }
  void operator()(int tag, std::string& text) {
    if (!text.empty()) put_field(out, tag, text);
  }
  template <class T>
  void operator()(int tag, std::vector<T>& list) {
    for (T& element : list) {
      if constexpr (std::is_same_v<T, std::string>) {
        put_field(out, tag, element);  // an empty element counts
      } else {
        (*this)(tag, element);
      }
    }
  }
};

struct Field {
  int tag = 0;
  std::string_view value;
};

// Takes the first field off `rest`. False: the bytes are wrong.
bool take_field(std::string_view& rest, Field& field) {
  field.tag = static_cast<unsigned char>(rest.front());
  size_t length = 0, at = 1;
  for (int shift = 0;; shift += 7, at++) {
    if (at >= rest.size() || shift > 28) return false;
    auto byte = static_cast<unsigned char>(rest[at]);
    length |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte & 0x80) continue;
    if (byte == 0 && shift > 0) return false;  // not the shortest form
    at++;
    break;
  }
  if (field.tag == 0 || length > rest.size() - at) return false;
  field.value = rest.substr(at, length);
  rest.remove_prefix(at + length);
  return true;
}

template <class T>
bool read_body(std::string_view body, T& into, int& bad_tag);

// Offers one field to every member of a struct; the one with its tag takes it.
struct Decoder {
  const Field& field;
  bool known = false, list = false, good = true;

  template <class T>
  bool read(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = field.value;
      return value.find('\0') == std::string::npos;
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      return read_number(value);
    } else {
      int bad_tag = 0;
      return read_body(field.value, value, bad_tag);
    }
  }

  template <class T>
  bool read_number(T& value) {
    if (field.value.size() > 8 || (!field.value.empty() && field.value.back() == '\0')) return false;
    uint64_t n = 0;
    for (size_t i = field.value.size(); i-- > 0;) n = n << 8 | static_cast<unsigned char>(field.value[i]);
    if constexpr (std::is_enum_v<T>) {
      if (n > largest(T{})) return false;
    } else if constexpr (std::is_signed_v<T>) {
      auto s = static_cast<int64_t>(n);
      if (s < std::numeric_limits<T>::min() || s > std::numeric_limits<T>::max()) return false;
    } else if (n > std::numeric_limits<T>::max()) {
      return false;
    }
    value = static_cast<T>(n);
    return true;
  }

  template <class T>
  void operator()(int tag, T& value) {
    if (tag != field.tag) return;
    known = true;
    good = read(value);
  }
  template <class T>
  void operator()(int tag, std::vector<T>& values) {
    if (tag != field.tag) return;
    known = list = true;
    good = values.size() < kMaxList && read(values.emplace_back());
  }
};

template <class T>
bool read_body(std::string_view body, T& into, int& bad_tag) {
  std::bitset<256> seen;
  while (!body.empty()) {
    Field field;
    if (!take_field(body, field)) return false;
    Decoder decoder{field};
    into.fields(decoder);
    bad_tag = field.tag;
    auto tag = static_cast<size_t>(field.tag);
    if (!decoder.good || (decoder.known && !decoder.list && seen[tag])) return false;
    seen.set(tag);
  }
  return true;
}

}  // namespace

template <class T>
std::string encode(const T& message) {
  std::string out;
  Encoder encoder{out};
  const_cast<T&>(message).fields(encoder);  // one field list serves both ways; the encoder changes nothing
  return out;
}

template <class T>
Result<T> decode(std::string_view body) {
  T message;
  int bad_tag = 0;
  if (body.size() > kMaxBody) return Failure(Error(Code::corrupt, "monitor message is too long"));
  if (!read_body(body, message, bad_tag)) {
    return Failure(Error(Code::corrupt, fmt::format("monitor message is malformed (field {})", bad_tag)));
  }
  return message;
}

#define COVE_BODY(T)                     \
  template std::string encode(const T&); \
  template Result<T> decode(std::string_view);
COVE_BODY(LaunchRequest)
COVE_BODY(Hello)
COVE_BODY(Resize)
COVE_BODY(StatusReply)
COVE_BODY(Started)
COVE_BODY(Failed)
COVE_BODY(Exited)
COVE_BODY(ExecRequest)
COVE_BODY(ExecStarted)
COVE_BODY(ExecExited)
COVE_BODY(LogSegments)
#undef COVE_BODY

namespace {
constexpr unsigned char kMagic = 0xC0, kFraming = 1;

bool is_known(uint8_t type) {
  return (type >= static_cast<uint8_t>(Type::launch) && type <= static_cast<uint8_t>(Type::wait)) ||
         (type >= static_cast<uint8_t>(Type::welcome) && type <= static_cast<uint8_t>(Type::status_reply));
}
}  // namespace

void put_header(const Header& header, char* out) {
  out[0] = static_cast<char>(kMagic);
  out[1] = static_cast<char>(kFraming);
  out[2] = static_cast<char>(header.type);
  out[3] = static_cast<char>(header.flags);
  for (int i = 0; i < 4; i++) out[4 + i] = static_cast<char>(header.length >> (8 * i));
}

Result<Header> get_header(std::string_view packet) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(packet[i]); };
  if (packet.size() < Header::kSize || byte(0) != kMagic) return Failure(Error(Code::corrupt, "not a monitor message"));
  if (byte(1) != kFraming) {
    return Failure(Error(Code::unsupported, fmt::format("monitor message has framing version {}", byte(1))));
  }
  Header header;
  header.type = static_cast<Type>(byte(2));
  header.flags = byte(3);
  for (size_t i = 0; i < 4; i++) header.length |= static_cast<uint32_t>(byte(4 + i)) << (8 * i);
  if (header.flags > Header::kInMemfd || header.length > kMaxBody) {
    return Failure(Error(Code::corrupt, "monitor message has a bad header"));
  }
  if (!is_known(byte(2))) return Failure(Error(Code::unsupported, fmt::format("monitor message type {}", byte(2))));
  return header;
}

}  // namespace cove::protocol
