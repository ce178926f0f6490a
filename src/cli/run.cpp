// run, create, init, start, attach: commands that make or meet a container.
#include <unistd.h>

#include <cstdio>

#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/select.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "cli_options/create.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {
namespace {

cli_options::Terminals terminals() { return {::isatty(0) == 1, ::isatty(1) == 1, ::isatty(2) == 1}; }

plan::RequestFiles request_files(const cli_options::CreateOptions& o) { return {o.env_file_texts, o.label_file_texts}; }

void print_extras(const cli_options::CreateOptions& o) {
  for (const auto& w : o.extras.warnings) fmt::print(stderr, "{}\n", w);
}

std::string detach_keys(const std::optional<std::string>& given, const engine::Engine& e) {
  return given.value_or(e.config.engine.detach_keys);
}

engine::Attachment run_attachment(const plan::CreateRequest& r, const engine::Engine& e) {
  engine::Attachment a;
  a.attach = !r.detach;
  a.in = r.interactive;
  if (!r.attach.empty()) {
    auto has = [&](const char* s) { return std::find(r.attach.begin(), r.attach.end(), s) != r.attach.end(); };
    a.in = r.interactive && has("stdin"), a.out = has("stdout"), a.err = has("stderr");
  }
  a.proxy_signals = r.sig_proxy;
  a.detach_keys = detach_keys(r.detach_keys, e);
  return a;
}

}  // namespace

Result<int> run(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_run(invocation.line.own, invocation.argv, terminals()));
  auto e = TRY(open(invocation));
  print_extras(o);
  if (o.request.terminal && !o.request.interactive && !o.request.detach && !terminals().in) {
    fmt::print(stderr, "The input device is not a TTY. The --tty and --interactive flags might not work properly\n");
  }
  auto attachment = run_attachment(o.request, e);
  auto end = engine::run(e, o.request, request_files(o), attachment, [&](const std::string& id) {
    print_warnings(e);
    e.warnings.clear();
    if (o.request.detach) {
      fmt::print("{}\n", id);
      std::fflush(stdout);
    }
  });
  print_warnings(e);
  if (!end) return Failure(std::move(end).error());
  return end->exit_code;
}

Result<int> create(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_create(invocation.line.own, invocation.argv, terminals()));
  auto e = TRY(open(invocation));
  print_extras(o);
  auto view = engine::create(e, o.request, request_files(o));
  print_warnings(e);
  if (!view) return Failure(std::move(view).error());
  fmt::print("{}\n", view->record.id);
  return 0;
}

Result<int> init(options::Invocation& invocation) {
  auto which = TRY(cli_options::fill_init(invocation.line.own));
  auto e = TRY(open(invocation));
  return for_each(e, which, {}, [&](const std::string& name) { return engine::init(e, name); });
}

Result<int> start(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_start(invocation.line.own));
  auto e = TRY(open(invocation));
  if (!o.attach && !o.interactive) {
    return for_each(
        e, o.which,
        [](const state::View& v) { return v.phase != state::Phase::running && v.phase != state::Phase::paused; },
        [&](const std::string& name) -> Result<> {
          TRY(engine::start(e, name, {}));
          return {};
        });
  }
  auto names = TRY(select(e, o.which, {}));
  if (names.size() != 1) return Failure(Error(Code::usage, "you cannot start and attach multiple containers at once"));
  state::View view = TRY(engine::find(e, names[0]));
  plan::ContainerConfig config = TRY(engine::load_container(view.record));
  engine::Attachment a;
  a.attach = true, a.in = o.interactive && config.open_stdin, a.out = a.err = o.attach || o.interactive;
  a.proxy_signals = o.sig_proxy || o.attach;
  a.detach_keys = detach_keys(o.detach_keys, e);
  auto end = engine::start(e, view.record.id, a);
  print_warnings(e);
  if (!end) return Failure(std::move(end).error());
  if (view.record.transient && !end->detached) TRY(e.store.remove(view.record));
  return end->exit_code;
}

Result<int> attach(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_attach(invocation.line.own, invocation.command_path()));
  auto e = TRY(open(invocation));
  std::string name = o.name;
  if (o.latest) name = TRY(select(e, {.latest = true}, {})).at(0);
  engine::Attachment a;
  a.attach = true, a.in = !o.no_stdin, a.proxy_signals = o.sig_proxy;
  a.detach_keys = detach_keys(o.detach_keys, e);
  auto end = TRY(engine::attach(e, name, a));
  return end.exit_code;
}

}  // namespace cove::cli
