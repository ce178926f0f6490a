// Times commands against each other: each round starts every command once, in turn, waits for its end, and notes the
// wall time, so that noise of the machine meets all alike.
//
//   timer ROUNDS JOBS [--] NAME [@NSFILE] WORD… [-- NAME [@NSFILE] WORD… ]…
//
// "{}" in a word becomes a number that is never used twice. @NSFILE: a mount namespace to join first. Standard output
// goes to /dev/null. JOBS > 1: each command by itself, ROUNDS times, JOBS at a time. One line for each command:
//   NAME median p99 total(all in microseconds) largest-resident-set(KiB) failures
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Command {
  std::string name;
  int mount_ns = -1;
  std::vector<std::string> words;
  std::vector<double> times;
  double total = 0;
  long resident = 0;
  int failures = 0;
};

struct Running {
  Command* command;
  Clock::time_point start;
};

int counter = 0;
std::map<pid_t, Running> running;

void start(Command& command) {
  std::vector<std::string> words = command.words;
  ++counter;
  for (std::string& word : words) {
    if (size_t at = word.find("{}"); at != std::string::npos) word.replace(at, 2, std::to_string(counter));
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Clock::time_point begin = Clock::now();
  pid_t pid = ::fork();
  if (pid == 0) {
    if (command.mount_ns >= 0 && ::setns(command.mount_ns, CLONE_NEWNS) < 0) ::_exit(99);
    int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::execvp(argv[0], argv.data());
    ::_exit(98);
  }
  running[pid] = {.command = &command, .start = begin};
}

void wait_one() {
  int status = 0;
  rusage usage = {};
  pid_t pid = ::wait4(-1, &status, 0, &usage);
  Clock::time_point now = Clock::now();
  auto it = running.find(pid);
  if (it == running.end()) return;
  Command& command = *it->second.command;
  command.times.push_back(std::chrono::duration<double, std::micro>(now - it->second.start).count());
  command.resident = std::max(command.resident, usage.ru_maxrss);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++command.failures;
  running.erase(it);
}

double at_rank(std::vector<double> times, double rank) {
  if (times.empty()) return 0;
  std::sort(times.begin(), times.end());
  return times[std::min(times.size() - 1, static_cast<size_t>(rank * static_cast<double>(times.size())))];
}

std::vector<Command> parse(int argc, char** argv) {
  std::vector<Command> commands;
  bool fresh = true;
  for (int i = 3; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") {
      fresh = true;
    } else if (fresh) {
      commands.emplace_back().name = word;
      fresh = false;
    } else if (word[0] == '@' && commands.back().words.empty()) {
      commands.back().mount_ns = ::open(word.c_str() + 1, O_RDONLY | O_CLOEXEC);
    } else {
      commands.back().words.push_back(word);
    }
  }
  return commands;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  long rounds = std::strtol(argv[1], nullptr, 10);
  long jobs = std::strtol(argv[2], nullptr, 10);
  std::vector<Command> commands = parse(argc, argv);
  if (jobs <= 1) {
    for (long round = 0; round < rounds; ++round) {
      for (Command& command : commands) {
        start(command);
        while (!running.empty()) wait_one();
      }
    }
    for (Command& command : commands) {
      for (double time : command.times) command.total += time;
    }
  } else {
    for (Command& command : commands) {
      Clock::time_point begin = Clock::now();
      for (long left = rounds; left > 0 || !running.empty();) {
        if (left > 0 && running.size() < static_cast<size_t>(jobs)) {
          start(command);
          --left;
        } else {
          wait_one();
        }
      }
      command.total = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
    }
  }
  for (const Command& c : commands) {
    std::printf("%s %.0f %.0f %.0f %ld %d\n", c.name.c_str(), at_rank(c.times, 0.5), at_rank(c.times, 0.99), c.total,
                c.resident, c.failures);
  }
  return 0;
}
