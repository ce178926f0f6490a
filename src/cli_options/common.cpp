#include "cli_options/common.hpp"

#include <unistd.h>

#include <cctype>
#include <cmath>
#include <cstring>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove::cli_options {
namespace {

Error usage(std::string text) { return Error(Code::usage, std::move(text)); }

// As Go reports it: "open PATH: no such file or directory".
Error cannot_open(const std::string& path, const Error& error) {
  if (error.sys_errno() == 0) return usage(fmt::format("open {}: {}", path, error.message()));
  std::string cause = std::strerror(error.sys_errno());
  if (!cause.empty()) cause[0] = static_cast<char>(std::tolower(cause[0]));
  return Error(error.sys_errno() == ENOENT ? Code::not_found : Code::invalid, fmt::format("open {}: {}", path, cause));
}

std::string_view skip_blanks(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t");
  return at == text.npos ? std::string_view() : text.substr(at);
}

void set_pair(Pairs& pairs, std::string_view key, std::string_view value) {
  for (auto& [name, old] : pairs)
    if (name == key) {
      old = value;
      return;
    }
  pairs.emplace_back(key, value);
}

// KEY=VALUE as it is; KEY and KEY* from our own environment.
Result<> add_variable(Pairs& pairs, std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == 0 || line.empty()) return Failure(usage(fmt::format("invalid variable: {}", options::go_quote(line))));
  const std::string_view key = skip_blanks(line.substr(0, equals));
  if (equals != line.npos) {
    set_pair(pairs, key, line.substr(equals + 1));
  } else if (key.ends_with('*')) {
    const std::string_view prefix = key.substr(0, key.size() - 1);
    for (char** at = environ; at && *at; ++at) {
      const std::string_view variable = *at;
      const size_t sign = variable.find('=');
      if (sign != variable.npos && variable.starts_with(prefix))
        set_pair(pairs, variable.substr(0, sign), variable.substr(sign + 1));
    }
  } else if (const char* ours = getenv(std::string(key).c_str())) {
    set_pair(pairs, key, ours);
  }
  return {};
}

Result<> add_label_line(Pairs& labels, std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == 0) return Failure(usage(fmt::format("invalid environment variable: {}", options::go_quote(line))));
  const std::string_view key = line.substr(0, equals);
  if (key.find_first_of(" \t") != key.npos)
    return Failure(usage(fmt::format("name {} has white spaces, poorly formatted name", options::go_quote(key))));
  if (equals != line.npos) set_pair(labels, key, line.substr(equals + 1));
  return {};
}

// Calls `each` for every line that is neither empty nor a comment.
template <class F>
Result<> each_line(std::string_view text, F each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = skip_blanks(line);
    if (!line.empty() && line[0] != '#') TRY(each(line));
  }
  return {};
}

std::string_view without_slash(std::string_view name) { return name.starts_with('/') ? name.substr(1) : name; }

// Which of --all, --latest, --cidfile, --filter and names may stand together.
Result<> check_selection(const options::Parsed& parsed, bool arguments_optional) {
  const bool all = parsed.flag("all"), latest = parsed.flag("latest"), id_file = parsed.changed("cidfile");
  const bool words = !parsed.args().empty();
  if (parsed.changed("filter")) {
    if (words) return Failure(usage("--filter takes no arguments"));
    return {};
  }
  if (id_file && (all || latest)) return Failure(usage("--all, --latest, and --cidfile cannot be used together"));
  if (all && latest) return Failure(usage("--all and --latest cannot be used together"));
  if (words && all) return Failure(usage("no arguments are needed with --all"));
  if (arguments_optional) return {};
  if (words && latest) return Failure(usage("--latest and containers cannot be used together"));
  if (words && id_file) return Failure(usage("no arguments are needed with --latest or --cidfile"));
  if (!words && !all && !latest && !id_file) return Failure(usage("you must provide at least one name or id"));
  return {};
}

}  // namespace

Result<Pairs> parse_filters(const std::vector<std::string>& texts) {
  Pairs filters;
  for (const auto& filter : texts) {
    const size_t equals = filter.find('=');
    if (equals == filter.npos) return Failure(usage(fmt::format("invalid filter {}", options::go_quote(filter))));
    filters.emplace_back(filter.substr(0, equals), filter.substr(equals + 1));
  }
  return filters;
}

Result<std::optional<std::string>> read_id_file(const std::string& path, bool ignore_missing) {
  auto text = read_file(path, 1UL << 20);
  if (!text && ignore_missing && text.error().sys_errno() == ENOENT) return std::nullopt;
  if (!text) return Failure(cannot_open(path, text.error()).with("reading CIDFile"));
  return text->substr(0, text->find('\n'));
}

Result<Selection> fill_selection(const options::Parsed& parsed, bool arguments_optional) {
  TRY(check_selection(parsed, arguments_optional));
  Selection which;
  which.all = parsed.flag("all");
  which.latest = parsed.flag("latest");
  which.ignore = parsed.flag("ignore");
  for (const auto& name : parsed.args()) which.names.emplace_back(without_slash(name));
  for (const auto& path : parsed.list("cidfile"))
    if (auto id = TRY(read_id_file(path, which.ignore))) which.names.push_back(std::move(*id));
  which.filters = TRY(parse_filters(parsed.list("filter")));
  return which;
}

Result<std::string> read_option_file(const std::string& path) {
  auto text = read_file(path);
  if (!text) return Failure(cannot_open(path, text.error()));
  return std::move(*text);
}

Result<Pairs> read_env_file(const std::string& path) {
  const std::string frame = fmt::format("parsing file {}", options::go_quote(path));
  const std::string text = TRY_CTX(read_option_file(path), frame);
  Pairs pairs;
  TRY_CTX(each_line(text, [&](std::string_view line) { return add_variable(pairs, line); }), frame);
  return pairs;
}

Result<Pairs> parse_env(const std::vector<std::string>& texts) {
  Pairs pairs;
  for (const auto& text : texts) TRY(add_variable(pairs, text));
  return pairs;
}

Result<Pairs> read_labels(const std::vector<std::string>& files, const std::vector<std::string>& labels) {
  Pairs all;
  for (const auto& path : files) {
    const std::string text = TRY_CTX(read_option_file(path), "unable to process labels");
    TRY_CTX(each_line(text, [&](std::string_view line) { return add_label_line(all, line); }),
            "unable to process labels");
  }
  for (const auto& label : labels) {
    const size_t equals = label.find('=');
    if (equals == 0 || label.empty())
      return Failure(
          usage(fmt::format("unable to process labels: invalid label format: {}", options::go_quote(label))));
    set_pair(all, std::string_view(label).substr(0, equals),
             equals == label.npos ? std::string_view() : std::string_view(label).substr(equals + 1));
  }
  return all;
}

// Dates without a zone are UTC, as Go's time.Parse has it.
Result<int64_t> parse_time(std::string_view text, int64_t now_nanos, bool ago) {
  const std::string whole(text);
  for (const std::string& form : {whole, whole + "Z", whole + "T00:00:00Z"})
    if (const auto time = parse_rfc3339(form)) return *time;
  if (text.size() > 10 && text[4] == '-' && text[7] == '-')  // 2026-01-02Z and 2026-01-02+01:00
    if (const auto time = parse_rfc3339(whole.substr(0, 10) + "T00:00:00" + whole.substr(10))) return *time;
  char* end = nullptr;
  const double seconds = std::strtod(whole.c_str(), &end);
  if (!whole.empty() && *end == 0 && std::isfinite(seconds) && std::fabs(seconds) < 9e9)
    return static_cast<int64_t>(std::floor(seconds)) * 1'000'000'000 +
           static_cast<int64_t>((seconds - std::floor(seconds)) * 1e9);
  if (const auto duration = parse_duration(text))
    return ago ? now_nanos - duration->count() : now_nanos + duration->count();
  return Failure(usage("unable to interpret time value"));
}

}  // namespace cove::cli_options
