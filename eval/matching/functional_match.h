#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/matching/discovery.h"
#include "eval/matching/inference.h"
#include "eval/matching/match_image.h"
#include "train/model/predictor.h"

namespace funcorr {

// Dense functional correspondence between two images of a user: what funcorr-match does, as a small API free
// of LibTorch (an example: tools/example/match_two_images.cpp).

struct FunctionalMatch {
  ImagePoint point_1, point_2;
  PixelPair crop;        // the same in crop pixels
  float similarity = 0;  // cosine
  double cycle_px = 0;   // crop pixels from the first point to the best match of its match; discovery only
};

// Two images seen by the model under one function. Holds the embeddings of both objects' pixels (up to 51 MB
// each).
class MatchedImages {
 public:
  // The best matches, by the order that discovery is measured in: similarity and cycle consistency. Where the
  // model predicts the functional part in both images (kLeastDiscoveryPixels or more each), they lie inside
  // of it, unless inference takes it as a prior. Throws UsageError for options out of their ranges.
  std::vector<FunctionalMatch> discover(const DiscoveryOptions& options = {}) const;
  // Best match in image 2 of each given pixel of crop 1: within the predicted part where there is one, else
  // on the object.
  std::vector<FunctionalMatch> transfer(const std::vector<Pixel>& crop_pixels_1) const;
  // Cosine similarity of a pixel of crop 1 to every pixel of crop 2: [kCropPixels]; −1 outside the object.
  std::vector<float> heatmap(const Pixel& crop_pixel_1) const;
  // Where the model believes the functional part to be; nothing without mask head.
  const std::optional<CropMask>& part_1() const { return side_1_.embedded.part; }
  const std::optional<CropMask>& part_2() const { return side_2_.embedded.part; }

 private:
  friend class FunctionalMatcher;
  struct Side {
    MatchImage image;
    CropMask object;
    EmbeddedCrop embedded;  // of the object's pixels
    MatchingSide matching() const {
      const std::vector<float>& probability = embedded.part_probability;
      return {&embedded.features, &object, embedded.part, probability.empty() ? nullptr : &probability};
    }
  };
  MatchedImages(Side side_1, Side side_2, InferenceOptions inference)
      : side_1_(std::move(side_1)), side_2_(std::move(side_2)), inference_(inference) {}
  FunctionalMatch match(const PixelPair& crop, float similarity, double cycle_px) const;

  Side side_1_, side_2_;
  InferenceOptions inference_;
};

// A trained model, loaded once. Not thread-safe: one per thread.
class FunctionalMatcher {
 public:
  // The folder of a training run, or a checkpoint in it or of the release, as Predictor() has it. Throws
  // UsageError for options out of their ranges, std::runtime_error that names what is missing.
  explicit FunctionalMatcher(const std::filesystem::path& checkpoint, const PretrainedFiles& files = {},
                             const DeviceChoice& device = {}, const InferenceOptions& inference = {});

  const std::vector<std::string>& functions() const { return predictor_.functions(); }  // "pour with" …
  // The function meant by what people write ("pouring"), as Predictor::function_meant() has it.
  std::string function_meant(const std::string& written) const { return predictor_.function_meant(written); }
  // `function` as people write it. Throws std::runtime_error that lists the functions known where it is none.
  MatchedImages match(const MatchImage& image_1, const MatchImage& image_2,
                      const std::string& function) const;
  // By the bare backbone's descriptors, which know of no function and no part.
  MatchedImages match_plain(const MatchImage& image_1, const MatchImage& image_2) const;

 private:
  template <typename Embed>
  static MatchedImages::Side side_of(const MatchImage& image, const Embed& embed);

  InferenceOptions inference_;
  Predictor predictor_;
};

}  // namespace funcorr
