#include "format/report.hpp"

#include <gtest/gtest.h>

namespace cove::format {
namespace {

json::Value rows() {
  return *json::parse(
      R"([{"ID":"abc","Names":"web","Status":"Up 3 minutes"},{"ID":"d","Names":"a-very-long-name","Status":"Created"}])");
}

json::Value titles() { return make_titles({"ID", "Names", "Status"}, {{"ID", "container id"}}); }

TEST(Report, BuiltInRows) {
  const auto out =
      render({.name = "ps", .template_text = "{{.ID}}\\t{{.Names}}\\t{{.Status}}", .titles = titles()}, rows());
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(*out,
            "CONTAINER ID  NAMES             STATUS\n"
            "abc           web               Up 3 minutes\n"
            "d             a-very-long-name  Created\n");
  const auto bare =
      render({.name = "ps", .template_text = "{{.ID}}\t{{.Names}}", .titles = titles(), .heading = false}, rows());
  EXPECT_EQ(*bare, "abc         web\nd           a-very-long-name\n");
}

TEST(Report, UserRows) {
  Report report{.name = "ps", .origin = Origin::user, .template_text = "{{.ID}} {{.Names}}", .titles = titles()};
  EXPECT_EQ(*render(report, rows()), "abc web\nd a-very-long-name\n");
  report.template_text = "{{.ID}}\\t{{.Names}}\\n";
  EXPECT_EQ(*render(report, rows()), "abc\tweb\nd\ta-very-long-name\n");
  report.template_text = "{{range .}}{{.ID}},{{end}}";
  EXPECT_EQ(*render(report, rows()), "abc,d,\n");
  report.template_text = "table {{.ID}} {{.Names}}";
  EXPECT_EQ(*render(report, rows()), "CONTAINER ID  NAMES\nabc           web\nd             a-very-long-name\n");
  report.template_text = "table {{.ID}}\\t{{if eq .ID \"d\"}}x y{{end}}";
  EXPECT_EQ(*render(report, rows()), "CONTAINER ID  \nabc           \nd             x           y\n");
  report.heading = false;
  report.template_text = "table {{.ID}}";
  EXPECT_EQ(*render(report, rows()), "abc\nd\n");
  report.template_text = "{{json .}}";
  EXPECT_EQ(*render(report, json::Value(json::Array{*json::parse(R"({"a":1})")})), "{\"a\":1}\n");
}

TEST(Report, BackslashesThatOnlyParseAsTheyStand) {
  Report report{.name = "ps", .origin = Origin::user, .template_text = "{{printf \"%s\\n\" .ID}}", .titles = {}};
  EXPECT_EQ(*render(report, rows()), "abc\nd\n");
}

TEST(Report, SingleObject) {
  Report report{.name = "version", .origin = Origin::single, .template_text = "{{.Client.Version}}", .titles = {}};
  EXPECT_EQ(*render(report, *json::parse(R"({"Client":{"Version":"1.2"}})")), "1.2\n");
}

TEST(Report, Errors) {
  Report report{
      .name = "ps", .origin = Origin::user, .template_text = "{{.Nope}}", .titles = {}, .shape = {.type_name = "row"}};
  const auto out = render(report, rows());
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message(),
            "template: ps:1:13: executing \"ps\" at <.Nope>: can't evaluate field Nope in type row");
  report.template_text = "{{if}}";
  EXPECT_FALSE(render(report, rows()));
}

TEST(Columns, RunsOfLinesShareWidths) {
  EXPECT_EQ(align_columns("a\tb\n"), "a           b\n");
  EXPECT_EQ(align_columns("a\tbb\tc\nlong-long-long\tb\n", 1, 1), "a              bb c\nlong-long-long b\n");
  EXPECT_EQ(align_columns("a\tb\nplain\naaaa\tb\n", 1, 1), "a b\nplain\naaaa b\n");
  EXPECT_EQ(align_columns("\xc3\xa9\tb\nab\tc\n", 1, 1), "\xc3\xa9  b\nab c\n");
  EXPECT_EQ(align_columns(""), "");
  EXPECT_EQ(align_columns("x"), "x");
}

TEST(Titles, FromFieldNames) {
  EXPECT_EQ(title_of("CreatedAt"), "CREATED AT");
  EXPECT_EQ(title_of("ID"), "ID");
  EXPECT_EQ(title_of("RunningFor"), "RUNNING FOR");
  EXPECT_EQ(title_of("PIDNS"), "PIDNS");
  EXPECT_EQ(title_of("ImageID"), "IMAGE ID");
  EXPECT_EQ(title_of("PDFLoader"), "PDF LOADER");
}

TEST(JsonFormat, Spellings) {
  for (const char* yes : {"json", " json ", "{{json}}", "{{ json }}", "{{json.}}", " {{ json. }} "})
    EXPECT_TRUE(is_json_format(yes)) << yes;
  for (const char* no : {"", "Json", "{{json .}}", "{{}}", "table {{json}}", "{json}"})
    EXPECT_FALSE(is_json_format(no)) << no;
}

}  // namespace
}  // namespace cove::format
