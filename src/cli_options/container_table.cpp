// The tables of the commands that work on containers. Types, letters and aliases are podman's; the texts are ours.
#include "cli_options/container.hpp"
#include "cli_options/rows.hpp"

namespace cove::cli_options {
namespace {

using Kind = options::Arity::Kind;

constexpr Option kAll = flag("all", 'a', "Act on all containers");
constexpr Option kIgnore = flag("ignore", 'i', "A container that does not exist is no error");
constexpr Option kLongFilter = array("filter", 0, "Act only on containers that match `CONDITION`, as label=x");

constexpr Option kStart[] = {
    flag("all", 0, "Start all containers"),
    flag("attach", 'a', "Show the output and end with the container's exit code"),
    kDetachKeys,
    kFilter,
    flag("interactive", 'i', "With --attach, pass standard input on"),
    kLatest,
    flag("sig-proxy", 0, "With --attach, pass signals on"),
};
constexpr Option kStop[] = {kAll,
                            kCidfile,
                            kFilter,
                            kIgnore,
                            kLatest,
                            kTime,
                            hidden(flag("service", 0, "Do not note that the user stopped it"))};
constexpr Option kRestart[] = {
    kAll,
    kCidfile,
    kFilter,
    kLatest,
    flag("running", 0, "Act on running containers only"),
    number(Type::integer, "time", 't', "Let the container end by itself for so many `SECONDS`, then kill it", "10")};
constexpr Option kKill[] = {kAll, kCidfile, kLatest, text("signal", 's', "Signal: its name or number", "KILL")};
constexpr Option kRm[] = {
    kAll,
    kCidfile,
    flag("depend", 0, "Remove the containers that need it too"),
    kLongFilter,
    flag("force", 'f', "Kill and remove it if it runs"),
    kIgnore,
    kLatest,
    hidden(flag("storage", 0, "Taken for podman's sake, without effect")),
    number(Type::integer, "time", 't', "With --force, wait so many `SECONDS` before the kill", "10"),
    flag("volumes", 'v', "Remove its anonymous volumes too"),
};
constexpr Option kPause[] = {kAll, kCidfile, kFilter, kLatest};
constexpr Option kInit[] = {kAll, kLatest};
constexpr Option kAttach[] = {
    kDetachKeys,
    kLatest,
    flag("no-stdin", 0, "Do not pass standard input on"),
    flag("sig-proxy", 0, "Pass signals on to the process", "true"),
};
constexpr Option kExec[] = {
    text("cidfile", 0, "Take the container's ID from `FILE`", {}, Complete::file),
    flag("detach", 'd', "Run in the background and print the session's ID"),
    kDetachKeys,
    array("env", 'e', "Set a variable, `KEY=VALUE`"),
    array("env-file", 0, "Set the variables that `FILE` holds", Complete::file),
    flag("interactive", 'i', "Keep standard input open"),
    kLatest,
    flag("no-session", 0, "Keep no record of the session"),
    number(Type::uint_slice, "preserve-fd", 0, "Pass these file descriptors into the container"),
    number(Type::unsigned_int, "preserve-fds", 0, "Pass so many file descriptors, from 3 on, into the container"),
    flag("privileged", 0, "Give the process all capabilities"),
    flag("tty", 't', "Give the process a terminal"),
    text("user", 'u', "User and group of the process, `USER[:GROUP]`"),
    hidden(number(Type::integer, "wait", 0, "Wait so many `SECONDS` for the container to run")),
    text("workdir", 'w', "Working folder of the process"),
};
constexpr Option kWait[] = {
    words(slice("condition", 0, "State to wait for", Complete::choices),
          "configured,created,exited,healthy,initialized,paused,removing,running,stopped,stopping,unhealthy"),
    flag("exit-first-match", 0, "End as soon as one container meets the condition"),
    flag("ignore", 0, "A container that does not exist is no error; its code is -1"),
    text("interval", 'i', "Time between looks, where looking is needed", "250ms"),
    kLatest,
};
constexpr Option kCleanup[] = {
    kAll,
    text("exec", 0, "Clean up this exec session instead"),
    kLatest,
    flag("rm", 0, "Then remove the container"),
    flag("rmi", 0, "Then remove its image too"),
    hidden(flag("stopped-only", 0, "Only if it has stopped")),
};
constexpr Option kExists[] = {flag("external", 0, "Taken for podman's sake: there are no other tools' containers")};
constexpr Option kMount[] = {kAll, words(text("format", 0, "Print the list as json"), "json"), kLatest,
                             alias(flag("no-trunc", 0, "Show whole IDs"), "notruncate")};
constexpr Option kUnmount[] = {kAll, flag("force", 'f', "Unmount it however often it was mounted"), kLatest};
constexpr Option kPrune[] = {kLongFilter, flag("force", 'f', "Do not ask")};
constexpr Option kPort[] = {flag("all", 'a', "Show the ports of all containers"), kLatest};
constexpr Option kTop[] = {kLatest, hidden(flag("list-descriptors", 0, "Print the names of all columns"))};
constexpr Option kLogs[] = {
    flag("color", 0, "Give each container a colour"),
    hidden(flag("details", 0, "Taken for docker's sake, without effect")),
    flag("follow", 'f', "Go on as more is written"),
    kLatest,
    flag("names", 'n', "Begin each line with the container's name"),
    text("since", 0, "Only what was written after `TIME`, or so long ago as 10m"),
    number(Type::integer, "tail", 0, "Only the last `LINES`", "-1"),
    flag("timestamps", 't', "Begin each line with its time"),
    text("until", 0, "Only what was written before `TIME`"),
};

constexpr Table kStartTables[] = {kStart}, kStopTables[] = {kStop}, kRestartTables[] = {kRestart},
                kKillTables[] = {kKill}, kRmTables[] = {kRm}, kPauseTables[] = {kPause}, kInitTables[] = {kInit},
                kAttachTables[] = {kAttach}, kExecTables[] = {kExec}, kWaitTables[] = {kWait},
                kCleanupTables[] = {kCleanup}, kExistsTables[] = {kExists}, kMountTables[] = {kMount},
                kUnmountTables[] = {kUnmount}, kPruneTables[] = {kPrune}, kPortTables[] = {kPort},
                kTopTables[] = {kTop}, kLogsTables[] = {kLogs};
constexpr std::string_view kMany = "[options] CONTAINER [CONTAINER...]";

}  // namespace

constinit const options::Spec kStartSpec{
    .usage = kMany,
    .summary = "Start one or more containers",
    .description = "Starts containers that were created or have ended. Each is named by its name or ID.",
    .examples = "start web db\nstart --attach --interactive web",
    .options = kStartTables,
};
constinit const options::Spec kStopSpec{
    .usage = kMany,
    .summary = "Stop one or more containers",
    .description = "Asks each container to end with its stop signal, and kills it after a time.",
    .examples = "stop web\nstop --time 2 web db",
    .options = kStopTables,
};
constinit const options::Spec kRestartSpec{
    .usage = kMany,
    .summary = "Restart one or more containers",
    .description = "Stops each container if it runs, then starts it.",
    .examples = "restart web\nrestart --running",
    .options = kRestartTables,
};
constinit const options::Spec kKillSpec{
    .usage = kMany,
    .summary = "Send a signal to one or more running containers",
    .description = "Sends SIGKILL, or the signal named, to the first process of each container.",
    .examples = "kill web\nkill --signal TERM web",
    .options = kKillTables,
};
constinit const options::Spec kRmSpec{
    .usage = kMany,
    .summary = "Remove one or more containers",
    .description = "Removes containers, not their images. A running one is removed with --force only.",
    .examples = "rm web\nrm --force --all",
    .options = kRmTables,
};
constinit const options::Spec kPauseSpec{
    .usage = kMany,
    .summary = "Freeze the processes of one or more containers",
    .examples = "pause web\npause --all",
    .options = kPauseTables,
};
constinit const options::Spec kUnpauseSpec{
    .usage = kMany,
    .summary = "Let the processes of one or more containers go on",
    .examples = "unpause web\nunpause --all",
    .options = kPauseTables,
};
constinit const options::Spec kAttachSpec{
    .usage = "[options] CONTAINER",
    .summary = "Attach to a running container",
    .description = "Shows what the container writes from now on, and passes the keyboard to it.",
    .examples = "attach web\nattach --no-stdin web",
    .options = kAttachTables,
};
constinit const options::Spec kExecSpec{
    .usage = "[options] CONTAINER COMMAND [ARG...]",
    .summary = "Run a command in a running container",
    .examples = "exec -it web sh\nexec --user root web ls",
    .options = kExecTables,
    .interspersed = false,
};
constinit const options::Spec kWaitSpec{
    .usage = kMany,
    .summary = "Wait until one or more containers end",
    .description = "Waits until each container has ended, or meets a condition, and prints their exit codes.",
    .examples = "wait web\nwait --condition healthy web",
    .options = kWaitTables,
};
constinit const options::Spec kCleanupSpec{
    .usage = kMany,
    .summary = "Free what one or more ended containers still hold",
    .description =
        "Frees mounts and network of containers that have ended. It is rarely needed: every command does it.",
    .examples = "container cleanup web\ncontainer cleanup --all",
    .options = kCleanupTables,
};
constinit const options::Spec kInitSpec{
    .usage = kMany,
    .summary = "Make one or more containers ready to start",
    .examples = "init web",
    .options = kInitTables,
};
constinit const options::Spec kContainerExistsSpec{
    .usage = "[options] CONTAINER",
    .summary = "Tell whether a container exists",
    .description = "Exits with 0 if there is such a container, with 1 if there is none.",
    .examples = "container exists web",
    .options = kExistsTables,
    .arity = {Kind::exactly, 1},
};
constinit const options::Spec kRenameSpec{
    .usage = "CONTAINER NAME",
    .summary = "Rename a container",
    .examples = "rename web old-web",
    .arity = {Kind::exactly, 2},
};
constinit const options::Spec kMountSpec{
    .usage = "[options] [CONTAINER...]",
    .summary = "Mount the root file system of containers on the host",
    .description = "Prints where each is mounted. Without a container, lists those that are mounted.",
    .examples = "mount web\nmount --format json",
    .options = kMountTables,
};
constinit const options::Spec kUnmountSpec{
    .usage = kMany,
    .summary = "Unmount the root file system of containers",
    .examples = "unmount web\nunmount --all",
    .options = kUnmountTables,
};
constinit const options::Spec kContainerPruneSpec{
    .usage = "[options]",
    .summary = "Remove all containers that do not run",
    .examples = "container prune --force",
    .options = kPruneTables,
    .arity = {Kind::none},
};
constinit const options::Spec kPortSpec{
    .usage = "[options] CONTAINER [PORT]",
    .summary = "Show the published ports of a container",
    .examples = "port --all\nport web 80/tcp",
    .options = kPortTables,
};
constinit const options::Spec kTopSpec{
    .usage = "[options] CONTAINER [FORMAT-DESCRIPTORS|ARGS...]",
    .summary = "Show the processes of a container",
    .examples = "top web\ntop web pid user args",
    .options = kTopTables,
    .interspersed = false,
};
constinit const options::Spec kLogsSpec{
    .usage = kMany,
    .summary = "Show what one or more containers have written",
    .examples = "logs web\nlogs --follow --since 10m web\nlogs --tail 2 --names web db",
    .options = kLogsTables,
};

}  // namespace cove::cli_options
