#include "options/parsed.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "options/values.hpp"

namespace cove::options {
namespace {

constexpr Option kRows[] = {
    {.name = "all", .letter = 'a', .type = Type::boolean},
    {.name = "interactive", .letter = 'i', .type = Type::boolean},
    {.name = "env", .letter = 'e', .type = Type::string_array},
    {.name = "cap-add", .type = Type::string_slice},
    {.name = "time", .letter = 't', .type = Type::integer, .aliases = "timeout"},
    {.name = "watch", .letter = 'w', .type = Type::unsigned_int},
    {.name = "cpus", .type = Type::floating},
    {.name = "preserve-fd", .type = Type::uint_slice},
    {.name = "network", .type = Type::string_array, .aliases = "net"},
    {.name = "sort", .type = Type::choice, .choices = "id,names"},
    {.name = "max", .type = Type::duration},
    {.name = "name"},
};
constexpr Option kGlobalRows[] = {
    {.name = "root"}, {.name = "name"}, {.name = "version", .letter = 'v', .type = Type::boolean}};
constexpr Table kOwn[] = {kRows};
constexpr Table kGlobal[] = {kGlobalRows};

Line read(const std::vector<std::string>& words, bool interspersed = true) {
  Line line;
  const auto ok = parse(kOwn, kGlobal, interspersed, words, line);
  EXPECT_TRUE(ok) << (ok ? "" : ok.error().message());
  return line;
}

std::string failure(const std::vector<std::string>& words) {
  Line line;
  const auto ok = parse(kOwn, kGlobal, true, words, line);
  return ok ? "no error" : ok.error().message();
}

TEST(Parse, LongForms) {
  EXPECT_EQ(read({"--name=a=b"}).own.text("name"), "a=b");
  EXPECT_EQ(read({"--name", "-x"}).own.text("name"), "-x");
  EXPECT_EQ(read({"--name="}).own.text("name"), "");
  EXPECT_TRUE(read({"--all"}).own.flag("all"));
  EXPECT_FALSE(read({"--all=false"}).own.flag("all", true));
  EXPECT_FALSE(read({"--all", "--all=0"}).own.flag("all"));
  EXPECT_FALSE(read({}).own.changed("all"));
  EXPECT_TRUE(read({"--all=false"}).own.changed("all"));
}

TEST(Parse, BooleanTakesNoSeparateWord) {
  const Line line = read({"--all", "false"});
  EXPECT_TRUE(line.own.flag("all"));
  EXPECT_EQ(line.own.args(), std::vector<std::string>{"false"});
}

TEST(Parse, Letters) {
  EXPECT_EQ(read({"-t5"}).own.integer("time"), 5);
  EXPECT_EQ(read({"-t", "-1"}).own.integer("time"), -1);
  EXPECT_EQ(read({"-t=7"}).own.integer("time"), 7);
  const Line line = read({"-aieA=1", "-ait", "3"});
  EXPECT_TRUE(line.own.flag("all"));
  EXPECT_TRUE(line.own.flag("interactive"));
  EXPECT_EQ(line.own.list("env"), std::vector<std::string>{"A=1"});
  EXPECT_EQ(line.own.integer("time"), 3);
  EXPECT_FALSE(read({"-a=false"}).own.flag("all", true));
}

TEST(Parse, EndOfOptions) {
  EXPECT_EQ(read({"x", "-a", "y"}).own.args(), (std::vector<std::string>{"x", "y"}));
  const Line stop = read({"-a", "img", "-i", "--no-such"}, false);
  EXPECT_EQ(stop.own.args(), (std::vector<std::string>{"img", "-i", "--no-such"}));
  EXPECT_FALSE(stop.own.flag("interactive"));
  EXPECT_EQ(read({"--", "-a"}).own.args(), std::vector<std::string>{"-a"});
  EXPECT_EQ(read({"img", "--", "x"}, false).own.args(), (std::vector<std::string>{"img", "--", "x"}));
  EXPECT_EQ(read({"-"}).own.args(), std::vector<std::string>{"-"});
  EXPECT_EQ(read({""}).own.args(), std::vector<std::string>{""});
}

TEST(Parse, ArraysAndSlices) {
  EXPECT_EQ(read({"-e", "A=1,2", "--env=B"}).own.list("env"), (std::vector<std::string>{"A=1,2", "B"}));
  EXPECT_EQ(read({"--cap-add", "a,b", "--cap-add=\"c,d\",e"}).own.list("cap-add"),
            (std::vector<std::string>{"a", "b", "c,d", "e"}));
  EXPECT_TRUE(read({"--cap-add="}).own.list("cap-add").empty());
  EXPECT_EQ(read({"--preserve-fd", "3,5"}).own.numbers("preserve-fd"), (std::vector<uint64_t>{3, 5}));
}

TEST(Parse, NumbersAndAliases) {
  EXPECT_EQ(read({"--timeout", "0x10"}).own.integer("time"), 16);
  EXPECT_EQ(read({"--net", "host"}).own.list("network"), std::vector<std::string>{"host"});
  EXPECT_EQ(read({"--cpus", "1.5"}).own.floating("cpus"), 1.5);
  EXPECT_EQ(read({"-w3"}).own.number("watch"), 3U);
}

TEST(Parse, GlobalsAfterTheCommandAndShadowed) {
  const Line line = read({"--root", "/r", "--name", "web"});
  EXPECT_EQ(line.global.text("root"), "/r");
  EXPECT_EQ(line.own.text("name"), "web");
  EXPECT_FALSE(line.global.changed("name"));
  EXPECT_TRUE(read({"-v"}).version);
}

TEST(Parse, Help) {
  EXPECT_TRUE(read({"--help"}).help);
  EXPECT_TRUE(read({"-h"}).help);
  EXPECT_TRUE(read({"-ah"}).help);
  EXPECT_FALSE(read({"--help=false"}).help);
}

TEST(Parse, Errors) {
  EXPECT_EQ(failure({"--xyzzy"}), "unknown flag: --xyzzy");
  EXPECT_EQ(failure({"--namee=x"}), "unknown flag: --namee\n\nDid you mean this?\n\t--name\n");
  EXPECT_EQ(failure({"-ax"}), "unknown shorthand flag: 'x' in -x");
  EXPECT_EQ(failure({"-xa"}), "unknown shorthand flag: 'x' in -xa");
  EXPECT_EQ(failure({"--name"}), "flag needs an argument: --name");
  EXPECT_EQ(failure({"-at"}), "flag needs an argument: 't' in -t");
  EXPECT_EQ(failure({"---x"}), "bad flag syntax: ---x");
  EXPECT_EQ(failure({"--=x"}), "bad flag syntax: --=x");
  EXPECT_EQ(failure({"-t", "x"}),
            "invalid argument \"x\" for \"-t, --time\" flag: strconv.ParseInt: parsing \"x\": invalid syntax");
  EXPECT_EQ(failure({"--watch=-1"}),
            "invalid argument \"-1\" for \"-w, --watch\" flag: strconv.ParseUint: parsing \"-1\": invalid syntax");
  EXPECT_EQ(failure({"--time=9223372036854775808"}),
            "invalid argument \"9223372036854775808\" for \"-t, --time\" flag: strconv.ParseInt: parsing "
            "\"9223372036854775808\": value out of range");
  EXPECT_EQ(failure({"--all=maybe"}),
            "invalid argument \"maybe\" for \"-a, --all\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax");
  EXPECT_EQ(failure({"--sort", "foo"}),
            "invalid argument \"foo\" for \"--sort\" flag: \"foo\" is not a valid value.  Choose from: \"id, names\"");
  EXPECT_EQ(failure({"--cap-add", "a\"b"}),
            "invalid argument \"a\\\"b\" for \"--cap-add\" flag: parse error on line 1, column 2: bare \" in "
            "non-quoted-field");
  EXPECT_EQ(failure({"--max", "1x"}), "invalid argument \"1x\" for \"--max\" flag: time: invalid duration \"1x\"");
}

TEST(Values, Csv) {
  EXPECT_EQ(*parse_csv("a,,b,"), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(*parse_csv("\"a\"\"b\",c"), (std::vector<std::string>{"a\"b", "c"}));
  EXPECT_FALSE(parse_csv("\"a"));
  EXPECT_FALSE(parse_csv("\"a\"b"));
}

TEST(Values, GoIntegers) {
  EXPECT_EQ(*go_int("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(*go_int("0b11"), 3);
  EXPECT_EQ(*go_int("010"), 8);
  EXPECT_FALSE(go_int("0x"));
  EXPECT_FALSE(go_int(" 1"));
  EXPECT_FALSE(go_uint("+1"));
  EXPECT_EQ(go_quote("a\"\n\x01"), "\"a\\\"\\n\\x01\"");
}

TEST(Parse, IsQuick) {  // the bound is 0.2 ms; here with room for a debug build on a busy machine
  const std::vector<std::string> words = {"-it", "3", "--name", "web", "-e", "A=1", "--network", "host", "img", "true"};
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) read(words, false);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace cove::options
