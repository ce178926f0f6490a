#pragma once
// gzip (ISA-L) and zstd (libzstd), streaming, in constant memory.
#include <memory>
#include <string_view>

#include "archive/source.hpp"

namespace cove::archive {

enum class Compression { none, gzip, zstd, bzip2, xz };
std::string_view to_string(Compression c);

// By the first bytes (6 are enough).
Compression detect_compression(std::string_view head);

// A source of the plain bytes of `inner` (borrowed). Several members or frames in a row are one stream. Checksums are
// verified; a stream that stops early or lies is Code::corrupt. Code::unsupported for bzip2 and xz. The zstd window is
// at most 128 MiB.
Result<std::unique_ptr<ByteSource>> make_decompressor(ByteSource& inner, Compression compression);

}  // namespace cove::archive
