#include "train/data/background.h"

#include "db/format/random.h"

namespace funcorr {

Background draw_background(std::uint64_t seed) {
  Random random(seed);
  const auto colour = [&] {
    std::array<float, 3> rgb{};
    for (float& channel : rgb) channel = static_cast<float>(random.uniform());
    return rgb;
  };
  Background background;
  background.first = background.second = colour();
  if (random.below(2) == 1) {
    background.second = colour();
    background.is_vertical = random.below(2) == 1;
  }
  if (random.below(2) == 1) background.noise = static_cast<float>(0.2 * random.uniform());
  background.noise_seed = random.next();
  return background;
}

}  // namespace funcorr
