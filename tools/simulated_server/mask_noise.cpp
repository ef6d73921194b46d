#include "tools/simulated_server/mask_noise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace funcorr {
namespace {

// Every pixel becomes the least (or the most) of itself and its neighbours.
template <typename Choose>
Image8 of_neighbours(const Image8& mask, const Choose& choose) {
  Image8 out = mask;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x)
      for (int v = std::max(0, y - 1); v <= std::min(mask.height - 1, y + 1); ++v)
        for (int u = std::max(0, x - 1); u <= std::min(mask.width - 1, x + 1); ++u)
          *out.at(x, y) = choose(*out.at(x, y), *mask.at(u, v));
  return out;
}

double overlap(const PixelBox& a, const PixelBox& b) {
  const double width = std::max(0, std::min(a.x2, b.x2) - std::max(a.x1, b.x1)),
               height = std::max(0, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const auto area = [](const PixelBox& box) { return double{1} * box.width() * box.height(); };
  const double both = area(a) + area(b) - width * height;
  return both > 0 ? width * height / both : 0;
}

}  // namespace

Image8 eroded(Image8 mask, int steps) {
  for (int i = 0; i < steps; ++i)
    mask = of_neighbours(mask, [](std::uint8_t a, std::uint8_t b) { return std::min(a, b); });
  return mask;
}

Image8 dilated(Image8 mask, int steps) {
  for (int i = 0; i < steps; ++i)
    mask = of_neighbours(mask, [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
  return mask;
}

Image8 noisy_mask(const std::vector<PictureShape>& shapes, const PixelBox& asked, const AnswerNoise& noise,
                  Random random) {
  const bool is_wrong = random.uniform() < noise.mask_wrong, leaks = random.uniform() < noise.mask_leak;
  const std::uint64_t other = random.next();
  if (shapes.empty()) return {};
  std::size_t taken = 0;
  for (std::size_t i = 1; i < shapes.size(); ++i)
    if (overlap(shapes[i].box, asked) > overlap(shapes[taken].box, asked)) taken = i;
  if (is_wrong && shapes.size() > 1) taken = (taken + 1 + other % (shapes.size() - 1)) % shapes.size();
  Image8 mask = shapes[taken].mask;
  const double pixel = std::max(mask.width, mask.height) / double{kModelSide};
  mask = eroded(std::move(mask), static_cast<int>(std::lround(noise.mask_erosion * pixel)));
  if (leaks)
    for (int y = std::max(0, asked.y1); y < std::min(mask.height, asked.y2); ++y)
      for (int x = std::max(0, asked.x1); x < std::min(mask.width, asked.x2); ++x)
        *mask.at(x, y) = std::max(*mask.at(x, y), *shapes.back().mask.at(x, y));
  return mask;
}

}  // namespace funcorr
