#include <chrono>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "db/format/random.h"
#include "eval/matching/mutual_matches.h"
#include "eval/measurement/rows.h"
#include "tools/bench/cases.h"

namespace funcorr {
namespace {

constexpr std::size_t kPixels = static_cast<std::size_t>(kCropSize) * kCropSize;

// A disk that covers the share of the crop which objects do, with random descriptors everywhere.
RowImage random_image(int channels, double share, Random& random) {
  RowImage image;
  CropFeatures& features = image.embedded.features;
  features.channels = channels;
  features.values.resize(kPixels * static_cast<std::size_t>(channels));
  for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
    float* values = &features.values[pixel * static_cast<std::size_t>(channels)];
    double squared = 0;
    for (int c = 0; c < channels; ++c) {
      values[c] = static_cast<float>(random.uniform() - 0.5);
      squared += static_cast<double>(values[c]) * values[c];
    }
    for (int c = 0; c < channels; ++c) values[c] /= static_cast<float>(std::sqrt(squared));
  }
  const double squared_radius = share * static_cast<double>(kPixels) / 3.14159265;
  image.object.resize(kPixels);
  image.embedded.part = CropMask(kPixels);
  for (int y = 0; y < kCropSize; ++y)
    for (int x = 0; x < kCropSize; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * kCropSize + static_cast<std::size_t>(x);
      const double dx = x - kCropSize / 2.0, dy = y - kCropSize / 2.0;
      image.object[pixel] = dx * dx + dy * dy < squared_radius ? 1 : 0;
      (*image.embedded.part)[pixel] = x < kCropSize / 2 ? 1 : 0;
    }
  return image;
}

std::vector<PixelPair> random_truth(const CropMask& object, std::size_t count, Random& random) {
  const std::vector<Pixel> pixels = pixels_of(object);
  std::vector<PixelPair> truth;
  for (std::size_t i = 0; i < count; ++i)
    truth.push_back({pixels[random.below(pixels.size())], pixels[random.below(pixels.size())]});
  return truth;
}

}  // namespace

// Seconds that a row of the results table takes for one pair once its images are embedded: matching in both
// directions and measuring. Parameters: "channels" (default 256), "object_share" of the crop (default 0.25),
// "truth" pixels (default 2000), "threads" (default 2), "rows" (default chance, backbone, full).
nlohmann::json bench_evaluation(const nlohmann::json& parameters) {
  Random random(1);
  set_matching_threads(parameters.value("threads", 2));
  const int channels = parameters.value("channels", 256);
  const double share = parameters.value("object_share", 0.25);
  const RowImage image_1 = random_image(channels, share, random),
                 image_2 = random_image(channels, share, random);
  const std::vector<PixelPair> truth =
      random_truth(image_1.object, parameters.value("truth", std::size_t{2000}), random);
  const auto seconds_since = [](std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  nlohmann::json results = nlohmann::json::array();
  for (const std::string& row :
       parameters.value("rows", std::vector<std::string>{"chance", "backbone", "full"})) {
    const auto start = std::chrono::steady_clock::now();
    const PairMatches matches = predict_row(require_name<ResultRow>(row), image_1, image_2, truth, 1);
    const double matching = seconds_since(start);
    const std::size_t metrics = measure(truth, matches, {}).size();
    results.push_back({{"row", row},
                       {"object_pixels", count_pixels(image_1.object)},
                       {"metrics", metrics},
                       {"matching_seconds", matching},
                       {"seconds", seconds_since(start)}});
  }
  return results;
}

}  // namespace funcorr
