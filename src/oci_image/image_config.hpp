#pragma once
// The image configuration (OCI image specification, config.md; docker's extensions Healthcheck, OnBuild, Shell).
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "oci_image/digest.hpp"

namespace cove::oci_image {

struct Healthcheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", …}, {"CMD-SHELL", text}
  std::chrono::nanoseconds interval{}, timeout{}, start_period{}, start_interval{};
  int64_t retries = 0;
};

struct HistoryItem {
  std::string created, created_by, author, comment;
  bool empty_layer = false;
};

// Passive data, in the order of the document. Missing members are empty.
struct ImageConfig {
  std::string architecture, os, os_version, variant, author, created;
  std::vector<std::string> env, cmd, entrypoint, volumes, exposed_ports, on_build, shell;
  bool has_cmd = false, has_entrypoint = false;  // present and not null, though perhaps empty
  std::string working_dir, user, stop_signal;
  std::vector<std::pair<std::string, std::string>> labels;
  std::optional<Healthcheck> healthcheck;
  std::vector<HistoryItem> history;
  std::vector<Digest> diff_ids;  // bottom to top
};

// What the kernel's limits and sane images allow: a larger document is refused as hostile.
constexpr size_t kMaxConfigBytes = 4UL << 20;
constexpr size_t kMaxLayers = 500;  // the kernel's limit of overlay

// Strict: a member of the wrong type is Code::corrupt and named ("image configuration: config.Env: not a list of
// strings"); unknown members are ignored.
Result<ImageConfig> parse_image_config(std::string_view text);
json::Value to_json(const ImageConfig& config);

}  // namespace cove::oci_image
