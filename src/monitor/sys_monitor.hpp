#pragma once
// System calls of the monitor that base/sys does not have.
#include <poll.h>
#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::monitor {

// Blocks SIGCHLD and everything that would end the monitor politely; the descriptor tells of all of them.
Result<UniqueFd> take_signals();
void drain_signals(int fd);

struct Ended {
  pid_t pid;
  int status;  // as waitpid gives it
};
std::optional<Ended> reap_one();  // of any child; does not wait

// A program with its descriptors. `keep`: (ours, number there), numbers rising from 3 without a gap, or any high
// numbers.
struct RuntimeCall {
  std::vector<std::string> argv;    // argv[0] is a path
  int in = -1, out = -1, err = -1;  // -1: /dev/null
  std::vector<std::pair<int, int>> keep;
  std::string oom_score;  // written to the child's oom_score_adj; empty: inherited
};
// The child dies with the monitor. vfork: the monitor waits for the exec, so that one that fails is an error here.
Result<pid_t> spawn_runtime(const RuntimeCall& call);

Result<size_t> poll(std::span<pollfd> fds, int timeout_ms);  // EINTR counts as nothing ready
Result<UniqueFd> accept(int listener);
void grow_pipe(int fd, int bytes);                                                  // best effort
void free_range(int fd, off_t from, off_t size);                                    // punches a hole; best effort
Result<> write_at(int fd, std::string_view head, std::string_view body, off_t at);  // all of both
Result<> set_window(int terminal, unsigned rows, unsigned columns);
Result<UniqueFd> receive_console(int listener);  // the terminal that the runtime sent; does not wait
UniqueFd open_terminal_peer(int master);         // none where the kernel cannot
Result<UniqueFd> duplicate(int fd);
bool is_mount_root(const std::string& path);
std::string read_small(const std::string& path);                   // "" where it cannot be read
void write_small(const std::string& path, std::string_view text);  // an existing file; best effort
int64_t monotonic_ms();

// Pages of its own, given back while nothing flows.
class CopyBuffer {
 public:
  explicit CopyBuffer(size_t size) : size_(size) {}
  ~CopyBuffer() { release(); }
  CopyBuffer(const CopyBuffer&) = delete;
  CopyBuffer& operator=(const CopyBuffer&) = delete;
  std::span<char> get();  // empty: no memory
  void release();
  bool held() const { return data_ != nullptr; }

 private:
  size_t size_;
  char* data_ = nullptr;
};

}  // namespace cove::monitor
