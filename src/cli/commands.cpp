#include "cli/commands.hpp"

#include "cli_options/common.hpp"
#include "cli_options/texts.hpp"

namespace cove::cli {
namespace {

struct Joined {
  std::string_view word;  // last words of the path; "" before it: any group
  options::Handler handler;
};

// Paths that mean something else than their last word come first.
constexpr Joined kHandlers[] = {
    {"container inspect", container_inspect},
    {"image inspect", image_inspect},
    {"container exists", container_exists},
    {"image exists", image_exists},
    {"image list", images},
    {"image rm", rmi},
    {"container list", ps},
    {"container prune", container_prune},
    {"system check", system_check},
    {"system info", info},
    {"__complete", cli_options::run_complete},
    {"__man", cli_options::run_man},
    {"completion", cli_options::run_completion},
    {"attach", attach},
    {"cleanup", cleanup},
    {"create", create},
    {"exec", exec},
    {"images", images},
    {"info", info},
    {"init", init},
    {"inspect", inspect},
    {"kill", kill},
    {"load", load},
    {"logs", logs},
    {"pause", pause},
    {"port", port},
    {"ps", ps},
    {"pull", pull},
    {"rename", rename},
    {"restart", restart},
    {"rm", rm},
    {"rmi", rmi},
    {"run", run},
    {"start", start},
    {"stop", stop},
    {"tag", tag},
    {"unpause", unpause},
    {"untag", untag},
    {"version", version},
    {"wait", wait},
};

options::Handler find_handler(std::string_view path) {
  for (const auto& h : kHandlers) {
    if (h.word == path) return h.handler;
  }
  std::string_view word = path.substr(path.rfind(' ') + 1);
  for (const auto& h : kHandlers) {
    if (h.word == word) return h.handler;
  }
  return nullptr;
}

bool is_group(std::string_view path) { return path == "container" || path == "image" || path == "system"; }

}  // namespace

const options::Program& program() {
  static const std::vector<options::Command> commands = [] {
    std::vector<options::Command> out;
    for (const auto& d : cli_options::catalog()) {
      options::Handler handler = is_group(d.path) ? nullptr : find_handler(d.path);
      if (handler || is_group(d.path)) out.push_back({d.path, d.spec, handler, d.aliases, d.hidden});
    }
    return out;
  }();
  static const options::Program program = {.name = "cove",
                                           .version = COVE_VERSION,
                                           .description = "Manage containers and images",
                                           .global = cli_options::global_options(),
                                           .commands = commands};
  return program;
}

}  // namespace cove::cli
