#pragma once
// Short ways to write rows of option tables.
#include "options/option.hpp"

namespace cove::cli_options {

using options::Complete;
using options::Option;
using options::Table;
using options::Type;

constexpr Option flag(std::string_view name, char letter, std::string_view help, std::string_view initial = {}) {
  return {.name = name, .letter = letter, .type = Type::boolean, .initial = initial, .help = help};
}
constexpr Option text(std::string_view name, char letter, std::string_view help, std::string_view initial = {},
                      Complete complete = Complete::nothing) {
  return {.name = name, .letter = letter, .initial = initial, .help = help, .complete = complete};
}
constexpr Option file(std::string_view name, std::string_view help) { return text(name, 0, help, {}, Complete::file); }
constexpr Option array(std::string_view name, char letter, std::string_view help,
                       Complete complete = Complete::nothing) {
  return {.name = name, .letter = letter, .type = Type::string_array, .help = help, .complete = complete};
}
constexpr Option slice(std::string_view name, char letter, std::string_view help,
                       Complete complete = Complete::nothing) {
  return {.name = name, .letter = letter, .type = Type::string_slice, .help = help, .complete = complete};
}
constexpr Option number(Type type, std::string_view name, char letter, std::string_view help,
                        std::string_view initial = {}) {
  return {.name = name, .letter = letter, .type = type, .initial = initial, .help = help};
}
constexpr Option words(Option option, std::string_view choices) {  // any text is taken; the shell offers these
  option.choices = choices;
  option.complete = Complete::choices;
  return option;
}
constexpr Option hidden(Option option) {
  option.hidden = true;
  return option;
}
constexpr Option alias(Option option, std::string_view names) {
  option.aliases = names;
  return option;
}

// Rows that many commands have.
inline constexpr Option kLatest = flag("latest", 'l', "Act on the container that was created last");
inline constexpr Option kFilter = array("filter", 'f', "Act only on containers that match `CONDITION`, as label=x");
inline constexpr Option kCidfile = array("cidfile", 0, "Take the container's ID from `FILE`", Complete::file);
inline constexpr Option kTime = alias(
    number(Type::integer, "time", 't', "Let the container end by itself for so many `SECONDS`, then kill it", "10"),
    "timeout");
inline constexpr Option kDetachKeys =
    text("detach-keys", 0, "Detach at this `SEQUENCE` of keys: one letter or ctrl-KEY, separated by commas",
         "ctrl-p,ctrl-q");
inline constexpr Option kTlsVerify = flag("tls-verify", 0, "Talk to registries over verified HTTPS only", "true");

}  // namespace cove::cli_options
