#include "train/backbone/shifted.h"

#include <stdexcept>

#include <torch/torch.h>

#include "tests/catch.h"

namespace funcorr {
namespace {

using torch::Tensor;

// Means over patches of 6 px, and twice that as a second layer.
class PatchMeans : public Backbone {
 public:
  Tensor forward(const Tensor& images) override {
    const Tensor means = torch::avg_pool2d(images, 6);
    return torch::stack({means, 2 * means});
  }
  int channels() const override { return 3; }
  int layers() const override { return 2; }
  int stride_px() const override { return 6; }
  int patch_px() const override { return 6; }
  void to(const torch::Device&) override {}
  std::string identity() const override { return "means"; }
};

}  // namespace

TEST_CASE("shifts: a backbone's features on a finer grid are those of patches around its cells, white beyond",
          "[train][backbone]") {
  torch::manual_seed(5);
  const int shifts = GENERATE(1, 2, 3);
  ShiftedBackbone backbone(std::make_unique<PatchMeans>(), shifts);
  const int fine = 6 / shifts, before = (6 - fine) / 2;
  CHECK(backbone.stride_px() == fine);
  CHECK(backbone.identity() != PatchMeans().identity());
  const Tensor images = torch::rand({2, 3, 18, 12});
  const Tensor features = backbone.forward(images);
  REQUIRE(features.sizes() == at::IntArrayRef({2, 2, 3, 3 * shifts, 2 * shifts}));
  const auto values = images.accessor<float, 4>();
  for (std::int64_t image = 0; image < 2; ++image)
    for (int row = 0; row < 3 * shifts; ++row)
      for (int column = 0; column < 2 * shifts; ++column) {
        double sum = 0;
        for (int y = row * fine - before; y < row * fine - before + 6; ++y)
          for (int x = column * fine - before; x < column * fine - before + 6; ++x) {
            const bool is_inside = y >= 0 && x >= 0 && y < 18 && x < 12;
            sum += is_inside ? static_cast<double>(values[image][1][y][x]) : 1.0;
          }
        CHECK_THAT(features[0][image][1][row][column].item<double>(), Catch::WithinAbs(sum / 36, 1e-5));
        CHECK_THAT(features[1][image][1][row][column].item<double>(), Catch::WithinAbs(sum / 18, 1e-5));
      }
}

TEST_CASE("shifts: what does not divide the grid is refused", "[train][backbone]") {
  CHECK_THROWS_AS(ShiftedBackbone(std::make_unique<PatchMeans>(), 4), std::runtime_error);
  CHECK_THROWS_AS(ShiftedBackbone(std::make_unique<PatchMeans>(), 0), std::runtime_error);
}

}  // namespace funcorr
