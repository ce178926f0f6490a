#include <errno.h>
#include <fmt/format.h>
#include <seccomp.h>

#include <memory>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "seccomp/seccomp.hpp"

namespace cove::seccomp {

namespace {

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

Failure invalid(std::string why) { return Failure(Error(Code::invalid, "seccomp profile: " + std::move(why))); }

Result<> check(int status, std::string_view step) {
  if (status >= 0) return {};
  return Failure(Error::from_errno(-status, fmt::format("seccomp filter: {}", step)));
}

// Names as the runtime specification has them, with and without the prefix' last word.
Result<uint32_t> action_of(const json::Value& name, const json::Value& errno_value) {
  const auto& text = name.as_string();
  bool takes_errno = text == "SCMP_ACT_ERRNO" || text == "SCMP_ACT_TRACE";
  if (errno_value.is_integer() && !takes_errno) return invalid("errno value specified for action `" + text + "`");
  auto number = static_cast<uint32_t>(errno_value.as_uint(EPERM));
  if (number > 0xffff) return invalid(fmt::format("errno {} is out of range", number));
  if (text == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (text == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(number);
  if (text == "SCMP_ACT_KILL" || text == "SCMP_ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
  if (text == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  if (text == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  if (text == "SCMP_ACT_TRAP") return SCMP_ACT_TRAP;
  if (text == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(number);
  if (text == "SCMP_ACT_NOTIFY") return SCMP_ACT_NOTIFY;
  return invalid("unknown action `" + text + "`");
}

Result<scmp_compare> operator_of(const std::string& name) {
  static constexpr std::pair<std::string_view, scmp_compare> kOperators[] = {
      {"SCMP_CMP_NE", SCMP_CMP_NE},
      {"SCMP_CMP_LT", SCMP_CMP_LT},
      {"SCMP_CMP_LE", SCMP_CMP_LE},
      {"SCMP_CMP_EQ", SCMP_CMP_EQ},
      {"SCMP_CMP_GE", SCMP_CMP_GE},
      {"SCMP_CMP_GT", SCMP_CMP_GT},
      {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
  };
  for (const auto& [known, value] : kOperators)
    if (known == name) return value;
  return invalid("unknown operator `" + name + "`");
}

Result<> add_architectures(const Context& context, const json::Value& section) {
  for (auto name : section["architectures"].strings()) {
    if (name.starts_with("SCMP_ARCH_")) name = name.substr(10);
    auto token = seccomp_arch_resolve_name(to_lower(name).c_str());
    if (token == 0) return invalid("unknown architecture " + name);
    int status = seccomp_arch_add(context.get(), token);
    if (status != -EEXIST) TRY(check(status, "adding architecture " + name));
  }
  return {};
}

struct Conditions {
  std::vector<scmp_arg_cmp> list;
  bool any = false;  // the same argument twice: one condition is enough, each is a rule of its own
};
Result<Conditions> read_conditions(const json::Value& call) {
  Conditions out;
  unsigned seen = 0;
  for (const auto& arg : call["args"].items()) {
    auto index = arg["index"].as_uint();
    if (index > 5 || out.list.size() == 6) return invalid(fmt::format("argument index {} is out of range", index));
    out.any |= (seen >> index & 1) != 0;
    seen |= 1U << index;
    scmp_arg_cmp one{};
    one.arg = static_cast<unsigned>(index);
    one.op = TRY(operator_of(arg["op"].as_string()));
    one.datum_a = arg["value"].as_uint();
    one.datum_b = arg["valueTwo"].as_uint();
    out.list.push_back(one);
  }
  return out;
}

Result<> add_call(const Context& context, uint32_t action, const std::string& name, const Conditions& conditions) {
  int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) return {};  // a call that this libseccomp has never heard of gets the default action
  const auto* list = conditions.list.data();
  auto count = static_cast<unsigned>(conditions.list.size());
  if (!conditions.any)
    return check(seccomp_rule_add_array(context.get(), action, number, count, list), "rule for " + name);
  for (unsigned i = 0; i < count; ++i)
    TRY(check(seccomp_rule_add_array(context.get(), action, number, 1, list + i), "rule for " + name));
  return {};
}

}  // namespace

Result<std::string> compile(const json::Value& section) {
  auto otherwise = TRY(action_of(section["defaultAction"], section["defaultErrnoRet"]));
  Context context(seccomp_init(otherwise));
  if (!context) return invalid("the default action cannot be used here");
  TRY(add_architectures(context, section));
  for (const auto& call : section["syscalls"].items()) {
    auto action = TRY(action_of(call["action"], call["errnoRet"]));
    if (action == otherwise) continue;
    auto conditions = TRY(read_conditions(call));
    for (const auto& name : call["names"].strings()) TRY(add_call(context, action, name, conditions));
  }
  auto file = TRY(sys::memfd_create("seccomp-filter"));
  TRY(check(seccomp_export_bpf(context.get(), file.get()), "exporting"));
  auto status = TRY(sys::fstat(file.get()));
  std::string out(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < out.size()) {
    auto got = TRY(sys::pread(file.get(), out.data() + done, out.size() - done, static_cast<off_t>(done)));
    if (got == 0) return Failure(Error(Code::internal, "seccomp filter: short read"));
    done += got;
  }
  if (out.empty() || out.size() % 8 != 0) return Failure(Error(Code::internal, "seccomp filter: not a filter program"));
  return out;
}

}  // namespace cove::seccomp
