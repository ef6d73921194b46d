#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/correspondence.h"
#include "db/dataset/crop.h"
#include "db/format/image.h"
#include "eval/matching/matching.h"

namespace funcorr {

// Dense functional correspondence between two images of a user: what funcorr-match does, as a small API free
// of LibTorch (an example: tools/example/match_two_images.cpp).

// A point of an image: column and row, where integers are the pixels' centres.
struct ImagePoint {
  double x = 0, y = 0;
};

// An image made ready for the model: the object cut out, on white, as a 224 px crop.
class MatchImage {
 public:
  // image: 1, 3 or 4 channels, any size. Where the object is: `mask` (1 channel, same size, above 127), else
  // the alpha channel (above 127), else the whole image, which harms matching where there is a background.
  // Throws std::invalid_argument for a mask of another size or an object of less than 2 px.
  explicit MatchImage(const Image8& image, const std::optional<Image8>& mask = std::nullopt);

  bool is_whole_image() const { return is_whole_image_; }
  const ObjectCrop& crop() const { return crop_; }
  CropMask object() const;  // [224·224]
  ImagePoint image_from_crop(const Pixel& pixel) const;
  Pixel crop_from_image(const ImagePoint& point) const;  // clamped to the crop
  // A mask of the image's size, painted by a user, in the crop and on the object only.
  CropMask crop_painted(const Image8& mask) const;

 private:
  int width_ = 0, height_ = 0;
  int left_ = 0, top_ = 0;  // of the image in the square that was cropped
  bool is_whole_image_ = false;
  ObjectCrop crop_;
};

struct FunctionalMatch {
  ImagePoint point_1, point_2;
  PixelPair crop;        // the same in crop pixels
  float similarity = 0;  // cosine
  double cycle_px = 0;   // crop pixels from the first point to the best match of its match; discovery only
};

struct DiscoveryOptions {
  int most = 10;             // matches
  double separation_px = 5;  // least distance between two matches, in either crop
};

// Two images seen by the model under one function. Holds the embeddings of both objects' pixels (up to 51 MB
// each).
class MatchedImages {
 public:
  // The best matches, by the order that discovery is measured in: similarity and cycle consistency. Where the
  // model predicts the functional part in both images (16 px or more each), they lie inside of it.
  std::vector<FunctionalMatch> discover(const DiscoveryOptions& options = {}) const;
  // Best match in image 2 of each given pixel of crop 1: within the predicted part where there is one, else
  // on the object.
  std::vector<FunctionalMatch> transfer(const std::vector<Pixel>& crop_pixels_1) const;
  // Cosine similarity of a pixel of crop 1 to every pixel of crop 2: [224·224]; −1 outside the object.
  std::vector<float> heatmap(const Pixel& crop_pixel_1) const;
  // Where the model believes the functional part to be; nothing without mask head.
  const std::optional<CropMask>& part_1() const { return side_1_.part; }
  const std::optional<CropMask>& part_2() const { return side_2_.part; }

 private:
  friend class FunctionalMatcher;
  struct Side {
    MatchImage image;
    std::vector<Pixel> pixels;         // of the object, row-major
    std::vector<std::int32_t> row_of;  // [224·224] row in `values`, −1 outside the object
    std::vector<float> values;         // [N, channels]
    std::optional<CropMask> part;
    std::vector<Pixel> part_pixels() const;
  };
  MatchedImages(Side side_1, Side side_2, int channels)
      : side_1_(std::move(side_1)), side_2_(std::move(side_2)), channels_(channels) {}
  std::vector<float> rows(const Side& side, const std::vector<Pixel>& pixels) const;
  FunctionalMatch match(const PixelPair& crop, float similarity, double cycle_px) const;

  Side side_1_, side_2_;
  int channels_ = 0;
};

// A trained model, loaded once. Not thread-safe: one per thread.
class FunctionalMatcher {
 public:
  // The folder of a training run, or a checkpoint in it. Throws std::runtime_error that names what is
  // missing.
  explicit FunctionalMatcher(const std::filesystem::path& checkpoint);
  ~FunctionalMatcher();
  FunctionalMatcher(FunctionalMatcher&&) noexcept;
  FunctionalMatcher& operator=(FunctionalMatcher&&) noexcept;

  const std::vector<std::string>& functions() const;  // "pour with" …
  // Throws std::runtime_error that lists the functions known where this one is not.
  MatchedImages match(const MatchImage& image_1, const MatchImage& image_2,
                      const std::string& function) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
