#include "monitor/outbox.hpp"

#include <fcntl.h>

#include <array>
#include <memory>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"
#include "base/util.hpp"
#include "monitor/sys_monitor.hpp"

namespace cove::monitor {
namespace {

constexpr off_t kFreeStep = 4 << 20;

Result<UniqueFd> open_nameless(const std::string& dir) {
  auto fd = sys::open(dir, O_TMPFILE | O_RDWR, 0600);
  if (fd) return fd;
  std::string path = join_path(dir, ".spill-" + random_hex(16));  // a file system without O_TMPFILE
  UniqueFd named = TRY(sys::open(path, O_CREAT | O_EXCL | O_RDWR, 0600));
  TRY(sys::unlinkat(AT_FDCWD, path, 0));
  return named;
}

std::vector<int> numbers(const std::vector<UniqueFd>& fds) {
  std::vector<int> out;
  out.reserve(fds.size());
  for (const auto& fd : fds) out.push_back(fd.get());
  return out;
}

}  // namespace

Result<> Outbox::post(protocol::Type type, std::string_view body, std::vector<UniqueFd> fds) {
  do {
    std::string_view piece = body.substr(0, protocol::kMaxData);
    body.remove_prefix(piece.size());
    if (empty() && TRY(protocol::send(socket_, type, piece, numbers(fds), false))) {
      fds.clear();
      continue;
    }
    TRY(spill(type, piece, std::move(fds)));
    fds.clear();
  } while (!body.empty());
  return {};
}

Result<> Outbox::spill(protocol::Type type, std::string_view body, std::vector<UniqueFd> fds) {
  if (!file_.valid()) file_ = TRY(open_nameless(spill_dir_));
  std::array<char, protocol::Header::kSize> head;
  protocol::put_header({.type = type, .flags = 0, .length = static_cast<uint32_t>(body.size())}, head.data());
  TRY(write_at(file_.get(), {head.data(), head.size()}, body, write_at_));
  if (!fds.empty()) fds_.push_back({write_at_, std::move(fds)});
  write_at_ += static_cast<off_t>(head.size() + body.size());
  return {};
}

Result<bool> Outbox::send_next(bool wait) {
  auto packet = std::make_unique<char[]>(protocol::kPacketBuffer);
  size_t got = TRY(sys::pread(file_.get(), packet.get(), protocol::kPacketBuffer, read_at_));
  protocol::Header head = TRY(protocol::get_header({packet.get(), got}));
  if (got < protocol::Header::kSize + head.length) return Failure(Error(Code::corrupt, "spill file is cut short"));
  bool with_fds = !fds_.empty() && fds_.front().at == read_at_;
  std::vector<int> fds = with_fds ? numbers(fds_.front().fds) : std::vector<int>();
  if (!TRY(protocol::send(socket_, head.type, {packet.get() + protocol::Header::kSize, head.length}, fds, wait)))
    return false;
  if (with_fds) fds_.pop_front();
  read_at_ += static_cast<off_t>(protocol::Header::kSize + head.length);
  return true;
}

Result<> Outbox::drain() {
  while (!empty() && TRY(send_next(false))) {
    if (read_at_ - freed_ >= kFreeStep) {
      free_range(file_.get(), freed_, read_at_ - freed_);
      freed_ = read_at_;
    }
  }
  if (empty()) {
    file_.reset();
    read_at_ = write_at_ = freed_ = 0;
  }
  return {};
}

Result<> Outbox::drain_all() {
  while (!empty()) TRY(send_next(true));
  return {};
}

}  // namespace cove::monitor
