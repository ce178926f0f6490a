#pragma once
// Terminal and signal calls of the attached client.
#include <poll.h>
#include <termios.h>

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::runtime {

bool is_terminal(int fd);
std::optional<std::pair<unsigned, unsigned>> window_size(int fd);  // rows, columns
void set_window_size(int terminal, unsigned rows, unsigned columns);

// Raw mode for as long as the object lives; nothing where `fd` is no terminal.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  int fd_ = -1;
  termios before_ = {};
};

// Takes signals through a descriptor for as long as the object lives; the signal mask is put back afterwards. A signal
// that arrived but was not read is delivered then.
class SignalTap {
 public:
  explicit SignalTap(const std::vector<int>& signals);
  ~SignalTap();
  SignalTap(const SignalTap&) = delete;
  SignalTap& operator=(const SignalTap&) = delete;
  int fd() const { return fd_.get(); }
  int next();  // 0: none waits

 private:
  sigset_t before_ = {};
  UniqueFd fd_;
};
std::vector<int> proxied_signals();  // as podman's --sig-proxy: all but those of the own process' life and faults

// Writes all, waiting where `fd` is non-blocking. False: it cannot be written to any more.
bool write_blocking(int fd, std::string_view data);
Result<size_t> wait_for(std::span<pollfd> fds);  // EINTR counts as nothing ready

}  // namespace cove::runtime
