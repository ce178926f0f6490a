// Counters of a cgroup, in the units that CgroupUsage promises.
#include <unistd.h>

#include <optional>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/cgroup.hpp"

namespace cove::linux_ {
namespace {

// Limits near the top of the range are how v1 says "none".
constexpr uint64_t kNoLimit = uint64_t{1} << 62;

uint64_t read_number(const std::string& dir, const char* file) {
  auto text = read_file(join_path(dir, file));
  if (!text) return 0;
  return parse_uint(trim(*text)).value_or(0);  // "max" is none: 0
}

uint64_t read_limit(const std::string& dir, const char* file) {
  uint64_t n = read_number(dir, file);
  return n >= kNoLimit ? 0 : n;
}

// "key value" lines.
std::optional<uint64_t> find_key(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    size_t space = line.find(' ');
    if (space != std::string::npos && std::string_view(line).substr(0, space) == key) {
      return parse_uint(trim(std::string_view(line).substr(space + 1)));
    }
  }
  return std::nullopt;
}

uint64_t read_key(const std::string& dir, const char* file, std::string_view key) {
  auto text = read_file(join_path(dir, file));
  return text ? find_key(*text, key).value_or(0) : 0;
}

// v2: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …" for each device.
void add_io_v2(const std::string& dir, CgroupUsage& u) {
  auto text = read_file(join_path(dir, "io.stat"));
  if (!text) return;
  for (const std::string& line : split(*text, '\n')) {
    for (const std::string& field : split(line, ' ')) {
      size_t eq = field.find('=');
      if (eq == std::string::npos) continue;
      std::string_view key = std::string_view(field).substr(0, eq);
      uint64_t n = parse_uint(std::string_view(field).substr(eq + 1)).value_or(0);
      if (key == "rbytes") u.read_bytes += n;
      if (key == "wbytes") u.write_bytes += n;
      if (key == "rios") u.read_ops += n;
      if (key == "wios") u.write_ops += n;
    }
  }
}

// v1: "8:0 Read 123" lines; false where there is no such file.
bool add_io_v1(const std::string& dir, const char* file, uint64_t& reads, uint64_t& writes) {
  auto text = read_file(join_path(dir, file));
  if (!text) return false;
  for (const std::string& line : split(*text, '\n')) {
    std::vector<std::string> f = split(line, ' ');
    if (f.size() != 3) continue;
    uint64_t n = parse_uint(f[2]).value_or(0);
    if (f[1] == "Read") reads += n;
    if (f[1] == "Write") writes += n;
  }
  return true;
}

}  // namespace

Result<uint64_t> Cgroup::oom_kills() const {
  const Dir* d = dir_of("memory");
  if (!d) return uint64_t{0};
  auto text = read_file(join_path(d->path, d->v2 ? "memory.events" : "memory.oom_control"));
  if (!text) return Failure(std::move(text).error());
  return find_key(*text, "oom_kill").value_or(0);
}

Result<CgroupUsage> Cgroup::usage() const {
  if (!exists()) return Failure(Error(Code::not_found, "the cgroup is gone"));
  CgroupUsage u;
  if (const Dir* d = dir_of("memory")) {
    u.memory = read_number(d->path, d->v2 ? "memory.current" : "memory.usage_in_bytes");
    u.memory_limit = read_limit(d->path, d->v2 ? "memory.max" : "memory.limit_in_bytes");
    u.memory_cache = read_key(d->path, "memory.stat", d->v2 ? "inactive_file" : "total_inactive_file");
  }
  const Dir* cpu = dir_of("cpuacct");
  if (cpu && !cpu->v2) {
    uint64_t tick = 1'000'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
    u.cpu_ns = read_number(cpu->path, "cpuacct.usage");
    u.cpu_user_ns = read_key(cpu->path, "cpuacct.stat", "user") * tick;
    u.cpu_system_ns = read_key(cpu->path, "cpuacct.stat", "system") * tick;
  } else {
    // cpu.stat is there on v2 even where the cpu controller is not on.
    for (const Dir& d : places_) {
      if (!d.v2) continue;
      u.cpu_ns = read_key(d.path, "cpu.stat", "usage_usec") * 1000;
      u.cpu_user_ns = read_key(d.path, "cpu.stat", "user_usec") * 1000;
      u.cpu_system_ns = read_key(d.path, "cpu.stat", "system_usec") * 1000;
    }
  }
  if (const Dir* d = dir_of("pids")) {
    u.pids = read_number(d->path, "pids.current");
    u.pids_limit = read_limit(d->path, "pids.max");
  }
  if (const Dir* d = dir_of("io"); d && d->v2) add_io_v2(d->path, u);
  if (const Dir* d = dir_of("blkio"); d && !d->v2) {
    // The plain files stay at zero where the disk has no CFQ scheduler; those of the throttle always count.
    if (!add_io_v1(d->path, "blkio.throttle.io_service_bytes_recursive", u.read_bytes, u.write_bytes)) {
      add_io_v1(d->path, "blkio.throttle.io_service_bytes", u.read_bytes, u.write_bytes);
    }
    if (!add_io_v1(d->path, "blkio.throttle.io_serviced_recursive", u.read_ops, u.write_ops)) {
      add_io_v1(d->path, "blkio.throttle.io_serviced", u.read_ops, u.write_ops);
    }
  }
  return u;
}

}  // namespace cove::linux_
