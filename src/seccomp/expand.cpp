#include <fmt/format.h>

#include <cstring>
#include <map>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "seccomp/seccomp.hpp"

namespace cove::seccomp {

namespace {

Failure invalid(std::string why) { return Failure(Error(Code::invalid, "seccomp profile: " + std::move(why))); }

struct Arch {
  std::string_view machine, profile, libseccomp;  // uname -m, the profile's name, SCMP_ARCH_…
};
constexpr Arch kArchs[] = {
    {"x86_64", "amd64", "SCMP_ARCH_X86_64"},
    {"aarch64", "arm64", "SCMP_ARCH_AARCH64"},
    {"i686", "x86", "SCMP_ARCH_X86"},
    {"armv7l", "arm", "SCMP_ARCH_ARM"},
    {"s390x", "s390x", "SCMP_ARCH_S390X"},
    {"ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE"},
    {"riscv64", "riscv64", "SCMP_ARCH_RISCV64"},
    {"mips64", "mipsel64", "SCMP_ARCH_MIPSEL64"},
    {"loongarch64", "loongarch64", "SCMP_ARCH_LOONGARCH64"},
};

const Arch* find_arch(std::string_view machine) {
  for (const auto& arch : kArchs)
    if (arch.machine == machine) return &arch;
  return nullptr;
}

bool holds(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// "6.1.0-28-amd64" at least "4.8"?
bool kernel_at_least(std::string_view have, std::string_view wanted) {
  auto numbers = [](std::string_view text) {
    std::pair<uint64_t, uint64_t> out{0, 0};
    auto parts = split(text, '.');
    auto digits = [](std::string_view part) {
      return parse_uint(part.substr(0, std::min(part.find_first_not_of("0123456789"), part.size()))).value_or(0);
    };
    out.first = digits(parts[0]);
    if (parts.size() > 1) out.second = digits(parts[1]);
    return out;
  };
  return numbers(have) >= numbers(wanted);
}

// Every capability must be held, any architecture will do.
bool included(const json::Value& filter, const Target& target, std::string_view arch) {
  if (auto arches = filter["arches"].strings(); !arches.empty() && !holds(arches, arch)) return false;
  for (const auto& cap : filter["caps"].strings())
    if (!holds(target.capabilities, cap)) return false;
  const auto& kernel = filter["minKernel"].as_string();
  return kernel.empty() || kernel_at_least(target.kernel, kernel);
}

bool excluded(const json::Value& filter, const Target& target, std::string_view arch) {
  if (holds(filter["arches"].strings(), arch)) return true;
  for (const auto& cap : filter["caps"].strings())
    if (holds(target.capabilities, cap)) return true;
  const auto& kernel = filter["minKernel"].as_string();
  return !kernel.empty() && kernel_at_least(target.kernel, kernel);
}

// A number, or a name such as EPERM. Null: not said.
Result<json::Value> read_errno(const json::Value& name, const json::Value& number) {
  const auto& text = name.as_string();
  if (text.empty()) return number.is_integer() ? number : json::Value();
  if (auto value = parse_uint(text)) return json::Value(*value);
  for (int i = 1; i < 200; ++i)
    if (const char* known = strerrorname_np(i); known && text == known) return json::Value(i);
  return invalid("unknown errno " + text);
}

Result<json::Value> expand_call(const json::Value& call) {
  auto names = call["names"].strings();
  const auto& name = call["name"].as_string();
  if (!name.empty() && !names.empty())
    return invalid("'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
  if (!name.empty()) names = {name};
  auto out = json::Value::object();
  if (names.empty()) return out;
  out.set("names", names);
  out.set("action", call["action"]);
  auto number = TRY(read_errno(call["errno"], call["errnoRet"]));
  if (!number.is_null()) out.set("errnoRet", std::move(number));
  json::Array args;
  for (const auto& arg : call["args"].items()) {
    auto one = json::Value::object();
    one.set("index", arg["index"].as_uint());
    one.set("value", arg["value"].as_uint());
    if (arg["valueTwo"].as_uint() != 0) one.set("valueTwo", arg["valueTwo"].as_uint());
    one.set("op", arg["op"].as_string());
    args.push_back(std::move(one));
  }
  if (!args.empty()) out.set("args", std::move(args));
  return out;
}

json::Value architectures(const json::Value& profile, const Arch* arch) {
  json::Array out;
  for (const auto& name : profile["architectures"].strings()) out.emplace_back(name);
  for (const auto& entry : profile["archMap"].items()) {
    if (!arch || entry["architecture"].as_string() != arch->libseccomp) continue;
    out.push_back(entry["architecture"]);
    for (const auto& sub : entry["subArchitectures"].strings()) out.emplace_back(sub);
    break;
  }
  return out;
}

}  // namespace

Result<json::Value> expand(const json::Value& profile, const Target& target) {
  if (!profile.is_object()) return invalid("not a JSON object");
  if (profile["defaultAction"].as_string().empty()) {
    if (profile["syscalls"].empty()) return json::Value();
    return invalid("it misses the default action");
  }
  if (!profile["architectures"].empty() && !profile["archMap"].empty())
    return invalid(
        "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
  const auto* arch = find_arch(target.arch);
  auto out = json::Value::object();
  out.set("defaultAction", profile["defaultAction"]);
  auto number = TRY(read_errno(profile["defaultErrno"], profile["defaultErrnoRet"]));
  if (!number.is_null()) out.set("defaultErrnoRet", std::move(number));
  if (auto list = architectures(profile, arch); !list.empty()) out.set("architectures", std::move(list));
  for (auto key : {"flags", "listenerPath", "listenerMetadata"})
    if (const auto* value = profile.find(key); value && !(value->empty() && value->as_string().empty()))
      out.set(key, *value);
  json::Array calls;
  for (const auto& call : profile["syscalls"].items()) {
    auto name = arch ? arch->profile : std::string_view();
    if (excluded(call["excludes"], target, name) || !included(call["includes"], target, name)) continue;
    auto one = TRY(expand_call(call));
    if (!one.empty()) calls.push_back(std::move(one));
  }
  if (!calls.empty()) out.set("syscalls", std::move(calls));
  return out;
}

std::string find_default_profile(const std::string& root) {
  for (auto path : {"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"})
    if (path_exists(root + path)) return root + path;
  return "";
}

Result<json::Value> load_section(const std::string& profile_path, const Target& target) {
  auto frame = "seccomp profile " + profile_path;
  auto text = TRY_CTX(read_file(profile_path), frame);
  auto profile = TRY_CTX(json::parse(text), frame);
  return TRY_CTX(expand(profile, target), frame);
}

}  // namespace cove::seccomp
