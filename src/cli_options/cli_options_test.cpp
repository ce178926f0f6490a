#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "cli_options/container.hpp"
#include "cli_options/listing.hpp"
#include "options/help.hpp"

namespace cove::cli_options {
namespace {

using options::Parsed;

Parsed read(const options::Spec& spec, const std::vector<std::string>& words) {
  options::Line line;
  const auto ok = options::parse(spec.options, global_options(), spec.interspersed, words, line);
  EXPECT_TRUE(ok) << (ok ? "" : ok.error().message());
  return std::move(line.own);
}

template <class T>
std::string failure(const Result<T>& result) {
  return result ? "no error" : result.error().text();
}

// A file of the test's own, removed with it.
struct TempFile {
  explicit TempFile(std::string_view text) {
    char name[] = "/tmp/cove-options-XXXXXX";
    close(mkstemp(name));
    path = name;
    std::ofstream(path) << text;
  }
  ~TempFile() { unlink(path.c_str()); }
  std::string path;
};

TEST(Tables, NamesAndLettersAreUnique) {
  for (const Described& command : catalog()) {
    std::set<std::string> names;
    std::set<char> letters;
    for (const auto table : command.spec->options)
      for (const auto& option : table) {
        EXPECT_TRUE(names.insert(std::string(option.name)).second) << command.path << " --" << option.name;
        if (option.letter) {
          EXPECT_TRUE(letters.insert(option.letter).second) << command.path << " -" << option.letter;
        }
        EXPECT_FALSE(option.help.empty()) << option.name;
        EXPECT_FALSE(option.help.ends_with(".")) << option.name;
      }
  }
}

TEST(Tables, EveryCommandHasHelpAndManPage) {
  std::vector<options::Command> commands;
  for (const Described& each : catalog())
    commands.push_back({each.path, each.spec,
                        each.spec->usage.empty() ? nullptr : +[](options::Invocation&) -> Result<int> { return 0; },
                        each.aliases});
  const options::Program program{"cove", "1", "Manage containers and images", global_options(), commands};
  for (const Described& each : catalog()) {
    EXPECT_TRUE(options::find_command(program, each.path)) << each.path;
    EXPECT_NE(options::help_text(program, each.path).find("Usage:"), std::string::npos) << each.path;
    EXPECT_NE(options::man_page(program, each.path).find(".SH NAME"), std::string::npos) << each.path;
  }
  EXPECT_NE(options::help_text(program, "").find("--runroot"), std::string::npos);
  EXPECT_EQ(options::find_command(program, "image ls")->path, "image list");
  EXPECT_EQ(options::find_command(program, "container umount")->path, "container unmount");
}

TEST(Global, ReadsAndRefuses) {
  options::Line line;
  ASSERT_TRUE(options::parse({}, global_options(), false,
                             {"--root", "/r", "--storage-opt=", "--runtime-flag", "debug", "--log-level=DEBUG", "ps"},
                             line));
  const auto options = fill_global(line.global);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->root, "/r");
  EXPECT_TRUE(options->storage_opts_set);
  EXPECT_EQ(options->log_level, "debug");
  EXPECT_EQ(options->runtime_flags, std::vector<std::string>{"debug"});
  auto refused = [](const std::string& word) {
    options::Line other;
    EXPECT_TRUE(options::parse({}, global_options(), false, {word}, other));
    return failure(fill_global(other.global));
  };
  EXPECT_EQ(refused("--remote"), "--remote: there is no remote mode, containers run on this host");
  EXPECT_EQ(refused("--remote=false"), "no error");
  EXPECT_EQ(refused("--log-level=loud"),
            "Log Level \"loud\" is not supported, choose from: trace, debug, info, warn, "
            "warning, error, fatal, panic");
}

TEST(Selection, Rules) {
  auto text = [](const std::vector<std::string>& words) { return failure(fill_stop(read(kStopSpec, words))); };
  EXPECT_EQ(text({}), "you must provide at least one name or id");
  EXPECT_EQ(text({"a", "--all"}), "no arguments are needed with --all");
  EXPECT_EQ(text({"--all", "--latest"}), "--all and --latest cannot be used together");
  EXPECT_EQ(text({"a", "-l"}), "--latest and containers cannot be used together");
  EXPECT_EQ(text({"--cidfile", "/x", "-a"}), "--all, --latest, and --cidfile cannot be used together");
  EXPECT_EQ(text({"a", "--cidfile", "/x"}), "no arguments are needed with --latest or --cidfile");
  EXPECT_EQ(text({"a", "--filter", "label=x"}), "--filter takes no arguments");
  EXPECT_EQ(text({"--filter", "label"}), "invalid filter \"label\"");
  EXPECT_EQ(text({"--cidfile", "/nonexistent/x"}), "reading CIDFile: open /nonexistent/x: no such file or directory");
  EXPECT_EQ(text({"--cidfile", "/nonexistent/x", "-i"}), "no error");
}

TEST(Selection, ReadsIdFilesAndFilters) {
  const TempFile file("abc123\nsecond line");
  const auto options = fill_stop(read(kStopSpec, {"--cidfile", file.path, "-t", "-1"}));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->which.names, std::vector<std::string>{"abc123"});
  EXPECT_EQ(options->time, -1);
  const auto filtered = fill_stop(read(kStopSpec, {"--filter", "label=a=b", "-f", "name=x", "--timeout", "3"}));
  EXPECT_EQ(filtered->which.filters, (Pairs{{"label", "a=b"}, {"name", "x"}}));
  EXPECT_EQ(filtered->time, 3);
  EXPECT_EQ(fill_kill(read(kKillSpec, {"/web", "-s", "TERM"}))->which.names, std::vector<std::string>{"web"});
}

TEST(Start, Rules) {
  auto text = [](const std::vector<std::string>& words) { return failure(fill_start(read(kStartSpec, words))); };
  EXPECT_EQ(text({}), "start requires at least one argument");
  EXPECT_EQ(text({"-a", "a", "b"}), "you cannot start and attach multiple containers at once");
  EXPECT_EQ(text({"--all", "a"}), "either start all containers or the container(s) provided in the arguments");
  EXPECT_EQ(text({"--all", "-a"}), "you cannot start and attach all containers at once");
  EXPECT_EQ(text({"a", "--sig-proxy"}), "you cannot use sig-proxy without --attach: invalid argument");
  EXPECT_TRUE(fill_start(read(kStartSpec, {"-a", "a"}))->sig_proxy);
  EXPECT_FALSE(fill_start(read(kStartSpec, {"-a", "--sig-proxy=false", "a"}))->sig_proxy);
}

TEST(Rm, TimeNeedsForce) {
  EXPECT_EQ(failure(fill_rm(read(kRmSpec, {"-t", "1", "a"}))),
            "--force option must be specified to use the --time option");
  const auto all = fill_rm(read(kRmSpec, {"-af"}));
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->depend && all->which.ignore && all->force);
}

TEST(Exec, TargetsAndEnvironment) {
  const TempFile file("# comment\n  FROM_FILE=1\nA=old\n\n");
  const auto options =
      fill_exec(read(kExecSpec, {"-it", "-e", "A=new", "--env-file", file.path, "/web", "sh", "-c", "x"}));
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->name, "web");
  EXPECT_EQ(options->command, (std::vector<std::string>{"sh", "-c", "x"}));
  EXPECT_EQ(options->env, (std::vector<std::string>{"FROM_FILE=1", "A=old", "A=new"}));
  EXPECT_TRUE(options->interactive && options->tty);
  const TempFile id("idid");
  EXPECT_EQ(fill_exec(read(kExecSpec, {"--cidfile", id.path, "ls"}))->name, "idid");
  EXPECT_EQ(fill_exec(read(kExecSpec, {"-l", "ls"}))->command, std::vector<std::string>{"ls"});
  EXPECT_EQ(failure(fill_exec(read(kExecSpec, {}))),
            "exec requires the name or ID of a container or the --latest or --cidfile flag");
  EXPECT_EQ(failure(fill_exec(read(kExecSpec, {"--no-session", "-d", "a", "b"}))),
            "--no-session cannot be used with --detach or --detach-keys");
  EXPECT_EQ(failure(fill_exec(read(kExecSpec, {"-e", "=x", "a", "b"}))),
            "parsing environment variables: invalid variable: \"=x\"");
  EXPECT_EQ(failure(fill_exec(read(kExecSpec, {"--env-file", "/nonexistent/f", "a", "b"}))),
            "parsing file \"/nonexistent/f\": open /nonexistent/f: no such file or directory");
}

TEST(Environment, OursAndStars) {
  setenv("COVE_TEST_ONE", "1", 1);
  setenv("COVE_TEST_TWO", "2", 1);
  EXPECT_EQ(*parse_env({"COVE_TEST_ONE", "COVE_TEST_UNSET", "X="}), (Pairs{{"COVE_TEST_ONE", "1"}, {"X", ""}}));
  EXPECT_EQ(parse_env({"COVE_TEST_*"})->size(), 2U);
  EXPECT_EQ(failure(parse_env({""})), "invalid variable: \"\"");
}

TEST(Labels, FilesThenOptions) {
  const TempFile file("a=1\n#x\nb=2\n");
  EXPECT_EQ(*read_labels({file.path}, {"b=3", "c"}), (Pairs{{"a", "1"}, {"b", "3"}, {"c", ""}}));
  EXPECT_EQ(failure(read_labels({}, {"=x"})), "unable to process labels: invalid label format: \"=x\"");
  const TempFile bad("a b=1\n");
  EXPECT_EQ(failure(read_labels({bad.path}, {})),
            "unable to process labels: name \"a b\" has white spaces, poorly formatted name");
}

TEST(Wait, IntervalAndTargets) {
  EXPECT_EQ(fill_wait(read(kWaitSpec, {"-i", "5", "a"}), "cove wait")->interval, std::chrono::milliseconds(5));
  EXPECT_EQ(fill_wait(read(kWaitSpec, {"a"}), "cove wait")->interval, std::chrono::milliseconds(250));
  EXPECT_EQ(fill_wait(read(kWaitSpec, {"--condition", "exited,healthy", "a"}), "")->conditions,
            (std::vector<std::string>{"exited", "healthy"}));
  EXPECT_EQ(failure(fill_wait(read(kWaitSpec, {}), "cove wait")),
            "\"cove wait\" requires a name, id, or the \"--latest\" flag");
  EXPECT_EQ(failure(fill_wait(read(kWaitSpec, {"-i", "x", "a"}), "")), "time: invalid duration \"x\"");
}

TEST(Attach, OneContainer) {
  EXPECT_EQ(failure(fill_attach(read(kAttachSpec, {}), "cove attach")),
            "\"cove attach\" requires a name, id, or the \"--latest\" flag");
  EXPECT_EQ(failure(fill_attach(read(kAttachSpec, {"a", "b"}), "cove attach")),
            "`cove attach` accepts at most one argument");
  EXPECT_EQ(fill_attach(read(kAttachSpec, {"/a", "--no-stdin"}), "")->name, "a");
}

TEST(Logs, TimesAndTail) {
  const int64_t now = 1'767'323'045'000'000'000;  // 2026-01-02T03:04:05Z
  const auto options =
      fill_logs(read(kLogsSpec, {"-f", "--tail", "5", "--since", "10m", "--until", "2026-01-02T03:04:05Z", "a"}), now);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->since, now - 600'000'000'000);
  EXPECT_EQ(options->until, now);
  EXPECT_EQ(options->tail, 5);
  EXPECT_EQ(*parse_time("2026-01-02", now, true), 1'767'312'000'000'000'000);
  EXPECT_EQ(*parse_time("2026-01-02T03:04:05", now, true), now);
  EXPECT_EQ(*parse_time("1767323045.5", now, true), now + 500'000'000);
  EXPECT_EQ(*parse_time("1m", now, false), now + 60'000'000'000);
  EXPECT_EQ(failure(fill_logs(read(kLogsSpec, {"--since", "xx", "a"}), now)),
            "parsing --since \"xx\": unable to interpret time value");
  EXPECT_EQ(failure(fill_logs(read(kLogsSpec, {}), now)), "specify at least one container name or ID to log");
}

TEST(Ps, Conflicts) {
  auto text = [](const std::vector<std::string>& words) { return failure(fill_ps(read(kPsSpec, words))); };
  EXPECT_EQ(text({"-q", "-s"}), "quiet conflicts with size and namespace");
  EXPECT_EQ(text({"--ns", "-s"}), "size and namespace options conflict");
  EXPECT_EQ(text({"-n", "1", "-l"}), "last and latest are mutually exclusive");
  EXPECT_EQ(text({"-w", "1", "-l"}), "the watch and latest flags cannot be used together");
  const auto options =
      fill_ps(read(kPsSpec, {"-a", "--namespace", "--notruncate", "--format", "{{.PodName}}", "--sort", "names"}));
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->ns && options->no_trunc && options->pod && options->all && options->format_set);
  EXPECT_EQ(options->last, -1);
  EXPECT_EQ(fill_ps(read(kPsSpec, {"-n3"}))->last, 3);
}

TEST(Inspect, Types) {
  auto text = [](const std::vector<std::string>& words) { return failure(fill_inspect(read(kInspectSpec, words))); };
  EXPECT_EQ(text({}), "no names or ids specified");
  EXPECT_EQ(text({"-l", "a"}), "--latest and arguments cannot be used together");
  EXPECT_EQ(text({"-t", "image", "-s", "a"}), "size is not supported for type \"image\"");
  EXPECT_EQ(text({"-t", "thing", "a"}),
            "invalid type \"thing\": must be \"image\", \"container\", \"pod\", \"network\", "
            "\"volume\", \"artifact\", or \"all\"");
  EXPECT_EQ(fill_inspect(read(kImageInspectSpec, {"a"}), "image")->type, "image");
  EXPECT_EQ(normalize_inspect_format("{{.Src}} {{.Source}} {{.ImageID}}", "container"),
            "{{.Source}} {{.Source}} {{.Image}}");
}

TEST(Images, FilterOrName) {
  EXPECT_EQ(failure(fill_images(read(kImagesSpec, {"-f", "a=b", "x"}))), "cannot specify an image and a filter(s)");
  EXPECT_EQ(fill_images(read(kImagesSpec, {"x"}))->filters, (Pairs{{"reference", "x"}}));
  EXPECT_EQ(failure(fill_rmi(read(kRmiSpec, {}))), "image name or ID must be specified");
  EXPECT_EQ(failure(fill_rmi(read(kRmiSpec, {"-a", "x"}))),
            "when using the --all switch, you may not pass any images names or IDs");
  EXPECT_EQ(failure(fill_load(read(kLoadSpec, {}), true)),
            "cannot read from terminal, use command-line redirection or the --input flag");
  EXPECT_EQ(fill_pull(read(kPullSpec, {"x"}))->flags.policy, "always");
  EXPECT_EQ(fill_pull(read(kPullSpec, {"--platform", "linux/arm64/v8", "x"}))->flags.variant, "v8");
  EXPECT_EQ(failure(fill_pull(read(kPullSpec, {"--policy", "often", "x"}))), "unsupported pull policy \"often\"");
}

TEST(Others, SmallOnes) {
  EXPECT_EQ(fill_port(read(kPortSpec, {"web", "80"}))->port, (std::pair<uint16_t, std::string>(80, "tcp")));
  EXPECT_EQ(failure(fill_port(read(kPortSpec, {}))), "you must supply a running container name or id");
  EXPECT_EQ(failure(fill_port(read(kPortSpec, {"a", "1/2/3"}))), "port formats are port/protocol. '1/2/3' is invalid");
  EXPECT_EQ(fill_top(read(kTopSpec, {"web", "-eo", "pid"}))->descriptors, (std::vector<std::string>{"-eo", "pid"}));
  EXPECT_EQ(failure(fill_top(read(kTopSpec, {}))), "you must provide the name or id of a running container");
  EXPECT_EQ(failure(fill_cleanup(read(kCleanupSpec, {"--exec", "x", "-a"}))),
            "--all and --exec cannot be set together");
  EXPECT_EQ(fill_rename(read(kRenameSpec, {"/a", "b"}))->new_name, "b");
  EXPECT_TRUE(fill_mount(read(kMountSpec, {})));
  EXPECT_EQ(failure(fill_unmount(read(kUnmountSpec, {}))), "you must provide at least one name or id");
  EXPECT_EQ(failure(fill_prune(read(kContainerPruneSpec, {"--filter", "x"}))),
            "filter input must be in the form of filter=value: x is invalid");
  EXPECT_EQ(fill_check(read(kSystemCheckSpec, {"-m", "1h"}))->max_age, std::chrono::hours(1));
  EXPECT_EQ(fill_format(read(kVersionSpec, {"-f", "json"}))->format, "json");
}

}  // namespace
}  // namespace cove::cli_options
