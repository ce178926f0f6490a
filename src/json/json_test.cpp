#include "json/json.hpp"

#include <gtest/gtest.h>

namespace cove::json {
namespace {

TEST(Json, RoundTripKeepsOrderAndNumbers) {
  const std::string text = R"({"z":1,"a":[true,null,-2,18446744073709551615,"x\n\"y\u0001"],"e":{},"f":[]})";
  auto v = parse(text);
  ASSERT_TRUE(v) << v.error().text();
  EXPECT_EQ(v->dump(), text);
  EXPECT_EQ((*v)["a"].items()[3].as_uint(), 18446744073709551615u);
}

TEST(Json, WrongKindsAreNeutral) {
  auto v = parse(R"({"a":"text"})").value();
  EXPECT_EQ(v["a"].as_int(7), 7);
  EXPECT_TRUE(v["missing"]["deep"].is_null());
  EXPECT_TRUE(v["a"].items().empty());
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "nul", "'x'", "[1] 2"}) EXPECT_FALSE(parse(bad)) << bad;
  EXPECT_FALSE(parse(std::string(300, '[') + std::string(300, ']')));
}

TEST(Json, Indented) {
  Value v;
  v.set("a", Array{1, 2});
  v.set("b", Value::object());
  EXPECT_EQ(v.dump(2), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

}  // namespace
}  // namespace cove::json
