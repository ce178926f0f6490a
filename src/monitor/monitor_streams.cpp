// What flows through the monitor: the container's output to the log and the clients, the clients' input to the
// container.
#include <unistd.h>

#include <cerrno>

#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/monitor.hpp"

namespace cove::monitor {

using protocol::Type;

// A few buffers at most, so that one chatty stream does not starve the rest.
void Monitor::read_output(Stream stream) {
  std::span<char> buffer = read_buffer_.get();
  for (int round = 0; round < 4 && !buffer.empty(); round++) {
    auto n = sys::read(output(stream).get(), buffer.data(), buffer.size());
    if (!n && n.error().sys_errno() == EAGAIN) return;
    if (!n || *n == 0) return end_stream(stream);  // EIO: nobody has the terminal open any more
    deliver(stream, {buffer.data(), *n});
    if (*n < buffer.size()) return;
  }
}

void Monitor::deliver(Stream stream, std::string_view chunk) {
  if (log_) log_chunk(stream, chunk);
  Type type = stream == Stream::out ? Type::output : Type::error_output;
  for (auto& c : clients_) {
    if (stream == Stream::out ? c.wants.out : c.wants.err) post(c, type, chunk);
  }
}

void Monitor::log_chunk(Stream stream, std::string_view chunk) {
  std::span<char> room = log_buffer_.get();
  std::string time = rfc3339_nano_padded(now());
  while (!chunk.empty() && !room.empty()) log_records({room.data(), formatter_->append(stream, chunk, time, room)});
}

void Monitor::log_records(std::string_view records) {
  if (records.empty()) return;
  // A full disk must not stop the container: what does not fit is lost, later records are tried anew.
  (void)log_->write(records);
  for (auto& c : clients_) {
    if (c.follows_log) post(c, Type::log_data, records);
  }
}

void Monitor::end_stream(Stream stream) {
  output(stream).reset();
  if (!log_ || !formatter_->is_open(stream)) return;
  std::span<char> room = log_buffer_.get();
  if (!room.empty()) log_records({room.data(), formatter_->finish(stream, rfc3339_nano_padded(now()), room)});
}

// The container has ended: what it wrote before is in the pipes now, all of it. No more than a pipe holds is read,
// since a process outside the container (host PID namespace) may hold the pipe and go on for ever.
void Monitor::drain_outputs() {
  std::span<char> buffer = read_buffer_.get();
  for (Stream s : {Stream::out, Stream::err}) {
    size_t drained = 0;
    while (output(s).valid() && !buffer.empty() && drained < kPipeSize) {
      auto n = sys::read(output(s).get(), buffer.data(), buffer.size());
      if (!n || *n == 0) break;
      drained += *n;
      deliver(s, {buffer.data(), *n});
    }
    if (output(s).valid()) end_stream(s);
  }
}

void Monitor::write_input(Client& client) {
  while (!client.input.empty() && in_.valid()) {
    auto n = sys::write(in_.get(), client.input.data(), client.input.size());
    if (!n && n.error().sys_errno() == EAGAIN) return;
    if (!n)
      close_input();  // the container has closed its stdin
    else
      client.input.erase(0, *n);
  }
  client.input.clear();
  client.input.shrink_to_fit();
  if (client.closing) close_input();
}

void Monitor::close_input() {
  if (!request_.terminal) in_.reset();
}

}  // namespace cove::monitor
