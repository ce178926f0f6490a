#pragma once
// Strict reading of typed members of foreign JSON; private to this library. Each gives the neutral value for a missing
// or null member and Code::corrupt, naming the member, for a wrong type.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"

namespace cove::oci_image::fields {

inline Failure wrong(std::string_view key, std::string_view what) {
  return Failure(Error(Code::corrupt, fmt::format("{}: {}", key, what)));
}

inline Result<std::string> text(const json::Value& object, std::string_view key) {
  const json::Value& v = object[key];
  if (v.is_null()) return std::string();
  if (!v.is_string()) return wrong(key, "not a string");
  if (v.as_string().find('\0') != std::string::npos) return wrong(key, "holds a zero byte");
  return v.as_string();
}

inline Result<std::vector<std::string>> texts(const json::Value& object, std::string_view key) {
  const json::Value& v = object[key];
  if (v.is_null()) return std::vector<std::string>();
  if (!v.is_array()) return wrong(key, "not a list of strings");
  std::vector<std::string> out;
  for (const auto& item : v.items()) {
    if (!item.is_string()) return wrong(key, "not a list of strings");
    if (item.as_string().find('\0') != std::string::npos) return wrong(key, "holds a zero byte");
    out.push_back(item.as_string());
  }
  return out;
}

inline Result<int64_t> integer(const json::Value& object, std::string_view key) {
  const json::Value& v = object[key];
  if (v.is_null()) return 0;
  if (!v.is_integer()) return wrong(key, "not a whole number");
  int64_t n = v.as_int(-1);
  if (n < 0) return wrong(key, "out of range");
  return n;
}

// The keys of an object that serves as a set ("Volumes": {"/data": {}}).
inline Result<std::vector<std::string>> keys(const json::Value& object, std::string_view key) {
  const json::Value& v = object[key];
  if (v.is_null()) return std::vector<std::string>();
  if (!v.is_object()) return wrong(key, "not an object");
  std::vector<std::string> out;
  for (const auto& [name, ignored] : v.members()) out.push_back(name);
  return out;
}

}  // namespace cove::oci_image::fields
