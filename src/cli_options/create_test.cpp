#include "cli_options/create.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "base/util.hpp"
#include "json/json.hpp"

namespace cove::cli_options {
namespace {

using Words = std::vector<std::string>;

Result<CreateOptions> run(const Words& words, const Terminals& terminals = {}, const options::Spec& spec = kRunSpec) {
  options::Line line;
  TRY(options::parse(spec.options, global_options(), spec.interspersed, words, line));
  return &spec == &kRunSpec ? fill_run(line.own, {"cove", "run"}, terminals)
                            : fill_create(line.own, {"cove", "create"}, terminals);
}

CreateOptions good(const Words& words) {
  auto options = run(words);
  EXPECT_TRUE(options) << (options ? "" : options.error().text());
  return options ? std::move(*options) : CreateOptions{};
}

std::string bad(const Words& words, const Terminals& terminals = {}) {
  const auto options = run(words, terminals);
  return options ? "no error" : options.error().text();
}

TEST(Run, Everyday) {
  const auto options =
      good({"-it", "--rm",        "--name",    "web",  "-e",  "A=1", "-e",     "B=2,3", "-v",      "/a:/b",
            "-p",  "80:80,81:81", "--network", "host", "-m",  "64m", "--cpus", "1.5",   "--label", "x=y",
            "-w",  "/tmp",        "-u",        "1:2",  "img", "sh",  "-c",     "true"});
  const auto& request = options.request;
  EXPECT_TRUE(request.terminal && request.interactive && request.remove);
  EXPECT_EQ(request.name, "web");
  EXPECT_EQ(request.env, (Words{"A=1", "B=2,3"}));
  EXPECT_EQ(request.volumes, Words{"/a:/b"});
  EXPECT_EQ(request.publish, (Words{"80:80", "81:81"}));
  EXPECT_EQ(request.networks, Words{"host"});
  EXPECT_EQ(request.limits.memory, 64 << 20);
  EXPECT_EQ(request.limits.cpus, 1.5);
  EXPECT_EQ(request.workdir, "/tmp");
  EXPECT_EQ(request.user, "1:2");
  EXPECT_EQ(request.image, "img");
  EXPECT_EQ(request.command, (Words{"sh", "-c", "true"}));
  EXPECT_EQ(request.create_command, (Words{"cove", "run"}));
  EXPECT_TRUE(request.http_proxy && request.sig_proxy && request.passwd && request.read_only_tmpfs);
  EXPECT_FALSE(request.limits.pids_limit);
}

TEST(Run, Rootfs) {
  const auto options = good({"--rootfs", "/r:O", "true"});
  EXPECT_EQ(options.request.rootfs, "/r:O");
  EXPECT_EQ(options.request.image, "");
}

TEST(Run, Entrypoint) {
  EXPECT_EQ(*good({"--entrypoint", "[\"a\",\"b\"]", "i"}).request.entrypoint, (Words{"a", "b"}));
  EXPECT_EQ(*good({"--entrypoint", "sh -c", "i"}).request.entrypoint, Words{"sh -c"});
  EXPECT_EQ(*good({"--entrypoint", "", "i"}).request.entrypoint, Words{""});
  EXPECT_FALSE(good({"i"}).request.entrypoint);
}

TEST(Run, AliasesAndOldNames) {
  EXPECT_EQ(good({"--net", "none", "i"}).request.networks, Words{"none"});
  EXPECT_EQ(good({"--dns-opt", "ndots:1", "i"}).request.dns_option, Words{"ndots:1"});
  EXPECT_EQ(good({"--healthcheck-command", "x", "i"}).request.health_cmd, "x");
  EXPECT_EQ(good({"-h", "box", "i"}).request.hostname, "box");
  EXPECT_EQ(good({"--kernel-memory", "1m", "i"}).extras.warnings.size(), 1U);
}

TEST(Run, Exclusions) {
  EXPECT_EQ(bad({"--rm", "--restart", "always", "i"}),
            "the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\"");
  EXPECT_EQ(bad({"--rm", "--restart=on-failure", "i"}), "no error");
  EXPECT_EQ(bad({"--rmi", "--rm=false", "i"}), "the --rmi option does not work without --rm");
  EXPECT_TRUE(good({"--rmi", "i"}).request.remove);
  EXPECT_EQ(bad({"--cpus", "1", "--cpu-quota", "1", "i"}), "--cpu-quota and --cpus cannot be set together");
  EXPECT_EQ(bad({"--cpus", "1", "--cpu-period", "1", "i"}), "--cpu-period and --cpus cannot be set together");
  EXPECT_EQ(bad({"--uidmap", "0:1:1", "--userns", "auto", "i"}),
            "--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive");
  EXPECT_EQ(good({"--uidmap", "0:1:1", "i"}).request.userns, "private");
  EXPECT_EQ(bad({"--no-hosts", "--add-host", "a:1.2.3.4", "i"}), "--no-hosts and --add-host cannot be set together");
  EXPECT_EQ(bad({"--pod", "a", "--pod-id-file", "b", "i"}), "cannot specify both --pod and --pod-id-file");
  EXPECT_EQ(bad({"--replace", "i"}), "cannot replace container without --name being set");
  EXPECT_EQ(bad({"--no-healthcheck", "--health-cmd", "x", "i"}),
            "cannot specify both --no-healthcheck and --health-cmd");
  EXPECT_EQ(bad({"--preserve-fds", "1", "--preserve-fd", "3", "i"}),
            "cannot specify both --preserve-fds and --preserve-fd");
  EXPECT_EQ(bad({"--group-add", "keep-groups,wheel", "i"}),
            "the '--group-add keep-groups' option is not allowed with any other --group-add options");
  EXPECT_EQ(good({"--group-add", "keep-groups", "i"}).request.annotations, Words{"run.oci.keep_original_groups=1"});
  EXPECT_EQ(bad({"--dns", "1.1.1.1", "--network", "none", "i"}), "conflicting options: dns and the network mode: none");
  EXPECT_EQ(bad({"--platform", "linux/arm64", "--arch", "x", "i"}),
            "--platform option can not be specified with --arch or --os");
}

TEST(Run, Formats) {
  EXPECT_EQ(bad({"--add-host", "a", "i"}), "bad format for add-host: \"a\"");
  EXPECT_EQ(bad({"--add-host", "a;:1.2.3.4", "i"}), "hostname in add-host \"a;:1.2.3.4\" is empty");
  EXPECT_EQ(bad({"--add-host", "a:x", "i"}), "invalid IP address in add-host: \"x\"");
  EXPECT_EQ(bad({"--add-host", "a:host-gateway", "--add-host", "b:::1", "i"}), "no error");
  EXPECT_EQ(bad({"--dns", "x", "i"}), "x is not an ip address");
  EXPECT_EQ(bad({"--dns", "none,1.1.1.1", "i"}), "none is not allowed to be specified with other DNS ip addresses");
  EXPECT_EQ(bad({"--dns-search", "-x-", "i"}), "-x- is not a valid domain");
  EXPECT_EQ(bad({"--dns-search", ".,a", "i"}), "cannot pass additional search domains when also specifying '.'");
  EXPECT_EQ(bad({"--ip", "x", "i"}), "\"x\" is not an ip address");
  EXPECT_EQ(bad({"--ip", "1.2.3.4", "--network", "host", "i"}),
            "--ip can only be set when the network mode is bridge: invalid argument");
  EXPECT_EQ(bad({"--annotation", "x", "i"}), "annotations must be formatted KEY=VALUE");
  EXPECT_EQ(bad({"--label", "=x", "i"}), "unable to process labels: invalid label format: \"=x\"");
  EXPECT_EQ(bad({"--sysctl", "x", "i"}), "invalid sysctl value \"x\"");
  EXPECT_EQ(bad({"--log-opt", "x", "i"}), "invalid log option \"x\"");
  EXPECT_EQ(bad({"--storage-opt", "x", "i"}), "storage-opt must be formatted KEY=VALUE");
  EXPECT_EQ(bad({"--cgroup-conf", "x", "i"}), "--cgroup-conf must be formatted KEY=VALUE");
  EXPECT_TRUE(bad({"--memory", "1x", "i"}).starts_with("invalid value for memory: ")) << bad({"--memory", "1x", "i"});
  EXPECT_TRUE(bad({"--shm-size", "1x", "i"}).starts_with("unable to translate --shm-size: "));
  EXPECT_EQ(bad({"--blkio-weight", "x", "i"}),
            "invalid value for blkio-weight: strconv.ParseUint: parsing \"x\": invalid syntax");
  EXPECT_EQ(bad({"--image-volume", "x", "i"}), "invalid image volume mode \"x\" required value: bind, tmpfs, ignore");
  EXPECT_EQ(bad({"--pull", "often", "i"}), "unsupported pull policy \"often\"");
  EXPECT_EQ(bad({"--pids-limit", "x", "i"}),
            "invalid argument \"x\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"x\": invalid syntax");
}

TEST(Run, AttachAndTerminals) {
  EXPECT_EQ(bad({"-a", "stdout", "-a", "STDERR", "i"}), "no error");
  EXPECT_EQ(good({"-a", "stdout,STDERR", "i"}).request.attach, (Words{"stdout", "stderr"}));
  EXPECT_EQ(bad({"-a", "x", "i"}),
            "invalid stream \"x\" for --attach - must be one of stdin, stdout, or stderr: invalid argument");
  EXPECT_EQ(bad({"-a", "stdout", "--log-driver", "passthrough", "i"}),
            "cannot specify --attach with --log-driver=passthrough: invalid argument");
  EXPECT_EQ(bad({"--log-driver", "passthrough", "i"}, {.out = true}),
            "the '--log-driver passthrough' option cannot be used on a TTY.  If you really want it, use '--log-driver "
            "passthrough-tty'");
  EXPECT_EQ(good({"-it", "i"}).extras.warnings.size(), 1U);
  EXPECT_TRUE(run({"-it", "i"}, {.in = true})->extras.warnings.empty());
}

TEST(Run, NumbersAndDefaults) {
  const auto options = good({"--stop-timeout", "0", "--memory-swap", "-1", "--memory-swappiness", "-1", "--pids-limit",
                             "-1", "--oom-score-adj", "-5", "--preserve-fd", "3,4", "--tls-verify=false", "--retry",
                             "0", "--detach-keys", "", "i"});
  EXPECT_EQ(options.request.stop_timeout, 0U);
  EXPECT_EQ(options.request.limits.memory_swap, -1);
  EXPECT_FALSE(options.request.limits.memory_swappiness);
  EXPECT_EQ(options.request.limits.pids_limit, -1);
  EXPECT_EQ(options.request.oom_score_adj, -5);
  EXPECT_EQ(options.request.preserve_fd, "3,4");
  EXPECT_EQ(options.pull.tls_verify, false);
  EXPECT_EQ(options.pull.retry, 0U);
  EXPECT_EQ(options.request.detach_keys, "");
  EXPECT_FALSE(good({"i"}).request.stop_timeout);
}

TEST(Run, Files) {
  char name[] = "/tmp/cove-create-XXXXXX";
  close(mkstemp(name));
  std::ofstream(name) << "A=1\nB\n";
  const auto options = good({"--env-file", name, "--label-file", name, "i"});
  EXPECT_EQ(options.env_file_texts, Words{"A=1\nB\n"});
  EXPECT_EQ(options.label_file_texts, Words{"A=1\nB\n"});
  EXPECT_EQ(options.request.env_files, Words{name});
  unlink(name);
  EXPECT_EQ(bad({"--env-file", name, "i"}),
            std::string("parsing file \"") + name + "\": open " + name + ": no such file or directory");
}

TEST(Create, InitContainers) {
  auto text = [](const Words& words) {
    const auto options = run(words, {}, kCreateSpec);
    return options ? "no error" : options.error().text();
  };
  EXPECT_EQ(text({"--init-ctr", "once", "i"}), "must specify pod value with init-ctr");
  EXPECT_EQ(text({"--init-ctr", "x", "--pod", "p", "i"}), "init-ctr value must be 'always' or 'once'");
  EXPECT_EQ(text({"-d", "i"}), "unknown shorthand flag: 'd' in -d");
}

// Every option of podman's run and create parses here too. The list is from its reference, version 5.
TEST(Tables, HaveEveryOptionOfPodman) {
  const Words both = split(
      "add-host annotation arch attach authfile blkio-weight blkio-weight-device cap-add cap-drop cert-dir cgroup-conf "
      "cgroup-parent cgroupns cgroups chrootdirs cidfile conmon-pidfile cpu-period cpu-quota cpu-rt-period "
      "cpu-rt-runtime "
      "cpu-shares cpus cpuset-cpus cpuset-mems creds decryption-key device device-cgroup-rule device-read-bps "
      "device-read-iops device-write-bps device-write-iops disable-content-trust dns dns-option dns-search entrypoint "
      "env "
      "env-file env-host env-merge expose gidmap gpus group-add group-entry health-cmd health-interval "
      "health-log-destination health-max-log-count health-max-log-size health-on-failure health-retries "
      "health-start-period health-startup-cmd health-startup-interval health-startup-retries health-startup-success "
      "health-startup-timeout health-timeout hostname hosts-file hostuser http-proxy image-volume init init-path "
      "interactive ip ip6 ipc label label-file link-local-ip log-driver log-opt mac-address memory memory-reservation "
      "memory-swap memory-swappiness mount name network network-alias no-healthcheck no-hostname no-hosts "
      "oom-kill-disable oom-score-adj os passwd-entry personality pid pidfile pids-limit platform pod pod-id-file "
      "privileged publish publish-all pull quiet rdt-class read-only read-only-tmpfs replace requires restart retry "
      "retry-delay rm rootfs sdnotify seccomp-policy secret security-opt shm-size shm-size-systemd stop-signal "
      "stop-timeout subgidname subuidname sysctl systemd timeout tls-verify tmpfs tty tz uidmap ulimit umask unsetenv "
      "unsetenv-all user userns uts variant volume volumes-from workdir net",
      ' ');
  for (const auto& name : both) {
    EXPECT_TRUE(options::find_option(kRunSpec.options, name)) << name;
    EXPECT_TRUE(options::find_option(kCreateSpec.options, name)) << name;
  }
  for (const char* name : {"detach", "detach-keys", "passwd", "preserve-fd", "preserve-fds", "rmi", "sig-proxy"})
    EXPECT_TRUE(options::find_option(kRunSpec.options, name)) << name;
}

TEST(Run, IsQuick) {  // bound: 0.2 ms for one command line in a release build; here with room for a debug build
  const Words words = {"-d", "--rm", "--name", "web", "-e", "A=1", "-v", "/a:/b", "--network", "none", "img", "true"};
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(run(words));
  const auto took = std::chrono::steady_clock::now() - begin;
  RecordProperty("microseconds",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(took).count() / 1000));
  EXPECT_LT(took, std::chrono::seconds(2));
}

}  // namespace
}  // namespace cove::cli_options
