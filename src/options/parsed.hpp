#pragma once
// Parsed: what the user said on one command line, and the parser that makes it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "options/option.hpp"

namespace cove::options {

// Holds only the options that were given (a dozen at most), in their order, each checked against its type. Options of
// the command and options of the whole program are kept apart: `out` and `root` may mean two things. Reading an option
// that was not given yields nullopt, an empty list, or `otherwise`.
class Parsed {
 public:
  bool changed(std::string_view name) const { return last(name) != nullptr; }
  bool flag(std::string_view name, bool otherwise = false) const;
  std::optional<std::string> text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  std::vector<std::string> list(std::string_view name) const;  // string_array and string_slice
  std::optional<int64_t> integer(std::string_view name) const;
  std::optional<uint64_t> number(std::string_view name) const;
  std::optional<double> floating(std::string_view name) const;
  std::vector<uint64_t> numbers(std::string_view name) const;  // uint_slice

  const std::vector<std::string>& args() const { return args_; }  // the positional words
  std::vector<std::string>& args() { return args_; }

 private:
  friend class Parser;
  struct Setting {
    const Option* option;
    std::string value;
  };
  const Setting* last(std::string_view name) const;
  std::vector<Setting> settings_;
  std::vector<std::string> args_;
};

// The parsed halves of one command line. `help` and `version`: the user asked for that instead.
struct Line {
  Parsed own, global;
  bool help = false, version = false;
};

// Reads `words` as pflag does: --opt=value, --opt value, -o value, -ovalue, -o=value, -abc, `--` ends the options, a
// lone `-` is positional. Without `interspersed` the first positional word ends the options too. Options of `own` win
// over those of `global`. Errors are Code::usage with pflag's texts ("unknown flag: --x", "flag needs an argument: …",
// "invalid argument …"); `line` then holds what came before.
Result<> parse(Tables own, Tables global, bool interspersed, const std::vector<std::string>& words, Line& line);

// One CSV record (RFC 4180, as Go's encoding/csv reads it), the syntax of string slices.
Result<std::vector<std::string>> parse_csv(std::string_view text);
// A boolean as Go's strconv.ParseBool: 1, t, T, true, TRUE, True and the same for false.
std::optional<bool> parse_bool(std::string_view text);
// A text in double quotes with Go's escapes, as %q prints it.
std::string go_quote(std::string_view text);

}  // namespace cove::options
