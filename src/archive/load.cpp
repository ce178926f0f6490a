#include "archive/load.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "archive/crash_point.hpp"
#include "archive/decompress.hpp"
#include "archive/read_ahead.hpp"
#include "archive/sha256.hpp"
#include "base/log.hpp"
#include "base/sys/sys.hpp"

namespace cove::archive {
namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(200);

// Counts what passes, and ends the stream with an error once another layer has failed.
class WatchedSource : public ByteSource {
 public:
  WatchedSource(ByteSource& inner, std::atomic<uint64_t>& done, const std::atomic<bool>& cancel)
      : inner_(inner), done_(done), cancel_(cancel) {}
  Result<std::string_view> next() override {
    if (cancel_.load(std::memory_order_relaxed)) return Failure(Error(Code::cancelled, "another layer failed"));
    std::string_view piece = TRY(inner_.next());
    done_.fetch_add(piece.size(), std::memory_order_relaxed);
    return piece;
  }

 private:
  ByteSource& inner_;
  std::atomic<uint64_t>& done_;
  const std::atomic<bool>& cancel_;
};

Result<> check_digest(std::string_view what, const oci_image::Digest& have, const oci_image::Digest& want) {
  if (have == want) return {};
  return Failure(Error(Code::corrupt, fmt::format("{} is {}, expected {}", what, have.text(), want.text())));
}

struct Job {
  size_t index;    // of the layer in the image
  std::string id;  // its chain id
};

// The layers of one image that the store lacks, worked off by several threads.
class LayerWork {
 public:
  LayerWork(const ArchivedImage& image, storage::LayerStore& store, storage::Staging& session,
            const LoadOptions& options, std::vector<storage::Layer>& out)
      : image_(image), store_(store), session_(session), options_(options), out_(out) {}

  Result<> run(std::vector<Job> jobs) {
    jobs_ = std::move(jobs);
    uint64_t total = 0;
    for (const auto& job : jobs_) total += image_.layers[job.index].blob.size;
    // The largest first, so that the last thread does not end long after the others.
    std::sort(jobs_.begin(), jobs_.end(), [&](const Job& a, const Job& b) {
      return std::pair(image_.layers[b.index].blob.size, a.index) <
             std::pair(image_.layers[a.index].blob.size, b.index);
    });
    size_t wanted = options_.threads ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    running_ = std::min(wanted, jobs_.size());
    std::vector<std::jthread> threads;
    for (size_t i = 0, n = running_; i < n; i++) threads.emplace_back([this] { work(); });
    wait(total);
    threads.clear();
    if (error_) return Failure(*std::move(error_));
    return {};
  }

 private:
  void wait(uint64_t total) {
    std::unique_lock held(mutex_);
    while (!idle_.wait_for(held, kProgressEvery, [&] { return running_ == 0; })) {
      if (!options_.progress) continue;
      held.unlock();
      options_.progress(done_.load(), total);
      held.lock();
    }
  }

  void work() {
    while (true) {
      std::optional<Job> job;
      {
        std::lock_guard held(mutex_);
        if (next_ < jobs_.size() && !cancel_) job = jobs_[next_++];
        if (!job) {
          running_--;
          idle_.notify_one();
          return;
        }
      }
      auto layer = one(*job);
      std::lock_guard held(mutex_);
      if (layer) {
        out_[job->index] = *std::move(layer);
      } else if (!error_) {
        error_ = std::move(layer).error().with(fmt::format("layer {} of {}", job->index + 1, image_.layers.size()));
        cancel_ = true;
      }
    }
  }

  Result<storage::Layer> one(const Job& job) {
    std::string name = std::to_string(job.index);
    std::string path = TRY(session_.make_layer_dir(name));
    crash_point("load.layer.staged");
    UniqueFd dir = TRY(sys::open(path + "/diff", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    storage::Layer layer = TRY(unpack_blob(image_.layers[job.index], image_.config.diff_ids[job.index], dir.get(),
                                           options_.unpack, done_, cancel_));
    crash_point("load.layer.unpacked");
    layer.id = job.id;
    TRY(store_.commit(session_, name, layer));
    crash_point("load.layer.committed");
    return layer;
  }

  const ArchivedImage& image_;
  storage::LayerStore& store_;
  storage::Staging& session_;
  const LoadOptions& options_;
  std::vector<storage::Layer>& out_;
  std::vector<Job> jobs_;
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t next_ = 0, running_ = 0;
  std::optional<Error> error_;
  std::atomic<bool> cancel_ = false;
  std::atomic<uint64_t> done_ = 0;
};

storage::Image make_record(const ArchivedImage& from, const std::vector<storage::Layer>& layers) {
  storage::Image image;
  image.id = from.id;
  image.digest = from.manifest_digest.text();
  image.names.assign(from.names.rbegin(), from.names.rend());
  image.created = parse_rfc3339(from.config.created).value_or(0);
  image.loaded = now();
  image.os = from.config.os;
  image.architecture = from.config.architecture;
  image.config = from.config_text;
  image.manifest = from.manifest_text;
  // podman keeps the manifest under two names and counts both: the same number for the same image.
  image.size = static_cast<int64_t>(from.config_text.size() + 2 * from.manifest_text.size());
  for (const auto& layer : layers) {
    image.layers.push_back(layer.id);
    image.size += layer.size;
    if (layer.root) image.root = *layer.root;  // the topmost that says something, as overlay shows it
  }
  return image;
}

}  // namespace

Result<storage::Layer> unpack_blob(const LayerBlob& layer, const oci_image::Digest& diff_id, int dir,
                                   const UnpackOptions& options, std::atomic<uint64_t>& done,
                                   const std::atomic<bool>& cancel) {
  std::array<char, 8> head{};
  size_t n = std::min<uint64_t>(head.size(), layer.blob.size);
  n = TRY(sys::pread(layer.blob.file->get(), head.data(), n, static_cast<off_t>(layer.blob.offset)));
  Compression compression = detect_compression({head.data(), n});

  // file -> blob digest -> inflate -> diff id, all in one thread; tar and files in this one. A plain tar has one
  // digest.
  FileSource file = layer.blob.source();
  WatchedSource watched(file, done, cancel);
  HashingSource blob_hash(watched);
  bool two_digests = compression != Compression::none && layer.digest;
  auto plain = TRY(make_decompressor(two_digests ? static_cast<ByteSource&>(blob_hash) : watched, compression));
  HashingSource diff_hash(*plain);
  ReadAhead ahead(diff_hash);
  TarReader tar(ahead);
  UnpackResult unpacked = TRY(unpack_layer(tar, dir, options));
  TRY(ahead.finish());  // what follows the end of the archive counts for the digests

  oci_image::Digest have = diff_hash.digest();
  if (layer.digest) TRY(check_digest("its digest", two_digests ? blob_hash.digest() : have, *layer.digest));
  TRY(check_digest("its diff id", have, diff_id));
  storage::Layer out{.id = "",
                     .diff_id = have.text(),
                     .size = static_cast<int64_t>(diff_hash.count()),
                     .files = static_cast<int64_t>(unpacked.entries),
                     .root = unpacked.root};
  return out;
}

Result<> load_image(const ArchivedImage& image, storage::LayerStore& layers, storage::ImageStore& images,
                    const LoadOptions& options) {
  crash_point("load.begin");
  auto session = TRY(layers.begin());
  std::vector<storage::Layer> facts(image.layers.size());
  std::vector<Job> jobs;
  bool must_sync = false;
  auto ids = chain_ids(image.config.diff_ids);
  for (size_t i = 0; i < ids.size(); i++) {
    auto recorded = TRY(images.find_layer(ids[i]));
    auto present = TRY(layers.claim(session, ids[i], recorded));
    // A layer without a record comes from a load that was killed, perhaps before its data reached the disk.
    must_sync = must_sync || !present || !recorded;
    if (present) {
      facts[i] = *std::move(present);
    } else {
      jobs.push_back({i, ids[i]});
    }
  }
  LOG_DEBUG("image {}: {} of {} layers to unpack", image.id, jobs.size(), ids.size());
  TRY(LayerWork(image, layers, session, options, facts).run(std::move(jobs)));
  if (must_sync) TRY(layers.sync());
  crash_point("load.before_record");
  TRY(images.put(make_record(image, facts), facts));
  crash_point("load.recorded");
  return {};
}

}  // namespace cove::archive
