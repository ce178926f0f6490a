// cove-monitor: one for each running container. Started by the engine with a socket as descriptor 3, over which it gets
// one launch message (protocol/messages.hpp); not meant for people.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/sys/sys.hpp"
#include "monitor/monitor.hpp"
#include "protocol/channel.hpp"

using namespace cove;

int main() {
  UniqueFd engine(3);
  if (!sys::set_cloexec(engine.get(), true)) {
    static constexpr char kText[] = "cove-monitor is started by cove, not by hand\n";
    [[maybe_unused]] auto n = ::write(2, kText, sizeof kText - 1);
    return 2;
  }
  ::umask(022);
  [[maybe_unused]] int at_root = ::chdir("/");  // the caller's folder must not stay in use
  monitor::CopyBuffer buffer(protocol::kPacketBuffer);
  auto message = protocol::receive(engine.get(), buffer.get());
  if (!message || !*message || (*message)->type != protocol::Type::launch) return 1;
  auto request = protocol::decode<protocol::LaunchRequest>((*message)->body);
  auto valid = request && !request->runtime.empty() && !request->id.empty();
  if (!valid) {
    Error error =
        request ? Error(Code::corrupt, "the launch message names no runtime or no container") : request.error();
    protocol::Failed failed = {.error = error.encode()};
    (void)protocol::send_body(engine.get(), protocol::Type::failed, failed);
    return 1;
  }
  buffer.release();
  auto container =
      std::make_unique<monitor::Monitor>(std::move(engine), std::move(*request), std::move((*message)->fds));
  message = std::optional<protocol::Message>();
  return container->run();
}
