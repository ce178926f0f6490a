#include "options.hpp"

namespace cove::image_tool {
namespace {

Failure usage(std::string message) { return Failure(Error(Code::usage, std::move(message))); }

// "--name=value", "--name value" or (short) "-i value", "-ivalue". True where `args[at]` was this option.
Result<bool> take_value(const std::vector<std::string>& args, size_t& at, std::string_view name, std::string& value) {
  const std::string& arg = args[at];
  bool is_short = name.size() == 2;
  if (arg == name) {
    if (at + 1 >= args.size()) return usage(fmt::format("flag needs an argument: {}", name));
    value = args[++at];
    return true;
  }
  if (is_short && arg.size() > 2 && arg.starts_with(name)) {
    value = arg.substr(2);
    return true;
  }
  if (!is_short && arg.starts_with(name) && arg[name.size()] == '=') {
    value = arg.substr(name.size() + 1);
    return true;
  }
  return false;
}

Result<bool> take_option(const std::vector<std::string>& args, size_t& at, Options& out) {
  if (args[at] == "-q" || args[at] == "--quiet") {
    out.quiet = true;
    return true;
  }
  if (args[at] == "-h" || args[at] == "--help") {
    out.action = Options::Action::help;
    return true;
  }
  for (std::string_view name : {"-i", "--input"}) {
    if (TRY(take_value(args, at, name, out.input))) return true;
  }
  if (TRY(take_value(args, at, "--root", out.root))) return true;
  return TRY(take_value(args, at, "--runroot", out.runroot));
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& args) {
  Options out;
  std::string action;
  for (size_t at = 0; at < args.size(); at++) {
    const std::string& arg = args[at];
    if (arg.size() > 1 && arg[0] == '-') {
      if (arg == "-h" || arg == "--help") return out;
      if (!TRY(take_option(args, at, out))) return usage(fmt::format("unknown flag: {}", arg));
    } else if (action.empty()) {
      action = arg;
    } else {
      out.sources.push_back(arg);
    }
  }
  if (action.empty()) return usage("missing command: load or pull");
  if (action == "load") {
    out.action = Options::Action::load;
    if (!out.sources.empty())
      return usage(fmt::format("load takes no argument \"{}\": the file goes to -i", out.sources[0]));
  } else if (action == "pull") {
    out.action = Options::Action::pull;
    if (out.sources.empty()) return usage("pull needs an image");
  } else {
    return usage(fmt::format("unknown command \"{}\": load and pull are known", action));
  }
  return out;
}

}  // namespace cove::image_tool
