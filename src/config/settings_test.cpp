#include "config/settings.hpp"

#include <gtest/gtest.h>

namespace cove::config {
namespace {

Settings merge(std::initializer_list<const char*> texts) {
  Settings out;
  int n = 0;
  for (const char* text : texts) {
    auto r = merge_toml(out, text, fmt::format("/etc/{}.conf", ++n));
    EXPECT_TRUE(r) << r.error().text();
  }
  return out;
}

using Strings = std::vector<std::string>;

TEST(Settings, FlattensTables) {
  Settings s =
      merge({"[engine]\nruntime = \"crun\"\n[engine.runtimes]\ncrun = "
             "[\"/usr/bin/crun\"]\n[containers]\ninit=true\npids_limit=7\n"});
  EXPECT_EQ(s["engine.runtime"].values, Strings{"crun"});
  EXPECT_EQ(s["engine.runtime"].line, 2u);
  EXPECT_EQ(s["engine.runtimes.crun"].values, Strings{"/usr/bin/crun"});
  EXPECT_EQ(s["containers.init"].kind, Setting::Kind::boolean);
  EXPECT_EQ(s["containers.pids_limit"].values, Strings{"7"});
  EXPECT_EQ(s["engine.runtime"].origin("engine.runtime"), "/etc/1.conf:2: engine.runtime");
}

TEST(Settings, LaterFilesReplace) {
  Settings s = merge({"a.list=[\"1\"]\na.text=\"x\"", "a.list=[\"2\"]\na.text=\"y\""});
  EXPECT_EQ(s["a.list"].values, Strings{"2"});
  EXPECT_FALSE(s["a.list"].append);
  EXPECT_EQ(s["a.text"].values, Strings{"y"});
}

TEST(Settings, AppendAttribute) {
  // Appends to the built-in list, and goes on for the files after it until one says false.
  Settings s = merge({"a.l=[\"1\",{append=true}]", "a.l=[\"2\"]"});
  EXPECT_EQ(s["a.l"].values, (Strings{"1", "2"}));
  EXPECT_TRUE(s["a.l"].append);
  s = merge({"a.l=[\"1\",{append=true}]", "a.l=[\"2\",{append=false}]", "a.l=[\"3\"]"});
  EXPECT_EQ(s["a.l"].values, Strings{"3"});
  EXPECT_FALSE(s["a.l"].append);
  s = merge({"a.l=[\"1\"]", "a.l=[\"2\",{append=true}]"});
  EXPECT_EQ(s["a.l"].values, (Strings{"1", "2"}));
  EXPECT_FALSE(s["a.l"].append);
}

TEST(Settings, Records) {
  Settings s = merge({"n.pools=[{\"base\"=\"10.0.0.0/8\",\"size\"=24}]"});
  EXPECT_EQ(s["n.pools"].values, Strings{"base=10.0.0.0/8\nsize=24"});
}

TEST(Settings, ErrorsNameFileLineAndKey) {
  Settings s;
  auto syntax = merge_toml(s, "[containers]\ninit = \n", "/etc/x.conf");
  ASSERT_FALSE(syntax);
  EXPECT_TRUE(syntax.error().text().find("/etc/x.conf:2") != std::string::npos) << syntax.error().text();
  auto list = merge_toml(s, "[c]\nenv = [1]\n", "/etc/x.conf");
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().text().find("/etc/x.conf:2: c.env: a list of texts"), std::string::npos)
      << list.error().text();
  EXPECT_FALSE(merge_toml(s, "a=1979-05-27\n", "x"));
  for (const char* bad : {"[.x]\n", ".x=1\n", "[a..b]\n", "a.=1\n", "[]\n", "[[]]\n", "=1\n", "\xcd\x88t=1\n"})
    EXPECT_FALSE(merge_toml(s, bad, "x"));
  EXPECT_FALSE(merge_toml(s, "a=" + std::string(100000, '['), "x"));
  EXPECT_FALSE(merge_toml(s, std::string(2 << 20, '#'), "x"));
}

TEST(Settings, CacheForm) {
  Settings s = merge({"a.l=[\"v\\nw\",\"\",\"\\\\n\",{append=true}]\nb=1\nc=\"end\"\nd=1.5\n\"odd\\nkey\"=true\n"});
  auto again = decode_settings(encode_settings(s));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, s);
  std::string text = encode_settings(s);
  EXPECT_FALSE(decode_settings(text.substr(0, text.size() - 5)));
  EXPECT_FALSE(decode_settings(text + "x"));
  EXPECT_FALSE(decode_settings(""));
}

}  // namespace
}  // namespace cove::config
