#include "linux/capabilities.hpp"

#include <algorithm>
#include <cctype>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove::linux_ {

const std::vector<std::string>& capability_names() {
  static const std::vector<std::string> names = {"CAP_CHOWN",
                                                 "CAP_DAC_OVERRIDE",
                                                 "CAP_DAC_READ_SEARCH",
                                                 "CAP_FOWNER",
                                                 "CAP_FSETID",
                                                 "CAP_KILL",
                                                 "CAP_SETGID",
                                                 "CAP_SETUID",
                                                 "CAP_SETPCAP",
                                                 "CAP_LINUX_IMMUTABLE",
                                                 "CAP_NET_BIND_SERVICE",
                                                 "CAP_NET_BROADCAST",
                                                 "CAP_NET_ADMIN",
                                                 "CAP_NET_RAW",
                                                 "CAP_IPC_LOCK",
                                                 "CAP_IPC_OWNER",
                                                 "CAP_SYS_MODULE",
                                                 "CAP_SYS_RAWIO",
                                                 "CAP_SYS_CHROOT",
                                                 "CAP_SYS_PTRACE",
                                                 "CAP_SYS_PACCT",
                                                 "CAP_SYS_ADMIN",
                                                 "CAP_SYS_BOOT",
                                                 "CAP_SYS_NICE",
                                                 "CAP_SYS_RESOURCE",
                                                 "CAP_SYS_TIME",
                                                 "CAP_SYS_TTY_CONFIG",
                                                 "CAP_MKNOD",
                                                 "CAP_LEASE",
                                                 "CAP_AUDIT_WRITE",
                                                 "CAP_AUDIT_CONTROL",
                                                 "CAP_SETFCAP",
                                                 "CAP_MAC_OVERRIDE",
                                                 "CAP_MAC_ADMIN",
                                                 "CAP_SYSLOG",
                                                 "CAP_WAKE_ALARM",
                                                 "CAP_BLOCK_SUSPEND",
                                                 "CAP_AUDIT_READ",
                                                 "CAP_PERFMON",
                                                 "CAP_BPF",
                                                 "CAP_CHECKPOINT_RESTORE"};
  return names;
}

std::optional<int> find_capability(std::string_view name) {
  std::string full(name);
  for (char& c : full) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!full.starts_with("CAP_")) full.insert(0, "CAP_");
  const auto& names = capability_names();
  auto it = std::find(names.begin(), names.end(), full);
  if (it == names.end()) return std::nullopt;
  return static_cast<int>(it - names.begin());
}

std::vector<std::string> capability_list(uint64_t mask) {
  std::vector<std::string> out;
  for (size_t i = 0; i < capability_names().size(); i++) {
    if (mask & capability_bit(static_cast<int>(i))) out.push_back(capability_names()[i]);
  }
  return out;
}

Result<CapabilitySets> parse_capability_sets(std::string_view status) {
  CapabilitySets sets;
  struct Row {
    std::string_view key;
    uint64_t* value;
    bool seen = false;
  } rows[] = {{"CapInh:", &sets.inheritable},
              {"CapPrm:", &sets.permitted},
              {"CapEff:", &sets.effective},
              {"CapBnd:", &sets.bounding},
              {"CapAmb:", &sets.ambient}};
  for (const std::string& line : split(status, '\n')) {
    for (Row& row : rows) {
      if (!line.starts_with(row.key)) continue;
      auto n = parse_uint(trim(std::string_view(line).substr(row.key.size())), 16);
      if (!n) return Failure(Error(Code::corrupt, fmt::format("status line {:?} makes no sense", line)));
      *row.value = *n;
      row.seen = true;
    }
  }
  for (const Row& row : rows) {
    if (!row.seen && row.key != "CapAmb:")
      return Failure(Error(Code::corrupt, fmt::format("status has no {}", row.key)));
  }
  return sets;
}

Result<CapabilitySets> read_capability_sets() { return parse_capability_sets(TRY(read_file("/proc/self/status"))); }

int read_last_capability(const std::string& root) {
  auto text = read_file(root + "/proc/sys/kernel/cap_last_cap");
  auto n = text ? parse_uint(trim(*text)) : std::nullopt;
  return n && *n < 64 ? static_cast<int>(*n) : 40;
}

}  // namespace cove::linux_
