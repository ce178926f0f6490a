#pragma once
// Container output to log records. Pure; no clock, no file.
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "protocol/messages.hpp"

namespace cove::monitor {

enum class Stream { out = 0, err = 1 };

// k8s-file is the CRI format: "<time> stdout F <line>\n", with P instead of F for a piece of a line whose end has not
// come yet; bytes are kept exactly. json-file is docker's: {"log":"…","stream":"stdout","time":"…"}\n; it is JSON, so
// that bytes that are not UTF-8 become U+FFFD, and a line of more than 16 KiB is cut into several records.
class LogFormatter {
 public:
  LogFormatter(protocol::LogDriver driver, std::string_view tag);

  // Takes whole records' worth of bytes off `chunk` and writes the records into `room` (at least kMinRoom, more than
  // chunk.size() + 128); returns how much was written. Called until `chunk` is empty. `time` as rfc3339_nano_padded
  // prints it.
  size_t append(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room);

  // At the end of a stream: closes a line that was left open ("F" and nothing, or the held-back bytes).
  size_t finish(Stream stream, std::string_view time, std::span<char> room);

  // Whether finish() would write anything.
  bool is_open(Stream stream) const {
    return open_line_[static_cast<size_t>(stream)] || !held_[static_cast<size_t>(stream)].empty();
  }

  static constexpr size_t kMinRoom = 256UL << 10;

 private:
  size_t append_k8s(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room);
  size_t append_json(Stream stream, std::string_view& chunk, std::string_view time, std::span<char> room);
  char* put_json(char* to, Stream stream, std::string_view text, std::string_view time) const;

  protocol::LogDriver driver_;
  std::string json_extra_;              // ,"attrs":{"tag":"…"}
  std::array<bool, 2> open_line_ = {};  // the last record was a piece of a line
  std::array<std::string, 2> held_;     // json: the first bytes of a character that a chunk's end cut
};

}  // namespace cove::monitor
