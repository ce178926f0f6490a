#include "cli/select.hpp"

#include <cstdio>

#include "cli/exit.hpp"
#include "cli/filters.hpp"
#include "cli/session.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {

Result<std::vector<std::string>> select(engine::Engine& engine, const cli_options::Selection& which,
                                        const std::function<bool(const state::View&)>& with_all) {
  if (!which.all && !which.latest && which.filters.empty()) return which.names;
  auto views = TRY(engine::list(engine));
  std::vector<std::string> out;
  if (which.latest) {
    if (views.empty()) return Failure(Error(Code::not_found, "no containers found: no such container"));
    return std::vector<std::string>{views.back().record.id};
  }
  auto matches = TRY(make_filter(engine, which.filters, views));
  for (const auto& v : views) {
    if (!which.filters.empty() ? matches(v) : (!with_all || with_all(v))) out.push_back(v.record.id);
  }
  return out;
}

Result<int> for_each(engine::Engine& engine, const cli_options::Selection& which,
                     const std::function<bool(const state::View&)>& with_all,
                     const std::function<Result<>(const std::string&)>& action) {
  int status = 0;
  bool by_choice = which.all || which.latest || !which.filters.empty();
  for (const auto& name : TRY(select(engine, which, with_all))) {
    auto done = action(name);
    print_warnings(engine);
    engine.warnings.clear();
    if (done) {
      fmt::print("{}\n", name);
      continue;
    }
    bool missing = done.error().code() == Code::not_found || done.error().code() == Code::gone;
    if (missing && (which.ignore || by_choice)) continue;
    print_error(done.error());
    status = 125;
  }
  return status;
}

}  // namespace cove::cli
