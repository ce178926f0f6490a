#include "monitor/log_format.hpp"

#include <algorithm>
#include <cstring>

namespace cove::monitor {
namespace {

constexpr size_t kJsonPiece = 16UL << 10;  // docker cuts longer lines here

char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

std::string_view stream_name(Stream s) { return s == Stream::out ? "stdout" : "stderr"; }

// How many bytes at `text` form one valid UTF-8 character; 0: none. `cut`: they could be the start of one.
size_t utf8_length(std::string_view text, bool& cut) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  cut = false;
  if (first < 0x80) return 1;
  size_t need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (size_t i = 1; i < need; i++, low = 0x80, high = 0xbf) {
    if (i == text.size()) {
      cut = true;
      return 0;
    }
    if (byte(i) < low || byte(i) > high) return 0;
  }
  return need;
}

// How many bytes at the end of `text` are the start of a character that is not whole.
size_t cut_tail(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); back++) {
    bool cut = false;
    utf8_length(text.substr(text.size() - back), cut);
    if (cut) return back;
  }
  return 0;
}

char* put_escaped(char* to, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    bool cut = false;
    size_t n = utf8_length(text, cut);
    char c = text.front();
    if (n == 0) {
      to = put(to, "\\ufffd");
      n = 1;
    } else if (n > 1) {
      to = put(to, text.substr(0, n));
    } else if (c == '"' || c == '\\') {
      *to++ = '\\';
      *to++ = c;
    } else if (c == '\n') {
      to = put(to, "\\n");
    } else if (c == '\r') {
      to = put(to, "\\r");
    } else if (c == '\t') {
      to = put(to, "\\t");
    } else if (static_cast<unsigned char>(c) < 0x20) {
      to = put(to, "\\u00");
      *to++ = kHex[c >> 4];
      *to++ = kHex[c & 15];
    } else {
      *to++ = c;
    }
    text.remove_prefix(n);
  }
  return to;
}

}  // namespace

LogFormatter::LogFormatter(protocol::LogDriver driver, std::string_view tag) : driver_(driver) {
  if (driver != protocol::LogDriver::json_file || tag.empty()) return;
  json_extra_.resize(tag.size() * 6 + 32);
  char* end = put(json_extra_.data(), ",\"attrs\":{\"tag\":\"");
  end = put(put_escaped(end, tag), "\"}");
  json_extra_.resize(static_cast<size_t>(end - json_extra_.data()));
}

size_t LogFormatter::append(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room) {
  return driver_ == protocol::LogDriver::json_file ? append_json(stream, chunk, time, room)
                                                   : append_k8s(stream, chunk, time, room);
}

size_t LogFormatter::append_k8s(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room) {
  char prefix[96];
  char* end = put(put(put(put(prefix, time.substr(0, 64)), " "), stream_name(stream)), " F ");
  auto prefix_size = static_cast<size_t>(end - prefix);
  char* to = room.data();
  const char* limit = room.data() + room.size();
  while (!chunk.empty()) {
    const void* found = std::memchr(chunk.data(), '\n', chunk.size());
    size_t size = found ? static_cast<size_t>(static_cast<const char*>(found) - chunk.data()) + 1 : chunk.size();
    if (static_cast<size_t>(limit - to) < prefix_size + size + 1) break;
    std::memcpy(to, prefix, prefix_size);
    if (!found) to[prefix_size - 2] = 'P';
    std::memcpy(to + prefix_size, chunk.data(), size);
    to += prefix_size + size;
    if (!found) *to++ = '\n';
    open_line_[static_cast<size_t>(stream)] = !found;
    chunk.remove_prefix(size);
  }
  return static_cast<size_t>(to - room.data());
}

char* LogFormatter::put_json(char* to, Stream stream, std::string_view text, std::string_view time) const {
  to = put_escaped(put(to, "{\"log\":\""), text);
  to = put(put(put(to, "\",\"stream\":\""), stream_name(stream)), "\"");
  return put(put(put(put(to, json_extra_), ",\"time\":\""), time), "\"}\n");
}

size_t LogFormatter::append_json(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room) {
  std::string& held = held_[static_cast<size_t>(stream)];
  char* to = room.data();
  const char* limit = room.data() + room.size();
  while (!chunk.empty()) {
    const void* found = std::memchr(chunk.data(), '\n', std::min(chunk.size(), kJsonPiece));
    size_t size = found ? static_cast<size_t>(static_cast<const char*>(found) - chunk.data()) + 1
                        : std::min(chunk.size(), kJsonPiece);
    if (static_cast<size_t>(limit - to) < (held.size() + size) * 6 + json_extra_.size() + 128) break;
    std::string joined = held + std::string(chunk.substr(0, size));
    held.clear();
    chunk.remove_prefix(size);
    std::string_view whole = joined;
    if (!found) {
      size_t tail = cut_tail(whole);
      held.assign(whole.substr(whole.size() - tail));
      whole.remove_suffix(tail);
      if (whole.empty()) continue;
    }
    to = put_json(to, stream, whole, time);
  }
  return static_cast<size_t>(to - room.data());
}

size_t LogFormatter::finish(Stream stream, std::string_view time, std::span<char> room) {
  auto index = static_cast<size_t>(stream);
  char* to = room.data();
  if (!held_[index].empty()) {
    to = put_json(to, stream, held_[index], time);
    held_[index].clear();
  }
  if (open_line_[index]) {
    to = put(put(put(put(to, time), " "), stream_name(stream)), " F \n");
    open_line_[index] = false;
  }
  return static_cast<size_t>(to - room.data());
}

}  // namespace cove::monitor
