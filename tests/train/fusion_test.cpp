#include "train/backbone/fusion.h"

#include "tests/catch.h"

using namespace funcorr;
using torch::Tensor;

namespace {

double cosine(const Tensor& a, const Tensor& b) { return torch::cosine_similarity(a, b, 0).item<double>(); }

// All inner products of the centred cells of both maps: what PCA keeps where no axis is cut off.
Tensor centred_products(const Tensor& a, const Tensor& b) {
  const Tensor all = torch::cat({a.flatten(1), b.flatten(1)}, 1).to(torch::kFloat64);
  const Tensor centred = all - all.mean(1, true);
  return centred.t().matmul(centred);
}

}  // namespace

TEST_CASE("co-PCA with all axes keeps every inner product, with few the most variance there can be") {
  torch::manual_seed(7);
  const Tensor a = torch::randn({6, 4, 5}), b = torch::randn({6, 3, 7}) * 2;
  const auto [full_1, full_2] = co_pca(a, b, 6);
  CHECK(full_1.sizes() == a.sizes());
  CHECK(full_2.sizes() == b.sizes());
  const Tensor kept = torch::cat({full_1.flatten(1), full_2.flatten(1)}, 1).to(torch::kFloat64);
  CHECK(torch::allclose(kept.t().matmul(kept), centred_products(a, b), 1e-4, 1e-4));

  const auto [few_1, few_2] = co_pca(a, b, 2);
  const Tensor few = torch::cat({few_1.flatten(1), few_2.flatten(1)}, 1).to(torch::kFloat64);
  const Tensor values = torch::linalg_eigvalsh(centred_products(a, b), "L");
  const double most = (values[-1] + values[-2]).item<double>();
  CHECK_THAT(few.square().sum().item<double>(), Catch::WithinRel(most, 1e-5));
  CHECK(torch::equal(few_1, full_1.narrow(0, 0, 2)));
}

TEST_CASE("co-PCA fills up with zeros beyond the channels, and refuses maps that differ") {
  torch::manual_seed(8);
  const Tensor a = torch::randn({3, 4, 4}), b = torch::randn({3, 4, 4});
  const auto [first, second] = co_pca(a, b, 5);
  CHECK(first.size(0) == 5);
  CHECK(second.narrow(0, 3, 2).abs().max().item<double>() == 0);
  CHECK_THROWS_AS(co_pca(a, torch::randn({4, 4, 4}), 2), std::invalid_argument);
  CHECK_THROWS_AS(co_pca_levels({a}, {}, 2), std::invalid_argument);
}

TEST_CASE("levels are joined on the finest grid") {
  torch::manual_seed(9);
  const auto levels = [] { return std::vector<Tensor>{torch::randn({8, 3, 4}), torch::randn({6, 6, 8})}; };
  const auto [first, second] = co_pca_levels(levels(), levels(), 4);
  CHECK(first.sizes() == torch::IntArrayRef({8, 6, 8}));
  CHECK(second.sizes() == torch::IntArrayRef({8, 6, 8}));
}

TEST_CASE("the cosine of fused descriptors is the mean of both cosines") {
  torch::manual_seed(10);
  const Tensor sd = torch::randn({5, 4, 4}), dino = torch::randn({7, 4, 4}) * 30;
  const Tensor fused = fuse_descriptors(sd, dino);
  REQUIRE(fused.sizes() == torch::IntArrayRef({12, 4, 4}));
  const auto at = [](const Tensor& map, int y, int x) { return map.select(1, y).select(1, x); };
  const double expected = (cosine(at(sd, 0, 1), at(sd, 3, 2)) + cosine(at(dino, 0, 1), at(dino, 3, 2))) / 2;
  CHECK_THAT(cosine(at(fused, 0, 1), at(fused, 3, 2)), Catch::WithinAbs(expected, 1e-5));
  CHECK(fuse_descriptors(torch::randn({5, 2, 2}), dino).sizes() == torch::IntArrayRef({12, 4, 4}));
}
