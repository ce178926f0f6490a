#include <algorithm>

#include "base/util.hpp"
#include "runtime/attach.hpp"

namespace cove::runtime {

Result<std::string> parse_detach_keys(std::string_view text) {
  std::string sequence;
  if (text.empty()) return sequence;
  for (const auto& key : split(text, ',')) {
    if (key.size() == 1) {
      sequence += key[0];
      continue;
    }
    char c = key.starts_with("ctrl-") && key.size() == 6 ? key[5] : '\0';
    if (c >= 'a' && c <= 'z') {
      sequence += static_cast<char>(c - 'a' + 1);
    } else if (c >= '@' && c <= '_' && (c == '@' || c >= '[')) {
      sequence += static_cast<char>(c - '@');
    } else {
      return Failure(
          Error(Code::invalid, fmt::format("unknown detach key \"{}\"", key))
              .hint("use single characters and ctrl-a to ctrl-z, ctrl-@, ctrl-[, ctrl-\\, ctrl-], ctrl-^, ctrl-_"));
    }
  }
  return sequence;
}

bool DetachScanner::feed(std::string_view in, std::string& out) {
  if (sequence_.empty()) {
    out += in;
    return false;
  }
  for (char c : in) {
    // On a mismatch the held keys are passed on one by one, as far as the rest can no longer begin the sequence.
    while (matched_ > 0 && c != sequence_[matched_]) {
      size_t keep = matched_ - 1;
      while (keep > 0 && sequence_.compare(0, keep, sequence_, matched_ - keep, keep) != 0) keep--;
      out.append(sequence_, 0, matched_ - keep);
      matched_ = keep;
    }
    if (c == sequence_[matched_]) {
      if (++matched_ == sequence_.size()) {
        matched_ = 0;
        return true;
      }
    } else {
      out += c;
    }
  }
  return false;
}

}  // namespace cove::runtime
