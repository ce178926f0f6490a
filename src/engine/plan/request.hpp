#pragma once
// CreateRequest: what a front end asks for, before the image and the host were looked at. Front ends other than the
// command line fill the same struct. Optional = not said by the user. Texts keep the user's own spelling; the plan
// parses and checks them, so that every front end gives the same errors.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cove::plan {

using StringPairs = std::vector<std::pair<std::string, std::string>>;

// cgroup limits as the options say them; bytes for memory, microseconds for periods.
struct ResourceLimits {
  std::optional<int64_t> memory, memory_swap, memory_reservation, kernel_memory;
  std::optional<uint64_t> memory_swappiness;
  bool oom_kill_disable = false;
  std::optional<double> cpus;
  std::optional<uint64_t> cpu_shares, cpu_period, cpu_rt_period;
  std::optional<int64_t> cpu_quota, cpu_rt_runtime;
  std::string cpuset_cpus, cpuset_mems;
  std::optional<int64_t> pids_limit;  // -1: none
  std::optional<uint16_t> blkio_weight;
  std::vector<std::string> blkio_weight_device, device_read_bps, device_write_bps, device_read_iops, device_write_iops;
  std::vector<std::string> hugetlb, cgroup_conf, rdma;
};

struct CreateRequest {
  // What to run.
  std::string image;                                   // reference, empty with rootfs
  std::string rootfs;                                  // --rootfs PATH; takes PATH:O too
  std::vector<std::string> command;                    // replaces the image's CMD
  std::optional<std::vector<std::string>> entrypoint;  // {} or {""} clears it
  std::string pull_policy;                             // missing (default), always, never, newer
  std::string os, arch, variant, platform;

  // Who it is.
  std::string name, hostname, domainname;
  std::vector<std::string> labels, label_files, annotations;  // KEY=VALUE; file paths
  bool replace = false, remove = false, remove_image = false;
  std::string cidfile, pidfile, conmon_pidfile;
  std::string pod, pod_id_file;
  std::vector<std::string> requires_;
  std::string restart_policy;

  // Its process.
  std::vector<std::string> env, env_files, unset_env, env_merge;  // KEY=VALUE, KEY or KEY* (from ours)
  bool env_host = false, unset_env_all = false, http_proxy = true;
  std::optional<std::string> workdir, user;
  std::vector<std::string> group_add;
  std::string umask;
  bool terminal = false, interactive = false, detach = false, no_new_privileges = false, init = false;
  std::string init_path;
  std::vector<std::string> attach;  // stdin, stdout, stderr
  std::optional<std::string> detach_keys;
  bool sig_proxy = true;
  std::string stop_signal;
  std::optional<unsigned> stop_timeout;  // seconds
  unsigned timeout = 0;                  // seconds, 0: none
  std::string systemd;                   // true (default), false, always
  std::vector<std::string> passwd_entry, group_entry;
  bool passwd = true;
  std::vector<std::string> host_users;
  unsigned preserve_fds = 0;
  std::string preserve_fd;  // list of numbers
  std::string sdnotify, tz;

  // Security.
  bool privileged = false;
  std::vector<std::string> cap_add, cap_drop, security_opt;
  std::vector<std::string> devices, device_cgroup_rules, gpus;
  std::vector<std::string> ulimits, sysctls;
  std::optional<int> oom_score_adj;

  // Namespaces: "", host, private, none, container:ID, ns:PATH, pod, and what each adds.
  std::string ipc, pid, uts, cgroupns, userns, cgroups, cgroup_parent;
  std::vector<std::string> networks, network_aliases;
  std::vector<std::string> uid_maps, gid_maps;
  std::string sub_uid_name, sub_gid_name;
  std::string shm_size, shm_size_systemd;

  // Files.
  bool read_only = false, read_only_tmpfs = true;
  std::vector<std::string> volumes, mounts, tmpfs, volumes_from, secrets;
  std::string image_volume;  // anonymous (default), tmpfs, ignore
  bool rootfs_propagation_set = false;
  StringPairs storage_opts;

  // Network details.
  std::vector<std::string> publish, expose, add_host, dns, dns_search, dns_option;
  bool publish_all = false, no_hosts = false, no_hostname = false;
  std::string hosts_file, ip, ip6, mac_address;

  // Logs and health.
  std::string log_driver;
  std::vector<std::string> log_opts;
  std::string health_cmd, health_interval, health_timeout, health_start_period, health_on_failure, health_startup_cmd;
  std::optional<unsigned> health_retries;
  bool no_healthcheck = false;

  ResourceLimits limits;
  std::vector<std::string> create_command;  // argv, for inspect
};

}  // namespace cove::plan
