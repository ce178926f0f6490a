#include "format/template.hpp"

#include <gtest/gtest.h>

#include "format/quote.hpp"

namespace cove::format {
namespace {

constexpr std::string_view kData = R"({
  "Id": "abcdef0123456789", "Name": "web", "Pid": 42, "Big": 18446744073709551615, "Half": 1.5, "Up": true, "None": null,
  "Created": "2026-01-02T03:04:05.123456789Z", "Names": ["a", "b"], "Empty": [], "Blank": "",
  "State": {"Status": "running", "Pid": 7, "Ok": false},
  "Config": {"Labels": {"b": "2", "a": "1", "x.y": "z"}, "Cmd": ["sleep", "9"]},
  "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "90/udp": null}},
  "Mounts": [{"Source": "/a", "Destination": "/b"}, {"Source": "/c", "Destination": "/d"}]
})";

Shape shape() { return {.type_name = "container", .optional = {"Health"}, .times = {"Created"}}; }

std::string run(std::string_view text, std::string_view data = kData) {
  const auto parsed = Template::parse(text, "t");
  if (!parsed) return "PARSE " + parsed.error().message();
  const auto value = json::parse(data);
  EXPECT_TRUE(value);
  auto out = parsed->execute(*value, shape());
  return out ? *out : "ERROR " + out.error().message();
}

struct Case {
  const char *text, *want;
};

void check(std::initializer_list<Case> cases) {
  for (const auto& [text, want] : cases) EXPECT_EQ(run(text), want) << text;
}

TEST(Template, Fields) {
  check({{"plain", "plain"},
         {"{{.Name}}", "web"},
         {"<{{ .State.Status }}>", "<running>"},
         {"{{.ID}} {{.id}}", "abcdef0123456789 abcdef0123456789"},
         {"{{.Pid}} {{.Big}} {{.Half}} {{.Up}}", "42 18446744073709551615 1.5 true"},
         {"{{.None}} {{.Health}}", "<nil> <nil>"},
         {"{{.Created}}", "2026-01-02 03:04:05.123456789 +0000 UTC"},
         {"{{.Names}} {{.Empty}}", "[a b] []"},
         {"{{.Config.Labels}}", "map[a:1 b:2 x.y:z]"},
         {"{{.State}}", "{running 7 false}"},
         {"{{.Config}}", "{map[a:1 b:2 x.y:z] [sleep 9]}"},
         {"{{.Config.Labels.a}} {{.Config.Labels.q}}", "1 <no value>"},
         {"{{.Mounts}}", "[{/a /b} {/c /d}]"}});
}

TEST(Template, FieldErrors) {
  check(
      {{"{{.Nope}}", "ERROR template: t:1:2: executing \"t\" at <.Nope>: can't evaluate field Nope in type container"},
       {"a\n {{.State.Nope}}",
        "ERROR template: t:2:3: executing \"t\" at <.State.Nope>: can't evaluate field Nope in type container"},
       {"{{.Name.x}}", "ERROR template: t:1:2: executing \"t\" at <.Name.x>: can't evaluate field x in type string"},
       {"{{.Health.Status}}",
        "ERROR template: t:1:2: executing \"t\" at <.Health.Status>: nil pointer evaluating container.Status"},
       {"{{.Name 3}}",
        "ERROR template: t:1:2: executing \"t\" at <.Name>: Name has arguments but cannot be invoked as function"}});
}

TEST(Template, TrimAndComments) {
  check({{"a {{- .Name -}} b", "awebb"},
         {"a {{- /* words */ -}} b", "ab"},
         {"a{{/* x */}}b", "ab"},
         {"{{- .Name}}\n\n{{- .Pid}}", "web42"},
         {"{{-3}}", "-3"},
         {"{{ 3 -}}  x", "3x"}});
}

TEST(Template, IfWithRange) {
  check({{"{{if .Up}}y{{else}}n{{end}}", "y"},
         {"{{if .Blank}}a{{else if .Empty}}b{{else if .Pid}}c{{else}}d{{end}}", "c"},
         {"{{if .None}}a{{end}}", ""},
         {"{{if .State}}struct{{end}}", "struct"},
         {"{{with .State}}{{.Status}} {{$.Name}}{{end}}", "running web"},
         {"{{with .None}}x{{else}}none{{end}}", "none"},
         {"{{with .None}}x{{else with .State}}{{.Pid}}{{end}}", "7"},
         {"{{range .Names}}<{{.}}>{{end}}", "<a><b>"},
         {"{{range .Empty}}x{{else}}nothing{{end}}", "nothing"},
         {"{{range .None}}x{{else}}nothing{{end}}", "nothing"},
         {"{{range $i, $e := .Names}}{{$i}}{{$e}} {{end}}", "0a 1b "},
         {"{{range $e := .Names}}{{$e}}{{end}}", "ab"},
         {"{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;x.y=z;"},
         {"{{range .Config.Labels}}{{.}}{{end}}", "12z"},
         {"{{range .Mounts}}{{.Source}}:{{.Destination}} {{end}}", "/a:/b /c:/d "},
         {"{{range $i, $e := .Names}}{{if $i}}, {{end}}{{$e}}{{end}}", "a, b"},
         {"{{range 3}}{{.}}{{end}}", "012"},
         {"{{range .Names}}{{break}}x{{end}}.{{range .Names}}{{if eq . \"a\"}}{{continue}}{{end}}{{.}}{{end}}", ".b"},
         {"{{range .State}}x{{end}}",
          "ERROR template: t:1:8: executing \"t\" at <.State>: range can't iterate over {running 7 false}"}});
}

TEST(Template, Variables) {
  check({{"{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12"},
         {"{{$s := .State}}{{$s.Status}}", "running"},
         {"{{$x := 1}}{{if .Up}}{{$x = 5}}{{end}}{{$x}}", "5"},
         {"{{$x := 1}}{{if .Up}}{{$x := 5}}{{end}}{{$x}}", "1"},
         {"{{with $y := .Pid}}{{$y}}{{end}}", "42"},
         {"{{$x}}", "PARSE template: t:1: undefined variable \"$x\""},
         {"{{if .Up}}{{$y := 1}}{{end}}{{$y}}", "PARSE template: t:1: undefined variable \"$y\""}});
}

TEST(Template, Functions) {
  check({{"{{json .Names}} {{json .State}} {{json .Name}}",
          "[\"a\",\"b\"] {\"Status\":\"running\",\"Pid\":7,\"Ok\":false} \"web\""},
         {"{{join .Names \", \"}}", "a, b"},
         {"{{range split \"x,y\" \",\"}}[{{.}}]{{end}}", "[x][y]"},
         {"{{upper .Name}} {{lower \"ABC\"}} {{title \"ab cd-e\"}}", "WEB abc Ab Cd-E"},
         {"[{{pad .Name 1 2}}] [{{pad \"\" 1 2}}]", "[ web  ] []"},
         {"{{truncate .ID 12}} {{truncate \"a\" 5}}", "abcdef012345 a"},
         {"{{len .Name}} {{len .Names}} {{len .Config.Labels}} {{.Names | len}}", "3 2 3 2"},
         {"{{index .Names 1}} {{index .Config.Labels \"x.y\"}} [{{index .Config.Labels \"q\"}}]", "b z []"},
         {"{{(index .NetworkSettings.Ports \"80/tcp\" 0).HostPort}}", "8080"},
         {"{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080"},
         {"{{slice .ID 0 4}} {{slice .ID 12}} {{slice .Names 1}}", "abcd 6789 [b]"},
         {"{{print 1 2 \"a\" 3}} {{println \"a\" 1}}", "1 2a3 a 1\n"},
         {"{{not .Up}} {{and .Up .Name}} {{and .Blank .Nope}} {{or .Blank \"x\"}}", "false web  x"},
         {"{{.Name | printf \"%s-%s\" \"a\" | upper}}", "A-WEB"},
         {"{{\"q\\\"\\n\" | printf \"%q\"}} {{`raw\\n`}} {{'a'}}", "\"q\\\"\\n\" raw\\n 97"},
         {"{{.Config.Labels | json}}", "{\"b\":\"2\",\"a\":\"1\",\"x.y\":\"z\"}"}});
  EXPECT_EQ(run("{{.Label \"a\"}}[{{.Label \"q\"}}]", R"({"Labels":{"a":"1"}})"), "1[]");
}

TEST(Template, FunctionErrors) {
  check({{"{{nope 1}}", "PARSE template: t:1: function \"nope\" not defined"},
         {"{{len}}", "ERROR template: t:1:2: executing \"t\" at <len>: wrong number of args for len: want 1 got 0"},
         {"{{len 3}}", "ERROR template: t:1:2: executing \"t\" at <len>: error calling len: len of type int"},
         {"{{index .Names 5}}",
          "ERROR template: t:1:2: executing \"t\" at <index>: error calling index: index out of range: 5"},
         {"{{upper 3}}",
          "ERROR template: t:1:2: executing \"t\" at <upper>: wrong type for value; expected string; got int"},
         {"{{eq 1 \"a\"}}",
          "ERROR template: t:1:2: executing \"t\" at <eq>: error calling eq: incompatible types for comparison"},
         {"{{slice .Name 2 1}}",
          "ERROR template: t:1:2: executing \"t\" at <slice>: error calling slice: invalid slice index: 2 > 1"}});
}

TEST(Template, Comparisons) {
  check({{"{{eq 1 1}} {{eq .Name \"web\"}} {{eq .Pid 1 42}} {{ne 1 2}}", "true true true true"},
         {"{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1 2}}", "true true true false"},
         {"{{if and (eq .Name \"web\") (gt .Pid 1)}}both{{end}}", "both"},
         {"{{eq .Up true}} {{eq .None nil}} {{lt -1 18446744073709551615}}", "true true true"}});
}

TEST(Template, Printf) {
  check({{"{{printf \"%5d|%-5d|%05d|%+d|%x|%X|%o|%b\" 42 42 42 42 255 255 8 5}}", "   42|42   |00042|+42|ff|FF|10|101"},
         {"{{printf \"%5s|%-5s|%.2s|%q|%x\" \"ab\" \"ab\" \"abc\" \"a\" \"hi\"}}", "   ab|ab   |ab|\"a\"|6869"},
         {"{{printf \"%v %t %T\" true false \"x\"}}", "true false string"},
         {"{{printf \"%.2f|%8.3f|%v|%g\" 1.5 2.25 1e21 0.1}}", "1.50|   2.250|1e+21|0.1"},
         {"{{printf \"%v %s\" .Names .Names}}", "[a b] [a b]"},
         {"{{printf \"%d%%\" 5}}", "5%"},
         {"{{printf \"%d\" \"x\"}}", "%!d(string=x)"},
         {"{{printf \"%s\" 3}}", "%!s(int=3)"},
         {"{{printf \"%s\"}}", "%!s(MISSING)"},
         {"{{printf \"a\" 1}}", "a%!(EXTRA int=1)"},
         {"{{printf \"%*d|%c|%U\" 4 7 65 65}}", "   7|A|U+0041"},
         {"{{printf \"%d\" -9223372036854775808}}", "-9223372036854775808"},
         {"{{printf \"%\"}}", "%!(NOVERB)"}});
}

TEST(Template, ParseErrors) {
  check({{"{{", "PARSE template: t:1: unclosed action"},
         {"{{.Name", "PARSE template: t:1: unclosed action"},
         {"{{}}", "PARSE template: t:1: missing value for command"},
         {"{{end}}", "PARSE template: t:1: unexpected {{end}}"},
         {"{{else}}", "PARSE template: t:1: unexpected {{else}}"},
         {"{{if .Up}}", "PARSE template: t:1: unexpected EOF"},
         {"{{if}}x{{end}}", "PARSE template: t:1: missing value for command"},
         {"{{if .Up}}a{{else}}b{{else}}c{{end}}", "PARSE template: t:1: expected end; found {{else}}"},
         {"{{\"abc}}", "PARSE template: t:1: unterminated quoted string"},
         {"{{(len .Name}}", "PARSE template: t:1: unclosed left paren"},
         {"{{/* x }}", "PARSE template: t:1: unclosed comment"},
         {"{{break}}", "PARSE template: t:1: {{break}} outside {{range}}"},
         {"{{12x}}", "PARSE template: t:1: bad number syntax: \"12x\""},
         {"{{.Name | 3}}", "PARSE template: t:1: non executable command in pipeline stage 2"},
         {"{{template \"x\"}}", "PARSE template: t:1: {{template}} is not supported here"}});
  EXPECT_EQ(run("{{nil}}"), "ERROR template: t:1:2: executing \"t\" at <nil>: nil is not a command");
}

TEST(Template, Bounds) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{if .}}";
  EXPECT_FALSE(Template::parse(deep));
  EXPECT_FALSE(Template::parse("{{" + std::string(100000, '(')));
  std::string chain;
  for (int i = 0; i < 100000; ++i) chain += i ? "{{else if 0}}" : "{{if 0}}";
  EXPECT_FALSE(Template::parse(chain + "{{end}}"));
  const Limits small{.output = 1000, .steps = 10000};
  for (const char* text : {"{{range 1000000000}}{{end}}", "{{range 100}}{{pad \"x\" 100 0}}{{end}}",
                           "{{pad \"x\" 2000000000 2000000000}}", "{{range 500}}abcdef{{end}}"}) {
    const auto parsed = Template::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_FALSE(parsed->execute(json::Value(), {}, small)) << text;
  }
}

TEST(GoValue, Kinds) {
  EXPECT_EQ(go_value(*json::parse(R"([1,"a",null,{"b":1,"a":[2.5,1e30]}])")), "[1 a <nil> {1 [2.5 1e+30]}]");
  EXPECT_EQ(go_value(*json::parse(R"({"b":true,"a":"x"})")), "map[a:x b:true]");
  EXPECT_EQ(go_float(0.00001, 'g', -1), "1e-05");
  EXPECT_EQ(go_float(123456789, 'g', -1), "1.23456789e+08");
}

}  // namespace
}  // namespace cove::format
