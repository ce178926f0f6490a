// cove: the command line.
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit.hpp"

int main(int argc, char** argv) { return cove::cli::main_program(std::vector<std::string>(argv, argv + argc)); }
