#include "json/json.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace cove::json {

// Builds our tree from the parser's events; bounds the depth.
struct Builder : nlohmann::json_sax<nlohmann::json> {
  Value root;
  std::vector<Value*> open;
  std::string key_;
  std::string problem;

  bool add(Value v, bool opens) {
    Value* place = nullptr;
    if (open.empty()) {
      root = std::move(v);
      place = &root;
    } else if (auto* list = std::get_if<Array>(&open.back()->v_)) {
      list->push_back(std::move(v));
      place = &list->back();
    } else {
      place = &open.back()->set(key_, std::move(v));
    }
    if (!opens) return true;
    if (open.size() >= 256) {
      problem = "nested too deeply";
      return false;
    }
    open.push_back(place);
    return true;
  }

  bool null() override { return add(Value(), false); }
  bool boolean(bool b) override { return add(Value(b), false); }
  bool number_integer(number_integer_t n) override { return add(Value(n), false); }
  bool number_unsigned(number_unsigned_t n) override {
    if (n <= static_cast<uint64_t>(INT64_MAX)) return add(Value(static_cast<int64_t>(n)), false);
    return add(Value(n), false);
  }
  bool number_float(number_float_t d, const string_t&) override { return add(Value(d), false); }
  bool string(string_t& s) override { return add(Value(std::move(s)), false); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return add(Value::object(), true); }
  bool key(string_t& k) override {
    key_ = std::move(k);
    return true;
  }
  bool end_object() override {
    open.pop_back();
    return true;
  }
  bool start_array(size_t) override { return add(Value::array(), true); }
  bool end_array() override {
    open.pop_back();
    return true;
  }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception& e) override {
    std::string_view text = e.what();
    size_t colon = text.find("syntax error");
    problem = fmt::format("at byte {}: {}", at, colon == std::string_view::npos ? text : text.substr(colon));
    return false;
  }
};

Result<Value> parse(std::string_view text) {
  Builder builder;
  bool ok = false;
  try {  // the parser throws on nothing that we feed it but exhausted memory; still no exception leaves this file
    ok = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  } catch (const std::exception& e) {
    builder.problem = e.what();
  }
  if (!ok) return Failure(Error(Code::invalid, fmt::format("invalid JSON {}", builder.problem)));
  return std::move(builder.root);
}

Value::Value(const std::vector<std::string>& a) : v_(Array(a.begin(), a.end())) {}

bool Value::as_bool(bool otherwise) const {
  const bool* b = std::get_if<bool>(&v_);
  return b ? *b : otherwise;
}
int64_t Value::as_int(int64_t otherwise) const {
  if (const auto* n = std::get_if<int64_t>(&v_)) return *n;
  if (const auto* d = std::get_if<double>(&v_); d && std::abs(*d) < 9e18 && std::trunc(*d) == *d)
    return static_cast<int64_t>(*d);
  return otherwise;
}
uint64_t Value::as_uint(uint64_t otherwise) const {
  if (const auto* n = std::get_if<uint64_t>(&v_)) return *n;
  if (const auto* n = std::get_if<int64_t>(&v_); n && *n >= 0) return static_cast<uint64_t>(*n);
  if (const auto* d = std::get_if<double>(&v_); d && *d >= 0 && *d < 1.8e19 && std::trunc(*d) == *d)
    return static_cast<uint64_t>(*d);
  return otherwise;
}
double Value::as_double(double otherwise) const {
  if (const auto* d = std::get_if<double>(&v_)) return *d;
  if (const auto* n = std::get_if<int64_t>(&v_)) return static_cast<double>(*n);
  if (const auto* n = std::get_if<uint64_t>(&v_)) return static_cast<double>(*n);
  return otherwise;
}
const std::string& Value::as_string() const {
  static const std::string kEmpty;
  const auto* s = std::get_if<std::string>(&v_);
  return s ? *s : kEmpty;
}
const Array& Value::items() const {
  static const Array kEmpty;
  const auto* a = std::get_if<Array>(&v_);
  return a ? *a : kEmpty;
}
const Members& Value::members() const {
  static const Members kEmpty;
  const auto* m = std::get_if<Members>(&v_);
  return m ? *m : kEmpty;
}
std::vector<std::string> Value::strings() const {
  std::vector<std::string> out;
  for (const auto& v : items()) {
    if (v.is_string()) out.push_back(v.as_string());
  }
  return out;
}

const Value* Value::find(std::string_view key) const {
  for (const auto& [k, v] : members()) {
    if (k == key) return &v;
  }
  return nullptr;
}
const Value& Value::operator[](std::string_view key) const {
  static const Value kNull;
  const Value* v = find(key);
  return v ? *v : kNull;
}
Value& Value::at_or_add(std::string_view key) {
  if (!is_object()) v_ = Members{};
  auto& m = std::get<Members>(v_);
  for (auto& [k, v] : m) {
    if (k == key) return v;
  }
  m.emplace_back(std::string(key), Value());
  return m.back().second;
}
Value& Value::set(std::string_view key, Value v) {
  Value& place = at_or_add(key);
  place = std::move(v);
  return place;
}
void Value::erase(std::string_view key) {
  if (auto* m = std::get_if<Members>(&v_)) std::erase_if(*m, [&](const Member& x) { return x.first == key; });
}
void Value::push(Value v) {
  if (!is_array()) v_ = Array{};
  std::get<Array>(v_).push_back(std::move(v));
}
size_t Value::size() const { return is_array() ? items().size() : members().size(); }
bool Value::operator==(const Value& other) const { return v_ == other.v_; }

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c < 0x20)
          out += fmt::format("\\u{:04x}", c);
        else
          out += static_cast<char>(c);
    }
  }
  return out += '"';
}

namespace {
void line_break(std::string& out, int indent, int depth) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent) * static_cast<size_t>(depth), ' ');
}

void write(std::string& out, const Value& v, int indent, int depth) {
  if (v.is_null()) {
    out += "null";
  } else if (v.is_bool()) {
    out += v.as_bool() ? "true" : "false";
  } else if (v.is_string()) {
    out += quote(v.as_string());
  } else if (v.is_integer()) {
    if (v.as_int() == 0 && v.as_uint() != 0)
      out += fmt::format("{}", v.as_uint());
    else
      out += fmt::format("{}", v.as_int());
  } else if (v.is_number()) {
    out += std::isfinite(v.as_double()) ? fmt::format("{}", v.as_double()) : "null";
  } else if (v.is_array()) {
    out += '[';
    bool first = true;
    for (const auto& item : v.items()) {
      if (!first) out += ',';
      first = false;
      line_break(out, indent, depth + 1);
      write(out, item, indent, depth + 1);
    }
    if (!first) line_break(out, indent, depth);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : v.members()) {
      if (!first) out += ',';
      first = false;
      line_break(out, indent, depth + 1);
      out += quote(key);
      out += indent < 0 ? ":" : ": ";
      write(out, item, indent, depth + 1);
    }
    if (!first) line_break(out, indent, depth);
    out += '}';
  }
}
}  // namespace

std::string Value::dump(int indent) const {
  std::string out;
  write(out, *this, indent, 0);
  return out;
}

}  // namespace cove::json
