// What clients ask of the monitor.
#include <unistd.h>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "monitor/monitor.hpp"
#include "monitor/records.hpp"

namespace cove::monitor {

using protocol::Type;

void Monitor::accept_client() {
  auto socket = accept(listener_.get());
  if (!socket) return;
  auto user = protocol::peer_uid(socket->get());
  if (!user || (*user != 0 && *user != ::geteuid())) return;
  clients_.emplace_back(std::move(*socket), request_.spill_dir);
}

void Monitor::read_client(Client& client) {
  auto got = protocol::receive(client.socket.get(), read_buffer_.get(), false);
  if (got && !*got) return;
  if (!got) {
    client.dead = true;
    return;
  }
  auto handled = on_message(client, **got, std::move((*got)->fds));
  if (handled) return;
  if (handled.error().code() == Code::corrupt) client.dead = true;
  protocol::Failed failed = {.error = handled.error().encode()};
  if ((*got)->type == Type::exec) {
    auto request = protocol::decode<protocol::ExecRequest>((*got)->body);
    if (request) failed.session = request->session;
  }
  post(client, Type::failed, protocol::encode(failed));
}

Result<> Monitor::on_message(Client& client, const protocol::Message& message, std::vector<UniqueFd> fds) {
  if (!client.greeted && message.type != Type::hello)
    return Failure(Error(Code::corrupt, "a client must say hello first"));
  switch (message.type) {
    case Type::hello: {
      auto hello = TRY(protocol::decode<protocol::Hello>(message.body));
      client.greeted = true;
      client.wants = hello.wants;
      post(client, Type::welcome, protocol::encode(status()));
      return {};
    }
    case Type::resize: {
      auto size = TRY(protocol::decode<protocol::Resize>(message.body));
      if (request_.terminal && out_.valid()) (void)set_window(out_.get(), size.rows, size.columns);
      return {};
    }
    case Type::input:
      client.input = message.body;
      write_input(client);
      return {};
    case Type::input_end:
      client.closing = true;
      if (client.input.empty()) close_input();
      return {};
    case Type::start:
      return begin_start(client);
    case Type::exec:
      return begin_exec(client, TRY(protocol::decode<protocol::ExecRequest>(message.body)), std::move(fds));
    case Type::follow_log:
      return begin_follow(client);
    case Type::status:
      post(client, Type::status_reply, protocol::encode(status()));
      return {};
    case Type::wait:
      return {};  // the notice goes to everybody
    default:
      return Failure(Error(Code::corrupt, "a client sent what only the monitor or the launch may"));
  }
}

// Nothing is written between the look at the files and the first byte that is streamed, so no byte is missed or
// doubled.
Result<> Monitor::begin_follow(Client& client) {
  std::vector<UniqueFd> segments;
  if (log_) segments = TRY(log_->segments());
  post(client, Type::log_segments, protocol::encode(protocol::LogSegments{.end = log_ ? log_->size() : 0}),
       std::move(segments));
  client.follows_log = true;
  return {};
}

void Monitor::post(Client& client, Type type, std::string_view body, std::vector<UniqueFd> fds) {
  if (!client.dead && !client.outbox.post(type, body, std::move(fds))) client.dead = true;
}

void Monitor::post_all(Type type, std::string_view body) {
  for (auto& c : clients_) {
    if (c.greeted) post(c, type, body);
  }
}

void Monitor::forget_dead_clients() {
  for (auto c = clients_.begin(); c != clients_.end();) {
    if (!c->dead) {
      ++c;
      continue;
    }
    for (auto& call : calls_) {
      if (call.client == &*c) call.client = nullptr;
    }
    for (auto& exec : execs_) {
      if (exec.client == &*c) exec.client = nullptr;
    }
    c = clients_.erase(c);
  }
}

protocol::StatusReply Monitor::status() const {
  return {.state = state_,
          .pid = pid_,
          .pid_start = pid_start_,
          .monitor_pid = ::getpid(),
          .terminal = request_.terminal,
          .created_at = created_at_,
          .started_at = started_at_};
}

void Monitor::write_status() {
  if (!request_.status_path.empty()) (void)write_atomic(request_.status_path, make_status(status()));
}

}  // namespace cove::monitor
