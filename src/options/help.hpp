#pragma once
// Texts made from the tables: --help, man pages, completion.
#include <string>
#include <string_view>
#include <vector>

#include "options/command.hpp"

namespace cove::options {

// The page that `cove CMD --help` prints; for a group, the list of its commands; for "" the program's own page.
std::string help_text(const Program& program, std::string_view path);
// The block of options: two columns, hidden ones left out, sorted by name.
std::string options_text(Tables tables);
// A roff page (section 1) for the command, or for the program where path is "".
std::string man_page(const Program& program, std::string_view path);

// Candidates for the last of `words` (the words after the program's name), each "value" or "value\tdescription". A
// first element that starts with ':' tells the shell to add names itself: ":files", ":folders", ":containers",
// ":images".
std::vector<std::string> complete(const Program& program, const std::vector<std::string>& words);
// The script that a shell sources: bash, zsh or fish; empty for another shell. It calls `NAME __complete -- WORDS…`.
std::string completion_script(const Program& program, std::string_view shell);

}  // namespace cove::options
