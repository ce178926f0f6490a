#include <poll.h>

#include <cstdio>

#include "cli/commands.hpp"
#include "cli/filters.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"
#include "storage/container_dir.hpp"

namespace cove::cli {
namespace {

std::string ago(Nanos t, Nanos at) { return human_duration(std::chrono::nanoseconds(at - t)); }

std::string status_text(const state::View& v, Nanos at) {
  switch (v.phase) {
    case state::Phase::configured:
      return "Created";
    case state::Phase::initialized:
      return "Initialized";
    case state::Phase::running:
      return "Up " + ago(v.started_at, at);
    case state::Phase::paused:
      return "Paused";
    case state::Phase::stopping:
      return "Stopping";
    case state::Phase::exited:
      return fmt::format("Exited ({}) {} ago", v.exit_code, ago(v.finished_at, at));
  }
  return "Unknown";
}

std::string short_command(const std::string& command) {
  return command.size() > 20 ? command.substr(0, 17) + "..." : command;
}

// One container as the templates and as JSON see it.
json::Value row(const state::View& v, const cli_options::PsOptions& o, Nanos at) {
  const auto& r = v.record;
  json::Value x = json::Value::object();
  std::string id = o.no_trunc ? r.id : r.id.substr(0, 12);
  x.set("ID", id), x.set("Id", r.id), x.set("Image", r.image_name);
  x.set("ImageID", o.no_trunc ? r.image_id : r.image_id.substr(0, 12));
  x.set("Command", o.no_trunc ? r.command : short_command(r.command));
  x.set("CreatedAt", go_time_string(r.created)), x.set("CreatedHuman", ago(r.created, at) + " ago");
  x.set("RunningFor", ago(r.created, at) + " ago"), x.set("Created", r.created / 1'000'000'000);
  x.set("Status", status_text(v, at)), x.set("State", std::string(state::to_string(v.phase)));
  x.set("Names", r.name), x.set("Name", r.name), x.set("Ports", ""), x.set("Pod", ""), x.set("PodName", "");
  x.set("Pid", v.pid), x.set("ExitCode", v.exit_code), x.set("Exited", v.phase == state::Phase::exited);
  x.set("StartedAt", v.started_at / 1'000'000'000), x.set("ExitedAt", v.finished_at / 1'000'000'000);
  auto labels = json::parse(r.labels);
  x.set("Labels", labels ? *labels : json::Value::object());
  auto list = [](const std::string& text) {
    auto a = json::parse(text);
    return a ? join(a->strings(), ",") : std::string();
  };
  x.set("Mounts", list(r.mounts)), x.set("Networks", list(r.networks)), x.set("Size", ""), x.set("Restarts", 0);
  return x;
}

json::Value json_row(const state::View& v, Nanos at) {
  const auto& r = v.record;
  json::Value x = json::Value::object();
  x.set("AutoRemove", r.transient);
  x.set("Command", split(r.command, ' '));
  x.set("CreatedAt", ago(r.created, at) + " ago");
  x.set("Exited", v.phase == state::Phase::exited), x.set("ExitedAt", v.finished_at / 1'000'000'000),
      x.set("ExitCode", v.exit_code);
  x.set("ExposedPorts", nullptr), x.set("Id", r.id), x.set("Image", r.image_name), x.set("ImageID", r.image_id),
      x.set("IsInfra", false);
  auto parsed = [](const std::string& text) {
    auto a = json::parse(text);
    return a ? *a : json::Value();
  };
  json::Value labels = parsed(r.labels);
  x.set("Labels", labels.empty() ? json::Value() : labels);
  x.set("Mounts", parsed(r.mounts)), x.set("Names", json::Array{r.name}), x.set("Namespaces", json::Value::object());
  x.set("Networks", parsed(r.networks)), x.set("Pid", v.pid), x.set("Pod", ""), x.set("PodName", "");
  json::Value ports = parsed(r.ports);
  x.set("Ports", ports.empty() ? json::Value() : ports), x.set("Restarts", 0), x.set("Size", nullptr);
  x.set("StartedAt", v.started_at / 1'000'000'000), x.set("State", std::string(state::to_string(v.phase)));
  x.set("Status", status_text(v, at)), x.set("Created", r.created / 1'000'000'000);
  return x;
}

Result<std::vector<state::View>> choose(engine::Engine& e, const cli_options::PsOptions& o) {
  auto views = TRY(engine::list(e));
  auto filter = TRY(make_filter(e, o.filters, views));
  bool status_asked = false;
  for (const auto& [name, value] : o.filters) status_asked |= name == "status" || name == "exited";
  std::vector<state::View> out;
  bool all = o.all || o.latest || o.last > 0 || status_asked || !o.filters.empty();
  for (auto it = views.rbegin(); it != views.rend(); ++it) {
    bool up = it->phase == state::Phase::running || it->phase == state::Phase::paused;
    if (!all && !up) continue;
    if (!o.filters.empty() && !(o.all || status_asked) && !up) continue;
    if (!filter(*it)) continue;
    out.push_back(std::move(*it));
    if (o.latest || (o.last > 0 && out.size() == static_cast<size_t>(o.last))) break;
  }
  auto by = [&](auto key) {
    std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  };
  if (o.sort == "names") by([](const state::View& v) { return v.record.name; });
  if (o.sort == "id") by([](const state::View& v) { return v.record.id; });
  if (o.sort == "image") by([](const state::View& v) { return v.record.image_name; });
  if (o.sort == "command") by([](const state::View& v) { return v.record.command; });
  if (o.sort == "status") by([](const state::View& v) { return std::string(state::to_string(v.phase)); });
  if (o.sort == "created") by([](const state::View& v) { return v.record.created; });
  return out;
}

}  // namespace

Result<int> ps(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_ps(invocation.line.own));
  auto e = TRY(open(invocation));
  for (;;) {
    auto views = TRY(choose(e, o));
    Nanos at = now();
    std::string out;
    if (o.quiet && !o.format_set) {
      for (const auto& v : views) out += (o.no_trunc ? v.record.id : v.record.id.substr(0, 12)) + "\n";
    } else if (format::is_json_format(o.format)) {
      json::Value rows = json::Value::array();
      for (const auto& v : views) rows.push(json_row(v, at));
      out = rows.dump(2) + "\n";
    } else if (!o.format_set) {
      if (!o.noheading) out = "CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n";
      for (const auto& v : views) {
        const auto& r = v.record;
        out += fmt::format("{}\t{}\t{}\t{} ago\t{}\t\t{}\n", o.no_trunc ? r.id : r.id.substr(0, 12), r.image_name,
                           o.no_trunc ? r.command : short_command(r.command), ago(r.created, at), status_text(v, at),
                           r.name);
      }
      out = format::align_columns(out);
    } else {
      json::Value rows = json::Value::array();
      for (const auto& v : views) {
        json::Value x = row(v, o, at);
        if (o.size) {
          auto size = storage::writable_size(e.paths().graph_root, v.record.id);
          x.set("Size", human_size(size.value_or(0)) + " (virtual " + human_size(size.value_or(0)) + ")");
        }
        rows.push(std::move(x));
      }
      format::Report report{
          .name = "ps",
          .origin = format::Origin::user,
          .template_text = o.format,
          .titles = format::make_titles(
              {"ID",     "Image",    "ImageID", "Command",  "CreatedAt", "CreatedHuman", "RunningFor", "Status",
               "State",  "Names",    "Ports",   "Pod",      "PodName",   "Pid",          "ExitCode",   "Labels",
               "Mounts", "Networks", "Size",    "Restarts", "Created",   "StartedAt",    "Exited",     "ExitedAt"},
              {{"ID", "CONTAINER ID"}, {"RunningFor", "CREATED"}, {"CreatedHuman", "CREATED"}, {"PodName", "PODNAME"}}),
          .heading = !o.noheading};
      out = TRY(format::render(report, rows));
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
    if (o.watch == 0) return 0;
    std::fflush(stdout);
    ::poll(nullptr, 0, static_cast<int>(std::min<uint64_t>(o.watch, 86400) * 1000));  // until the next screen, or a signal
  }
}

Result<int> container_exists(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_exists(invocation.line.own));
  auto e = TRY(open(invocation));
  auto found = engine::find(e, o.name);
  if (found) return 0;
  return found.error().code() == Code::not_found ? Result<int>(1) : Failure(std::move(found).error());
}

Result<int> rename(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_rename(invocation.line.own));
  auto e = TRY(open(invocation));
  TRY(engine::rename(e, o.name, o.new_name));
  return 0;
}

Result<int> container_prune(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_prune(invocation.line.own));
  auto e = TRY(open(invocation));
  auto views = TRY(engine::list(e));
  auto filter = TRY(make_filter(e, o.filters, views));
  for (const auto& v : views) {
    if ((v.phase != state::Phase::exited && v.phase != state::Phase::configured) || !filter(v)) continue;
    TRY(engine::remove(e, v.record.id, {}));
    fmt::print("{}\n", v.record.id);
  }
  return 0;
}

}  // namespace cove::cli
