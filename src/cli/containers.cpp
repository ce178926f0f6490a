// container exists, rename, container prune, port.
#include <unistd.h>

#include <array>
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/filters.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {
namespace {

bool confirmed() {
  fmt::print("WARNING! This will remove all non running containers.\nAre you sure you want to continue? [y/N] ");
  std::fflush(stdout);
  std::array<char, 64> answer{};
  if (!std::fgets(answer.data(), answer.size(), stdin)) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

bool may_be_pruned(const state::View& v) {
  return v.phase == state::Phase::exited || v.phase == state::Phase::configured;
}

// "80/tcp -> 0.0.0.0:8080" for each port, or only where `wanted` is published. Gives how many it found.
int print_ports(const plan::ContainerConfig& c, const cli_options::PortOptions& o, std::string_view prefix) {
  int found = 0;
  for (const auto& p : c.ports) {
    std::string ip = p.host_ip.empty() ? "0.0.0.0" : p.host_ip;
    for (unsigned i = 0; i < p.range; i++) {
      unsigned inside = p.container_port + i, outside = p.host_port + i;
      if (o.port && (o.port->first != inside || o.port->second != p.protocol)) continue;
      found++;
      if (o.port)
        fmt::print("{}{}:{}\n", prefix, ip, outside);
      else
        fmt::print("{}{}/{} -> {}:{}\n", prefix, inside, p.protocol, ip, outside);
    }
  }
  return found;
}

}  // namespace

Result<int> container_exists(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_exists(invocation.line.own));
  auto e = TRY(open(invocation));
  auto found = engine::find(e, o.name);
  if (found) return 0;
  return found.error().code() == Code::not_found ? Result<int>(1) : Failure(std::move(found).error());
}

Result<int> rename(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_rename(invocation.line.own));
  auto e = TRY(open(invocation));
  TRY(engine::rename(e, o.name, o.new_name));
  return 0;
}

Result<int> container_prune(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_prune(invocation.line.own));
  for (const auto& [name, value] : o.filters) {
    if (name != "label" && name != "label!" && name != "until")
      return Failure(Error(Code::usage, fmt::format("{} is an invalid filter", name)));
  }
  if (!o.force && !confirmed()) return 0;
  auto e = TRY(open(invocation));
  auto views = TRY(engine::list(e));
  auto filter = TRY(make_filter(e, o.filters, views));
  int status = 0;
  for (const auto& v : views) {
    if (!may_be_pruned(v) || !filter(v)) continue;
    auto done = engine::remove(e, v.record.id, {});
    if (done) {
      fmt::print("{}\n", v.record.id);
    } else if (done.error().code() != Code::not_found && done.error().code() != Code::gone) {
      print_error(done.error());
      status = 125;
    }
  }
  return status;
}

Result<int> port(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_port(invocation.line.own));
  auto e = TRY(open(invocation));
  std::vector<std::string> names = {o.name};
  auto is_running = [](const state::View& v) { return v.phase == state::Phase::running; };
  if (o.all || o.latest) names = TRY(select(e, {.all = o.all, .latest = o.latest}, is_running));
  int found = 0;
  for (const auto& name : names) {
    state::View view = TRY(engine::find(e, name));
    auto config = TRY(engine::load_container(view.record));
    found += print_ports(config, o, o.all ? view.record.id.substr(0, 12) + "\t" : "");
  }
  if (o.port && found == 0)
    return Failure(
        Error(Code::not_found, fmt::format("failed to find published port \"{}/{}\"", o.port->first, o.port->second)));
  return 0;
}

}  // namespace cove::cli
