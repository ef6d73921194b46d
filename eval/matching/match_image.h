#pragma once

#include <optional>

#include "db/dataset/crop.h"
#include "db/format/image.h"
#include "eval/matching/crop_features.h"

namespace funcorr {

// A point of an image: column and row, where integers are the pixels' centres.
struct ImagePoint {
  double x = 0, y = 0;
};

// An image made ready for the model: the object cut out, on white, as a crop.
class MatchImage {
 public:
  // image: 1, 3 or 4 channels, any size. Where the object is: `mask` (1 channel, same size, above 127), else
  // the alpha channel (above 127) if it is not so everywhere, else the whole image, which harms matching
  // where there is a background. Throws std::invalid_argument for a mask of another size or an object of less
  // than 2 px.
  explicit MatchImage(const Image8& image, const std::optional<Image8>& mask = std::nullopt);

  bool is_whole_image() const { return is_whole_image_; }
  const ObjectCrop& crop() const { return crop_; }
  CropMask object() const;                      // [kCropPixels]
  bool is_on_object(const Pixel& pixel) const;  // of the crop
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

}  // namespace funcorr
