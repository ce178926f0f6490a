#pragma once
// What ps prints about one container. Pure: the same view at the same moment gives the same text.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/config.hpp"
#include "json/json.hpp"
#include "state/store.hpp"

namespace cove::cli {

struct PsSize {
  int64_t writable = 0, total = 0;  // bytes; total: with the image
};

// How to print, and the moment that "3 minutes ago" is told from.
struct PsLook {
  bool no_trunc = false;
  Nanos at = 0;
};

std::string ps_status(const state::View& view, Nanos at);  // "Up 3 seconds", "Exited (0) 3 seconds ago", "Created"
std::string ps_command(const std::string& command, bool no_trunc);
// From the record's JSON: "0.0.0.0:8080->80/tcp, 0.0.0.0:90-92->90-92/udp".
std::string ps_ports(const std::string& ports);
// docker/go-units with three significant digits: "4.26MB".
std::string short_size(int64_t bytes);

// podman's table without a template in the way: this is what `ps -a` of ten thousand containers prints.
std::string ps_table(const std::vector<state::View>& views, const PsLook& look, bool heading);

// A template's row. Only fields whose name the template's text mentions are made, unless it takes a row as a whole.
struct PsExtra {
  std::optional<PsSize> size;
  std::map<std::string, std::string> namespaces;  // "PIDNS" -> "4026531836"
};
json::Value ps_row(const state::View& view, const PsLook& look, std::string_view text, const PsExtra& extra);
// podman's JSON of one container.
json::Value ps_json(const state::View& view, const plan::ContainerConfig& config, Nanos at, const PsExtra& extra);
// All names that ps_row knows, for the titles.
const std::vector<std::string>& ps_fields();

}  // namespace cove::cli
