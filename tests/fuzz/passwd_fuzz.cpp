// fuzz-libs: users base
// Input: user string, group list, passwd and group texts, separated by NUL bytes. Whatever the bytes are, the look-up
// ends, and what it finds is in range.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/util.hpp"
#include "users/users.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto parts = cove::split_n({reinterpret_cast<const char*>(data), size}, '\0', 4);
  parts.resize(4);
  auto groups = parts[1].empty() ? std::vector<std::string>{} : cove::split(parts[1], ',');
  auto user = cove::users::resolve(parts[2], parts[3], parts[0], groups);
  if (user) {
    if (user->uid > INT32_MAX || user->gid > INT32_MAX || user->home.empty()) abort();
    for (auto gid : user->groups)
      if (gid > INT32_MAX || gid == user->gid) abort();
  }
  for (const auto& entry : cove::users::parse_passwd(parts[2]))
    if (entry.name.empty()) abort();
  return 0;
}
