#include "options/parsed.hpp"

#include "base/util.hpp"
#include "options/values.hpp"

namespace cove::options {
namespace {

bool list_holds(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

}  // namespace

const Option* find_option(Tables tables, std::string_view name) {
  for (const Table table : tables)
    for (const Option& option : table)
      if (option.name == name || (!option.aliases.empty() && list_holds(option.aliases, name))) return &option;
  return nullptr;
}

const Option* find_option(Tables tables, char letter) {
  for (const Table table : tables)
    for (const Option& option : table)
      if (option.letter == letter) return &option;
  return nullptr;
}

const Parsed::Setting* Parsed::last(std::string_view name) const {
  for (auto at = settings_.rbegin(); at != settings_.rend(); ++at)
    if (at->option->name == name) return &*at;
  return nullptr;
}

bool Parsed::flag(std::string_view name, bool otherwise) const {
  const Setting* setting = last(name);
  return setting ? parse_bool(setting->value).value_or(otherwise) : otherwise;
}

std::optional<std::string> Parsed::text(std::string_view name) const {
  const Setting* setting = last(name);
  return setting ? std::optional(setting->value) : std::nullopt;
}

std::string Parsed::text_or(std::string_view name, std::string_view otherwise) const {
  const Setting* setting = last(name);
  return setting ? setting->value : std::string(otherwise);
}

std::vector<std::string> Parsed::list(std::string_view name) const {
  std::vector<std::string> all;
  for (const Setting& setting : settings_) {
    if (setting.option->name != name) continue;
    if (setting.option->type != Type::string_slice) {
      all.push_back(setting.value);
    } else if (auto fields = parse_csv(setting.value)) {
      for (auto& field : *fields) all.push_back(std::move(field));
    }
  }
  return all;
}

std::optional<int64_t> Parsed::integer(std::string_view name) const {
  const Setting* setting = last(name);
  if (!setting) return std::nullopt;
  const auto value = go_int(setting->value);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<uint64_t> Parsed::number(std::string_view name) const {
  const Setting* setting = last(name);
  if (!setting) return std::nullopt;
  const auto value = go_uint(setting->value);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<double> Parsed::floating(std::string_view name) const {
  const Setting* setting = last(name);
  if (!setting) return std::nullopt;
  const auto value = go_float(setting->value);
  return value ? std::optional(*value) : std::nullopt;
}

std::vector<uint64_t> Parsed::numbers(std::string_view name) const {
  std::vector<uint64_t> all;
  for (const Setting& setting : settings_)
    if (setting.option->name == name)
      for (const auto& part : split(setting.value, ','))
        if (const auto value = go_uint(part, 10)) all.push_back(*value);
  return all;
}

// Reads the words of one command, in order. An option of the command hides one of the program with the same name.
class Parser {
 public:
  Parser(Tables own, Tables global, const std::vector<std::string>& words, Line& line)
      : own_(own), global_(global), words_(words), line_(line) {}

  Result<> run(bool interspersed) {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word.size() < 2 || word[0] != '-') {
        line_.own.args_.push_back(word);
        if (!interspersed) break;
      } else if (word == "--") {
        break;
      } else if (word[1] == '-') {
        TRY(long_option(std::string_view(word).substr(2), word));
      } else {
        TRY(letters(std::string_view(word).substr(1)));
      }
      if (line_.help) return {};
    }
    line_.own.args_.insert(line_.own.args_.end(), words_.begin() + static_cast<ptrdiff_t>(at_), words_.end());
    return {};
  }

 private:
  struct Found {
    const Option* option = nullptr;
    Parsed* into = nullptr;
  };

  template <class Key>
  Found find(Key key) {
    if (const Option* option = find_option(own_, key)) return {option, &line_.own};
    return {find_option(global_, key), &line_.global};
  }

  Result<> long_option(std::string_view body, const std::string& word) {
    if (body[0] == '-' || body[0] == '=') return Failure(usage(fmt::format("bad flag syntax: {}", word)));
    const size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const Found found = find(name);
    if (!found.option) {
      if (name == "help") return ask_help(body, equals);
      return Failure(unknown(name));
    }
    if (equals != body.npos) return set(found, std::string(body.substr(equals + 1)));
    if (found.option->type == Type::boolean) return set(found, "true");
    if (at_ >= words_.size()) return Failure(usage(fmt::format("flag needs an argument: --{}", name)));
    return set(found, words_[at_++]);
  }

  Result<> letters(std::string_view rest) {
    while (!rest.empty()) {
      const std::string_view here = rest;
      const Found found = find(rest[0]);
      rest.remove_prefix(1);
      if (!found.option) {
        if (here[0] == 'h') {
          line_.help = true;
          return {};
        }
        return Failure(usage(fmt::format("unknown shorthand flag: '{}' in -{}", here[0], here)));
      }
      if (rest.size() > 1 && rest[0] == '=') return set(found, std::string(rest.substr(1)));
      if (found.option->type == Type::boolean) {
        TRY(set(found, "true"));
        continue;
      }
      if (!rest.empty()) return set(found, std::string(rest));
      if (at_ >= words_.size())
        return Failure(usage(fmt::format("flag needs an argument: '{}' in -{}", here[0], here)));
      return set(found, words_[at_++]);
    }
    return {};
  }

  Result<> ask_help(std::string_view body, size_t equals) {
    if (equals == body.npos) {
      line_.help = true;
      return {};
    }
    const auto value = parse_bool(body.substr(equals + 1));
    if (!value)
      return Failure(
          usage(fmt::format("invalid argument {} for \"-h, --help\" flag: strconv.ParseBool: parsing {}: invalid "
                            "syntax",
                            go_quote(body.substr(equals + 1)), go_quote(body.substr(equals + 1)))));
    line_.help = *value;
    return {};
  }

  Error unknown(std::string_view name) const {
    std::vector<std::string> known;
    for (const Tables tables : {own_, global_})
      for (const Table table : tables)
        for (const Option& option : table)
          if (!option.hidden) known.emplace_back(option.name);
    std::string text = fmt::format("unknown flag: --{}", name);
    if (const auto near = nearest(name, known)) text += fmt::format("\n\nDid you mean this?\n\t--{}\n", *near);
    return usage(std::move(text));
  }

  Result<> set(const Found& found, std::string value) {
    const Option& option = *found.option;
    if (const auto ok = check_value(option, value); !ok) {
      const std::string flag =
          option.letter ? fmt::format("-{}, --{}", option.letter, option.name) : fmt::format("--{}", option.name);
      return Failure(usage(
          fmt::format("invalid argument {} for {} flag: {}", go_quote(value), go_quote(flag), ok.error().message())));
    }
    found.into->settings_.push_back({&option, std::move(value)});
    if (option.name == "version" && option.type == Type::boolean) line_.version = found.into->flag("version");
    return {};
  }

  Tables own_, global_;
  const std::vector<std::string>& words_;
  Line& line_;
  size_t at_ = 0;
};

Result<> parse(Tables own, Tables global, bool interspersed, const std::vector<std::string>& words, Line& line) {
  return Parser(own, global, words, line).run(interspersed);
}

}  // namespace cove::options
