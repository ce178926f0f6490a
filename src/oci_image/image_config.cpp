#include "oci_image/image_config.hpp"

#include "oci_image/fields.hpp"

namespace cove::oci_image {
namespace {

using json::Value;

Result<std::vector<std::pair<std::string, std::string>>> read_labels(const Value& object) {
  std::vector<std::pair<std::string, std::string>> out;
  const Value& labels = object["Labels"];
  if (labels.is_null()) return out;
  if (!labels.is_object()) return fields::wrong("Labels", "not an object");
  for (const auto& [key, value] : labels.members()) {
    if (!value.is_string() && !value.is_null()) return fields::wrong("Labels", "a value is not a string");
    out.emplace_back(key, value.as_string());
  }
  return out;
}

Result<std::optional<Healthcheck>> read_healthcheck(const Value& object) {
  const Value& v = object["Healthcheck"];
  if (v.is_null()) return std::nullopt;
  if (!v.is_object()) return fields::wrong("Healthcheck", "not an object");
  Healthcheck h;
  h.test = TRY(fields::texts(v, "Test"));
  h.interval = std::chrono::nanoseconds(TRY(fields::integer(v, "Interval")));
  h.timeout = std::chrono::nanoseconds(TRY(fields::integer(v, "Timeout")));
  h.start_period = std::chrono::nanoseconds(TRY(fields::integer(v, "StartPeriod")));
  h.start_interval = std::chrono::nanoseconds(TRY(fields::integer(v, "StartInterval")));
  h.retries = TRY(fields::integer(v, "Retries"));
  return h;
}

// The "config" member: what a container of the image runs with.
Result<> read_run_part(const Value& v, ImageConfig& out) {
  if (v.is_null()) return {};
  if (!v.is_object()) return Failure(Error(Code::corrupt, "not an object"));
  out.env = TRY(fields::texts(v, "Env"));
  out.has_cmd = !v["Cmd"].is_null();
  out.cmd = TRY(fields::texts(v, "Cmd"));
  out.has_entrypoint = !v["Entrypoint"].is_null();
  out.entrypoint = TRY(fields::texts(v, "Entrypoint"));
  out.working_dir = TRY(fields::text(v, "WorkingDir"));
  out.user = TRY(fields::text(v, "User"));
  out.stop_signal = TRY(fields::text(v, "StopSignal"));
  out.volumes = TRY(fields::keys(v, "Volumes"));
  out.exposed_ports = TRY(fields::keys(v, "ExposedPorts"));
  out.on_build = TRY(fields::texts(v, "OnBuild"));
  out.shell = TRY(fields::texts(v, "Shell"));
  out.labels = TRY(read_labels(v));
  out.healthcheck = TRY(read_healthcheck(v));
  return {};
}

Result<std::vector<HistoryItem>> read_history(const Value& object) {
  std::vector<HistoryItem> out;
  const Value& v = object["history"];
  if (v.is_null()) return out;
  if (!v.is_array()) return fields::wrong("history", "not a list");
  for (const auto& item : v.items()) {
    if (!item.is_object()) return fields::wrong("history", "an item is not an object");
    HistoryItem h;
    h.created = TRY_CTX(fields::text(item, "created"), "history");
    h.created_by = TRY_CTX(fields::text(item, "created_by"), "history");
    h.author = TRY_CTX(fields::text(item, "author"), "history");
    h.comment = TRY_CTX(fields::text(item, "comment"), "history");
    h.empty_layer = item["empty_layer"].as_bool();
    out.push_back(std::move(h));
  }
  return out;
}

Result<std::vector<Digest>> read_diff_ids(const Value& root) {
  const Value& v = root["rootfs"];
  std::vector<Digest> out;
  if (v.is_null()) return out;
  if (!v.is_object()) return fields::wrong("rootfs", "not an object");
  auto ids = TRY_CTX(fields::texts(v, "diff_ids"), "rootfs");
  if (ids.size() > kMaxLayers) return fields::wrong("rootfs.diff_ids", fmt::format("more than {} layers", kMaxLayers));
  for (const auto& id : ids) out.push_back(TRY_CTX(parse_digest(id), "rootfs.diff_ids"));
  return out;
}

Result<ImageConfig> read_config(std::string_view text) {
  if (text.size() > kMaxConfigBytes) return Failure(Error(Code::corrupt, "larger than 4 MiB"));
  Value root = TRY(json::parse(text));
  if (!root.is_object()) return Failure(Error(Code::corrupt, "not a JSON object"));
  ImageConfig out;
  out.architecture = TRY(fields::text(root, "architecture"));
  out.os = TRY(fields::text(root, "os"));
  out.os_version = TRY(fields::text(root, "os.version"));
  out.variant = TRY(fields::text(root, "variant"));
  out.author = TRY(fields::text(root, "author"));
  out.created = TRY(fields::text(root, "created"));
  TRY_CTX(read_run_part(root["config"], out), "config");
  out.history = TRY(read_history(root));
  out.diff_ids = TRY(read_diff_ids(root));
  return out;
}

void set_text(Value& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object.set(key, text);
}

void set_texts(Value& object, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) object.set(key, texts);
}

void set_keys(Value& object, std::string_view key, const std::vector<std::string>& names) {
  if (names.empty()) return;
  Value set = Value::object();
  for (const auto& name : names) set.set(name, Value::object());
  object.set(key, std::move(set));
}

Value health_json(const Healthcheck& h) {
  Value v = Value::object();
  set_texts(v, "Test", h.test);
  auto put = [&](std::string_view key, int64_t n) {
    if (n != 0) v.set(key, n);
  };
  put("StartPeriod", h.start_period.count());
  put("StartInterval", h.start_interval.count());
  put("Interval", h.interval.count());
  put("Timeout", h.timeout.count());
  put("Retries", h.retries);
  return v;
}

Value run_part_json(const ImageConfig& c) {
  Value v = Value::object();
  set_text(v, "User", c.user);
  set_keys(v, "ExposedPorts", c.exposed_ports);
  set_texts(v, "Env", c.env);
  if (c.has_entrypoint) v.set("Entrypoint", c.entrypoint);
  if (c.has_cmd) v.set("Cmd", c.cmd);
  set_keys(v, "Volumes", c.volumes);
  set_text(v, "WorkingDir", c.working_dir);
  if (!c.labels.empty()) {
    Value labels = Value::object();
    for (const auto& [key, value] : c.labels) labels.set(key, value);
    v.set("Labels", std::move(labels));
  }
  set_text(v, "StopSignal", c.stop_signal);
  set_texts(v, "OnBuild", c.on_build);
  set_texts(v, "Shell", c.shell);
  if (c.healthcheck) v.set("Healthcheck", health_json(*c.healthcheck));
  return v;
}

}  // namespace

Result<ImageConfig> parse_image_config(std::string_view text) {
  auto config = read_config(text);
  if (!config) return Failure(std::move(config).error().with("image configuration").as(Code::corrupt));
  return config;
}

json::Value to_json(const ImageConfig& c) {
  Value v = Value::object();
  set_text(v, "created", c.created);
  set_text(v, "author", c.author);
  v.set("architecture", c.architecture);
  v.set("os", c.os);
  set_text(v, "os.version", c.os_version);
  set_text(v, "variant", c.variant);
  v.set("config", run_part_json(c));
  Value ids = Value::array();
  for (const auto& id : c.diff_ids) ids.push(id.text());
  Value rootfs = Value::object();
  rootfs.set("type", "layers");
  rootfs.set("diff_ids", std::move(ids));
  v.set("rootfs", std::move(rootfs));
  if (c.history.empty()) return v;
  Value history = Value::array();
  for (const auto& h : c.history) {
    Value item = Value::object();
    set_text(item, "created", h.created);
    set_text(item, "created_by", h.created_by);
    set_text(item, "author", h.author);
    set_text(item, "comment", h.comment);
    if (h.empty_layer) item.set("empty_layer", true);
    history.push(std::move(item));
  }
  v.set("history", std::move(history));
  return v;
}

}  // namespace cove::oci_image
