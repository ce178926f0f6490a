#pragma once
// What relay() and relay_exec() share: the user's terminal, signals and streams.
#include <string>
#include <string_view>

#include "runtime/attach.hpp"
#include "runtime/sys_terminal.hpp"

namespace cove::runtime {

// For the time of one relay. Everything it changed is put back when it is destroyed.
class UserSide {
 public:
  explicit UserSide(const AttachOptions& options);

  int signal_fd() const { return tap_.fd(); }
  bool resizes() const { return resizes_; }
  std::optional<std::pair<unsigned, unsigned>> size() const { return window_size(size_fd_); }
  // Handles every waiting signal; true: the terminal's size has changed.
  bool on_signals();

  // One read of the user's stdin, without what belongs to the detach keys.
  struct Input {
    std::string data;
    bool end = false, detach = false;
  };
  Input read_input();

  // Writes all; a reader that has gone, or any other error, stops further writing to that stream.
  void write(bool error_stream, std::string_view data);

 private:
  const AttachOptions& options_;
  int size_fd_;
  bool resizes_;
  SignalTap tap_;
  RawTerminal raw_;
  DetachScanner keys_;
  bool out_open_ = true, err_open_ = true;
};

}  // namespace cove::runtime
