// fuzz-libs: protocol base
// The first byte chooses the message; the rest is its body, or with 0 a whole packet's header. What decodes must encode
// to something that decodes to the same bytes.
#include <cstdlib>

#include "protocol/codec.hpp"

namespace {
template <class T>
void check(std::string_view body) {
  auto first = cove::protocol::decode<T>(body);
  if (!first) return;
  std::string bytes = cove::protocol::encode(*first);
  auto second = cove::protocol::decode<T>(bytes);
  if (!second || cove::protocol::encode(*second) != bytes) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cove::protocol;
  if (size == 0) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 12) {
    case 0:
      (void)get_header(body);
      break;
    case 1:
      check<LaunchRequest>(body);
      break;
    case 2:
      check<Hello>(body);
      break;
    case 3:
      check<Resize>(body);
      break;
    case 4:
      check<StatusReply>(body);
      break;
    case 5:
      check<Started>(body);
      break;
    case 6:
      check<Failed>(body);
      break;
    case 7:
      check<Exited>(body);
      break;
    case 8:
      check<ExecRequest>(body);
      break;
    case 9:
      check<ExecStarted>(body);
      break;
    case 10:
      check<ExecExited>(body);
      break;
    default:
      check<LogSegments>(body);
      break;
  }
  return 0;
}
