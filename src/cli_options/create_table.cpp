// The tables of `run` and `create`, by subject. Types, letters and aliases are podman's; the texts are ours.
#include "cli_options/create.hpp"
#include "cli_options/rows.hpp"

namespace cove::cli_options {
namespace {

constexpr Option kImageRows[] = {
    alias(text("arch", 0, "Choose the image for `ARCH` instead of this machine's"), "override-arch"),
    file("authfile", "File with the registries' credentials"),
    text("cert-dir", 0, "Folder with the registries' certificates", {}, Complete::folder),
    text("creds", 0, "Registry user as `USER:PASSWORD`"),
    array("decryption-key", 0, "Key to decrypt the image with", Complete::file),
    flag("disable-content-trust", 0, "Taken for docker's sake, without effect"),
    words(text("image-volume", 0, "What the image's own volumes become", "bind"), "bind,tmpfs,ignore"),
    alias(text("os", 0, "Choose the image for `OS` instead of this one"), "override-os"),
    text("platform", 0, "Choose the image for `OS/ARCH`"),
    words(text("pull", 0, "When to pull the image", "missing"), "always,missing,never,newer"),
    flag("quiet", 'q', "Show no progress of a pull"),
    number(Type::unsigned_int, "retry", 0, "How often a failed pull is tried again", "3"),
    text("retry-delay", 0, "How long to wait before that"),
    flag("rootfs", 0, "The first word is a folder with a root file system, not an image"),
    hidden(file("signature-policy", "Signature policy")),
    kTlsVerify,
    alias(text("variant", 0, "Choose the image for this variant of the architecture"), "override-variant"),
};

constexpr Option kIdentityRows[] = {
    array("annotation", 0, "Annotate the container, `KEY=VALUE`"),
    text("cidfile", 0, "Write the container's ID to `FILE`", {}, Complete::file),
    text("conmon-pidfile", 0, "Write the monitor's process ID to `FILE`", {}, Complete::file),
    text("domainname", 0, "NIS domain name of the container"),
    text("hostname", 'h', "Host name of the container"),
    array("label", 'l', "Label the container, `KEY=VALUE`"),
    array("label-file", 0, "Take labels from `FILE`, one a line", Complete::file),
    text("name", 0, "Name of the container"),
    text("pidfile", 0, "Write the container's process ID to `FILE`", {}, Complete::file),
    text("pod", 0, "Put the container into this pod; new:NAME makes it"),
    text("pod-id-file", 0, "Take the pod's ID from `FILE`", {}, Complete::file),
    flag("replace", 0, "Remove a container that has the name already"),
    slice("requires", 0, "Containers that must run first", Complete::container),
    words(text("restart", 0, "What to do when the container ends"), "always,no,never,on-failure,unless-stopped"),
    flag("rm", 0, "Remove the container and its anonymous volumes when it has ended"),
};

constexpr Option kProcessRows[] = {
    words(slice("attach", 'a', "Attach to `STREAM` only"), "stdin,stdout,stderr"),
    array("chrootdirs", 0, "Folders of the container that get its /etc files too", Complete::folder),
    text("entrypoint", 0, "Replace the image's entry point: a `COMMAND` or a JSON array of words"),
    array("env", 'e', "Set a variable, `KEY=VALUE`; KEY alone takes ours, KEY* all of ours that start so"),
    array("env-file", 0, "Set the variables that `FILE` holds", Complete::file),
    flag("env-host", 0, "Take all variables of this process"),
    array("env-merge", 0, "Set a variable from the image's, `KEY=VALUE` with ${KEY} in it"),
    slice("group-add", 0, "More groups of the process; keep-groups keeps ours"),
    text("group-entry", 0, "Line to write to /etc/group"),
    slice("hostuser", 0, "User of this host to add to /etc/passwd"),
    flag("http-proxy", 0, "Take the proxy variables of this process", "true"),
    flag("init", 0, "Run a small init as the first process, which reaps and passes signals on"),
    file("init-path", "Which init"),
    flag("interactive", 'i', "Keep standard input open"),
    text("passwd-entry", 0, "Line to write to /etc/passwd"),
    text("personality", 0, "Execution domain, as LINUX32"),
    words(text("sdnotify", 0, "Who tells systemd that the service is ready", "container"),
          "container,conmon,healthy,ignore"),
    text("stop-signal", 0, "Signal that asks the process to end"),
    number(Type::unsigned_int, "stop-timeout", 0, "Seconds from that signal to SIGKILL", "10"),
    words(text("systemd", 0, "Whether to prepare for systemd inside", "true"), "true,false,always"),
    number(Type::unsigned_int, "timeout", 0, "Kill the container after so many `SECONDS`"),
    flag("tty", 't', "Give the process a terminal"),
    text("tz", 0, "Time zone in the container; local is the host's"),
    text("umask", 0, "File mode mask of the process", "0022"),
    array("unsetenv", 0, "Take this variable of the image away"),
    flag("unsetenv-all", 0, "Take all variables of the image away"),
    text("user", 'u', "User and group of the process, `USER[:GROUP]`"),
    text("workdir", 'w', "Working folder of the process"),
};

constexpr Option kSecurityRows[] = {
    slice("cap-add", 0, "Add capabilities"),
    slice("cap-drop", 0, "Drop capabilities"),
    array("device", 0, "Let the container use a device, `HOST[:CONTAINER[:rwm]]`", Complete::file),
    slice("device-cgroup-rule", 0, "Let the cgroup allow devices, `TYPE MAJOR:MINOR MODE`"),
    slice("gpus", 0, "Let the container use these GPUs; all for every one"),
    flag("privileged", 0, "Give all rights of the host"),
    words(text("seccomp-policy", 0, "Where the seccomp profile comes from", "default"), "default,image"),
    array("security-opt", 0, "Security option, as label=disable, seccomp=FILE, no-new-privileges"),
    slice("sysctl", 0, "Set a kernel parameter of the namespaces, `NAME=VALUE`"),
    slice("ulimit", 0, "Limit of the process, `NAME=SOFT[:HARD]`"),
};

constexpr Option kNamespaceRows[] = {
    text("cgroup-parent", 0, "Put the container's cgroup below this one"),
    words(text("cgroupns", 0, "Namespace of cgroups"), "host,private"),
    words(text("cgroups", 0, "Whether the container gets cgroups", "enabled"), "enabled,disabled,no-conmon,split"),
    slice("gidmap", 0, "Map of group IDs, `CONTAINER:HOST[:COUNT]`"),
    words(text("ipc", 0, "Namespace of shared memory and queues"), "host,none,private,shareable"),
    words(text("pid", 0, "Namespace of processes"), "host,private"),
    text("shm-size", 0, "Size of /dev/shm; units b, k, m, g", "65536k"),
    text("shm-size-systemd", 0, "Size of the tmpfs that systemd gets on /run; units b, k, m, g"),
    text("subgidname", 0, "Take the range of /etc/subgid that has this name"),
    text("subuidname", 0, "Take the range of /etc/subuid that has this name"),
    slice("uidmap", 0, "Map of user IDs, `CONTAINER:HOST[:COUNT]`"),
    words(text("userns", 0, "Namespace of users"), "auto,host,keep-id,nomap,private"),
    words(text("uts", 0, "Namespace of host names"), "host,private"),
};

constexpr Option kFileRows[] = {
    array("mount", 0, "Mount something, `type=TYPE,…`"),
    flag("read-only", 0, "Make the root file system read-only"),
    flag("read-only-tmpfs", 0, "With that, keep /run, /tmp and /var/tmp writable", "true"),
    array("secret", 0, "Give the container a secret, `NAME[,OPTION…]`"),
    array("storage-opt", 0, "Option of the storage for this container, `KEY=VALUE`"),
    array("tmpfs", 0, "Mount a tmpfs, `FOLDER[:OPTIONS]`"),
    array("volume", 'v', "Mount a folder or a volume, `[SOURCE:]FOLDER[:OPTIONS]`", Complete::folder),
    array("volumes-from", 0, "Mount what this container has mounted", Complete::container),
};

constexpr Option kNetworkRows[] = {
    slice("add-host", 0, "Line for /etc/hosts, `NAME[;NAME…]:ADDRESS`"),
    slice("dns", 0, "Address of a name server; none for the image's own"),
    alias(slice("dns-option", 0, "Option of the resolver"), "dns-opt"),
    slice("dns-search", 0, "Domain to search for names; . for none"),
    slice("expose", 0, "Port that the container listens on, `PORT[/PROTOCOL]`"),
    file("hosts-file", "File to start /etc/hosts from; none or image"),
    text("ip", 0, "IPv4 address of the container"),
    text("ip6", 0, "IPv6 address of the container"),
    hidden(text("link-local-ip", 0, "Taken for docker's sake, without effect")),
    text("mac-address", 0, "Hardware address of the container"),
    alias(words(array("network", 0, "Network or `MODE`"), "bridge,host,none,private,pasta,slirp4netns"), "net"),
    slice("network-alias", 0, "Another name of the container in its network"),
    flag("no-hostname", 0, "Leave /etc/hostname as the image has it"),
    flag("no-hosts", 0, "Leave /etc/hosts as the image has it"),
    slice("publish", 'p', "Publish a port, `[[ADDRESS:]HOSTPORT:]PORT[/PROTOCOL]`"),
    flag("publish-all", 'P', "Publish every exposed port at a free port of the host"),
};

constexpr Option kLogRows[] = {
    alias(text("health-cmd", 0, "Command that checks the health; none for no check"), "healthcheck-command"),
    alias(text("health-interval", 0, "Time between checks; disable for none", "30s"), "healthcheck-interval"),
    text("health-log-destination", 0, "Where results go: local, events_logger or a folder", "local", Complete::folder),
    number(Type::unsigned_int, "health-max-log-count", 0, "How many results to keep; 0 for all", "5"),
    number(Type::unsigned_int, "health-max-log-size", 0, "How many characters of a result to keep; 0 for all", "500"),
    words(text("health-on-failure", 0, "What to do with a container that has turned unhealthy", "none"),
          "none,kill,restart,stop"),
    alias(number(Type::unsigned_int, "health-retries", 0, "Failures in a row that make a container unhealthy", "3"),
          "healthcheck-retries"),
    alias(text("health-start-period", 0, "Time to start up in which failures do not count", "0s"),
          "healthcheck-start-period"),
    text("health-startup-cmd", 0, "Command that checks whether the start is over"),
    text("health-startup-interval", 0, "Time between those checks", "30s"),
    number(Type::unsigned_int, "health-startup-retries", 0, "Failures of it after which the container is restarted"),
    number(Type::unsigned_int, "health-startup-success", 0, "Successes of it after which the start is over"),
    text("health-startup-timeout", 0, "Time that such a check may take", "30s"),
    alias(text("health-timeout", 0, "Time that a check may take", "30s"), "healthcheck-timeout"),
    words(text("log-driver", 0, "Where the output goes"), "k8s-file,json-file,journald,none,passthrough"),
    array("log-opt", 0, "Option of the log, `NAME=VALUE`"),
    flag("no-healthcheck", 0, "Do not check the health"),
};

constexpr Option kLimitRows[] = {
    text("blkio-weight", 0, "Share of disk time, 10 to 1000"),
    array("blkio-weight-device", 0, "Share of one disk's time, `DEVICE:WEIGHT`"),
    slice("cgroup-conf", 0, "Write to a file of the cgroup, `FILE=VALUE` (v2)"),
    number(Type::unsigned_int, "cpu-period", 0, "Period of the CPU limit in microseconds"),
    number(Type::integer, "cpu-quota", 0, "CPU time in each such period, in microseconds"),
    number(Type::unsigned_int, "cpu-rt-period", 0, "Period of the real-time limit in microseconds"),
    number(Type::integer, "cpu-rt-runtime", 0, "Real-time CPU time in each such period, in microseconds"),
    number(Type::unsigned_int, "cpu-shares", 'c', "Share of CPU time, relative to others"),
    number(Type::floating, "cpus", 0, "How many CPUs the container may use"),
    text("cpuset-cpus", 0, "On which CPUs it may run, as 0-3,5"),
    text("cpuset-mems", 0, "Which memory nodes it may use, as 0-1"),
    array("device-read-bps", 0, "Limit of reading, `DEVICE:BYTES` a second"),
    array("device-read-iops", 0, "Limit of reading, `DEVICE:COUNT` a second"),
    array("device-write-bps", 0, "Limit of writing, `DEVICE:BYTES` a second"),
    array("device-write-iops", 0, "Limit of writing, `DEVICE:COUNT` a second"),
    hidden(text("kernel-memory", 0, "Taken for docker's sake, without effect")),
    text("memory", 'm', "Limit of memory; units b, k, m, g"),
    text("memory-reservation", 0, "Soft limit of memory; units b, k, m, g"),
    text("memory-swap", 0, "Limit of memory and swap together; -1 for none"),
    number(Type::integer, "memory-swappiness", 0, "Tendency to swap, 0 to 100; -1 for the host's", "-1"),
    flag("oom-kill-disable", 0, "Do not kill when memory runs out"),
    number(Type::integer, "oom-score-adj", 0, "Tendency to be killed when memory runs out, -1000 to 1000"),
    number(Type::integer, "pids-limit", 0, "How many processes there may be; -1 for any number", "2048"),
    text("rdt-class", 0, "Intel RDT class of service"),
};

constexpr Option kCreateRows[] = {
    words(text("init-ctr", 0, "Make it an init container of its pod"), "always,once"),
};

constexpr Option kRunRows[] = {
    flag("detach", 'd', "Run in the background and print the container's ID"),
    kDetachKeys,
    flag("passwd", 0, "Add lines for the user to /etc/passwd and /etc/group", "true"),
    number(Type::uint_slice, "preserve-fd", 0, "Pass these file descriptors into the container"),
    number(Type::unsigned_int, "preserve-fds", 0, "Pass so many file descriptors, from 3 on, into the container"),
    flag("rmi", 0, "Remove the image too, unless others use it; implies --rm"),
    flag("sig-proxy", 0, "Pass signals on to the process", "true"),
};

constexpr Table kCreateTables[] = {kImageRows, kIdentityRows, kProcessRows, kSecurityRows, kNamespaceRows,
                                   kFileRows,  kNetworkRows,  kLogRows,     kLimitRows,    kCreateRows};
constexpr Table kRunTables[] = {kImageRows, kIdentityRows, kProcessRows, kSecurityRows, kNamespaceRows,
                                kFileRows,  kNetworkRows,  kLogRows,     kLimitRows,    kRunRows};

}  // namespace

constinit const options::Spec kRunSpec{
    .usage = "[options] IMAGE [COMMAND [ARG...]]",
    .summary = "Run a command in a new container",
    .description = "Makes a container from the image and runs the command in it, or the one that the image names.",
    .examples = "run IMAGE ls -l /etc\nrun -it --rm IMAGE sh\nrun -d --name web --network none IMAGE",
    .options = kRunTables,
    .arity = {options::Arity::Kind::at_least, 1},
    .interspersed = false,
};
constinit const options::Spec kCreateSpec{
    .usage = "[options] IMAGE [COMMAND [ARG...]]",
    .summary = "Create but do not start a container",
    .description = "Makes a container from the image and prints its ID. `start` runs it.",
    .examples = "create IMAGE ls\ncreate -t -i --name my IMAGE sh",
    .options = kCreateTables,
    .arity = {options::Arity::Kind::at_least, 1},
    .interspersed = false,
};

}  // namespace cove::cli_options
