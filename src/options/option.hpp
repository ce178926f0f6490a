#pragma once
// Option: one row of a command's option table. The table is constant data (no start-up cost) and drives parsing,
// --help, shell completion and the man page (style rule C8).
#include <cstdint>
#include <span>
#include <string_view>

namespace cove::options {

// How an option's text is read. Values are checked while parsing, so that a wrong number is a usage error.
enum class Type : uint8_t {
  boolean,       // --x, --x=false; takes no separate word
  string,        // last one wins
  string_array,  // repeatable, text kept whole
  string_slice,  // repeatable, each text is one CSV record: a,b,"c,d"
  integer,       // int and int64
  unsigned_int,  // uint and uint64
  uint_slice,    // repeatable, numbers separated by commas
  floating,
  duration,  // as Go's time.ParseDuration: 1h30m
  choice,    // one of `choices`
};

// What a shell offers for the value.
enum class Complete : uint8_t { nothing, file, folder, container, image, choices };

// One option. `initial` is the default as --help shows it ("" where there is none to show); what the program does
// without the option is written in the struct that the command fills. `help` may hold one word in back quotes, which
// names the value. `aliases` and `choices` are lists separated by commas.
struct Option {
  std::string_view name;
  char letter = 0;
  Type type = Type::string;
  std::string_view initial = {};
  std::string_view help = {};
  bool hidden = false;
  std::string_view aliases = {};
  std::string_view choices = {};
  Complete complete = Complete::nothing;
};

using Table = std::span<const Option>;  // rows that belong together, sorted for people
using Tables = std::span<const Table>;  // what one command takes

// The row of that long name, alias or letter; null where there is none.
const Option* find_option(Tables tables, std::string_view name);
const Option* find_option(Tables tables, char letter);

}  // namespace cove::options
