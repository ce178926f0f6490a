#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "seccomp/seccomp.hpp"

namespace cove::seccomp {

namespace {

constexpr size_t kMaxFilters = 64;
constexpr std::string_view kMagic = "cove-seccomp 1 ";

// FNV-1a with 128 bits: tells our own files apart. Nobody but the owner of the cache directory can write there, so it
// need not withstand an attack.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (char c : bytes) step(static_cast<unsigned char>(c));
    step(0);
  }
  void add(uint64_t number) { add(std::to_string(number)); }
  std::string hex() const {
    return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(value_ >> 64), static_cast<uint64_t>(value_));
  }

 private:
  __extension__ using Wide = unsigned __int128;
  void step(unsigned char byte) { value_ = (value_ ^ byte) * kPrime; }
  static constexpr Wide kPrime = (Wide{1} << 88) + 0x13b;
  Wide value_ = (Wide{0x6c62272e07bb0142} << 64) + 0x62b821756295c58d;
};

std::string make_key(const std::string& path, const struct stat& status, const Target& target, std::string_view salt) {
  Hash hash;
  hash.add(path);
  hash.add(status.st_dev);
  hash.add(status.st_ino);
  hash.add(static_cast<uint64_t>(status.st_size));
  hash.add(static_cast<uint64_t>(status.st_mtim.tv_sec));
  hash.add(static_cast<uint64_t>(status.st_mtim.tv_nsec));
  hash.add(target.arch);
  hash.add(target.kernel);
  hash.add(salt);
  auto capabilities = target.capabilities;
  std::sort(capabilities.begin(), capabilities.end());
  for (const auto& one : capabilities) hash.add(one);
  return hash.hex();
}

// The header tells the length, so that a file cut short is not taken for a filter.
std::string wrap(std::string_view base64_text) {
  return fmt::format("{}{}\n{}", kMagic, base64_text.size(), base64_text);
}

std::optional<std::string> unwrap(std::string&& file) {
  if (!file.starts_with(kMagic)) return std::nullopt;
  auto end = file.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto size = parse_uint(std::string_view(file).substr(kMagic.size(), end - kMagic.size()));
  if (!size || *size == 0 || *size != file.size() - end - 1) return std::nullopt;
  file.erase(0, end + 1);
  return std::move(file);
}

void forget_oldest(const std::string& dir) {
  auto names = list_dir(dir);
  if (!names || names->size() <= kMaxFilters) return;
  auto folder = sys::open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!folder) return;
  std::vector<std::pair<int64_t, std::string>> files;
  for (auto& name : *names)
    if (auto status = sys::fstatat(folder->get(), name, AT_SYMLINK_NOFOLLOW); status && S_ISREG(status->st_mode))
      files.emplace_back(status->st_mtim.tv_sec * 1'000'000'000 + status->st_mtim.tv_nsec, std::move(name));
  std::sort(files.begin(), files.end());
  for (size_t i = 0; i + kMaxFilters < files.size(); ++i) (void)sys::unlinkat(folder->get(), files[i].second, 0);
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto at = [&](size_t k) { return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U; };
    unsigned word = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += kDigits[word >> 18];
    out += kDigits[word >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[word >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[word & 63] : '=';
  }
  return out;
}

Result<Filter> load_filter(const std::string& profile_path, const Target& target, const std::string& cache_dir,
                           std::string_view salt) {
  auto status = TRY_CTX(sys::fstatat(AT_FDCWD, profile_path), "seccomp profile " + profile_path);
  auto file = cache_dir + "/" + make_key(profile_path, status, target, salt);
  if (auto stored = read_file(file, 1UL << 20))
    if (auto text = unwrap(std::move(*stored))) return Filter{std::move(*text), true, false};
  auto section = TRY(load_section(profile_path, target));
  if (section.is_null()) return Filter{};
  if (section.find("flags") || section.find("listenerPath")) return Filter{.needs_section = true};
  auto program = TRY_CTX(compile(section), "seccomp profile " + profile_path);
  Filter filter{.bpf_base64 = base64(program)};
  if (ensure_dir(cache_dir, 0700) && write_atomic(file, wrap(filter.bpf_base64), 0600)) forget_oldest(cache_dir);
  return filter;
}

}  // namespace cove::seccomp
