#include "engine/plan/mounts.hpp"

#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

std::string_view to_string(MountKind kind) {
  static constexpr std::string_view kNames[] = {"bind",   "tmpfs",  "ramfs",   "volume", "image",
                                                "devpts", "mqueue", "overlay", "glob",   "artifact"};
  return kNames[static_cast<size_t>(kind)];
}

namespace {

Failure duplicate(const std::string& destination) { return invalid("{}: duplicate mount destination", destination); }

// Groups of -v options of which one may be given.
struct OptionGroup {
  std::string_view members, message;
};
constexpr OptionGroup kVolumeGroups[] = {
    {" noexec exec ", "'noexec' or 'exec'"},
    {" nodev dev ", "'nodev' or 'dev'"},
    {" nosuid suid ", "'nosuid' or 'suid'"},
    {" rw ro ", "'rw' or 'ro'"},
    {" z Z O ", "'z', 'Z', or 'O'"},
    {" U ", "'U'"},
    {" private rprivate shared rshared slave rslave unbindable runbindable ",
     "'[r]shared', '[r]private', '[r]slave' or '[r]unbindable'"},
    {" bind rbind ", "'[r]bind'"},
    {" copy nocopy ", "'copy' or 'nocopy'"},
    {" no-dereference ", "'no-dereference'"},
};

Result<Strings> check_volume_options(const Strings& options) {
  int counts[std::size(kVolumeGroups)] = {};
  int upper = 0, work = 0;
  Strings out;
  for (const auto& option : options) {
    if (option == "cached" || option == "delegated") continue;  // macOS only, ignored as docker does
    bool has_upper = option.find("upperdir") != std::string::npos,
         has_work = option.find("workdir") != std::string::npos;
    if ((has_upper && ++upper > 1) || (has_work && ++work > 1))
      return invalid("invalid options {}, can only specify 1 {} per overlay", quoted(join(options, ", ")),
                     has_upper ? "upperdir" : "workdir");
    if (!has_upper && !has_work && !option.starts_with("idmap") && !option.starts_with("subpath=")) {
      bool known = false;
      for (size_t i = 0; i < std::size(kVolumeGroups) && !known; ++i) {
        if (option.empty() || kVolumeGroups[i].members.find(" " + option + " ") == std::string_view::npos) continue;
        known = true;
        if (++counts[i] > 1)
          return invalid("invalid options {}, can only specify 1 {} option", quoted(join(options, ", ")),
                         kVolumeGroups[i].message);
      }
      if (!known) return invalid("invalid option type {}", quoted(option));
    }
    out.push_back(option);
  }
  return out;
}

// State of one --mount text while its options are read.
struct MountText {
  MountWish wish;
  std::string type;
  Strings seen;  // groups that may come once
  Result<> once(std::string_view group, std::string_view message) {
    if (text::contains(seen, group))
      return invalid("cannot pass {} more than once: must provide an argument for option", message);
    seen.emplace_back(group);
    return {};
  }
  Result<> only_for(std::string_view name, std::string_view kind) const {
    if (type != kind) return invalid("{} option not supported for {} mount types", quoted(name), quoted(type));
    return {};
  }
};

constexpr std::string_view kPropagations = " shared rshared private rprivate slave rslave unbindable runbindable ";
bool is_propagation(const std::string& option) {
  return kPropagations.find(" " + option + " ") != std::string_view::npos;
}

Failure bad_option(std::string_view name) { return invalid("{}: invalid mount option", name); }
Failure needs_argument(std::string_view name) { return invalid("{}: must provide an argument for option", name); }

Result<> read_write_option(MountText& m, const text::Cut& option) {
  TRY(m.once("rw", "'readonly', 'ro', or 'rw' mnt.Options"));
  std::string name = option.before == "readonly" ? "ro" : option.before;
  auto value = to_lower(option.after);
  if (!option.found || value == "true")
    m.wish.options.push_back(name);
  else if (value == "false" && name == "rw")
    m.wish.options.emplace_back("ro");
  if (m.type == "image") m.wish.read_write = name == "rw" && (!option.found || value == "true");
  return {};
}

Result<> relabel_option(MountText& m, const text::Cut& option) {
  TRY(m.once("relabel", "'relabel' option"));
  if (option.after != "private" && option.after != "shared")
    return invalid("relabel mount option must be 'private' or 'shared': invalid mount option");
  m.wish.options.emplace_back(option.after == "private" ? "Z" : "z");
  return {};
}

Result<> chown_option(MountText& m, const text::Cut& option) {
  TRY(m.once("chown", "'U' or 'chown' option"));
  auto value = to_lower(option.after);
  if (value.empty() || value == "true")
    m.wish.options.emplace_back("U");
  else if (value != "false")
    return invalid(
        "'U' or 'chown' must be set to true or false, instead received {}: must provide an argument for option",
        quoted(option.after));
  return {};
}

// Options that name something: source, destination, sub-path. False: none of them.
Result<bool> place_option(MountText& m, const text::Cut& option) {
  const auto& name = option.before;
  if (name == "src" || name == "source") {
    if (m.type == "tmpfs") TRY(m.only_for(name, "bind"));
    TRY(m.once("source", quoted(name) + " option"));
    if (!option.found) return needs_argument(name);
    if (option.after.empty()) return invalid("host directory cannot be empty: must provide an argument for option");
    m.wish.source = option.after;
  } else if (name == "target" || name == "dst" || name == "dest" || name == "destination") {
    TRY(m.once("target", quoted(name) + " option"));
    if (!option.found) return needs_argument(name);
    m.wish.destination = TRY(text::container_path(option.after));
  } else if (name == "subpath" || name == "volume-subpath") {
    if (m.type != "volume" && m.type != "image")
      return invalid("cannot set option {} on non-volume mounts", quoted(name));
    if (!option.found) return needs_argument(name);
    if (m.type == "image" && !option.after.starts_with('/'))
      return invalid("volume subpath {} must be an absolute path", quoted(option.after));
    m.wish.subpath = option.after;
  } else {
    return false;
  }
  return true;
}

Result<> tmpfs_option(MountText& m, const text::Cut& option) {
  TRY(m.only_for(option.before, "tmpfs"));
  if (option.before == "tmpcopyup" || option.before == "notmpcopyup") {
    TRY(m.once("tmpcopyup", "'tmpcopyup' and 'notmpcopyup' mnt.Options"));
    m.wish.options.push_back(option.before);
    return {};
  }
  if (!option.found) return needs_argument(option.before);
  m.wish.options.push_back(option.before.substr(6) + "=" + option.after);  // tmpfs-mode, tmpfs-size
  return {};
}

Result<> one_mount_option(MountText& m, std::string_view argument, bool rootless) {
  auto option = text::cut(argument, '=');
  const auto& name = option.before;
  if (TRY(place_option(m, option)) || name == "consistency") return {};
  if (m.type == "image" && name != "rw" && name != "readwrite") return bad_option(name);
  if (name == "readwrite") option.before = "rw";
  if (m.type == "devpts") {
    static const Strings kDevpts = {"uid", "gid", "mode", "ptmxmode", "newinstance", "max"};
    if (!text::contains(kDevpts, name)) return bad_option(name);
    m.wish.options.emplace_back(argument);
    return {};
  }
  if (option.before == "readonly" || option.before == "ro" || option.before == "rw")
    return read_write_option(m, option);
  if (name == "relabel") return relabel_option(m, option);
  if (name == "U" || name == "chown") return chown_option(m, option);
  if (name == "tmpcopyup" || name == "notmpcopyup" || name == "tmpfs-mode" || name == "tmpfs-size")
    return tmpfs_option(m, option);
  if (name == "bind-nonrecursive") {
    TRY(m.only_for(name, "bind"));
    m.wish.options.emplace_back("bind");
  } else if (name == "bind-propagation") {
    TRY(m.only_for(name, "bind"));
    if (!option.found) return needs_argument(name);
    if (!is_propagation(option.after)) return invalid("invalid value {}", quoted(argument));
    m.wish.options.push_back(option.after);
  } else if (name == "idmap" || name == "volume-opt") {
    if (name == "volume-opt") TRY(m.only_for(name, "volume"));
    m.wish.options.emplace_back(argument);
  } else if (name == "nodev" || name == "dev" || name == "noexec" || name == "exec" || name == "nosuid" ||
             name == "suid") {
    auto kind = name.starts_with("no") ? name.substr(2) : name;
    TRY(m.once(kind, fmt::format("'no{}' and '{}' mnt.Options", kind, kind)));
    m.wish.options.push_back(name);
  } else if (name == "noswap") {
    if (rootless)
      return invalid(
          "the 'noswap' option is only allowed with rootful tmpfs mounts: must provide an argument for option");
    TRY(m.once(name, "'noswap' mnt.Options"));
    m.wish.options.push_back(name);
  } else if (is_propagation(name) || name == "Z" || name == "z" || name == "no-dereference") {
    m.wish.options.push_back(name);
  } else if (name == "volume-label") {
    TRY(m.only_for(name, "volume"));
    return invalid("the --volume-label option is not presently implemented");
  } else {
    return bad_option(name);
  }
  return {};
}

Result<MountKind> mount_kind(const std::string& type) {
  static constexpr MountKind kKinds[] = {MountKind::bind,  MountKind::tmpfs,  MountKind::ramfs, MountKind::volume,
                                         MountKind::image, MountKind::devpts, MountKind::glob};
  for (auto kind : kKinds)
    if (to_string(kind) == type) return kind;
  if (type == "artifact") return Failure(Error(Code::unsupported, "artifact mounts are not supported"));
  return invalid("invalid filesystem type {}", quoted(type));
}

// Splits at commas outside double quotes, as a CSV line.
Strings split_csv(std::string_view text) {
  Strings out(1);
  bool quote = false;
  for (char c : text) {
    if (c == '"')
      quote = !quote;
    else if (c == ',' && !quote)
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

}  // namespace

Result<MountWish> parse_mount_option(std::string_view text, const HostFacts& host) {
  MountText m;
  Strings rest;
  m.type = "volume";
  for (auto& token : split_csv(text)) {
    if (token.starts_with("type="))
      m.type = token.substr(5);
    else
      rest.push_back(std::move(token));
  }
  if (rest.empty())
    return invalid(
        "incorrect mount format: should be --mount "
        "type=<bind|tmpfs|volume>,[src=<host-dir|volume-name>,]target=<ctr-dir>[,options]");
  m.wish.kind = TRY(mount_kind(m.type));
  for (const auto& token : rest) TRY(one_mount_option(m, token, host.rootless));
  auto& wish = m.wish;
  if (wish.kind == MountKind::image && (wish.source.empty() || wish.destination.empty()))
    return invalid("must set source and destination for image volume");
  if (wish.destination.empty() && wish.kind != MountKind::glob) return invalid("must set volume destination");
  if (wish.kind == MountKind::image) wish.options.clear();
  if (wish.kind == MountKind::bind || wish.kind == MountKind::glob) {
    if (wish.source.empty()) wish.source = wish.destination;
    wish.source = text::host_path(wish.source, host.cwd);
    wish.options = TRY(check_volume_options(wish.options));
  }
  return wish;
}

namespace {
Result<> check_overlay_options(const Strings& options) {
  auto all = join(options, "");
  bool upper = all.find("upperdir") != std::string::npos, work = all.find("workdir") != std::string::npos;
  if (upper != work) return invalid("must set both `upperdir` and `workdir`");
  if ((options.size() > 2 && (options.size() != 3 || !upper)) ||
      (options.size() == 2 && all.find('U') == std::string::npos))
    return invalid("can't use 'O' with other options");
  return {};
}
}  // namespace

Result<MountWish> parse_volume_option(std::string_view text, const HostFacts& host) {
  auto parts = split(text, ':');
  if (parts.size() > 3) return invalid("{}: incorrect volume format, should be [host-dir:]ctr-dir[:option]", text);
  MountWish wish;
  if (parts.size() > 2) wish.options = TRY(check_volume_options(split(parts[2], ',')));
  if (parts.size() > 1 && parts[0].empty()) return invalid("host directory cannot be empty");
  wish.destination = TRY(text::container_path(parts.size() == 1 ? parts[0] : parts[1]));
  if (parts.size() > 1) wish.source = parts[0];
  if (wish.source.starts_with('/') || wish.source.starts_with('.')) {
    wish.kind = text::contains(wish.options, "O") ? MountKind::overlay : MountKind::bind;
    if (wish.kind == MountKind::overlay) TRY(check_overlay_options(wish.options));
    wish.source = text::host_path(wish.source, host.cwd);
  } else {
    wish.kind = MountKind::volume;
  }
  return wish;
}

Result<MountWish> parse_tmpfs_option(std::string_view text) {
  auto parts = split(text, ':');
  MountWish wish{.kind = MountKind::tmpfs, .source = "tmpfs"};
  wish.destination = TRY(text::container_path(parts[0]));
  if (parts.size() > 1 && !parts[1].empty()) wish.options = split(parts[1], ',');
  return wish;
}

namespace {

MountWish* at_destination(std::vector<MountWish>& mounts, const std::string& destination) {
  for (auto& one : mounts)
    if (one.destination == destination) return &one;
  return nullptr;
}

// podman lets the same mount be said twice, and --tmpfs beside --mount type=tmpfs.
Result<> add_user_mount(std::vector<MountWish>& mounts, MountWish wish) {
  if (auto* other = at_destination(mounts, wish.destination)) {
    if (*other == wish || (other->kind == MountKind::tmpfs && wish.kind == MountKind::tmpfs)) return {};
    return duplicate(wish.destination);
  }
  mounts.push_back(std::move(wish));
  return {};
}

Result<> add_configured(std::vector<MountWish>& mounts, const EngineDefaults& defaults, const HostFacts& host) {
  std::vector<MountWish> all;
  for (const auto& text : defaults.mounts)
    all.push_back(TRY_CTX(parse_mount_option(text, host), "parsing containers.conf mounts"));
  for (const auto& text : defaults.volumes)
    all.push_back(TRY_CTX(parse_volume_option(text, host), "parsing containers.conf volumes"));
  for (auto& wish : all)
    if (!at_destination(mounts, wish.destination)) mounts.push_back(std::move(wish));
  return {};
}

// G7: what the image declares, where nothing else stands.
void add_image_volumes(std::vector<MountWish>& mounts, const Strings& volumes, const std::string& mode) {
  if (mode == "ignore") return;
  for (const auto& path : volumes) {
    auto destination = text::container_path(path);
    if (!destination || at_destination(mounts, *destination)) continue;
    MountWish wish{.destination = *destination, .options = {"rprivate", "rw", "nodev", "exec"}, .from_image = true};
    wish.kind = mode == "tmpfs" ? MountKind::tmpfs : MountKind::volume;
    if (mode == "tmpfs") wish.source = "tmpfs";
    mounts.push_back(std::move(wish));
  }
}

}  // namespace

Result<std::vector<MountWish>> parse_mounts(const CreateRequest& request, const ImageDefaults* image,
                                            const EngineDefaults& defaults, const HostFacts& host) {
  std::vector<MountWish> mounts;
  for (const auto& text : request.mounts) {
    auto wish = TRY(parse_mount_option(text, host));
    if (wish.kind == MountKind::glob) {
      mounts.push_back(std::move(wish));  // many destinations: the engine expands it
      continue;
    }
    if (at_destination(mounts, wish.destination)) return duplicate(wish.destination);
    mounts.push_back(std::move(wish));
  }
  for (const auto& text : request.volumes) {
    auto wish = TRY(parse_volume_option(text, host));
    TRY(add_user_mount(mounts, std::move(wish)));
  }
  for (const auto& text : request.tmpfs) {
    auto wish = TRY(parse_tmpfs_option(text));
    TRY(add_user_mount(mounts, std::move(wish)));
  }
  TRY(add_configured(mounts, defaults, host));
  for (const auto& wish : mounts) TRY(check_mount_options(wish, host.rootless));
  auto mode = request.image_volume.empty() ? defaults.image_volume_mode : to_lower(request.image_volume);
  if (mode == "bind") mode = "anonymous";
  if (mode != "anonymous" && mode != "tmpfs" && mode != "ignore")
    return invalid("invalid ImageVolumeMode {}, value must be one of ignore,tmpfs,anonymous",
                   quoted(request.image_volume));
  if (image) add_image_volumes(mounts, image->volumes, mode);
  return mounts;
}

}  // namespace cove::plan
