#pragma once
// json::Value: the one JSON tree of cove. Object keys keep their order. Parsing is strict RFC 8259, bounded in depth
// (256) and never throws; the parser behind it is seen by this library's .cpp only.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace cove::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Members = std::vector<Member>;

// A value type: copies are deep. Reading a wrong kind gives the neutral answer (empty text, 0, false, null), so that
// optional fields of foreign documents read in one line; use the is_…() tests where the difference matters.
class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(bool b) : v_(b) {}
  Value(int n) : v_(static_cast<int64_t>(n)) {}
  Value(unsigned n) : v_(static_cast<int64_t>(n)) {}
  Value(long n) : v_(static_cast<int64_t>(n)) {}
  Value(long long n) : v_(static_cast<int64_t>(n)) {}
  Value(unsigned long n) : v_(static_cast<uint64_t>(n)) {}
  Value(unsigned long long n) : v_(static_cast<uint64_t>(n)) {}
  Value(double d) : v_(d) {}
  Value(const char* s) : v_(std::string(s)) {}
  Value(std::string_view s) : v_(std::string(s)) {}
  Value(std::string s) : v_(std::move(s)) {}
  Value(Array a) : v_(std::move(a)) {}
  Value(const std::vector<std::string>& a);
  static Value object() {
    Value v;
    v.v_ = Members{};
    return v;
  }
  static Value object(Members members) {
    Value v;
    v.v_ = std::move(members);
    return v;
  }
  static Value array() { return Value(Array{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  bool is_bool() const { return std::holds_alternative<bool>(v_); }
  bool is_integer() const { return std::holds_alternative<int64_t>(v_) || std::holds_alternative<uint64_t>(v_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(v_); }
  bool is_string() const { return std::holds_alternative<std::string>(v_); }
  bool is_array() const { return std::holds_alternative<Array>(v_); }
  bool is_object() const { return std::holds_alternative<Members>(v_); }

  bool as_bool(bool otherwise = false) const;
  int64_t as_int(int64_t otherwise = 0) const;  // out of range: otherwise
  uint64_t as_uint(uint64_t otherwise = 0) const;
  double as_double(double otherwise = 0) const;
  const std::string& as_string() const;      // "" where it is no string
  const Array& items() const;                // empty where it is no array
  const Members& members() const;            // empty where it is no object
  std::vector<std::string> strings() const;  // the strings of an array

  const Value& operator[](std::string_view key) const;  // null where missing
  const Value* find(std::string_view key) const;
  Value& set(std::string_view key,
             Value v);  // becomes an object if it was null; replaces in place; returns the new member
  Value& at_or_add(std::string_view key);  // for building nested objects
  void erase(std::string_view key);
  void push(Value v);  // becomes an array if it was null
  bool empty() const { return size() == 0; }
  size_t size() const;  // of an array or object, else 0
  bool operator==(const Value&) const;

  std::string dump(int indent = -1) const;  // -1: one line; Go's escapes are not applied (<, >, & stay)

 private:
  friend struct Builder;
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Members> v_;
};

Result<Value> parse(std::string_view text);
std::string quote(std::string_view text);  // as a JSON string literal

}  // namespace cove::json
