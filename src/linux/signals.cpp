#include "linux/signals.hpp"

#include <cctype>
#include <iterator>

#include "base/util.hpp"

namespace cove::linux_ {
namespace {

constexpr int kRtMin = 34, kRtMax = 64;

// Numbers of the architectures that cove runs on (x86, arm, riscv, s390x, ppc64le), from 1.
constexpr const char* kNames[] = {"HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",  "FPE",
                                  "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM", "STKFLT",
                                  "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",  "XCPU",
                                  "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

int find_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); i++) {
    if (name == kNames[i]) return static_cast<int>(i) + 1;
  }
  if (name == "IOT") return 6;
  if (name == "CLD") return 17;
  if (name == "POLL") return 29;
  return 0;
}

int find_real_time(std::string_view name) {
  int base = name.starts_with("RTMIN") ? kRtMin : name.starts_with("RTMAX") ? kRtMax : 0;
  if (base == 0) return 0;
  name.remove_prefix(5);
  if (name.empty()) return base;
  if (name.front() != (base == kRtMin ? '+' : '-')) return 0;
  auto n = parse_uint(name.substr(1));
  if (!n || *n > kRtMax - kRtMin) return 0;
  return base == kRtMin ? base + static_cast<int>(*n) : base - static_cast<int>(*n);
}

}  // namespace

Result<int> parse_signal(std::string_view text) {
  if (auto n = parse_int(text)) {
    if (*n >= 1 && *n <= kRtMax) return static_cast<int>(*n);
    return Failure(Error(Code::invalid, fmt::format("invalid signal: {}", text)));
  }
  std::string name = upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  int found = find_name(name);
  if (found == 0) found = find_real_time(name);
  if (found) return found;
  Error e(Code::invalid, fmt::format("invalid signal: {}", text));
  auto near = nearest("SIG" + name, signal_names());
  if (!near) return Failure(std::move(e));
  return Failure(std::move(e).hint(fmt::format("did you mean {}?", *near)));
}

std::string signal_name(int signal) {
  if (signal >= 1 && signal <= static_cast<int>(std::size(kNames))) return fmt::format("SIG{}", kNames[signal - 1]);
  if (signal == kRtMin) return "SIGRTMIN";
  if (signal == kRtMax) return "SIGRTMAX";
  if (signal > kRtMin && signal <= kRtMin + (kRtMax - kRtMin) / 2) return fmt::format("SIGRTMIN+{}", signal - kRtMin);
  if (signal > kRtMin && signal < kRtMax) return fmt::format("SIGRTMAX-{}", kRtMax - signal);
  return std::to_string(signal);
}

const std::vector<std::string>& signal_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (int s = 1; s <= static_cast<int>(std::size(kNames)); s++) out.push_back(signal_name(s));
    for (int s = kRtMin; s <= kRtMax; s++) out.push_back(signal_name(s));
    return out;
  }();
  return names;
}

}  // namespace cove::linux_
