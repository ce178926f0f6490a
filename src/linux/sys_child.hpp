#pragma once
// System calls for the child part of a helper process (style rule SPAWN1): each is async-signal-safe, allocates nothing
// and answers with the result or -errno. Inside this library only.
#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace cove::linux_ {

// What a helper child sends: step 0 = success. `step` numbers are the caller's own.
struct ChildReport {
  int step = 0, error = 0;
};

// A child made by fork with extra CLONE_NEW* flags. It runs `body(argument)` and exits with what that returned; `body`
// may use the functions below only. wait() reaps it; the destructor does too.
class HelperChild {
 public:
  using Body = int (*)(void* argument);
  static Result<HelperChild> start(unsigned long new_namespaces, Body body, void* argument);
  HelperChild(HelperChild&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  HelperChild& operator=(HelperChild&&) = delete;
  ~HelperChild() { wait(); }
  pid_t pid() const { return pid_; }
  void wait();

 private:
  explicit HelperChild(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

namespace child {
int unshare(int flags);
int setns(int fd, int type);
int mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data);
int move_mount(int from, int to_dir, const char* to);
int open_tree_clone(const char* path);
int fchdir(int fd);
int close(int fd);
int read_until_end(int fd);                               // 0 at the end
int send_report(int socket, ChildReport report, int fd);  // fd -1: none
}  // namespace child

// Waits for a report on `socket`; gives the descriptor that came with it. `steps` names them from 1 on.
Result<UniqueFd> receive_report(int socket, const char* const* steps, int step_count);

}  // namespace cove::linux_
