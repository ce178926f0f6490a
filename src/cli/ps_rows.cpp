#include "cli/ps_rows.hpp"

#include "base/util.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

using json::Value;

constexpr Nanos kSecond = 1'000'000'000;
constexpr int64_t kNoTime = -62135596800;  // Go's zero time as Unix seconds

std::string since(Nanos t, Nanos at) { return human_duration(std::chrono::nanoseconds(at - t)); }
std::string ago(Nanos t, Nanos at) { return since(t, at) + " ago"; }
int64_t unix_seconds(Nanos t) { return t ? t / kSecond : kNoTime; }
std::string id_text(const std::string& id, bool no_trunc) { return no_trunc ? id : id.substr(0, 12); }

Value parsed(const std::string& text) {
  auto value = json::parse(text);
  return value ? std::move(*value) : Value();
}

Value size_json(const std::optional<PsSize>& size) {
  if (!size) return {};
  return Value::object({{"rootFsSize", size->total}, {"rwSize", size->writable}});
}

// "{{.}}" and "{{json .}}" take the whole row.
bool takes_whole(std::string_view text) {
  for (size_t at = text.find('.'); at != text.npos; at = text.find('.', at + 1)) {
    char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (next == ' ' || next == '}' || next == ')' || next == '|') return true;
  }
  return false;
}

}  // namespace

std::string ps_status(const state::View& v, Nanos at) {
  switch (v.phase) {
    case state::Phase::configured:
      return "Created";
    case state::Phase::initialized:
      return "Initialized";
    case state::Phase::running:
      return "Up " + since(v.started_at, at);
    case state::Phase::paused:
      return "Paused";
    case state::Phase::stopping:
      return "Stopping";
    case state::Phase::exited:
      return fmt::format("Exited ({}) {}", v.exit_code, ago(v.finished_at, at));
  }
  return "Unknown";
}

std::string ps_command(const std::string& command, bool no_trunc) {
  return no_trunc || command.size() <= 17 ? command : command.substr(0, 17) + "...";
}

std::string ps_ports(const std::string& ports) {
  if (ports.size() <= 2) return "";
  std::vector<std::string> out;
  const Value list = parsed(ports);
  for (const auto& p : list.items()) {
    std::string ip = p["hostIp"].as_string();
    if (ip.empty()) ip = "0.0.0.0";
    std::string protocol = p["protocol"].as_string();
    if (protocol.empty()) protocol = "tcp";
    int64_t host = p["hostPort"].as_int(), inside = p["containerPort"].as_int(), range = p["range"].as_int(1);
    out.push_back(
        range > 1 ? fmt::format("{}:{}-{}->{}-{}/{}", ip, host, host + range - 1, inside, inside + range - 1, protocol)
                  : fmt::format("{}:{}->{}/{}", ip, host, inside, protocol));
  }
  return join(out, ", ");
}

std::string short_size(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(kUnits)) value /= 1000, unit++;
  return fmt::format("{:.3g}{}", value, kUnits[unit]);
}

std::string ps_table(const std::vector<state::View>& views, const PsLook& look, bool heading) {
  std::string out;
  out.reserve(128 * (views.size() + 1));
  if (heading) out = "CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n";
  for (const auto& v : views) {
    const auto& r = v.record;
    fmt::format_to(std::back_inserter(out), "{}\t{}\t{}\t{}\t{}\t{}\t{}\n", id_text(r.id, look.no_trunc), r.image_name,
                   ps_command(r.command, look.no_trunc), ago(r.created, look.at), ps_status(v, look.at),
                   ps_ports(r.ports), r.name);
  }
  return format::align_columns(out);
}

const std::vector<std::string>& ps_fields() {
  static const std::vector<std::string> fields = {
      "AutoRemove", "CIDFile",  "Cgroup",       "Command", "Created",  "CreatedAt",  "CreatedHuman", "ExitCode",
      "Exited",     "ExitedAt", "ExposedPorts", "ID",      "IPC",      "Image",      "ImageID",      "IsInfra",
      "Labels",     "MNT",      "Mounts",       "NET",     "Names",    "Namespaces", "Networks",     "PIDNS",
      "Pid",        "Pod",      "PodName",      "Ports",   "Restarts", "RunningFor", "Size",         "StartedAt",
      "State",      "Status",   "UTS",          "User"};
  return fields;
}

Value ps_row(const state::View& v, const PsLook& look, std::string_view text, const PsExtra& extra) {
  const auto& r = v.record;
  Value x = Value::object();
  const bool whole = takes_whole(text);
  auto add = [&](std::string_view name, const auto& make) {
    if (whole || text.find(name) != text.npos) x.set(name, Value(make()));
  };
  auto same = [](const auto& value) { return [value] { return value; }; };
  add("ID", [&] { return id_text(r.id, look.no_trunc); });
  add("Id", [&] { return id_text(r.id, look.no_trunc); });
  add("Image", [&] { return r.image_name; });
  add("ImageID", [&] { return id_text(r.image_id, look.no_trunc); });
  add("Command", [&] { return ps_command(r.command, look.no_trunc); });
  add("Created", [&] { return go_time_string(r.created); });
  add("CreatedAt", [&] { return go_time_string(r.created); });
  add("CreatedHuman", [&] { return ago(r.created, look.at); });
  add("RunningFor", [&] { return ago(r.created, look.at); });
  add("Status", [&] { return ps_status(v, look.at); });
  add("State", [&] { return std::string(state::to_string(v.phase)); });
  add("Names", [&] { return r.name; });
  add("Ports", [&] { return ps_ports(r.ports); });
  add("ExposedPorts", [] { return Value::object(); });
  // .Label "x" looks into Labels, so the shorter word decides.
  if (whole || text.find("Label") != text.npos)
    x.set("Labels", r.labels.size() > 2 ? parsed(r.labels) : Value::object());
  add("Mounts", [&] { return parsed(r.mounts); });
  add("Networks", [&] { return join(parsed(r.networks).strings(), ","); });
  for (std::string_view none : {"Pod", "PodName", "CIDFile"}) add(none, [] { return ""; });
  add("Pid", same(v.pid));
  add("ExitCode", same(v.exit_code));
  add("Exited", same(v.phase == state::Phase::exited));
  add("StartedAt", same(unix_seconds(v.started_at)));
  add("ExitedAt", same(unix_seconds(v.finished_at)));
  add("AutoRemove", same(r.transient));
  add("IsInfra", same(false));
  add("Restarts", [] { return "0"; });
  add("Size", [&] {
    return extra.size ? fmt::format("{} (virtual {})", short_size(extra.size->writable), short_size(extra.size->total))
                      : std::string();
  });
  Value spaces = Value::object();
  for (std::string_view name : {"Cgroup", "IPC", "MNT", "NET", "PIDNS", "UTS", "User"}) {
    auto found = extra.namespaces.find(std::string(name));
    std::string value = found == extra.namespaces.end() ? "" : found->second;
    add(name, same(value));
    spaces.set(name, value);
  }
  add("Namespaces", same(spaces));
  return x;
}

Value ps_json(const state::View& v, const plan::ContainerConfig& config, Nanos at, const PsExtra& extra) {
  const auto& r = v.record;
  Value x = Value::object();
  x.set("AutoRemove", r.transient), x.set("Command", config.argv.empty() ? Value() : Value(config.argv));
  x.set("CreatedAt", ago(r.created, at)), x.set("CIDFile", config.cidfile);
  x.set("Exited", v.phase == state::Phase::exited), x.set("ExitedAt", unix_seconds(v.finished_at));
  x.set("ExitCode", v.exit_code);
  Value exposed;
  for (const auto& port : config.expose) {
    auto parts = split_n(port, '/', 2);
    exposed.at_or_add(parts[0]).push(parts.size() > 1 ? parts[1] : "tcp");
  }
  x.set("ExposedPorts", exposed), x.set("Id", r.id), x.set("Image", r.image_name), x.set("ImageID", r.image_id);
  x.set("IsInfra", false);
  Value labels = parsed(r.labels);
  x.set("Labels", labels.empty() ? Value() : labels), x.set("Mounts", parsed(r.mounts));
  x.set("Names", json::Array{r.name});
  Value spaces = Value::object();
  static constexpr std::pair<const char*, const char*> kSpaces[] = {
      {"MNT", "Mnt"},     {"Cgroup", "Cgroup"}, {"IPC", "Ipc"},  {"NET", "Net"},
      {"PIDNS", "Pidns"}, {"UTS", "Uts"},       {"User", "User"}};
  for (const auto& [name, key] : kSpaces) {
    auto found = extra.namespaces.find(name);
    if (found != extra.namespaces.end()) spaces.set(key, found->second);
  }
  x.set("Namespaces", spaces), x.set("Networks", parsed(r.networks)), x.set("Pid", v.pid), x.set("Pod", "");
  x.set("PodName", "");
  Value ports;
  for (const auto& p : config.ports) {
    ports.push(Value::object({{"host_ip", p.host_ip},
                              {"container_port", p.container_port},
                              {"host_port", p.host_port},
                              {"range", p.range},
                              {"protocol", p.protocol}}));
  }
  x.set("Ports", ports), x.set("Restarts", 0), x.set("Size", size_json(extra.size));
  x.set("StartedAt", unix_seconds(v.started_at)), x.set("State", std::string(state::to_string(v.phase)));
  x.set("Status", ps_status(v, at)), x.set("Created", r.created / kSecond);
  return x;
}

}  // namespace cove::cli
