// cove-image: load and pull. See options.hpp for its command line.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "archive/image_archive.hpp"
#include "archive/load.hpp"
#include "base/fs.hpp"
#include "base/log.hpp"
#include "base/sys/sys.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "state/store.hpp"

namespace cove::image_tool {
namespace {

struct Stores {
  state::Store state;  // owns the database in which images are recorded
  storage::LayerStore layers;
};

Result<Stores> open_stores(const Options& options) {
  auto layers = TRY(storage::LayerStore::open(options.root));
  auto state = TRY(state::Store::open({.graph_root = options.root, .run_root = options.runroot}));
  return Stores{std::move(state), std::move(layers)};
}

std::string display_name(const archive::ArchivedImage& image) {
  return image.names.empty() ? "sha256:" + image.id : image.names.front();
}

Result<> load_all(const std::vector<archive::ArchivedImage>& found, Stores& stores, bool quiet) {
  auto images = storage::ImageStore::open(stores.state.durable());
  Progress progress(quiet);
  archive::LoadOptions options;
  options.unpack.umask_is_zero = true;
  options.progress = [&](uint64_t done, uint64_t total) { progress.update(done, total); };
  for (const auto& image : found) {
    progress.begin(display_name(image));
    auto loaded = archive::load_image(image, stores.layers, images, options);
    progress.end();
    TRY_CTX(std::move(loaded), fmt::format("loading {}", display_name(image)));
  }
  return {};
}

Result<> load(const Options& options, Stores& stores, const archive::OpenOptions& open) {
  bool from_stdin = options.input == "-";
  if (from_stdin && ::isatty(STDIN_FILENO) == 1) {
    return Failure(Error(Code::usage, "cannot read from terminal, use command-line redirection or the --input flag"));
  }
  UniqueFd file = from_stdin ? UniqueFd(STDIN_FILENO) : TRY(sys::open(options.input, O_RDONLY));
  auto found = TRY(archive::open_any(std::move(file), from_stdin ? "standard input" : options.input, open));
  TRY(load_all(found, stores, options.quiet));
  for (const auto& image : found) {
    if (image.names.empty()) fmt::print("Loaded image: sha256:{}\n", image.id);
    for (const auto& name : image.names) fmt::print("Loaded image: {}\n", name);
  }
  return {};
}

Result<> pull(const Options& options, Stores& stores, const archive::OpenOptions& open) {
  for (const auto& text : options.sources) {
    auto source = TRY(archive::parse_source(text));
    auto found = TRY_CTX(archive::open_images(source, open), fmt::format("pulling {}", text));
    TRY(load_all(found, stores, options.quiet));
    for (const auto& image : found) fmt::print("{}\n", image.id);
  }
  return {};
}

// What a hostile archive may nest is removed with one descriptor a level.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<> run(const std::vector<std::string>& args) {
  Options options = TRY(parse_options(args));
  if (options.action == Options::Action::help) {
    std::fputs(kUsage, stdout);
    return {};
  }
  ::umask(0);
  raise_descriptor_limit();
  Stores stores = TRY(open_stores(options));
  // Before: what killed loads left half done. After a success: their finished layers too, of which this one has taken
  // what it could use. Neither may fail the command.
  if (auto swept = stores.layers.sweep({}); !swept) LOG_DEBUG("sweep: {}", swept.error().text());
  archive::OpenOptions open{.scratch = options.root};
  TRY(options.action == Options::Action::load ? load(options, stores, open) : pull(options, stores, open));
  auto images = storage::ImageStore::open(stores.state.durable());
  if (auto swept = images.sweep(stores.layers); !swept) LOG_DEBUG("sweep: {}", swept.error().text());
  return {};
}

}  // namespace
}  // namespace cove::image_tool

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  auto done = cove::image_tool::run(args);
  if (done) return 0;
  std::fflush(stdout);
  fmt::print(stderr, "Error: {}\n", done.error().text());
  return 125;
}
