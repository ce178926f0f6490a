#include "linux/idmap.hpp"

#include <algorithm>
#include <limits>

#include "base/util.hpp"

namespace cove::linux_ {
namespace {

constexpr size_t kMaxRanges = 340;
constexpr uint64_t kEnd = uint64_t{1} << 32;

Result<IdRange> parse_line(std::string_view line) {
  std::vector<uint32_t> numbers;
  for (const std::string& word : split(line, ' ')) {
    std::string_view text = trim(word);
    if (text.empty()) continue;
    auto n = parse_uint(text);
    if (!n || *n >= kEnd) return Failure(Error(Code::invalid, fmt::format("bad id map line {:?}", line)));
    numbers.push_back(static_cast<uint32_t>(*n));
  }
  if (numbers.size() != 3) return Failure(Error(Code::invalid, fmt::format("bad id map line {:?}", line)));
  return IdRange{numbers[0], numbers[1], numbers[2]};
}

bool overlap(uint32_t a, uint32_t b, uint32_t a_size, uint32_t b_size) {
  return uint64_t{a} < uint64_t{b} + b_size && uint64_t{b} < uint64_t{a} + a_size;
}

}  // namespace

Result<IdMap> parse_id_map(std::string_view text) {
  IdMap map;
  for (const std::string& line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    if (map.size() >= kMaxRanges) return Failure(Error(Code::invalid, "an id map has more than 340 ranges"));
    map.push_back(TRY(parse_line(line)));
  }
  TRY(check_id_map(map));
  return map;
}

std::string format_id_map(const IdMap& map) {
  std::string out;
  for (const IdRange& r : map) out += fmt::format("{} {} {}\n", r.inside, r.outside, r.size);
  return out;
}

Result<> check_id_map(const IdMap& map) {
  if (map.empty()) return Failure(Error(Code::invalid, "an id map needs at least one range"));
  if (map.size() > kMaxRanges) return Failure(Error(Code::invalid, "an id map has more than 340 ranges"));
  for (size_t i = 0; i < map.size(); i++) {
    const IdRange& a = map[i];
    if (a.size == 0 || uint64_t{a.inside} + a.size > kEnd || uint64_t{a.outside} + a.size > kEnd) {
      return Failure(
          Error(Code::invalid, fmt::format("id range {}:{}:{} is empty or too large", a.inside, a.outside, a.size)));
    }
    for (size_t j = 0; j < i; j++) {
      const IdRange& b = map[j];
      if (!overlap(a.inside, b.inside, a.size, b.size) && !overlap(a.outside, b.outside, a.size, b.size)) continue;
      return Failure(Error(Code::invalid, fmt::format("id ranges {}:{}:{} and {}:{}:{} overlap", b.inside, b.outside,
                                                      b.size, a.inside, a.outside, a.size)));
    }
  }
  return {};
}

std::optional<uint32_t> to_outside(const IdMap& map, uint32_t inside) {
  for (const IdRange& r : map) {
    if (inside >= r.inside && inside - r.inside < r.size) return r.outside + (inside - r.inside);
  }
  return std::nullopt;
}

std::optional<uint32_t> to_inside(const IdMap& map, uint32_t outside) {
  for (const IdRange& r : map) {
    if (outside >= r.outside && outside - r.outside < r.size) return r.inside + (outside - r.outside);
  }
  return std::nullopt;
}

bool is_identity(const IdMap& map) {
  return map.size() == 1 && map[0].inside == 0 && map[0].outside == 0 &&
         map[0].size == std::numeric_limits<uint32_t>::max();
}

}  // namespace cove::linux_
