// ContainerConfig as JSON. Each struct lists its fields once (`fields`); the Writer and the Reader both walk that list.
#include <fmt/format.h>

#include <limits>
#include <type_traits>

#include "engine/plan/config.hpp"

namespace cove::plan {

namespace {

template <class T>
struct Type {};

template <class V>
void fields(V& v, Type<NamespaceChoice>) {
  v("mode", &NamespaceChoice::mode);
  v("value", &NamespaceChoice::value);
}
template <class V>
void fields(V& v, Type<IdRange>) {
  v("inside", &IdRange::inside);
  v("outside", &IdRange::outside);
  v("size", &IdRange::size);
}
template <class V>
void fields(V& v, Type<UsernsOptions>) {
  v("size", &UsernsOptions::size);
  v("uidPins", &UsernsOptions::uid_pins);
  v("gidPins", &UsernsOptions::gid_pins);
  v("uid", &UsernsOptions::uid);
  v("gid", &UsernsOptions::gid);
}
template <class V>
void fields(V& v, Type<MountWish>) {
  v("kind", &MountWish::kind);
  v("source", &MountWish::source);
  v("destination", &MountWish::destination);
  v("options", &MountWish::options);
  v("subpath", &MountWish::subpath);
  v("readWrite", &MountWish::read_write);
  v("fromImage", &MountWish::from_image);
}
template <class V>
void fields(V& v, Type<DeviceWish>) {
  v("host", &DeviceWish::host);
  v("container", &DeviceWish::container);
  v("permissions", &DeviceWish::permissions);
}
template <class V>
void fields(V& v, Type<DeviceRule>) {
  v("type", &DeviceRule::type);
  v("major", &DeviceRule::major);
  v("minor", &DeviceRule::minor);
  v("access", &DeviceRule::access);
}
template <class V>
void fields(V& v, Type<Rlimit>) {
  v("type", &Rlimit::type);
  v("soft", &Rlimit::soft);
  v("hard", &Rlimit::hard);
  v("asked", &Rlimit::asked);
}
template <class V>
void fields(V& v, Type<WeightDevice>) {
  v("path", &WeightDevice::path);
  v("weight", &WeightDevice::weight);
}
template <class V>
void fields(V& v, Type<ThrottleDevice>) {
  v("path", &ThrottleDevice::path);
  v("rate", &ThrottleDevice::rate);
}
template <class V>
void fields(V& v, Type<HugepageLimit>) {
  v("pageSize", &HugepageLimit::page_size);
  v("limit", &HugepageLimit::limit);
}
template <class V>
void fields(V& v, Type<Limits>) {
  v("memory", &Limits::memory);
  v("memorySwap", &Limits::memory_swap);
  v("memoryReservation", &Limits::memory_reservation);
  v("kernelMemory", &Limits::kernel_memory);
  v("memorySwappiness", &Limits::memory_swappiness);
  v("oomKillDisable", &Limits::oom_kill_disable);
  v("cpuShares", &Limits::cpu_shares);
  v("cpuPeriod", &Limits::cpu_period);
  v("cpuRtPeriod", &Limits::cpu_rt_period);
  v("cpuQuota", &Limits::cpu_quota);
  v("cpuRtRuntime", &Limits::cpu_rt_runtime);
  v("cpusetCpus", &Limits::cpuset_cpus);
  v("cpusetMems", &Limits::cpuset_mems);
  v("pids", &Limits::pids);
  v("pidsAsked", &Limits::pids_asked);
  v("blkioWeight", &Limits::blkio_weight);
  v("weightDevices", &Limits::weight_devices);
  v("readBps", &Limits::read_bps);
  v("writeBps", &Limits::write_bps);
  v("readIops", &Limits::read_iops);
  v("writeIops", &Limits::write_iops);
  v("hugepages", &Limits::hugepages);
  v("unified", &Limits::unified);
}
template <class V>
void fields(V& v, Type<RestartPolicy>) {
  v("name", &RestartPolicy::name);
  v("maxRetries", &RestartPolicy::max_retries);
}
template <class V>
void fields(V& v, Type<LogConfig>) {
  v("driver", &LogConfig::driver);
  v("path", &LogConfig::path);
  v("tag", &LogConfig::tag);
  v("maxSize", &LogConfig::max_size);
  v("maxFiles", &LogConfig::max_files);
  v("options", &LogConfig::options);
}
template <class V>
void fields(V& v, Type<PortMapping>) {
  v("hostIp", &PortMapping::host_ip);
  v("hostPort", &PortMapping::host_port);
  v("containerPort", &PortMapping::container_port);
  v("range", &PortMapping::range);
  v("protocol", &PortMapping::protocol);
}
template <class V>
void fields(V& v, Type<NetworkWish>) {
  v("name", &NetworkWish::name);
  v("aliases", &NetworkWish::aliases);
  v("ips", &NetworkWish::ips);
  v("mac", &NetworkWish::mac);
  v("interfaceName", &NetworkWish::interface_name);
  v("options", &NetworkWish::options);
}
template <class V>
void fields(V& v, Type<SecretWish>) {
  v("source", &SecretWish::source);
  v("target", &SecretWish::target);
  v("env", &SecretWish::env);
  v("uid", &SecretWish::uid);
  v("gid", &SecretWish::gid);
  v("mode", &SecretWish::mode);
}
template <class V>
void fields(V& v, Type<HealthConfig>) {
  v("test", &HealthConfig::test);
  v("intervalNs", &HealthConfig::interval_ns);
  v("timeoutNs", &HealthConfig::timeout_ns);
  v("startPeriodNs", &HealthConfig::start_period_ns);
  v("retries", &HealthConfig::retries);
  v("onFailure", &HealthConfig::on_failure);
  v("startupTest", &HealthConfig::startup_test);
}

template <class V>
void identity_fields(V& v) {
  using C = ContainerConfig;
  v("id", &C::id);
  v("name", &C::name);
  v("imageId", &C::image_id);
  v("imageName", &C::image_name);
  v("rootfs", &C::rootfs);
  v("rootfsOverlay", &C::rootfs_overlay);
  v("rootfsIdmap", &C::rootfs_idmap);
  v("rootfsIdmapped", &C::rootfs_idmapped);
  v("created", &C::created);
  v("pod", &C::pod);
  v("requires", &C::requires_);
  v("labels", &C::labels);
  v("annotations", &C::annotations);
  v("createCommand", &C::create_command);
}
template <class V>
void process_fields(V& v) {
  using C = ContainerConfig;
  v("entrypoint", &C::entrypoint);
  v("command", &C::command);
  v("argv", &C::argv);
  v("env", &C::env);
  v("workdir", &C::workdir);
  v("user", &C::user);
  v("groups", &C::groups);
  v("umask", &C::umask);
  v("timezone", &C::timezone);
  v("terminal", &C::terminal);
  v("openStdin", &C::open_stdin);
  v("preserveFds", &C::preserve_fds);
  v("preserveFdList", &C::preserve_fd_list);
  v("init", &C::init);
  v("initPath", &C::init_path);
  v("systemd", &C::systemd);
  v("stopSignal", &C::stop_signal);
  v("stopTimeout", &C::stop_timeout);
  v("timeout", &C::timeout);
  v("hostname", &C::hostname);
  v("domainname", &C::domainname);
  v("sdnotify", &C::sdnotify);
}
template <class V>
void isolation_fields(V& v) {
  using C = ContainerConfig;
  v("privileged", &C::privileged);
  v("noNewPrivileges", &C::no_new_privileges);
  v("readOnly", &C::read_only);
  v("readOnlyTmpfs", &C::read_only_tmpfs);
  v("capabilities", &C::capabilities);
  v("capAdd", &C::cap_add);
  v("capDrop", &C::cap_drop);
  v("seccomp", &C::seccomp);
  v("apparmor", &C::apparmor);
  v("selinuxProcessLabel", &C::selinux_process_label);
  v("selinuxMountLabel", &C::selinux_mount_label);
  v("labelOpts", &C::label_opts);
  v("mask", &C::mask);
  v("unmask", &C::unmask);
  v("procOpts", &C::proc_opts);
  v("ipcNs", &C::ipc);
  v("pidNs", &C::pid);
  v("utsNs", &C::uts);
  v("cgroupNs", &C::cgroup);
  v("networkNs", &C::network);
  v("userNs", &C::userns);
  v("userNsOptions", &C::userns_options);
  v("uidMap", &C::uid_map);
  v("gidMap", &C::gid_map);
  v("subUidName", &C::sub_uid_name);
  v("subGidName", &C::sub_gid_name);
  v("cgroupParent", &C::cgroup_parent);
  v("cgroupsMode", &C::cgroups_mode);
}
template <class V>
void file_fields(V& v) {
  using C = ContainerConfig;
  v("mounts", &C::mounts);
  v("volumesFrom", &C::volumes_from);
  v("imageVolumes", &C::image_volumes);
  v("imageVolumeMode", &C::image_volume_mode);
  v("shmSize", &C::shm_size);
  v("shmSizeSystemd", &C::shm_size_systemd);
  v("devices", &C::devices);
  v("deviceRules", &C::device_rules);
  v("secrets", &C::secrets);
  v("storageOpts", &C::storage_opts);
  v("managePasswd", &C::manage_passwd);
  v("passwdEntry", &C::passwd_entry);
  v("groupEntry", &C::group_entry);
  v("hostUsers", &C::host_users);
}
template <class V>
void fields(V& v, Type<ContainerConfig>) {
  using C = ContainerConfig;
  identity_fields(v);
  process_fields(v);
  isolation_fields(v);
  file_fields(v);
  v("limits", &C::limits);
  v("rlimits", &C::rlimits);
  v("rlimitsHost", &C::rlimits_host);
  v("sysctls", &C::sysctls);
  v("oomScoreAdj", &C::oom_score_adj);
  v("networks", &C::networks);
  v("ports", &C::ports);
  v("publishAll", &C::publish_all);
  v("expose", &C::expose);
  v("dns", &C::dns);
  v("dnsSearch", &C::dns_search);
  v("dnsOptions", &C::dns_options);
  v("addHosts", &C::add_hosts);
  v("manageHosts", &C::manage_hosts);
  v("manageResolv", &C::manage_resolv);
  v("manageHostname", &C::manage_hostname);
  v("hostsFile", &C::hosts_file);
  v("networkOptions", &C::network_options);
  v("remove", &C::remove);
  v("removeImage", &C::remove_image);
  v("restart", &C::restart);
  v("log", &C::log);
  v("pidfile", &C::pidfile);
  v("cidfile", &C::cidfile);
  v("conmonPidfile", &C::conmon_pidfile);
  v("health", &C::health);
}

// Writing: members that equal the default of their struct are left out.
json::Value write(bool b) { return b; }
json::Value write(char c) { return std::string(1, c); }
json::Value write(const std::string& text) { return text; }
json::Value write(MountKind kind) { return to_string(kind); }
template <class T>
  requires std::is_integral_v<T>
json::Value write(T number) {
  return number;
}
json::Value write(const StringMap& map) {
  auto out = json::Value::object();
  for (const auto& [key, value] : map) out.set(key, value);
  return out;
}
template <class T>
json::Value write(const std::vector<T>& list);
template <class T>
json::Value write(const std::optional<T>& value);
template <class T>
  requires std::is_class_v<T>
json::Value write(const T& object);

template <class T>
struct Writer {
  const T& object;
  json::Value out = json::Value::object();
  T otherwise{};
  template <class M>
  void operator()(std::string_view name, M T::* member) {
    if (!(object.*member == otherwise.*member)) out.set(name, write(object.*member));
  }
};
template <class T>
  requires std::is_class_v<T>
json::Value write(const T& object) {
  Writer<T> writer{object};
  fields(writer, Type<T>{});
  return std::move(writer.out);
}
template <class T>
json::Value write(const std::vector<T>& list) {
  json::Array out;
  for (const auto& one : list) out.push_back(write(one));
  return out;
}
template <class T>
json::Value write(const std::optional<T>& value) {
  return value ? write(*value) : json::Value();
}

// Reading: false where a member has the wrong kind or range.
bool read(const json::Value& in, bool& out) {
  out = in.as_bool();
  return in.is_bool();
}
bool read(const json::Value& in, char& out) {
  if (in.as_string().size() != 1) return false;
  out = in.as_string()[0];
  return true;
}
bool read(const json::Value& in, std::string& out) {
  out = in.as_string();
  return in.is_string();
}
bool read(const json::Value& in, MountKind& out) {
  for (int i = 0; i <= static_cast<int>(MountKind::artifact); ++i)
    if (to_string(static_cast<MountKind>(i)) == in.as_string()) {
      out = static_cast<MountKind>(i);
      return true;
    }
  return false;
}
template <class T>
  requires std::is_integral_v<T>
bool read(const json::Value& in, T& out) {
  if (!in.is_integer()) return false;
  if constexpr (std::is_signed_v<T>) {
    auto value = in.as_int(std::numeric_limits<int64_t>::min());
    out = static_cast<T>(value);
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
  } else {
    auto value = in.as_uint();
    out = static_cast<T>(value);
    return in.as_int() >= 0 && value <= std::numeric_limits<T>::max();
  }
}
bool read(const json::Value& in, StringMap& out) {
  for (const auto& [key, value] : in.members()) {
    if (!value.is_string()) return false;
    out[key] = value.as_string();
  }
  return in.is_object();
}
template <class T>
bool read(const json::Value& in, std::vector<T>& out);
template <class T>
bool read(const json::Value& in, std::optional<T>& out);
template <class T>
  requires std::is_class_v<T>
bool read(const json::Value& in, T& out);

template <class T>
struct Reader {
  const json::Value& in;
  T& object;
  std::string bad;
  template <class M>
  void operator()(std::string_view name, M T::* member) {
    const auto* value = in.find(name);
    if (value && bad.empty() && !read(*value, object.*member)) bad = name;
  }
};
template <class T>
  requires std::is_class_v<T>
bool read(const json::Value& in, T& out) {
  Reader<T> reader{in, out, {}};
  fields(reader, Type<T>{});
  return in.is_object() && reader.bad.empty();
}
template <class T>
bool read(const json::Value& in, std::vector<T>& out) {
  out.clear();
  for (const auto& item : in.items()) {
    T one{};
    if (!read(item, one)) return false;
    out.push_back(std::move(one));
  }
  return in.is_array();
}
template <class T>
bool read(const json::Value& in, std::optional<T>& out) {
  if (in.is_null()) {
    out.reset();
    return true;
  }
  T one{};
  bool good = read(in, one);
  out = std::move(one);
  return good;
}

}  // namespace

json::Value to_json(const ContainerConfig& config) {
  Writer<ContainerConfig> writer{config};
  writer.out.set("version", ContainerConfig::kVersion);
  fields(writer, Type<ContainerConfig>{});
  return std::move(writer.out);
}

Result<ContainerConfig> from_json(const json::Value& value) {
  auto corrupt = [](std::string why) {
    return Failure(Error(Code::corrupt, "stored container configuration: " + std::move(why)));
  };
  if (!value.is_object()) return corrupt("not an object");
  auto version = value["version"].as_int();
  if (version < 1) return corrupt("no version");
  if (version > ContainerConfig::kVersion)
    return corrupt(fmt::format("version {} was written by a newer program, this one knows {}", version,
                               ContainerConfig::kVersion));
  ContainerConfig config;
  Reader<ContainerConfig> reader{value, config, {}};
  fields(reader, Type<ContainerConfig>{});
  if (!reader.bad.empty()) return corrupt("member " + reader.bad + " is not what it should be");
  return config;
}

std::string short_id(std::string_view id) { return std::string(id.substr(0, 12)); }

}  // namespace cove::plan
