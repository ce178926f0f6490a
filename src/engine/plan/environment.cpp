#include "engine/plan/make_config.hpp"
#include "engine/plan/parsers.hpp"
#include "engine/plan/text.hpp"

namespace cove::plan {

using text::invalid;
using text::quoted;

using EnvPairs = std::vector<std::pair<std::string, std::string>>;
using Environment = std::map<std::string, std::string>;

void set_env(Strings& env, std::string_view key, std::string_view value) {
  auto entry = fmt::format("{}={}", key, value);
  for (auto& one : env)
    if (one.size() > key.size() && one[key.size()] == '=' && one.starts_with(key)) {
      one = std::move(entry);
      return;
    }
  env.push_back(std::move(entry));
}

const std::string* find_env(const Strings& env, std::string_view key) {
  for (const auto& one : env)
    if (one.size() > key.size() && one[key.size()] == '=' && one.starts_with(key)) return &one;
  return nullptr;
}

namespace {

Result<> add_variable(EnvPairs& out, std::string_view text, const Environment& from) {
  auto pair = text::cut(text, '=');
  if (pair.before.empty()) return invalid("invalid variable: {}", quoted(text));
  std::string name = pair.before.substr(std::min(pair.before.find_first_not_of(" \t"), pair.before.size()));
  if (pair.found) {
    out.emplace_back(name, pair.after);
  } else if (name.ends_with('*')) {
    name.pop_back();
    for (const auto& [key, value] : from)
      if (key.starts_with(name)) out.emplace_back(key, value);
  } else if (auto found = from.find(name); found != from.end()) {
    out.emplace_back(name, found->second);
  }
  return {};
}

void put_all(Strings& env, const EnvPairs& pairs) {
  for (const auto& [key, value] : pairs) set_env(env, key, value);
}

void unset_env(Strings& env, std::string_view key) {
  std::erase_if(env, [&](const std::string& one) {
    return one.size() > key.size() && one[key.size()] == '=' && one.starts_with(key);
  });
}

constexpr std::string_view kProxies[] = {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                         "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"};

// ${NAME}, $NAME, ${NAME:-word}, ${NAME:+word} and a backslash before $, as in an image build.
std::string substitute(std::string_view word, const Strings& env) {
  auto value_of = [&](std::string_view name) -> std::string {
    const auto* found = find_env(env, name);
    return found ? found->substr(name.size() + 1) : "";
  };
  auto is_name = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); };
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 1 < word.size() && word[i + 1] == '$') {
      out += word[++i];
    } else if (word[i] != '$' || i + 1 == word.size()) {
      out += word[i];
    } else if (word[i + 1] == '{') {
      auto end = word.find('}', i);
      if (end == std::string_view::npos) return out + std::string(word.substr(i));
      auto body = word.substr(i + 2, end - i - 2);
      auto colon = body.find(':');
      auto value = value_of(body.substr(0, colon));
      if (colon != std::string_view::npos && colon + 1 < body.size()) {
        if (body[colon + 1] == '-' && value.empty()) value = substitute(body.substr(colon + 2), env);
        if (body[colon + 1] == '+') value = value.empty() ? "" : substitute(body.substr(colon + 2), env);
      }
      out += value;
      i = end;
    } else {
      size_t end = i + 1;
      while (end < word.size() && is_name(word[end])) ++end;
      if (end == i + 1)
        out += '$';
      else
        out += value_of(word.substr(i + 1, end - i - 1));
      i = end - 1;
    }
  }
  return out;
}

// containers.conf, then the image.
Result<Strings> default_environment(const ImageDefaults* image, const EngineDefaults& defaults,
                                    const Environment& from) {
  Strings env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  put_all(env, TRY_CTX(parse_env(defaults.env, from), "parsing fields in containers.conf"));
  // An image's own entry without "=" is kept out: it must not reach into our environment.
  if (image)
    for (const auto& text : image->env)
      if (auto pair = text::cut(text, '='); pair.found && !pair.before.empty()) set_env(env, pair.before, pair.after);
  return env;
}

}  // namespace

Result<EnvPairs> parse_env(const Strings& args, const Environment& from) {
  EnvPairs out;
  for (const auto& text : args) TRY(add_variable(out, text, from));
  return out;
}

Result<EnvPairs> parse_env_file(std::string_view text, const Environment& from) {
  EnvPairs out;
  for (auto& line : split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    auto start = line.find_first_not_of(" \t");
    if (start == std::string::npos || line[start] == '#') continue;
    TRY(add_variable(out, std::string_view(line).substr(start), from));
  }
  return out;
}

Result<> apply_environment(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                           const EngineDefaults& defaults, const HostFacts& host, const Strings& env_files) {
  auto& env = config.env;
  env = TRY(default_environment(image, defaults, host.environment));
  if (request.terminal && !find_env(env, "TERM")) set_env(env, "TERM", "xterm");
  for (const auto& text : request.env_merge) {
    auto pair = text::cut(substitute(text, env), '=');
    if (!pair.found) return invalid("missing `=` for --env-merge substitution {}", text);
    set_env(env, pair.before, pair.after);
  }
  for (const auto& name : request.unset_env) unset_env(env, name);
  if (request.unset_env_all) env.clear();
  if (request.env_host || defaults.env_host) {
    for (const auto& [key, value] : host.environment) set_env(env, key, value);
  } else if (request.http_proxy && defaults.http_proxy) {
    for (auto name : kProxies)
      if (auto found = host.environment.find(std::string(name)); found != host.environment.end())
        set_env(env, name, found->second);
  }
  for (size_t i = 0; i < env_files.size(); ++i) {
    std::string name = i < request.env_files.size() ? request.env_files[i] : "";
    put_all(env, TRY_CTX(parse_env_file(env_files[i], host.environment), "parsing file " + quoted(name)));
  }
  put_all(env, TRY(parse_env(request.env, host.environment)));
  return {};
}

Result<StringMap> parse_pairs(const Strings& args, std::string_view option) {
  StringMap out;
  for (const auto& text : args) {
    auto pair = text::cut(text, '=');
    if (pair.before.empty()) return invalid("invalid {} {}: the key is empty", option, quoted(text));
    out[pair.before] = pair.after;
  }
  return out;
}

Result<> apply_labels(ContainerConfig& config, const CreateRequest& request, const ImageDefaults* image,
                      const EngineDefaults& defaults, const HostFacts& host, const Strings& label_files) {
  if (image) config.labels = image->labels;
  if (auto unit = host.environment.find("PODMAN_SYSTEMD_UNIT"); unit != host.environment.end())
    config.labels[unit->first] = unit->second;
  for (const auto& text : label_files) {
    for (const auto& line : split(text, '\n')) {
      auto content = trim(line);
      if (content.empty() || content.front() == '#') continue;
      auto pair = text::cut(content, '=');
      if (pair.before.empty()) return invalid("unable to process labels: invalid label {}", quoted(content));
      config.labels[pair.before] = pair.after;
    }
  }
  for (auto& [key, value] : TRY(parse_pairs(request.labels, "label"))) config.labels[key] = value;
  for (const auto& text : defaults.annotations) {
    auto pair = text::cut(text, '=');
    config.annotations[pair.before] = pair.after;
  }
  for (const auto& text : request.annotations) {
    auto pair = text::cut(text, '=');
    if (!pair.found) return invalid("annotations must be formatted KEY=VALUE");
    config.annotations[pair.before] = pair.after;
  }
  return {};
}

}  // namespace cove::plan
