#pragma once
// Joining the user's terminal (or pipes) to a container or to an exec session.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "runtime/connection.hpp"

namespace cove::runtime {

constexpr const char* kDefaultDetachKeys = "ctrl-p,ctrl-q";

// "ctrl-p,ctrl-q": a list of single characters and ctrl-X (X one of a-z @ [ \ ] ^ _), as podman's --detach-keys. Empty:
// no sequence detaches. Code::invalid names the key that is wrong.
Result<std::string> parse_detach_keys(std::string_view text);

// Finds the key sequence in a stream that comes in pieces. Bytes that could begin the sequence are held back until it
// is clear; they are not lost when it was not the sequence.
class DetachScanner {
 public:
  explicit DetachScanner(std::string sequence) : sequence_(std::move(sequence)) {}
  // Appends to `out` what is to be passed on. True: the whole sequence was seen; the rest of `in` is dropped.
  bool feed(std::string_view in, std::string& out);

 private:
  std::string sequence_;
  size_t matched_ = 0;
};

struct AttachOptions {
  int in = -1, out = -1, err = -1;  // the user's descriptors; -1: this stream is not wanted
  bool terminal = false;        // the container has one: `in` is made raw while attached where it is a terminal, its
                                // size is passed on (at once and on SIGWINCH), stderr is part of stdout
  std::string detach_sequence;  // from parse_detach_keys; only looked for with `terminal`
  // --sig-proxy: every signal that podman proxies is taken from the caller while attached and handed to this function,
  // which sends it to the container. Empty: signals are left alone (except SIGWINCH with a terminal).
  std::function<void(int signal)> on_signal;
};

struct AttachEnd {
  enum class Kind { exited, detached } kind = Kind::exited;
  ExitNotice exit;  // Kind::exited
};

// Relays until the container ends or the user detaches; the terminal is restored in every case, the signal mask too. An
// output that the user closed (EPIPE) does not end it. Code::gone: the monitor died.
Result<AttachEnd> relay(Connection& connection, const AttachOptions& options);

// The client's ends of an exec session: `console` with a terminal, else pipes; -1: not used. Owned by the caller's
// UniqueFds, moved in; closed as streams end.
struct ExecStreams {
  UniqueFd console, in, out, err;
};
Result<AttachEnd> relay_exec(Connection& connection, const ExecStarted& exec, ExecStreams streams,
                             const AttachOptions& options);

// exec, as a whole: makes the pipes that `options` asks for, starts the session, relays it to its end.
Result<AttachEnd> run_exec(Connection& connection, ExecSpec spec, const AttachOptions& options);

}  // namespace cove::runtime
