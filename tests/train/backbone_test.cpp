#include "train/backbone/backbone.h"

#include "tests/catch.h"
#include "train/backbone/weight_free.h"

using namespace funcorr;
using torch::Tensor;

namespace {

// A bright disc with a dark bar through it, [1, 3, 224, 224], on a background.
Tensor disc(const Tensor& background, double centre_x = 112, double centre_y = 112, double radius = 50) {
  const Tensor x = torch::arange(224).view({1, 224}).to(torch::kFloat32) - centre_x;
  const Tensor y = torch::arange(224).view({224, 1}).to(torch::kFloat32) - centre_y;
  const Tensor inside = (x * x + y * y < radius * radius).expand({3, 224, 224});
  const Tensor bar = (x.abs() < 6).expand({224, 224}).expand({3, 224, 224});
  const Tensor colours = torch::tensor({0.9F, 0.5F, 0.2F}).view({3, 1, 1}).expand({3, 224, 224});
  return torch::where(inside, torch::where(bar, torch::full_like(colours, 0.1), colours), background)
      .unsqueeze(0);
}

Tensor plain_background(double value) { return torch::full({3, 224, 224}, value); }
Tensor ramp_background() {
  const Tensor ramp = torch::linspace(0, 1, 224).view({1, 1, 224}).expand({1, 224, 224});
  return torch::cat({ramp, 1 - ramp, torch::full({1, 224, 224}, 0.4)});
}

double cosine(const Tensor& a, const Tensor& b) {
  return ((a * b).sum() / (a.norm() * b.norm())).item<double>();
}

}  // namespace

TEST_CASE("the silhouette is what differs from a plain, ramped or noisy background") {
  torch::manual_seed(1);
  const Tensor truth = disc(plain_background(0)).amax(1, true) > 0.05;
  for (const Tensor& background :
       {plain_background(1), plain_background(0.35), ramp_background(),
        (plain_background(0.6) + 0.05 * torch::randn({3, 224, 224})).clamp(0, 1)}) {
    const Tensor found = estimate_silhouette(disc(background)) > 0.5;
    const double wrong = (found != truth).to(torch::kFloat64).mean().item<double>();
    CHECK(wrong < 0.02);
  }
}

TEST_CASE("weight-free descriptors: shape, layout, translation, and little change with the background") {
  const auto backbone = make_backbone({});
  CHECK(backbone->identity().substr(0, 11) == "weight-free");
  const Tensor features = backbone->forward(disc(plain_background(1)));
  REQUIRE(features.sizes() == torch::IntArrayRef({3, 1, backbone->channels(), 28, 28}));
  CHECK(features.isfinite().all().item<bool>());
  CHECK_FALSE(features.requires_grad());

  // Each scale has channels of its own: the sum of the blocks loses nothing.
  const Tensor used = features.abs().amax({1, 3, 4}) > 0;  // [3, C]
  CHECK(used.sum(0).max().item<std::int64_t>() == 3);      // the silhouette's channels
  CHECK((used.sum(0) == 1).sum().item<std::int64_t>() > backbone->channels() / 2);

  // Moved by two cells, the object's descriptors move along.
  const Tensor moved = backbone->forward(disc(plain_background(1), 128, 112));
  const Tensor here = features.sum(0)[0].narrow(1, 9, 8).narrow(2, 8, 10);
  const Tensor there = moved.sum(0)[0].narrow(1, 9, 8).narrow(2, 10, 10);
  CHECK(cosine(here, there) > 0.999);
  CHECK(cosine(here, moved.sum(0)[0].narrow(1, 9, 8).narrow(2, 8, 10)) < 0.99);

  const Tensor other = backbone->forward(disc(ramp_background()));
  CHECK(cosine(features.narrow(3, 10, 8).narrow(4, 10, 8), other.narrow(3, 10, 8).narrow(4, 10, 8)) > 0.98);
}

TEST_CASE("a batch through a backbone equals its images one by one") {
  const auto backbone = make_backbone({});
  const Tensor a = disc(plain_background(1)), b = disc(ramp_background(), 90, 130, 30);
  const Tensor together = backbone->forward(torch::cat({a, b}));
  CHECK(torch::allclose(together.select(1, 0), backbone->forward(a).select(1, 0), 1e-4, 1e-5));
  CHECK(torch::allclose(together.select(1, 1), backbone->forward(b).select(1, 0), 1e-4, 1e-5));
}

TEST_CASE("images without an object, of one colour or of noise, give finite descriptors") {
  const auto backbone = make_backbone({});
  torch::manual_seed(2);
  for (const Tensor& image : {torch::ones({1, 3, 224, 224}), torch::zeros({1, 3, 224, 224}),
                              torch::rand({1, 3, 224, 224}), torch::rand({1, 3, 96, 160})})
    CHECK(backbone->forward(image).isfinite().all().item<bool>());
  CHECK_THROWS_AS(backbone->forward(torch::ones({3, 224, 224})), std::invalid_argument);
}

TEST_CASE("an unknown backbone is refused by its name") {
  BackboneConfig config;
  config.kind = "resnet";
  CHECK_THROWS_WITH(make_backbone(config), Catch::Matchers::ContainsSubstring("resnet"));
}
