#include "linux/mountinfo.hpp"

#include <climits>
#include <optional>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove::linux_ {
namespace {

// Takes fields off a line from the left.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}
  std::string_view next() {
    size_t end = rest_.find(' ');
    std::string_view field = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    return field;
  }

 private:
  std::string_view rest_;
};

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes space, tab, newline, backslash and '#' as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

template <class T>
bool number(std::string_view text, T& out) {
  auto n = parse_uint(text);
  if (!n || *n > INT_MAX) return false;
  out = static_cast<T>(*n);
  return true;
}

bool parse_optional(std::string_view field, MountEntry& e) {
  if (field == "unbindable") {
    e.unbindable = true;
    return true;
  }
  if (field.starts_with("shared:")) return number(field.substr(7), e.shared);
  if (field.starts_with("master:")) return number(field.substr(7), e.master);
  return !field.empty();  // later kernels may add tags
}

std::optional<MountEntry> parse_entry(std::string_view line) {
  Fields fields(line);
  MountEntry e;
  if (!number(fields.next(), e.id) || !number(fields.next(), e.parent)) return std::nullopt;
  std::string_view device = fields.next();
  size_t colon = device.find(':');
  if (colon == std::string_view::npos || !number(device.substr(0, colon), e.major) ||
      !number(device.substr(colon + 1), e.minor)) {
    return std::nullopt;
  }
  e.root = unescape(fields.next());
  e.mount_point = unescape(fields.next());
  e.options = fields.next();
  if (e.root.empty() || e.mount_point.empty() || e.options.empty()) return std::nullopt;
  std::string_view field = fields.next();
  for (; field != "-"; field = fields.next()) {
    if (!parse_optional(field, e)) return std::nullopt;
  }
  e.fs_type = unescape(fields.next());
  e.source = unescape(fields.next());
  e.super_options = fields.next();
  if (e.fs_type.empty()) return std::nullopt;
  return e;
}

bool covers(std::string_view mount_point, std::string_view path) {
  if (mount_point == "/") return path.starts_with('/');
  return path.starts_with(mount_point) && (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

}  // namespace

Result<std::vector<MountEntry>> parse_mountinfo(std::string_view text) {
  std::vector<MountEntry> out;
  size_t line_number = 0;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    line_number++;
    if (line.empty()) continue;
    if (out.size() >= kMaxMounts) return Failure(Error(Code::corrupt, fmt::format("more than {} mounts", kMaxMounts)));
    auto entry = parse_entry(line);
    if (!entry) return Failure(Error(Code::corrupt, fmt::format("mountinfo line {} makes no sense", line_number)));
    out.push_back(std::move(*entry));
  }
  return out;
}

Result<std::vector<MountEntry>> read_mountinfo(const std::string& path) {
  return parse_mountinfo(TRY(read_file(path, kMaxMountinfo)));
}

const MountEntry* find_mount(const std::vector<MountEntry>& mounts, std::string_view path) {
  const MountEntry* best = nullptr;
  for (const MountEntry& m : mounts) {
    if (covers(m.mount_point, path) && (!best || m.mount_point.size() >= best->mount_point.size())) best = &m;
  }
  return best;
}

bool is_mount_point(const std::vector<MountEntry>& mounts, std::string_view path) {
  const MountEntry* m = find_mount(mounts, path);
  return m && m->mount_point == path;
}

bool is_shared(const std::vector<MountEntry>& mounts, std::string_view path) {
  const MountEntry* m = find_mount(mounts, path);
  return m && m->shared != 0;
}

}  // namespace cove::linux_
