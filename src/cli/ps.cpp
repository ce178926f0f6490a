// ps, container list.
#include <fcntl.h>
#include <poll.h>

#include <cstdio>

#include "base/sys/sys.hpp"
#include "cli/commands.hpp"
#include "cli/filters.hpp"
#include "cli/ps_rows.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"
#include "storage/container_dir.hpp"

namespace cove::cli {
namespace {

using state::View;

// podman shows what runs; --all, --last, --latest and a filter of the status show the others too.
bool shows_all(const cli_options::PsOptions& o) {
  bool by_status = std::any_of(o.filters.begin(), o.filters.end(), [](const auto& f) { return f.first == "status"; });
  return o.all || o.latest || o.last > 0 || by_status;
}

template <class Key>
void sort_by(std::vector<View>& views, Key key) {
  std::stable_sort(views.begin(), views.end(), [&](const View& a, const View& b) { return key(a) < key(b); });
}

using Sizes = std::map<std::string, PsSize>;

void sort_views(std::vector<View>& views, const std::string& by, const Sizes& sizes) {
  if (by == "names") sort_by(views, [](const View& v) -> const std::string& { return v.record.name; });
  if (by == "id") sort_by(views, [](const View& v) -> const std::string& { return v.record.id; });
  if (by == "image") sort_by(views, [](const View& v) -> const std::string& { return v.record.image_name; });
  if (by == "command") sort_by(views, [](const View& v) -> const std::string& { return v.record.command; });
  if (by == "status") sort_by(views, [](const View& v) { return state::to_string(v.phase); });
  if (by == "runningfor") sort_by(views, [](const View& v) { return v.started_at; });
  if (by == "size" && !sizes.empty()) sort_by(views, [&](const View& v) { return sizes.at(v.record.id).total; });
}

// The oldest first, as podman lists them.
Result<std::vector<View>> choose(engine::Engine& e, const cli_options::PsOptions& o) {
  auto views = TRY(engine::list(e));
  auto filter = TRY(make_filter(e, o.filters, views));
  const bool all = shows_all(o);
  if (!all || !o.filters.empty())
    std::erase_if(views, [&](const View& v) { return (!all && v.phase != state::Phase::running) || !filter(v); });
  const size_t last = o.latest ? 1 : o.last > 0 ? static_cast<size_t>(o.last) : views.size();
  if (last < views.size()) views.erase(views.begin(), views.end() - static_cast<ptrdiff_t>(last));
  return views;
}

Result<Sizes> measure(engine::Engine& e, const std::vector<View>& views) {
  std::map<std::string, int64_t> images;
  auto all = TRY(e.images().list());
  for (const auto& i : all) images[i.id] = i.size;
  Sizes out;
  for (const auto& v : views) {
    int64_t writable = storage::writable_size(e.paths().graph_root, v.record.id).value_or(0);
    out[v.record.id] = {writable, writable + images[v.record.image_id]};
  }
  return out;
}

// "pid:[4026531836]" -> 4026531836
std::map<std::string, std::string> namespaces_of(const View& v) {
  static constexpr std::pair<const char*, const char*> kLinks[] = {
      {"Cgroup", "cgroup"}, {"IPC", "ipc"},   {"MNT", "mnt"}, {"NET", "net"},
      {"PIDNS", "pid"},     {"User", "user"}, {"UTS", "uts"}};
  std::map<std::string, std::string> out;
  if (v.pid <= 0 || v.phase == state::Phase::exited) return out;
  for (const auto& [name, link] : kLinks) {
    auto text = sys::readlinkat(AT_FDCWD, fmt::format("/proc/{}/ns/{}", v.pid, link));
    if (!text) continue;
    size_t open = text->find('['), close = text->find(']');
    if (open < close && close != std::string::npos) out[name] = text->substr(open + 1, close - open - 1);
  }
  return out;
}

// What one listing prints, and from what.
class Listing {
 public:
  Listing(engine::Engine& e, const cli_options::PsOptions& o) : e_(e), o_(o), look_{o.no_trunc, now()} {}

  Result<std::string> text() {
    views_ = TRY(choose(e_, o_));
    const bool templated_size = o_.size || o_.format.find(".Size") != std::string::npos;
    if (templated_size) sizes_ = TRY(measure(e_, views_));
    sort_views(views_, o_.sort, sizes_);
    if (format::is_json_format(o_.format)) return TRY(values()).dump(2) + "\n";
    if (o_.quiet && !o_.format_set) return ids();
    if (takes_documents()) return documents();
    if (o_.format_set) return from_template(o_.format, format::Origin::user);
    if (o_.ns)
      return from_template(
          "{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t{{.User}}\t{{.UTS}}",
          format::Origin::builtin);
    if (!o_.size && !o_.pod) return ps_table(views_, look_, !o_.noheading);
    std::string row = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
    if (o_.pod) row += "\t{{.Pod}}\t{{.PodName}}";
    if (o_.size) row += "\t{{.Size}}";
    return from_template(row, format::Origin::builtin);
  }

 private:
  std::string ids() const {
    std::string out;
    for (const auto& v : views_) out += (o_.no_trunc ? v.record.id : v.record.id.substr(0, 12)) + "\n";
    return out;
  }

  // {{json .}}: one document a line, as podman's type prints itself.
  bool takes_documents() const {
    std::string text = o_.format;
    std::erase(text, ' ');
    return text == "{{json.}}" && o_.format.find("json ") != std::string::npos;
  }
  Result<std::string> documents() {
    json::Value rows = TRY(values());
    std::string out;
    for (const auto& row : rows.items()) out += row.dump() + "\n";
    return out;
  }

  PsExtra extra_of(const View& v) const {
    PsExtra extra;
    auto size = sizes_.find(v.record.id);
    if (size != sizes_.end()) extra.size = size->second;
    bool spaces =
        o_.ns || o_.format.find("NS") != std::string::npos || o_.format.find("Namespaces") != std::string::npos;
    for (const char* name : {".Cgroup", ".IPC", ".MNT", ".NET", ".User", ".UTS"})
      spaces |= o_.format.find(name) != std::string::npos;
    if (spaces) extra.namespaces = namespaces_of(v);
    return extra;
  }

  Result<json::Value> values() {
    json::Value rows = json::Value::array();
    TRY(e_.store.read_configs(views_));
    for (const auto& v : views_) {
      if (v.record.config.empty()) continue;  // removed meanwhile
      auto config = TRY(engine::load_container(v.record));
      rows.push(ps_json(v, config, look_.at, extra_of(v)));
    }
    return rows;
  }

  Result<std::string> from_template(std::string text, format::Origin origin) const {
    for (size_t at = text.find(".Namespaces."); at != std::string::npos; at = text.find(".Namespaces."))
      text.erase(at, 11);
    json::Value rows = json::Value::array();
    for (const auto& v : views_) rows.push(ps_row(v, look_, text, extra_of(v)));
    static const format::Titles titles = {{"Cgroup", "CGROUPNS"}, {"CreatedHuman", "CREATED"},
                                          {"ID", "CONTAINER ID"}, {"IPC", "IPC"},
                                          {"MNT", "MNT"},         {"NET", "NET"},
                                          {"PIDNS", "PIDNS"},     {"Pod", "POD ID"},
                                          {"PodName", "PODNAME"}, {"UTS", "UTS"},
                                          {"User", "USERNS"}};
    return format::render({.name = "ps",
                           .origin = origin,
                           .template_text = text,
                           .titles = format::make_titles(ps_fields(), titles),
                           .heading = !o_.noheading,
                           .shape = {.type_name = "containers.psReporter"}},
                          rows);
  }

  engine::Engine& e_;
  const cli_options::PsOptions& o_;
  PsLook look_;
  std::vector<View> views_;
  Sizes sizes_;
};

}  // namespace

Result<int> ps(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_ps(invocation.line.own));
  auto e = TRY(open(invocation));
  for (;;) {
    std::string out = TRY(Listing(e, o).text());
    if (o.watch > 0) out.insert(0, "\x1b[2J\x1b[;H");  // clear the screen
    std::fwrite(out.data(), 1, out.size(), stdout);
    if (o.watch == 0) return 0;
    std::fflush(stdout);
    ::poll(nullptr, 0,
           static_cast<int>(std::min<uint64_t>(o.watch, 86400) * 1000));  // until the next screen, or a signal
  }
}

}  // namespace cove::cli
