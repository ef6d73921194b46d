#include "eval/matching/object_mask.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

constexpr std::size_t kMostLabels = 32;  // different values but 0
constexpr std::size_t kMostNamed = 4;    // labels in a notice

bool has_alpha(const Image16& image) { return image.channels == 4; }

bool alpha_tells(const Image16& image) {
  if (!has_alpha(image)) return false;
  for (std::size_t i = 3; i < image.pixels.size(); i += 4)
    if (image.pixels[i] != image.pixels[3]) return true;
  return false;
}

// [height, width]
std::vector<std::uint16_t> values_of(const Image16& image) {
  const bool by_alpha = alpha_tells(image);
  const auto stride = static_cast<std::size_t>(image.channels);
  const std::size_t colours = has_alpha(image) ? 3 : stride;
  std::vector<std::uint16_t> values;
  values.reserve(image.pixels.size() / stride);
  for (std::size_t i = 0; i < image.pixels.size(); i += stride) {
    const std::uint16_t* pixel = &image.pixels[i];
    values.push_back(by_alpha ? pixel[3] : *std::max_element(pixel, pixel + colours));
  }
  return values;
}

// The different values but 0, or too many of them to be labels.
std::set<std::uint16_t> different(const std::vector<std::uint16_t>& values) {
  std::set<std::uint16_t> found;
  for (const std::uint16_t value : values)
    if (value != 0 && found.insert(value).second && found.size() > kMostLabels) break;
  return found;
}

// As the file has them: of 8 bit where all can be.
std::string text_of(const std::set<std::uint16_t>& labels) {
  const bool is_8_bit = std::ranges::all_of(labels, [](std::uint16_t value) { return value % 257 == 0; });
  std::vector<int> shown;
  for (const std::uint16_t value : labels)
    if (shown.size() < kMostNamed) shown.push_back(is_8_bit ? value / 257 : value);
  return fmt::format("{}{}", fmt::join(shown, ", "), labels.size() > kMostNamed ? " …" : "");
}

}  // namespace

Image8 load_object_mask(const std::filesystem::path& file, std::vector<std::string>& notices) {
  const Photo16 photo = load_photo16(file);
  const std::vector<std::uint16_t> values = values_of(photo.image);
  const std::uint16_t largest = *std::ranges::max_element(values);
  if (largest == 0) throw std::runtime_error(file.string() + ": the mask is empty: every pixel is 0");
  const std::set<std::uint16_t> labels = different(values);
  const bool is_labels = !photo.is_lossy && (labels.size() <= kMostLabels || largest / 257 <= kMaskThreshold);
  if (!is_labels && largest / 257 <= kMaskThreshold)
    throw std::runtime_error(
        fmt::format("{}: nothing of the mask is above half: its largest value is {} of 255, and those of "
                    "JPEG and WebP are no labels",
                    file.string(), largest / 257));
  if (is_labels && (labels.size() > 1 || std::ranges::min(values) > 0))
    notices.push_back(
        fmt::format("{}: {}", file.string(),
                    std::ranges::min(values) > 0
                        ? "no pixel of the mask is 0; the whole image counts as the object"
                        : "the mask has the values " + text_of(labels) + "; all but 0 count as the object"));
  Image8 mask(photo.image.width, photo.image.height, 1);
  std::ranges::transform(values, mask.pixels.begin(), [&](std::uint16_t value) {
    return (is_labels ? value > 0 : value / 257 > kMaskThreshold) ? std::uint8_t{255} : std::uint8_t{0};
  });
  return mask;
}

}  // namespace funcorr
