#pragma once
// Error: what went wrong, to whom, where (style rules ERR2-ERR5).
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace cove {

// The closed set of causes. base/exit_codes.hpp maps each to an exit status; front ends invent none.
enum class Code {
  internal,        // a bug of ours, or a broken invariant
  system,          // the kernel said no; see errno
  invalid,         // bad input: option, reference, file
  not_found,       // no such container, image, file
  exists,          // the name or id is taken
  in_use,          // others need it
  bad_state,       // the object is not in the state that the action needs
  ambiguous,       // a prefix matches several
  unsupported,     // this host or this build cannot
  denied,          // not permitted
  timed_out,       //
  cancelled,       //
  corrupt,         // stored or received bytes are not what they should be
  no_space,        //
  runtime,         // the OCI runtime failed
  not_executable,  // the command in the container cannot be invoked (126)
  no_command,      // the command in the container was not found (127)
  network,         //
  usage,           // the command line itself is wrong
  gone,            // vanished while we looked
};

std::string_view to_string(Code code);
Code code_from_string(std::string_view name);  // internal where unknown

// Owns its text. Copyable. A moved-from Error is empty. Serializes to one line and back (`encode`, `decode`), since
// it crosses the child's pipe and the monitor's socket.
class Error {
 public:
  Error(Code code, std::string message, std::source_location where = std::source_location::current());
  // From errno: the message becomes "<message>: <strerror>".
  static Error from_errno(int err, std::string message, std::source_location where = std::source_location::current());

  Code code() const { return code_; }
  int sys_errno() const { return errno_; }
  const std::string& subject() const { return subject_; }
  const std::string& message() const { return message_; }
  std::string where() const;

  Error&& with(std::string context) &&;   // adds an outer frame: "starting: <rest>"
  Error&& about(std::string subject) &&;  // "container web"
  Error&& as(Code code) &&;
  Error&& hint(std::string way_out) &&;

  // One line for a person: frames from the outside in, then the cause, then the hint.
  std::string text() const;

  std::string encode() const;
  static Error decode(std::string_view line);

 private:
  Code code_;
  int errno_ = 0;
  std::string subject_, message_, hint_;
  std::vector<std::string> frames_;  // innermost first
  std::string file_;
  unsigned line_ = 0;
};

// The errors of a tear-down that went on to its end.
class ErrorList {
 public:
  void add(Error e) { errors_.push_back(std::move(e)); }
  template <class R>
  void collect(R&& result) {
    if (!result) add(std::forward<R>(result).error());
  }
  bool empty() const { return errors_.empty(); }
  const std::vector<Error>& all() const { return errors_; }

 private:
  std::vector<Error> errors_;
};

}  // namespace cove
