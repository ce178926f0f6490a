// Sub-id files and the allocation of ids for --userns=auto.
#include <algorithm>

#include "base/fs.hpp"
#include "base/util.hpp"
#include "linux/idmap.hpp"

namespace cove::linux_ {
namespace {

constexpr uint64_t kIdEnd = uint64_t{1} << 32;

struct Span {
  uint64_t begin, end;
};
using Spans = std::vector<Span>;

// Sorted, disjoint and not empty.
Spans normalize(Spans spans) {
  std::erase_if(spans, [](const Span& s) { return s.begin >= s.end; });
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  Spans out;
  for (const Span& s : spans) {
    if (!out.empty() && s.begin <= out.back().end) {
      out.back().end = std::max(out.back().end, s.end);
    } else {
      out.push_back(s);
    }
  }
  return out;
}

// Both normalized.
Spans subtract(const Spans& from, const Spans& what) {
  Spans out;
  for (Span s : from) {
    for (const Span& w : what) {
      if (w.end <= s.begin || w.begin >= s.end) continue;
      if (w.begin > s.begin) out.push_back({s.begin, w.begin});
      s.begin = std::max(s.begin, w.end);
    }
    if (s.begin < s.end) out.push_back(s);
  }
  return out;
}

Spans to_spans(const std::vector<SubIdRange>& ranges) {
  Spans out;
  for (const SubIdRange& r : ranges) out.push_back({r.start, std::min(kIdEnd, uint64_t{r.start} + r.size)});
  return normalize(std::move(out));
}

uint64_t total(const Spans& spans) {
  uint64_t n = 0;
  for (const Span& s : spans) n += s.end - s.begin;
  return n;
}

Result<IdMap> allocate(const std::vector<SubIdRange>& available, const std::vector<SubIdRange>& in_use,
                       const IdMap& pins, uint32_t size, const char* kind) {
  Spans pinned_inside, pinned_outside;
  for (const IdRange& p : pins) {
    pinned_inside.push_back({p.inside, uint64_t{p.inside} + p.size});
    pinned_outside.push_back({p.outside, uint64_t{p.outside} + p.size});
  }
  Spans wanted = subtract({{0, size}}, normalize(pinned_inside));
  Spans free = subtract(subtract(to_spans(available), to_spans(in_use)), normalize(pinned_outside));
  uint64_t need = total(wanted);
  if (need > total(free)) {
    return Failure(Error(Code::no_space, fmt::format("not enough {}s for the user namespace: {} wanted, {} free", kind,
                                                     need, total(free))));
  }
  // One range that holds all is kept apart from the crumbs between other containers.
  auto whole = std::find_if(free.begin(), free.end(), [&](const Span& s) { return s.end - s.begin >= need; });
  if (whole != free.end()) free = {*whole};
  IdMap map = pins;
  size_t at = 0;
  for (Span w : wanted) {
    while (w.begin < w.end) {
      Span& f = free[at];
      uint64_t n = std::min(w.end - w.begin, f.end - f.begin);
      map.push_back({static_cast<uint32_t>(w.begin), static_cast<uint32_t>(f.begin), static_cast<uint32_t>(n)});
      w.begin += n;
      f.begin += n;
      if (f.begin == f.end) at++;
    }
  }
  std::sort(map.begin(), map.end(), [](const IdRange& a, const IdRange& b) { return a.inside < b.inside; });
  TRY(check_id_map(map));
  return map;
}

// The ids in the given columns of a passwd(5) or group(5) text.
uint32_t highest_id(std::string_view text, std::initializer_list<size_t> columns, uint32_t limit) {
  uint32_t highest = 0;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> fields = split(line, ':');
    for (size_t c : columns) {
      if (c >= fields.size()) continue;
      auto id = parse_uint(fields[c]);
      // nobody and the like stand far outside; they are not worth a larger range
      if (id && *id < limit) highest = std::max(highest, static_cast<uint32_t>(*id));
    }
  }
  return highest;
}

Result<std::vector<SubIdRange>> read_sub_id_file(const std::string& path, std::string_view name, uint32_t id) {
  auto text = read_file(path, 16UL << 20);
  if (!text && text.error().sys_errno() != ENOENT) return Failure(std::move(text).error());
  std::vector<SubIdRange> ranges = text ? parse_sub_ids(*text, name, id) : std::vector<SubIdRange>{};
  if (ranges.empty()) {
    return Failure(Error(Code::not_found, fmt::format("{} grants no ids to {}", path, name))
                       .hint(fmt::format("add a line such as \"{}:100000:65536\" to {}", name, path)));
  }
  return ranges;
}

}  // namespace

std::vector<SubIdRange> parse_sub_ids(std::string_view text, std::string_view name, uint32_t id) {
  std::vector<SubIdRange> out;
  std::string number = std::to_string(id);
  for (const std::string& line : split(text, '\n')) {
    std::string_view l = trim(line);
    if (l.empty() || l.front() == '#') continue;
    std::vector<std::string> fields = split(l, ':');
    if (fields.size() != 3 || (fields[0] != name && fields[0] != number)) continue;
    auto start = parse_uint(fields[1]), size = parse_uint(fields[2]);
    if (!start || !size || *size == 0 || *start >= kIdEnd || *size >= kIdEnd || *start + *size > kIdEnd) continue;
    out.push_back({static_cast<uint32_t>(*start), static_cast<uint32_t>(*size)});
  }
  return out;
}

Result<SubIds> read_sub_ids(std::string_view name, uint32_t id, const std::string& root) {
  SubIds out;
  out.uids = TRY(read_sub_id_file(root + "/etc/subuid", name, id));
  out.gids = TRY(read_sub_id_file(root + "/etc/subgid", name, id));
  return out;
}

uint32_t guess_userns_size(std::string_view passwd, std::string_view group, uint32_t user_id, uint32_t minimum,
                           uint32_t maximum) {
  uint32_t highest = std::max(highest_id(passwd, {2, 3}, 65534), highest_id(group, {2}, 65534));
  if (user_id < maximum) highest = std::max(highest, user_id);
  return std::clamp(highest + 1, minimum, std::max(minimum, maximum));
}

Result<IdMaps> allocate_userns(const AutoUserns& request) {
  IdMaps maps;
  maps.uids = TRY(allocate(request.available.uids, request.uids_in_use, request.uid_pins, request.size, "user id"));
  maps.gids = TRY(allocate(request.available.gids, request.gids_in_use, request.gid_pins, request.size, "group id"));
  return maps;
}

}  // namespace cove::linux_
