#include <fcntl.h>

#include <cstring>

#include "base/sys/sys.hpp"
#include "engine/verbs.hpp"

namespace cove::engine {
namespace {

constexpr size_t kChunk = 1UL << 20;

// One container's log in either format, in pieces of any size, to whole lines.
class Reader {
 public:
  Reader(bool json, const LogQuery& query, const std::function<void(const LogLine&)>& line) : json_(json), line_(line) {
    if (query.since) since_ = rfc3339_nano_padded(*query.since);
    if (query.until) until_ = rfc3339_nano_padded(*query.until);
  }

  void feed(std::string_view data) {
    if (!rest_.empty()) {
      size_t end = data.find('\n');
      if (end == std::string_view::npos) {
        rest_ += data;
        return;
      }
      rest_ += data.substr(0, end + 1);
      std::string whole = std::move(rest_);
      rest_.clear();
      records(whole);
      data.remove_prefix(end + 1);
    }
    size_t last = data.rfind('\n');
    if (last == std::string_view::npos) {
      rest_ = data;
      return;
    }
    records(data.substr(0, last + 1));
    rest_ = data.substr(last + 1);
  }
  // A record is one line of the file; a line of the container may take several (P, then F).
  size_t count_ends(std::string_view data) const {
    size_t n = 0;
    for (size_t at = 0; at < data.size();) {
      const auto* nl = static_cast<const char*>(std::memchr(data.data() + at, '\n', data.size() - at));
      if (!nl) break;
      auto end = static_cast<size_t>(nl - data.data());
      std::string_view record = data.substr(at, end - at);
      n += ends_line(record);
      at = end + 1;
    }
    return n;
  }
  bool ends_line(std::string_view record) const {
    if (json_) return record.find("\\n\"") != std::string_view::npos;
    size_t tag = record.find(' ', record.find(' ') + 1);
    return tag != std::string_view::npos && tag + 1 < record.size() && record[tag + 1] == 'F';
  }
  void finish() {
    for (auto* partial : {&partial_out_, &partial_err_}) {
      if (partial->empty()) continue;
      line_({.stamp = stamp_, .error = partial == &partial_err_, .partial = true, .text = *partial});
      partial->clear();
    }
  }

 private:
  void records(std::string_view data) {
    for (size_t at = 0; at < data.size();) {
      const auto* nl = static_cast<const char*>(std::memchr(data.data() + at, '\n', data.size() - at));
      auto end = nl ? static_cast<size_t>(nl - data.data()) : data.size();
      if (json_)
        json_record(data.substr(at, end - at));
      else
        cri_record(data.substr(at, end - at));
      at = end + 1;
    }
  }
  void cri_record(std::string_view r) {  // TIME stdout|stderr F|P text
    size_t a = r.find(' ');
    if (a == std::string_view::npos || a + 10 > r.size()) return;
    emit(r.substr(0, a), r[a + 4] == 'e', r[a + 8] == 'P', r.substr(a + 10));
  }
  void json_record(std::string_view r) {
    auto v = json::parse(r);
    if (!v) return;
    std::string text = (*v)["log"].as_string();
    bool whole = !text.empty() && text.back() == '\n';
    if (whole) text.pop_back();
    emit((*v)["time"].as_string(), (*v)["stream"].as_string() == "stderr", !whole, text);
  }
  void emit(std::string_view stamp, bool error, bool partial, std::string_view text) {
    // Stamps of one form compare as text.
    if (!since_.empty() && stamp < since_) return;
    if (!until_.empty() && stamp > until_) return;
    std::string& held = error ? partial_err_ : partial_out_;
    if (partial) {
      held += text;
      stamp_ = stamp;
      return;
    }
    if (held.empty()) {
      line_({.stamp = stamp, .error = error, .text = text});
      return;
    }
    held += text;
    line_({.stamp = stamp, .error = error, .text = held});
    held.clear();
  }

  bool json_;
  const std::function<void(const LogLine&)>& line_;
  std::string since_, until_, rest_, partial_out_, partial_err_, stamp_;
};

struct Segment {
  UniqueFd fd;
  uint64_t size = 0;
};

// Oldest first; each with the bytes that count.
Result<std::vector<Segment>> open_segments(const std::string& path, unsigned max_files) {
  std::vector<Segment> out;
  for (unsigned n = std::min(max_files, 1000U) + 1; n-- > 0;) {
    auto fd = sys::open(n == 0 ? path : fmt::format("{}.{}", path, n), O_RDONLY);
    if (!fd) continue;
    uint64_t size = static_cast<uint64_t>(TRY(sys::fstat(fd->get())).st_size);
    out.push_back({std::move(*fd), size});
  }
  return out;
}

Result<> read_range(const Segment& s, uint64_t from, const std::function<void(std::string_view)>& each) {
  std::string chunk(kChunk, '\0');
  while (from < s.size) {
    size_t n =
        TRY(sys::pread(s.fd.get(), chunk.data(), std::min<uint64_t>(kChunk, s.size - from), static_cast<off_t>(from)));
    if (n == 0) return {};
    each({chunk.data(), n});
    from += n;
  }
  return {};
}

// Where the last `lines` lines begin: segment and offset. Reads backwards, so that a long log costs nothing.
Result<std::pair<size_t, uint64_t>> find_tail(const std::vector<Segment>& segments, const Reader& reader,
                                              int64_t lines) {
  if (lines <= 0) return std::pair<size_t, uint64_t>{segments.size(), 0};
  size_t found = 0;
  for (size_t i = segments.size(); i-- > 0;) {
    uint64_t end = segments[i].size;
    std::string later;  // the beginning of a record whose start was not yet read
    while (end > 0) {
      uint64_t from = end > kChunk ? end - kChunk : 0;
      std::string chunk(end - from, '\0');
      TRY(sys::pread(segments[i].fd.get(), chunk.data(), chunk.size(), static_cast<off_t>(from)));
      chunk += later;
      // Records of this piece, last first.
      size_t stop = chunk.size();
      while (stop > 0) {
        size_t newline = stop >= 2 ? chunk.rfind('\n', stop - 2) : std::string::npos;
        if (newline == std::string::npos && from > 0) break;
        size_t start = newline == std::string::npos ? 0 : newline + 1;
        std::string_view record(chunk.data() + start, stop - start);
        bool open_end = found == 0 && stop == chunk.size() && end == segments[i].size && i + 1 == segments.size();
        if (reader.ends_line(record) || open_end) {
          if (found == static_cast<size_t>(lines)) return std::pair<size_t, uint64_t>{i, from + stop};
          found++;
        }
        stop = start;
      }
      later = chunk.substr(0, stop);
      end = from;
    }
  }
  return std::pair<size_t, uint64_t>{0, 0};
}

}  // namespace

Result<> logs(Engine& engine, const std::string& name, const LogQuery& query,
              const std::function<void(const LogLine&)>& line) {
  state::View view = TRY(find(engine, name));
  plan::ContainerConfig config = TRY(load_container(view.record));
  if (config.log.driver == "none" || config.log.driver.starts_with("passthrough")) {
    return Failure(Error(Code::unsupported,
                         fmt::format("this container is using the '{}' log driver, cannot read logs: this container is "
                                     "not logging output",
                                     config.log.driver)));
  }
  std::string path = config.log.path.empty() ? engine.paths().log(view.record.id) : config.log.path;
  Reader reader(config.log.driver == "json-file", query, line);
  std::optional<runtime::Connection> connection;
  std::vector<Segment> segments;
  if (query.follow && (view.phase == state::Phase::running || view.phase == state::Phase::paused)) {
    auto opened = runtime::Connection::open(engine.paths().attach(view.record.id));
    auto snapshot = opened ? opened->follow_log() : Result<runtime::LogSnapshot>(Failure(opened.error()));
    if (snapshot) {
      connection = std::move(*opened);
      for (auto& fd : snapshot->segments) {
        uint64_t size = static_cast<uint64_t>(TRY(sys::fstat(fd.get())).st_size);
        segments.push_back({std::move(fd), size});
      }
      if (!segments.empty()) segments.back().size = snapshot->end;
    }
  }
  if (!connection) segments = TRY(open_segments(path, config.log.max_files));

  std::pair<size_t, uint64_t> from = {0, 0};
  if (query.tail >= 0) from = TRY(find_tail(segments, reader, query.tail));
  for (size_t i = from.first; i < segments.size(); i++) {
    TRY(read_range(segments[i], i == from.first ? from.second : 0, [&](std::string_view data) { reader.feed(data); }));
  }
  if (connection) {
    for (;;) {
      auto event = connection->next();
      if (!event || event->type == protocol::Type::exited) break;
      if (event->type == protocol::Type::log_data) reader.feed(event->data);
    }
  }
  reader.finish();
  return {};
}

}  // namespace cove::engine
