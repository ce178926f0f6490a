#include "base/util.hpp"
#include "options/help.hpp"

namespace cove::options {
namespace {

struct Place {
  const Command* command = nullptr;  // null: the program itself
  std::string path;
  size_t words_after = 0;  // positional words of the command so far
};

bool is_child(const Command& command, std::string_view parent) {
  const size_t space = command.path.rfind(' ');
  return (space == command.path.npos ? std::string_view() : command.path.substr(0, space)) == parent;
}

// The option that still waits for its value after `word`; null where there is none.
const Option* waiting(Tables own, Tables global, std::string_view word) {
  const Option* option = nullptr;
  if (word.starts_with("--") && word.find('=') == word.npos) {
    option = find_option(own, word.substr(2));
    if (!option) option = find_option(global, word.substr(2));
  } else if (word.size() == 2 && word[0] == '-' && word[1] != '-') {
    option = find_option(own, word[1]);
    if (!option) option = find_option(global, word[1]);
  }
  return option && option->type != Type::boolean ? option : nullptr;
}

Tables own_tables(const Place& place) { return place.command ? place.command->spec->options : Tables(); }

void value_candidates(const Option& option, std::vector<std::string>& out) {
  switch (option.complete) {
    case Complete::file:
      out.emplace_back(":files");
      break;
    case Complete::folder:
      out.emplace_back(":folders");
      break;
    case Complete::container:
      out.emplace_back(":containers");
      break;
    case Complete::image:
      out.emplace_back(":images");
      break;
    case Complete::choices:
    case Complete::nothing:
      break;
  }
  for (auto& choice : split(option.choices, ','))
    if (!choice.empty()) out.push_back(std::move(choice));
}

// The help without the marks around the value's name.
std::string without_quotes(std::string_view help) {
  std::string plain(help);
  std::erase(plain, '`');
  return plain;
}

void option_candidates(Tables tables, std::string_view prefix, std::vector<std::string>& out) {
  for (const Table table : tables)
    for (const Option& option : table) {
      if (option.hidden) continue;
      std::string name = fmt::format("--{}", option.name);
      if (name.starts_with(prefix)) out.push_back(fmt::format("{}\t{}", name, without_quotes(option.help)));
    }
}

void argument_candidates(const Spec& spec, std::vector<std::string>& out) {
  if (spec.usage.find("CONTAINER") != spec.usage.npos)
    out.emplace_back(":containers");
  else if (spec.usage.find("IMAGE") != spec.usage.npos)
    out.emplace_back(":images");
}

// Each ~ becomes the program's name.
constexpr std::string_view kBash = R"sh(# bash completion for ~
_~_complete() {
  local current=${COMP_WORDS[COMP_CWORD]} line value
  COMPREPLY=()
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    case $value in
      :files) COMPREPLY+=($(compgen -f -- "$current")) ;;
      :folders) COMPREPLY+=($(compgen -d -- "$current")) ;;
      :containers) COMPREPLY+=($(compgen -W "$(~ ps -a --format '{{.Names}}' 2>/dev/null)" -- "$current")) ;;
      :images) COMPREPLY+=($(compgen -W "$(~ images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)" -- "$current")) ;;
      *) [[ $value == "$current"* ]] && COMPREPLY+=("$value") ;;
    esac
  done < <(~ __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _~_complete ~
)sh";

constexpr std::string_view kZsh = R"sh(#compdef ~
_~() {
  local line value
  local -a found
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    case $value in
      :files) _files ;;
      :folders) _files -/ ;;
      :containers) found+=(${(f)"$(~ ps -a --format '{{.Names}}' 2>/dev/null)"}) ;;
      :images) found+=(${(f)"$(~ images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)"}) ;;
      *) found+=("$value") ;;
    esac
  done < <(~ __complete -- "${words[@]:1:CURRENT-1}" 2>/dev/null)
  compadd -a found
}
compdef _~ ~
)sh";

constexpr std::string_view kFish = R"sh(# fish completion for ~
function __~_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (~ __complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files' ':folders'
                __fish_complete_path (commandline -ct)
            case ':containers'
                ~ ps -a --format '{{.Names}}' 2>/dev/null
            case ':images'
                ~ images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null
            case '*'
                echo $line
        end
    end
end
complete -c ~ -f -a '(__~_complete)'
)sh";

}  // namespace

std::vector<std::string> complete(const Program& program, const std::vector<std::string>& words) {
  std::vector<std::string> out;
  if (words.empty()) return out;
  Place place;
  const Option* open = nullptr;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (open) {
      open = nullptr;
      continue;
    }
    open = waiting(own_tables(place), program.global, words[i]);
    if (open || words[i].starts_with("-")) continue;
    const bool leaf = place.command && place.command->handler;
    if (leaf) {
      if (!place.command->spec->interspersed && place.words_after > 0) return {":files"};
      ++place.words_after;
      continue;
    }
    place.command = find_command(program, place.path.empty() ? words[i] : place.path + " " + words[i]);
    if (!place.command) return out;
    place.path = place.command->path;
  }
  const std::string& last = words.back();
  const bool leaf = place.command && place.command->handler;
  if (open) {
    value_candidates(*open, out);
  } else if (leaf && !place.command->spec->interspersed && place.words_after > 0) {
    out.emplace_back(":files");
  } else if (last.starts_with("-")) {
    option_candidates(own_tables(place), last, out);
    if (!leaf) option_candidates(program.global, last, out);
  } else if (leaf) {
    argument_candidates(*place.command->spec, out);
  } else {
    for (const Command& command : program.commands) {
      if (command.hidden || !is_child(command, place.path)) continue;
      const std::string name(command.path.substr(place.path.empty() ? 0 : place.path.size() + 1));
      if (name.starts_with(last)) out.push_back(fmt::format("{}\t{}", name, command.spec->summary));
    }
  }
  return out;
}

std::string completion_script(const Program& program, std::string_view shell) {
  std::string_view text;
  if (shell == "bash")
    text = kBash;
  else if (shell == "zsh")
    text = kZsh;
  else if (shell == "fish")
    text = kFish;
  std::string out;
  for (const char c : text) {
    if (c == '~')
      out += program.name;
    else
      out += c;
  }
  return out;
}

}  // namespace cove::options
