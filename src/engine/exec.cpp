#include <fcntl.h>
#include <unistd.h>

#include "base/sys/sys.hpp"
#include "engine/plan/make_spec.hpp"
#include "engine/verbs.hpp"
#include "users/users.hpp"

namespace cove::engine {
namespace {

Result<plan::SpecUser> exec_user(const ExecSpec& spec, const state::View& view, const plan::ContainerConfig& config) {
  UniqueFd root = TRY(sys::open(fmt::format("/proc/{}/root", view.pid), O_PATH | O_DIRECTORY));
  auto found = TRY(users::resolve_user(root.get(), spec.user.value_or(config.user), config.groups));
  return plan::SpecUser{found.uid, found.gid, found.groups, found.name, found.home};
}

}  // namespace

Result<ExecEnd> exec(Engine& engine, const std::string& name, const ExecSpec& spec) {
  state::View view = TRY(find(engine, name));
  const std::string id = view.record.id;
  if (view.phase != state::Phase::running) {
    return Failure(Error(Code::bad_state,
                         fmt::format("can only create exec sessions on running containers: container state improper")));
  }
  plan::ContainerConfig config = TRY(load_container(view.record));
  std::string text = TRY(read_file(engine.paths().run_dir(id) + "/config.json"));
  json::Value document = TRY(json::parse(text));
  plan::ExecRequest request;
  request.command = spec.command, request.env = spec.env, request.workdir = spec.workdir;
  request.terminal = spec.terminal, request.privileged = spec.privileged, request.preserve_fds = spec.preserve_fds;
  request.user = TRY(exec_user(spec, view, config));
  request.user_given = spec.user.has_value();
  json::Value process = TRY(plan::make_process_spec(config, document["process"], request, plan_facts(engine)));

  auto connection = TRY(runtime::Connection::open(engine.paths().attach(id)));
  runtime::ExecSpec session;
  session.session = random_hex(64);
  session.process_json = process.dump();
  session.terminal = spec.terminal;
  for (unsigned i = 0; i < spec.preserve_fds; i++) session.preserve_fds.push_back(3 + static_cast<int>(i));
  for (int fd : spec.preserve_fd_list) session.preserve_fds.push_back(fd);
  if (spec.detach) {
    auto started = TRY(connection.exec(session));
    return ExecEnd{.session = started.session};
  }
  runtime::AttachOptions attach;
  attach.in = spec.interactive ? STDIN_FILENO : -1;
  attach.out = STDOUT_FILENO, attach.err = STDERR_FILENO;
  attach.terminal = spec.terminal;
  attach.detach_sequence = TRY(runtime::parse_detach_keys(spec.detach_keys));
  auto end = TRY(runtime::run_exec(connection, std::move(session), attach));
  if (end.kind == runtime::AttachEnd::Kind::detached) return ExecEnd{};
  return ExecEnd{.exit_code = end.exit.status.shell_code()};
}

}  // namespace cove::engine
