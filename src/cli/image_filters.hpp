#pragma once
// --filter of images.
#include <functional>

#include "cli_options/common.hpp"
#include "engine/engine.hpp"

namespace cove::cli {

using ImageFilter = std::function<bool(const storage::Image&)>;
// All filters must hold; of several reference= one is enough. A name that ends with ! (as in label!=x) says the
// opposite. An unknown name or a value that makes no sense is Code::usage. Images that since= and before= name must
// exist.
Result<ImageFilter> make_image_filter(engine::Engine& engine, const cli_options::Pairs& filters);

}  // namespace cove::cli
