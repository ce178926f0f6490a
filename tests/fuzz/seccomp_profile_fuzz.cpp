// fuzz-libs: seccomp json base -l:libseccomp.a
// Input: a profile. Expanding never fails but with an error; an expanded section that compiles is a whole program.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json.hpp"
#include "seccomp/seccomp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto profile = cove::json::parse({reinterpret_cast<const char*>(data), size});
  if (!profile) return 0;
  cove::seccomp::Target target{"x86_64", "6.1.0", {"CAP_CHOWN", "CAP_SYS_CHROOT"}};
  auto section = cove::seccomp::expand(*profile, target);
  if (!section || section->is_null()) return 0;
  auto program = cove::seccomp::compile(*section);
  if (program && (program->empty() || program->size() % 8 != 0)) abort();
  return 0;
}
