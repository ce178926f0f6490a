#include "config/files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "base/fs.hpp"
#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"

namespace cove::config {
namespace {

constexpr size_t kMaxFile = 1U << 20;
constexpr size_t kMaxCache = 8U << 20;
constexpr std::string_view kVersion = "cove-config 1";

enum class Role { containers, foreign_storage, own_storage };

// A place where configuration may be. A directory stands for its *.conf in the order of their names.
struct Candidate {
  std::string path;
  bool directory = false, required = false;
  Role role = Role::containers;
};

void add_with_directory(std::vector<Candidate>& out, const std::string& file) {
  out.push_back({file});
  out.push_back({file + ".d", true});
}

void add_containers_conf(std::vector<Candidate>& out, const Environment& e) {
  if (std::string only = e.get("CONTAINERS_CONF"); !only.empty()) {
    out.push_back({only, false, true});
    return;
  }
  out.push_back({"/usr/share/containers/containers.conf"});
  add_with_directory(out, "/etc/containers/containers.conf");
  if (e.uid != 0) {
    add_with_directory(out, "/etc/containers/containers.rootless.conf");
    out.push_back({fmt::format("/etc/containers/containers.rootless.conf.d/{}", e.uid), true});
  }
  if (std::string home = config_home(e); !home.empty()) add_with_directory(out, home + "/containers/containers.conf");
}

Result<std::string> find_module(const Environment& e, const std::string& name) {
  if (name.starts_with('/')) return name;
  Strings dirs;
  if (e.uid != 0 && !config_home(e).empty()) dirs.push_back(config_home(e) + "/containers/containers.conf.modules");
  dirs.push_back("/etc/containers/containers.conf.modules");
  dirs.push_back("/usr/share/containers/containers.conf.modules");
  for (const std::string& dir : dirs) {
    std::string path = join_path(dir, name);
    if (path_exists(e.root + path)) return path;
  }
  return Failure(Error(Code::not_found, fmt::format("no configuration module {} in {}", name, join(dirs, ", "))));
}

void add_storage_conf(std::vector<Candidate>& out, const Environment& e) {
  if (std::string only = e.get("CONTAINERS_STORAGE_CONF"); !only.empty()) {
    out.push_back({only, false, true, Role::foreign_storage});
  } else {
    for (const char* path : {"/usr/share/containers/storage.conf", "/etc/containers/storage.conf"}) {
      out.push_back({path, false, false, Role::foreign_storage});
    }
    if (e.uid != 0 && !config_home(e).empty()) {
      out.push_back({config_home(e) + "/containers/storage.conf", false, false, Role::foreign_storage});
    }
  }
  out.push_back({"/etc/cove/storage.conf", false, false, Role::own_storage});
  if (e.uid != 0 && !config_home(e).empty()) {
    out.push_back({config_home(e) + "/cove/storage.conf", false, false, Role::own_storage});
  }
}

Result<std::vector<Candidate>> list_candidates(const Environment& e, const Strings& modules) {
  std::vector<Candidate> out;
  add_containers_conf(out, e);
  for (const std::string& module : modules) {
    std::string path = TRY(find_module(e, module));
    out.push_back({std::move(path), false, true});
  }
  if (std::string last = e.get("CONTAINERS_CONF_OVERRIDE"); !last.empty()) out.push_back({last});
  add_storage_conf(out, e);
  return out;
}

// What shows that a file is the same as before. Everything of an absent one is 0.
std::string stamp(const std::string& path) {
  auto st = sys::fstatat(AT_FDCWD, path);
  if (!st) return fmt::format("s- {}\n", path);
  return fmt::format("s{} {} {} {}.{} {}.{} {}\n", st->st_dev, st->st_ino, st->st_size, st->st_mtim.tv_sec,
                     st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec, path);
}

// A file changed this very moment may change again within the same tick of its time stamp: not to be trusted yet.
bool is_fresh(const std::string& path) {
  auto st = sys::fstatat(AT_FDCWD, path);
  return st && now() / 1'000'000'000 - st->st_ctim.tv_sec < 2;
}

// Of a storage.conf made for other engines only these count; their stores are not ours.
bool is_shared_storage_key(std::string_view key, const Setting& s) {
  if (key == "storage.driver") return s.values.size() == 1 && (s.values[0] == "overlay" || s.values[0] == "vfs");
  for (std::string_view known : {"mountopt", "ignore_chown_errors", "force_mask"}) {
    if (key == fmt::format("storage.options.{}", known) || key == fmt::format("storage.options.overlay.{}", known))
      return true;
  }
  return key == "storage.options.auto-userns-min-size" || key == "storage.options.auto-userns-max-size" ||
         key == "storage.options.root-auto-userns-user";
}

Result<> merge_file(MergedFiles& out, const Candidate& c, const std::string& path) {
  auto text = read_file(path, kMaxFile);
  if (!text) {
    if (!c.required && (text.error().sys_errno() == ENOENT || text.error().sys_errno() == ENOTDIR)) return {};
    // Another user's or root's own file is as good as none.
    if (!c.required && text.error().sys_errno() == EACCES) {
      LOG_DEBUG("{}", text.error().text());
      return {};
    }
    return Failure(std::move(text).error().with("reading the configuration"));
  }
  out.files.push_back(path);
  if (c.role != Role::foreign_storage) return merge_toml(out.settings, *text, path);
  Settings theirs;
  TRY(merge_toml(theirs, *text, path));
  for (auto& [key, setting] : theirs) {
    if (is_shared_storage_key(key, setting)) {
      out.settings[key] = std::move(setting);
    } else {
      LOG_DEBUG("{} is for other engines", setting.origin(key));
    }
  }
  return {};
}

Result<Strings> conf_files(const std::string& dir) {
  auto names = list_dir(dir);
  if (!names) {
    int err = names.error().sys_errno();
    if (err == ENOENT || err == ENOTDIR || err == EACCES) return Strings{};
    return Failure(std::move(names).error());
  }
  Strings out;
  for (const std::string& name : *names) {
    std::string path = join_path(dir, name);
    auto st = sys::fstatat(AT_FDCWD, path);
    if (name.ends_with(".conf") && st && !S_ISDIR(st->st_mode)) out.push_back(path);
  }
  return out;
}

// The cache: the version, what was asked for, a stamp line for every file considered, "f" lines of the files read, a
// blank line, the settings.
std::string cache_head(const Environment& e, const std::vector<Candidate>& candidates) {
  std::string out(kVersion);
  out += '\n';
  for (const Candidate& c : candidates) {
    out += fmt::format("c{}{} {}\n", c.directory ? 1 : 0, static_cast<int>(c.role), e.root + c.path);
  }
  return out;
}

std::optional<MergedFiles> read_cache(const std::string& file, const std::string& head) {
  auto fd = sys::open(file, O_RDONLY | O_NOFOLLOW);
  if (!fd) return std::nullopt;
  auto st = sys::fstat(fd->get());
  // Somebody else's file must not configure us.
  if (!st || st->st_uid != ::geteuid() || (st->st_mode & 022)) return std::nullopt;
  auto text = read_fd(fd->get(), kMaxCache);
  if (!text || !text->starts_with(head)) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(head.size());
  MergedFiles out;
  for (;;) {
    size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = rest.substr(0, end + 1);
    rest = rest.substr(end + 1);
    if (line == "\n") break;
    if (line.starts_with('f')) {
      out.files.emplace_back(line.substr(1, line.size() - 2));
      continue;
    }
    size_t slash = line.find(" /");
    if (slash == std::string_view::npos ||
        stamp(std::string(line.substr(slash + 1, line.size() - slash - 2))) != line) {
      return std::nullopt;
    }
  }
  auto settings = decode_settings(rest);
  if (!settings) return std::nullopt;
  out.settings = std::move(*settings);
  return out;
}

void write_cache(const std::string& file, const std::string& head, const Strings& considered,
                 const MergedFiles& merged) {
  std::string text = head;
  for (const std::string& path : considered) {
    // Only plain absolute paths can be checked again from a line of text.
    if (is_fresh(path) || !path.starts_with('/') || path.find('\n') != std::string::npos ||
        path.find(" /") != std::string::npos) {
      return;
    }
    text += stamp(path);
  }
  for (const std::string& path : merged.files) text += "f" + path + "\n";
  text += "\n" + encode_settings(merged.settings);
  auto written = write_atomic(file, text, 0600);
  if (!written) LOG_DEBUG("the configuration is not cached: {}", written.error().text());
}

}  // namespace

std::string config_home(const Environment& environment) {
  if (std::string xdg = environment.get("XDG_CONFIG_HOME"); !xdg.empty()) return xdg;
  std::string home = environment.get("HOME");
  return home.empty() ? "" : home + "/.config";
}

Result<MergedFiles> load_settings(const Environment& environment, const Strings& modules,
                                  const std::string& cache_file) {
  std::vector<Candidate> candidates = TRY(list_candidates(environment, modules));
  std::string head = cache_head(environment, candidates);
  if (auto cached = read_cache(cache_file, head)) return std::move(*cached);
  MergedFiles out;
  Strings considered;
  for (const Candidate& c : candidates) {
    std::string path = environment.root + c.path;
    considered.push_back(path);
    if (!c.directory) {
      TRY(merge_file(out, c, path));
      continue;
    }
    Strings inside = TRY(conf_files(path));
    for (const std::string& file : inside) {
      considered.push_back(file);
      TRY(merge_file(out, c, file));
    }
  }
  size_t slash = cache_file.rfind('/');
  if (slash != std::string::npos && path_exists(cache_file.substr(0, slash)))
    write_cache(cache_file, head, considered, out);
  return out;
}

}  // namespace cove::config
