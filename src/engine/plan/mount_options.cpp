#include "engine/plan/mounts.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;

namespace {

enum class Only { any, tmpfs, bind };
// An option name, the group of which one may be given, and where it is allowed.
struct OptionRule {
  std::string_view name, group;
  Only only = Only::any;
  bool keep = true;
};
constexpr OptionRule kRules[] = {
    {"copy", "copy"},
    {"nocopy", "copy"},
    {"O", "O"},
    {"exec", "exec"},
    {"noexec", "exec"},
    {"suid", "suid"},
    {"nosuid", "suid"},
    {"dev", "dev"},
    {"nodev", "dev"},
    {"rw", "write"},
    {"ro", "write"},
    {"private", "propagation"},
    {"rprivate", "propagation"},
    {"slave", "propagation"},
    {"rslave", "propagation"},
    {"shared", "propagation"},
    {"rshared", "propagation"},
    {"unbindable", "propagation"},
    {"runbindable", "propagation"},
    {"size", "size", Only::tmpfs},
    {"mode", "mode", Only::tmpfs},
    {"uid", "uid", Only::tmpfs},
    {"gid", "gid", Only::tmpfs},
    {"nr_inodes", "nr_inodes", Only::tmpfs},
    {"nr_blocks", "nr_blocks", Only::tmpfs},
    {"tmpcopyup", "copyup", Only::tmpfs},
    {"notmpcopyup", "copyup", Only::tmpfs, false},
    {"noswap", "swap", Only::tmpfs},
    {"noatime", "atime", Only::tmpfs},
    {"consistency", "", Only::any, false},
    {"no-dereference", "dereference"},
    {"bind", "bind", Only::bind},
    {"rbind", "bind", Only::bind},
    {"z", "z", Only::bind},
    {"Z", "z", Only::bind},
    {"U", "U"},
    {"idmap", "idmap"},
};

std::string duplicate_message(const OptionRule& rule) {
  if (rule.group == "propagation") return "only one root propagation mode can be used";
  if (rule.group == "size" || rule.group == "mode")
    return fmt::format("only one tmpfs {} can be specified", rule.group);
  if (rule.group == "copyup") return "the 'tmpcopyup' or 'notmpcopyup' option can only be set once";
  for (const auto& other : kRules)
    if (other.group == rule.group && other.name != rule.name) {
      // podman names the negative form first
      auto first = std::max(rule.name, other.name, [](auto a, auto b) { return a.size() < b.size(); });
      auto second = first == rule.name ? other.name : rule.name;
      return fmt::format("only one of '{}' and '{}' can be used", first, second);
    }
  return fmt::format("the '{}' option can only be set once", rule.name);
}

Result<const OptionRule*> find_rule(std::string_view option, bool tmpfs, bool rootless) {
  auto key = text::cut(option, '=').before;
  for (const auto& rule : kRules) {
    if (rule.name != key) continue;
    if (rule.only == Only::tmpfs && !tmpfs)
      return invalid("the '{}' option is only allowed with tmpfs mounts: invalid mount option", rule.name);
    if (rule.only == Only::bind && tmpfs)
      return invalid("the '{}' option is not allowed with tmpfs mounts: invalid mount option", rule.name);
    if (rule.group == "swap" && rootless)
      return invalid("the 'noswap' option is only allowed with rootful tmpfs mounts: invalid mount option");
    return &rule;
  }
  return invalid("unknown mount option {}: invalid mount option", text::quoted(option));
}

}  // namespace

Result<Strings> complete_options(const Strings& options, bool tmpfs, bool rootless, SourceFlags flags) {
  Strings out, groups;
  bool recursive = true;
  for (const auto& option : options) {
    if (option.starts_with("subpath") || option.starts_with("volume-opt") || option.starts_with("upperdir=") ||
        option.starts_with("workdir=")) {
      out.push_back(option);
      continue;
    }
    const auto* rule = TRY(find_rule(option, tmpfs, rootless));
    if (!rule->group.empty() && text::contains(groups, rule->group))
      return invalid("{}: duplicate mount option passed", duplicate_message(*rule));
    groups.emplace_back(rule->group);
    if (option == "bind") recursive = false;
    if (rule->keep) out.push_back(option);
  }
  auto missing = [&](std::string_view group) { return !text::contains(groups, group); };
  if (missing("propagation")) out.emplace_back(recursive ? "rprivate" : "private");
  if (missing("exec") && flags.noexec) out.emplace_back("noexec");
  if (missing("suid") && (flags.nosuid || tmpfs)) out.emplace_back("nosuid");
  if (missing("dev") && (flags.nodev || tmpfs)) out.emplace_back("nodev");
  if (tmpfs && missing("copyup")) out.emplace_back("tmpcopyup");
  if (!tmpfs && missing("bind")) out.emplace_back("rbind");
  return out;
}

Result<> check_mount_options(const MountWish& wish, bool rootless) {
  if (wish.kind == MountKind::tmpfs) TRY(complete_options(wish.options, true, rootless, {}));
  if (wish.kind == MountKind::bind || wish.kind == MountKind::volume)
    TRY(complete_options(wish.options, false, rootless, {}));
  return {};
}

namespace {
bool engine_option(const std::string& option) {
  return option == "z" || option == "Z" || option == "U" || option == "O" || option == "copy" || option == "nocopy" ||
         option.starts_with("idmap") || option.starts_with("subpath") || option.starts_with("volume-opt") ||
         option.starts_with("upperdir=") || option.starts_with("workdir=");
}
}  // namespace

Result<SpecMount> make_mount(const MountWish& wish, const std::string& source, const SpecUser& user,
                             SourceFlags flags) {
  SpecMount mount{.destination = wish.destination, .type = "bind", .source = source};
  bool memory = wish.kind == MountKind::tmpfs || wish.kind == MountKind::ramfs;
  if (memory || wish.kind == MountKind::devpts || wish.kind == MountKind::mqueue) {
    mount.type = to_string(wish.kind);
    mount.source = mount.type;
  }
  Strings options = wish.options;
  if (wish.kind == MountKind::image) options = {wish.read_write ? "rw" : "ro"};
  if (wish.kind == MountKind::tmpfs)
    options = TRY(complete_options(options, true, false, flags));
  else if (mount.type == "bind")
    options = TRY(complete_options(options, false, false, flags));
  for (const auto& option : options) {
    if (option == "U" && memory) {
      mount.options.push_back(fmt::format("uid={}", user.uid));
      mount.options.push_back(fmt::format("gid={}", user.gid));
    } else if (option == "no-dereference") {
      mount.options.emplace_back("copy-symlink");  // the name that the runtime knows
    } else if (!engine_option(option)) {
      mount.options.push_back(option);
    }
  }
  return mount;
}

std::vector<SpecMount> order_mounts(std::vector<SpecMount> mounts) {
  std::vector<SpecMount> out;
  std::vector<bool> done(mounts.size());
  std::vector<std::string> paths;
  paths.reserve(mounts.size());
  for (const auto& mount : mounts) paths.push_back(text::clean(mount.destination));
  for (size_t i = 0; i < mounts.size(); ++i) {
    if (done[i]) continue;
    // What would cover this one comes first, the widest of all at the front.
    std::vector<size_t> before;
    for (size_t j = i + 1; j < mounts.size(); ++j)
      if (!done[j] && paths[j] != paths[i] && text::is_below(paths[i], paths[j])) before.push_back(j);
    std::stable_sort(before.begin(), before.end(),
                     [&](size_t a, size_t b) { return paths[a].size() < paths[b].size(); });
    before.push_back(i);
    for (auto k : before) {
      done[k] = true;
      out.push_back(std::move(mounts[k]));
    }
  }
  return out;
}

}  // namespace cove::plan
