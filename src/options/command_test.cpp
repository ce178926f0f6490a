#include "options/command.hpp"

#include <gtest/gtest.h>

#include "options/help.hpp"

namespace cove::options {
namespace {

constexpr Option kPsRows[] = {
    {.name = "all", .letter = 'a', .type = Type::boolean, .help = "Show those that have ended too"},
    {.name = "filter", .letter = 'f', .type = Type::string_array, .help = "Show only what matches `CONDITION`"},
    {.name = "secret", .hidden = true},
    {.name = "sort",
     .type = Type::choice,
     .initial = "created",
     .help = "Order",
     .choices = "created,id",
     .complete = Complete::choices},
    {.name = "file", .type = Type::string, .initial = "x", .help = "A file", .complete = Complete::file},
};
constexpr Table kPs[] = {kPsRows};
constexpr Option kRunRows[] = {{.name = "hostname", .letter = 'h'}, {.name = "rm", .type = Type::boolean}};
constexpr Table kRun[] = {kRunRows};
constexpr Option kGlobalRows[] = {{.name = "root", .help = "Where images are"},
                                  {.name = "version", .letter = 'v', .type = Type::boolean, .help = "Version"}};
constexpr Table kGlobal[] = {kGlobalRows};

constexpr Spec kPsSpec{.usage = "[options]",
                       .summary = "List containers",
                       .description = "Lists them.",
                       .examples = "ps -a",
                       .options = kPs,
                       .arity = {Arity::Kind::none}};
constexpr Spec kRunSpec{.usage = "[options] IMAGE [COMMAND [ARG...]]",
                        .summary = "Run a command",
                        .options = kRun,
                        .arity = {Arity::Kind::at_least, 1},
                        .interspersed = false};
constexpr Spec kTwoSpec{.usage = "CONTAINER NAME", .summary = "Rename", .arity = {Arity::Kind::exactly, 2}};
constexpr Spec kOneSpec{.usage = "[IMAGE]", .summary = "Images", .arity = {Arity::Kind::at_most, 1}};
constexpr Spec kGroupSpec{.summary = "Manage containers"};
Result<int> go(Invocation&) { return 0; }
constexpr Command kCommands[] = {
    {"ps", &kPsSpec, go},
    {"run", &kRunSpec, go},
    {"container", &kGroupSpec},
    {.path = "container list", .spec = &kPsSpec, .handler = go, .aliases = "ls,ps"},
    {"container run", &kRunSpec, go},
    {"rename", &kTwoSpec, go},
    {"images", &kOneSpec, go},
    {.path = "rum", .spec = &kTwoSpec, .handler = go, .hidden = true},
};
constexpr Program kProgram{"cove", "1.2.3", "Manage containers and images", kGlobal, kCommands};

Resolution good(std::vector<std::string> words) {
  words.insert(words.begin(), "/usr/bin/cove");
  auto done = resolve(kProgram, words);
  EXPECT_TRUE(done) << (done ? "" : done.error().message());
  return done ? std::move(*done) : Resolution{};
}

std::string bad(std::vector<std::string> words) {
  words.insert(words.begin(), "cove");
  const auto done = resolve(kProgram, words);
  if (!done) return done.error().message();
  return done->error ? done->error->message() : "no error";
}

TEST(Resolve, FindsCommands) {
  const Resolution run = good({"--root", "/r", "run", "--rm", "img", "ls", "-l"});
  ASSERT_TRUE(run.invocation.command);
  EXPECT_EQ(run.invocation.command->path, "run");
  EXPECT_EQ(run.invocation.line.own.args(), (std::vector<std::string>{"img", "ls", "-l"}));
  EXPECT_EQ(run.invocation.line.global.text("root"), "/r");
  EXPECT_EQ(good({"container", "ls", "-a"}).invocation.command_path(), "cove container list");
  EXPECT_EQ(good({"container", "--root", "/x", "list", "--root=/y"}).invocation.line.global.text("root"), "/y");
}

TEST(Resolve, LetterOfTheCommandHidesHelp) {
  EXPECT_EQ(good({"run", "-h", "web", "img"}).invocation.line.own.text("hostname"), "web");
  EXPECT_NE(good({"ps", "-h"}).text.find("Usage:\n  cove ps [options]\n"), std::string::npos);
}

TEST(Resolve, Pages) {
  EXPECT_EQ(good({"--version"}).text, "cove version 1.2.3\n");
  EXPECT_EQ(good({"-v"}).text, "cove version 1.2.3\n");
  EXPECT_EQ(good({"--help"}).text, help_text(kProgram, ""));
  EXPECT_EQ(good({"help"}).text, help_text(kProgram, ""));
  EXPECT_EQ(good({"help", "container", "ls"}).text, help_text(kProgram, "container list"));
  EXPECT_EQ(good({"container", "--help"}).text, help_text(kProgram, "container"));
}

TEST(Resolve, Errors) {
  EXPECT_EQ(bad({}), "missing command 'cove COMMAND'");
  EXPECT_EQ(bad({"container"}), "missing command 'cove container COMMAND'");
  EXPECT_EQ(bad({"--foo", "ps"}), "unknown flag: --foo\nSee 'cove --help'");
  EXPECT_EQ(bad({"ps", "--xyzzy"}), "unknown flag: --xyzzy\nSee 'cove ps --help'");
  EXPECT_EQ(bad({"container", "ls", "-x"}), "unknown shorthand flag: 'x' in -x\nSee 'cove container list --help'");
  EXPECT_EQ(bad({"xyzzy"}), "unrecognized command `cove xyzzy`\nTry 'cove --help' for more information");
  EXPECT_EQ(bad({"runn"}),
            "unrecognized command `cove runn`\n\nDid you mean this?\n\trun\n\nTry 'cove --help' for more information");
  EXPECT_EQ(bad({"container", "li"}),
            "unrecognized command `cove container li`\n\nDid you mean this?\n\tlist\n\nTry 'cove container --help' for "
            "more information");
  EXPECT_EQ(bad({"ps", "x"}), "`cove ps` takes no arguments");
  EXPECT_EQ(bad({"rename", "a"}), "accepts 2 arg(s), received 1");
  EXPECT_EQ(bad({"run"}), "requires at least 1 arg(s), only received 0");
  EXPECT_EQ(bad({"images", "a", "b"}), "accepts at most 1 arg(s), received 2");
}

TEST(Help, CommandPage) {
  EXPECT_EQ(
      help_text(kProgram, "ps"),
      "List containers\n\nDescription:\n  Lists them.\n\nUsage:\n  cove ps [options]\n\nExamples:\n  cove ps -a\n\n"
      "Options:\n"
      "  -a, --all                Show those that have ended too\n"
      "      --file string        A file (default \"x\")\n"
      "  -f, --filter CONDITION   Show only what matches CONDITION\n"
      "      --sort choice        Order (default created)\n");
}

TEST(Help, GroupAndProgramPages) {
  EXPECT_EQ(help_text(kProgram, "container"),
            "Manage containers\n\nDescription:\n  Manage containers\n\nUsage:\n  cove container [command]\n\n"
            "Available Commands:\n  list        List containers\n  run         Run a command\n");
  const std::string page = help_text(kProgram, "");
  EXPECT_NE(page.find("  container   Manage containers\n  help        Help about any command\n  images "),
            std::string::npos)
      << page;
  EXPECT_EQ(page.find("rum"), std::string::npos);
}

TEST(Help, ManPage) {
  const std::string page = man_page(kProgram, "container list");
  EXPECT_NE(page.find(".TH cove\\-container\\-list 1"), std::string::npos) << page;
  EXPECT_NE(page.find("\\fB\\-a\\fP, \\fB\\-\\-all\\fP"), std::string::npos);
  EXPECT_EQ(page.find("secret"), std::string::npos);
}

TEST(Completion, Candidates) {
  using List = std::vector<std::string>;
  EXPECT_EQ(complete(kProgram, {"r"}), (List{"run\tRun a command", "rename\tRename"}));
  EXPECT_EQ(complete(kProgram, {"container", ""}), (List{"list\tList containers", "run\tRun a command"}));
  EXPECT_EQ(complete(kProgram, {"ps", "--so"}), (List{"--sort\tOrder"}));
  EXPECT_EQ(complete(kProgram, {"ps", "--filt"}), (List{"--filter\tShow only what matches CONDITION"}));
  EXPECT_EQ(complete(kProgram, {"ps", "--sort", ""}), (List{"created", "id"}));
  EXPECT_EQ(complete(kProgram, {"ps", "--file", ""}), (List{":files"}));
  EXPECT_EQ(complete(kProgram, {"run", ""}), (List{":images"}));
  EXPECT_EQ(complete(kProgram, {"run", "img", ""}), (List{":files"}));
  EXPECT_EQ(complete(kProgram, {"rename", ""}), (List{":containers"}));
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_NE(completion_script(kProgram, shell).find("cove __complete -- "), std::string::npos) << shell;
  EXPECT_EQ(completion_script(kProgram, "tcsh"), "");
  EXPECT_NE(completion_script(kProgram, "bash").find("[@]"), std::string::npos);
}

}  // namespace
}  // namespace cove::options
