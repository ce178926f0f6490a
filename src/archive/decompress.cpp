#include "archive/decompress.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

namespace cove::archive {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr int kMaxWindowLog = 27;

Failure corrupt(std::string message) { return Failure(Error(Code::corrupt, std::move(message))); }

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(ByteSource& inner) : inner_(inner), out_(kPiece) { begin_member(); }

  Result<std::string_view> next() override {
    while (true) {
      if (done_) return std::string_view();
      if (state_.avail_in == 0 && !(pending_output())) TRY(refill());
      if (done_) return std::string_view();
      size_t n = TRY(step());
      if (n > 0) return std::string_view(reinterpret_cast<const char*>(out_.data()), n);
    }
  }

 private:
  void begin_member() {
    const uint8_t* in = state_.next_in;
    uint32_t left = state_.avail_in;
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
    state_.next_in = const_cast<uint8_t*>(in);
    state_.avail_in = left;
    in_member_ = false;
  }

  // The decoder may hold output that did not fit, though all input has been taken.
  bool pending_output() const { return full_; }

  Result<> refill() {
    std::string_view piece = TRY(inner_.next());
    if (piece.empty()) {
      if (in_member_ || !any_) return corrupt("gzip: the stream is truncated");
      done_ = true;
      return {};
    }
    state_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(piece.data()));
    state_.avail_in = static_cast<uint32_t>(piece.size());
    return {};
  }

  Result<size_t> step() {
    if (!in_member_ && any_) {
      // Zero bytes after a member are padding, as gzip takes them.
      while (state_.avail_in > 0 && *state_.next_in == 0) {
        state_.next_in++;
        state_.avail_in--;
      }
      if (state_.avail_in == 0) return 0;
    }
    in_member_ = any_ = true;
    state_.next_out = out_.data();
    state_.avail_out = static_cast<uint32_t>(out_.size());
    int r = isal_inflate(&state_);
    if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT) return Failure(corrupt(explain(r)));
    size_t made = out_.size() - state_.avail_out;
    full_ = state_.avail_out == 0;
    if (state_.block_state == ISAL_BLOCK_FINISH) {
      begin_member();
      full_ = false;
    }
    return made;
  }

  static std::string explain(int r) {
    if (r == ISAL_INCORRECT_CHECKSUM) return "gzip: the checksum does not match";
    if (r == ISAL_UNSUPPORTED_METHOD) return "gzip: unknown compression method";
    if (r == ISAL_INVALID_WRAPPER) return "gzip: damaged header";
    return "gzip: damaged data";
  }

  ByteSource& inner_;
  std::vector<uint8_t> out_;
  inflate_state state_{};
  bool in_member_ = false;  // between a member's header and its trailer
  bool any_ = false;
  bool full_ = false;
  bool done_ = false;
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(ByteSource& inner) : inner_(inner), out_(kPiece), stream_(ZSTD_createDStream()) {
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMaxWindowLog);
  }
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

  Result<std::string_view> next() override {
    while (true) {
      if (in_.pos == in_.size && !full_) {
        std::string_view piece = TRY(inner_.next());
        if (piece.empty()) {
          if (in_frame_ || !any_) return corrupt("zstd: the stream is truncated");
          return std::string_view();
        }
        in_ = {piece.data(), piece.size(), 0};
      }
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      size_t r = ZSTD_decompressStream(stream_, &out, &in_);
      if (ZSTD_isError(r)) return corrupt(fmt::format("zstd: {}", ZSTD_getErrorName(r)));
      any_ = true;
      in_frame_ = r != 0;
      full_ = out.pos == out.size;
      if (out.pos > 0) return std::string_view(out_.data(), out.pos);
    }
  }

 private:
  ByteSource& inner_;
  std::vector<char> out_;
  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool in_frame_ = false, any_ = false, full_ = false;
};

class PlainSource : public ByteSource {
 public:
  explicit PlainSource(ByteSource& inner) : inner_(inner) {}
  Result<std::string_view> next() override { return inner_.next(); }
  Result<uint64_t> skip(uint64_t n) override { return inner_.skip(n); }

 private:
  ByteSource& inner_;
};

}  // namespace

std::string_view to_string(Compression c) {
  switch (c) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::bzip2:
      return "bzip2";
    case Compression::xz:
      return "xz";
  }
  return "unknown";
}

Compression detect_compression(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x1f\x8b"sv)) return Compression::gzip;
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::zstd;
  if (head.size() >= 4 && head.substr(1, 3) == "\x2a\x4d\x18"sv && (head[0] & 0xf0) == 0x50) return Compression::zstd;
  if (head.starts_with("BZh"sv)) return Compression::bzip2;
  if (head.starts_with("\xfd\x37zXZ"sv)) return Compression::xz;
  return Compression::none;
}

Result<std::unique_ptr<ByteSource>> make_decompressor(ByteSource& inner, Compression compression) {
  switch (compression) {
    case Compression::none:
      return std::make_unique<PlainSource>(inner);
    case Compression::gzip:
      return std::make_unique<GzipSource>(inner);
    case Compression::zstd:
      return std::make_unique<ZstdSource>(inner);
    default:
      return Failure(Error(Code::unsupported, fmt::format("{} compression is not supported", to_string(compression)))
                         .hint("use gzip, zstd or no compression"));
  }
}

}  // namespace cove::archive
