#pragma once
// Shared by the plan's tests: a host, an image, and the two steps in one call.
#include <gtest/gtest.h>

#include "engine/plan/make_config.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/plan/mounts.hpp"

namespace cove::plan {

inline const std::string kId = "4fdb2e1a90c7e6f5d4c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a291807f6e5";

struct Plan {
  CreateRequest request{.image = "alpine"};
  ImageDefaults image;
  bool with_image = true;
  EngineDefaults defaults;
  HostFacts host;
  SpecInputs inputs;
  RequestFiles files;
  Strings warnings;

  Plan() {
    image = {.id = "ab" + kId.substr(2),
             .name = "docker.io/library/alpine:latest",
             .os = "linux",
             .architecture = "amd64",
             .command = {"/bin/sh"},
             .env = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}};
    request.network_aliases = {};
    request.networks = {"none"};
    host.cpus = 4;
    host.rlimits = {{"RLIMIT_NOFILE", {1024, 524288}}, {"RLIMIT_NPROC", {63000, 63000}}};
    host.hostname = "host.example";
    host.cwd = "/home/me";
    inputs.root_path = "/run/cove/mnt/root";
    std::string run = "/run/cove/c/" + kId + "/";
    inputs.files = {.resolv_conf = run + "resolv.conf",
                    .hosts = run + "hosts",
                    .hostname = run + "hostname",
                    .containerenv = run + ".containerenv"};
    inputs.shm_path = "/run/cove/mnt/shm";
    inputs.user = {.name = "root", .home = "/root"};
    inputs.hostname = "host.example";
  }

  Result<ContainerConfig> config() {
    return make_config(request, with_image ? &image : nullptr, defaults, host,
                       {kId, "web", 1767225600'000000000 + 123456789}, files, warnings);
  }
  // The mounts as the engine resolves them: volumes below the graph root.
  Result<json::Value> spec(const ContainerConfig& config) {
    auto in = inputs;
    for (const auto& wish : config.mounts) {
      auto source = wish.kind == MountKind::volume ? "/var/lib/cove/volumes/" + wish.source + "/_data" : wish.source;
      in.mounts.push_back(TRY(make_mount(wish, source, in.user)));
    }
    in.cgroup_path = make_cgroup_path(config, host);
    if (in.uid_map.empty()) in.uid_map = config.uid_map;
    if (in.gid_map.empty()) in.gid_map = config.gid_map;
    return make_spec(config, in, host, warnings);
  }
};

}  // namespace cove::plan
