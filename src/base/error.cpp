#include "base/error.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

namespace cove {
namespace {

constexpr std::array<std::string_view, 20> kNames = {
    "internal",  "system",         "invalid",    "not_found", "exists",    "in_use",  "bad_state",
    "ambiguous", "unsupported",    "denied",     "timed_out", "cancelled", "corrupt", "no_space",
    "runtime",   "not_executable", "no_command", "network",   "usage",     "gone"};

Code code_of_errno(int err) {
  switch (err) {
    case ENOENT:
      return Code::not_found;
    case EEXIST:
      return Code::exists;
    case EACCES:
    case EPERM:
      return Code::denied;
    case ENOSPC:
    case EDQUOT:
      return Code::no_space;
    case ETIMEDOUT:
      return Code::timed_out;
    default:
      return Code::system;
  }
}

// The encoded form separates fields by 0x1f and frames by 0x1e, which no message holds.
void put(std::string& out, std::string_view field) {
  for (char c : field) out += (c == '\x1f' || c == '\x1e' || c == '\n') ? ' ' : c;
  out += '\x1f';
}

std::string_view cut(std::string_view& rest, char sep) {
  size_t at = rest.find(sep);
  std::string_view head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return head;
}

}  // namespace

std::string_view to_string(Code code) { return kNames.at(static_cast<size_t>(code)); }

Code code_from_string(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); i++) {
    if (kNames.at(i) == name) return static_cast<Code>(i);
  }
  return Code::internal;
}

Error::Error(Code code, std::string message, std::source_location where)
    : code_(code), message_(std::move(message)), file_(where.file_name()), line_(where.line()) {}

Error Error::from_errno(int err, std::string message, std::source_location where) {
  Error e(code_of_errno(err),
          fmt::format("{}: {}", message, strerrordesc_np(err) ? strerrordesc_np(err) : "unknown error"), where);
  e.errno_ = err;
  return e;
}

std::string Error::where() const {
  size_t slash = file_.rfind("src/");
  return fmt::format("{}:{}", slash == std::string::npos ? file_ : file_.substr(slash), line_);
}

Error&& Error::with(std::string context) && {
  frames_.push_back(std::move(context));
  return std::move(*this);
}
Error&& Error::about(std::string subject) && {
  if (subject_.empty()) subject_ = std::move(subject);
  return std::move(*this);
}
Error&& Error::as(Code code) && {
  code_ = code;
  return std::move(*this);
}
Error&& Error::hint(std::string way_out) && {
  hint_ = std::move(way_out);
  return std::move(*this);
}

std::string Error::text() const {
  std::string out;
  if (!subject_.empty()) out = subject_ + ": ";
  for (size_t i = frames_.size(); i-- > 0;) out += frames_[i] + ": ";
  out += message_;
  if (!hint_.empty()) out += " (" + hint_ + ")";
  return out;
}

std::string Error::encode() const {
  std::string out;
  put(out, to_string(code_));
  put(out, fmt::format("{}", errno_));
  put(out, subject_);
  put(out, message_);
  put(out, hint_);
  put(out, where());
  for (const auto& f : frames_) put(out, f);
  return out;
}

Error Error::decode(std::string_view line) {
  Error e(code_from_string(cut(line, '\x1f')), "");
  std::string_view num = cut(line, '\x1f');
  for (char c : num) {
    if (c >= '0' && c <= '9' && e.errno_ < 100000) e.errno_ = e.errno_ * 10 + (c - '0');
  }
  e.subject_ = cut(line, '\x1f');
  e.message_ = cut(line, '\x1f');
  e.hint_ = cut(line, '\x1f');
  std::string_view at = cut(line, '\x1f');
  e.file_ = at.substr(0, at.rfind(':'));
  e.line_ = 0;
  while (!line.empty()) e.frames_.emplace_back(cut(line, '\x1f'));
  return e;
}

}  // namespace cove
