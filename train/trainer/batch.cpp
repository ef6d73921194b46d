#include "train/trainer/batch.h"

#include <utility>

namespace funcorr {
namespace {

using torch::Tensor;

void write_xy(const std::vector<PixelIndex>& pixels, float*& target) {
  for (const PixelIndex pixel : pixels) {
    *target++ = static_cast<float>(pixel % kCropSize);
    *target++ = static_cast<float>(pixel / kCropSize);
  }
}

// One set of pixels of all samples.
template <typename Sample>
void write_set(const std::vector<Sample>& samples, std::vector<PixelIndex> Sample::*pixels, float*& target) {
  for (const Sample& sample : samples) write_xy(sample.*pixels, target);
}

template <typename Sample>
Tensor functions_of(const std::vector<Sample>& samples) {
  const Tensor functions = torch::empty({static_cast<std::int64_t>(samples.size())}, torch::kInt64);
  auto* target = functions.template data_ptr<std::int64_t>();
  for (const Sample& sample : samples) *target++ = static_cast<std::int64_t>(sample.function);
  return functions;
}

std::vector<PixelIndex> joined(std::vector<PixelIndex> first, const std::vector<PixelIndex>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Images 1 of all pairs, then images 2.
std::vector<PicturePixels> pictures_of(const std::vector<FunctionalSample>& pairs) {
  std::vector<PicturePixels> pictures;
  for (const auto& pair : pairs) pictures.push_back({pair.image_1, joined(pair.positive_1, pair.negative_1)});
  for (const auto& pair : pairs) pictures.push_back({pair.image_2, joined(pair.positive_2, pair.negative_2)});
  return pictures;
}
std::vector<PicturePixels> pictures_of(const std::vector<SpatialSample>& pairs) {
  std::vector<PicturePixels> pictures;
  for (const auto& pair : pairs) pictures.push_back({pair.image_1, pair.pixels_1});
  for (const auto& pair : pairs) pictures.push_back({pair.image_2, pair.pixels_2});
  return pictures;
}

}  // namespace

HostBatch gather_batch(const TrainingSet& set, const ImageSource& source, BatchDraw draw) {
  HostBatch batch;
  if (const auto& pairs = draw.functional; !pairs.empty()) {
    batch.functional = source.gather(set, pictures_of(pairs));
    batch.functions = functions_of(pairs);
    batch.functional_xy = torch::empty({4, static_cast<std::int64_t>(pairs.size()),
                                        static_cast<std::int64_t>(pairs.front().positive_1.size()), 2});
    float* xy = batch.functional_xy.data_ptr<float>();
    for (const auto member : {&FunctionalSample::positive_1, &FunctionalSample::negative_1,
                              &FunctionalSample::positive_2, &FunctionalSample::negative_2})
      write_set(pairs, member, xy);
  }
  if (const auto& pairs = draw.spatial; !pairs.empty()) {
    batch.spatial = source.gather(set, pictures_of(pairs));
    batch.spatial_functions = functions_of(pairs);
    batch.spatial_xy = torch::empty({2, static_cast<std::int64_t>(pairs.size()),
                                     static_cast<std::int64_t>(pairs.front().pixels_1.size()), 2});
    float* xy = batch.spatial_xy.data_ptr<float>();
    for (const auto member : {&SpatialSample::pixels_1, &SpatialSample::pixels_2})
      write_set(pairs, member, xy);
  }
  batch.draw = std::move(draw);
  return batch;
}

TrainingBatch to_device(const HostBatch& host, ImageSource& source, const torch::Device& device) {
  TrainingBatch batch;
  if (const auto pairs = static_cast<std::int64_t>(host.draw.functional.size()); pairs > 0) {
    const ImageFeatures features = source.features(host.functional, device);
    batch.features_1 = features.narrow(0, pairs);
    batch.features_2 = features.narrow(pairs, pairs);
    batch.functions = host.functions.to(device, true);
    const Tensor xy = host.functional_xy.to(device, true);
    batch.positive_1_xy = xy[0];
    batch.negative_1_xy = xy[1];
    batch.positive_2_xy = xy[2];
    batch.negative_2_xy = xy[3];
  }
  if (const auto pairs = static_cast<std::int64_t>(host.draw.spatial.size()); pairs > 0) {
    const ImageFeatures features = source.features(host.spatial, device);
    batch.spatial_features_1 = features.narrow(0, pairs);
    batch.spatial_features_2 = features.narrow(pairs, pairs);
    batch.spatial_functions = host.spatial_functions.to(device, true);
    const Tensor xy = host.spatial_xy.to(device, true);
    batch.spatial_1_xy = xy[0];
    batch.spatial_2_xy = xy[1];
  }
  return batch;
}

BatchLoader::BatchLoader(const Sampler& sampler, const ImageSource& source, const Order& order, int threads)
    : sampler_(sampler),
      source_(source),
      order_(order),
      ahead_(2 * std::max(threads, 1)),
      next_to_make_(order.first_step * order.accumulation),
      next_to_give_(next_to_make_),
      end_(order.last_step * order.accumulation) {
  for (int i = 0; i < std::max(threads, 1); ++i) threads_.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

HostBatch BatchLoader::make(std::int64_t micro_step) const {
  const auto micro = static_cast<int>(micro_step % order_.accumulation);
  return gather_batch(sampler_.set(), source_,
                      sampler_.batch(micro_step / order_.accumulation, order_.rank + micro * order_.processes,
                                     order_.processes * order_.accumulation));
}

void BatchLoader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || next_to_make_ < std::min(end_, next_to_give_ + ahead_); });
    if (stopping_ || failure_) return;
    const std::int64_t micro_step = next_to_make_++;
    lock.unlock();
    HostBatch batch;
    std::exception_ptr failure;
    try {
      batch = make(micro_step);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) failure_ = failure;
    ready_.emplace(micro_step, std::move(batch));
    changed_.notify_all();
  }
}

HostBatch BatchLoader::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || ready_.contains(next_to_give_); });
  if (failure_) std::rethrow_exception(failure_);
  HostBatch batch = std::move(ready_.extract(next_to_give_).mapped());
  ++next_to_give_;
  changed_.notify_all();
  return batch;
}

}  // namespace funcorr
