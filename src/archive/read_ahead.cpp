#include "archive/read_ahead.hpp"

namespace cove::archive {

ReadAhead::ReadAhead(ByteSource& inner, size_t slots) : inner_(inner), slots_(slots), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() { stop(); }

void ReadAhead::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard held(mutex_);
    stopping_ = true;
  }
  room_.notify_one();
  thread_.join();
}

void ReadAhead::run() {
  while (true) {
    auto piece = inner_.next();
    std::unique_lock held(mutex_);
    if (!piece || piece->empty()) {
      if (!piece) error_ = std::move(piece).error();
      ended_ = true;
      filled_.notify_one();
      return;
    }
    room_.wait(held, [&] { return used_ < slots_.size() || stopping_ || discard_; });
    if (stopping_) return;
    if (discard_) continue;
    // Filled without the lock: the reader does not look at a slot before used_ counts it.
    auto& slot = slots_[(first_ + used_) % slots_.size()];
    held.unlock();
    slot.assign(piece->begin(), piece->end());
    held.lock();
    used_++;
    filled_.notify_one();
  }
}

Result<std::string_view> ReadAhead::next() {
  std::unique_lock held(mutex_);
  if (lent_) {
    lent_ = false;
    first_ = (first_ + 1) % slots_.size();
    used_--;
    room_.notify_one();
  }
  filled_.wait(held, [&] { return used_ > 0 || ended_; });
  if (used_ > 0) {
    lent_ = true;
    return std::string_view(slots_[first_].data(), slots_[first_].size());
  }
  if (error_) return Failure(*error_);
  return std::string_view();
}

Result<> ReadAhead::finish() {
  {
    std::lock_guard held(mutex_);
    discard_ = true;
  }
  room_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (error_) return Failure(*error_);
  return {};
}

}  // namespace cove::archive
