#pragma once
// The command line of cove-image.
#include <string>
#include <vector>

#include "base/result.hpp"

namespace cove::image_tool {

struct Options {
  enum class Action { load, pull, help } action = Action::help;
  std::string root = "/var/lib/cove", runroot = "/run/cove";
  std::string input = "-";           // load: a file, a directory, or - for standard input
  std::vector<std::string> sources;  // pull
  bool quiet = false;
};

constexpr const char* kUsage =
    "Usage: cove-image [--root DIR] [--runroot DIR] load [-i FILE|-] [-q]\n"
    "       cove-image [--root DIR] [--runroot DIR] pull [-q] docker-archive:FILE[:REF] | oci-archive:FILE[:REF] |\n"
    "                  oci:DIR[:REF] | dir:DIR\n"
    "\n"
    "Brings images into the store. cove starts this program for its load and pull.\n"
    "\n"
    "  -i, --input FILE  read the archive from FILE (default: standard input)\n"
    "  -q, --quiet       no progress\n"
    "      --root DIR    where images and containers are kept (default /var/lib/cove)\n"
    "      --runroot DIR where run-time state is kept (default /run/cove)\n";

Result<Options> parse_options(const std::vector<std::string>& args);  // without the program's name; Code::usage

}  // namespace cove::image_tool
