#include "runtime/launch.hpp"

#include <sys/socket.h>

#include "base/sys/sys.hpp"
#include "protocol/channel.hpp"

namespace cove::runtime {

struct LaunchAccess {
  static Child take_child(MonitorProcess& m) { return std::move(m.child_); }
  static UniqueFd take_socket(MonitorProcess& m) { return std::move(m.socket_); }
};

Result<MonitorProcess> MonitorProcess::start(const std::string& program) {
  auto pair = TRY(sys::socketpair(SOCK_SEQPACKET));
  SpawnSpec spec;
  spec.argv = {program};
  spec.keep = {{pair.second.get(), 3}};
  spec.new_session = true;
  Child child = TRY_CTX(spawn(spec), "starting the container's monitor");
  return MonitorProcess(std::move(child), std::move(pair.first));
}

namespace {

Result<std::vector<int>> descriptors(const LaunchSpec& spec) {
  std::vector<int> fds = {spec.lock};
  fds.insert(fds.end(), spec.mounts.begin(), spec.mounts.end());
  if (spec.request.log.driver == protocol::LogDriver::passthrough) fds.insert(fds.end(), {spec.in, spec.out, spec.err});
  fds.insert(fds.end(), spec.preserve_fds.begin(), spec.preserve_fds.end());
  for (int fd : fds) {
    if (fd < 0) return Failure(Error(Code::internal, "a descriptor of the launch message is missing"));
  }
  if (spec.mounts.size() != spec.request.mounts.size())
    return Failure(Error(Code::internal, "mounts without descriptors"));
  return fds;
}

// Until the monitor says how it went.
Result<protocol::Started> await_start(Connection& connection, const LaunchSpec& spec, UniqueFd& netns) {
  bool runs = spec.request.mode == protocol::Mode::run;
  if (spec.request.make_netns) {
    Event e = TRY(connection.expect(protocol::Type::network));
    if (e.fds.empty()) return Failure(Error(Code::corrupt, "the monitor handed out no network namespace"));
    netns = std::move(e.fds.front());
    if (spec.setup_network) TRY(spec.setup_network(netns.get()));
    TRY(protocol::send(connection.fd(), protocol::Type::network_ready, {}));
  }
  Event e = TRY(connection.expect(runs ? protocol::Type::started : protocol::Type::created));
  return protocol::decode<protocol::Started>(e.data);
}

}  // namespace

Result<Launched> launch(const LaunchSpec& spec, MonitorProcess monitor) {
  protocol::LaunchRequest request = spec.request;
  request.preserve_fds = static_cast<uint32_t>(spec.preserve_fds.size());
  std::vector<int> fds = TRY(descriptors(spec));
  Launched out{.connection = Connection(LaunchAccess::take_socket(monitor)),
               .monitor = LaunchAccess::take_child(monitor)};
  TRY_CTX(protocol::send(out.connection.fd(), protocol::Type::launch, protocol::encode(request), fds),
          "talking to the container's monitor");
  auto started = await_start(out.connection, spec, out.netns);
  if (!started) {
    // It ends by itself once its socket is closed; waiting makes sure that the lock is free again.
    out.connection = Connection(UniqueFd());
    (void)out.monitor.wait();
    if (started.error().code() == Code::gone)
      return Failure(std::move(started).error().as(Code::runtime).with("the monitor has died"));
    return Failure(std::move(started).error());
  }
  out.pid = started->pid;
  out.pid_start = started->pid_start;
  out.at = started->at;
  return out;
}

Result<Launched> launch(const LaunchSpec& spec, const std::string& monitor_program) {
  return launch(spec, TRY(MonitorProcess::start(monitor_program)));
}

}  // namespace cove::runtime
