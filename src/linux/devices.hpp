#pragma once
// Host device nodes: for --privileged (all of them) and --device (one, or a directory of them).
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace cove::linux_ {

// `type` is 'c', 'b' or 'p' as the OCI runtime specification names them.
struct DeviceNode {
  std::string path;
  char type = 'c';
  unsigned major = 0, minor = 0;
  mode_t mode = 0;  // permission bits
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const DeviceNode&) const = default;
};

// The node behind `path` (links are followed; the result keeps the given path). Code::invalid where it is no device.
Result<DeviceNode> stat_device(const std::string& path);
// A device, or every device below a directory (--device /dev/snd), sorted by path. Links are not followed inside.
Result<std::vector<DeviceNode>> expand_device(const std::string& path);
// Everything a privileged container gets: all below /dev but pts, shm, fd, mqueue, console, lxc, lxd-containers,
// .udev and .lxc, and without the container's own tty nodes (tty, ptmx, tty0-63 with a systemd container).
Result<std::vector<DeviceNode>> host_devices(const std::string& dev = "/dev", bool skip_virtual_terminals = false);

}  // namespace cove::linux_
