#pragma once
// The program's frame: command line to exit status.
#include <string>
#include <vector>

#include "base/error.hpp"

namespace cove::cli {

// The one table from causes to exit statuses (style rule ERR3).
int exit_status(Code code);
// "Error: text" on stderr, once.
void print_error(const Error& error);
int main_program(std::vector<std::string> argv);

}  // namespace cove::cli
