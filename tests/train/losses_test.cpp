#include "train/loss/losses.h"

#include <cmath>
#include <vector>

#include "tests/catch.h"

using namespace funcorr;
using torch::Tensor;

namespace {

Tensor random_embeddings(std::int64_t pairs, std::int64_t points, std::int64_t dimension) {
  return torch::nn::functional::normalize(torch::randn({pairs, points, dimension}, torch::kFloat64),
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

PairEmbeddings random_pairs(std::int64_t pairs, std::int64_t points) {
  torch::manual_seed(5);
  const auto set = [&] { return random_embeddings(pairs, points, 8).requires_grad_(); };
  return {set(), set(), set(), set()};
}

// Cross-entropy of one positive logit against negatives, as its definition reads.
double cross_entropy(double positive, const std::vector<double>& negatives) {
  double sum = std::exp(positive);
  for (const double negative : negatives) sum += std::exp(negative);
  return std::log(sum) - positive;
}

// Sums over all (pair, a, b), one scalar at a time; negatives_of(sim, p, a, b) lists the negative logits.
template <typename Negatives>
double direct_form(const PairEmbeddings& e, double temperature, const Negatives& negatives_of) {
  const auto logit = [&](const Tensor& x, std::int64_t p, std::int64_t i, const Tensor& y, std::int64_t j) {
    return (x[p][i] * y[p][j]).sum().item<double>() / temperature;
  };
  const auto pairs = e.positive_1.size(0), points = e.positive_1.size(1);
  double sum = 0;
  for (std::int64_t p = 0; p < pairs; ++p)
    for (std::int64_t a = 0; a < points; ++a)
      for (std::int64_t b = 0; b < points; ++b)
        sum += cross_entropy(logit(e.positive_1, p, a, e.positive_2, b), negatives_of(logit, p, a, b));
  return sum / static_cast<double>(pairs * points * points);
}

}  // namespace

TEST_CASE("the factorised functional losses equal their definitions term by term") {
  const PairEmbeddings e = random_pairs(2, 5);
  const auto points = e.positive_1.size(1);
  const double reference = direct_form(e, 0.1, [&](const auto& logit, auto p, auto, auto b) {
    std::vector<double> negatives;
    for (std::int64_t k = 0; k < points; ++k) {
      negatives.push_back(logit(e.positive_1, p, b, e.negative_2, k));
      negatives.push_back(logit(e.positive_2, p, b, e.negative_1, k));
      negatives.push_back(logit(e.negative_1, p, b, e.negative_2, k));
    }
    return negatives;
  });
  CHECK_THAT(functional_loss_reference(e).item<double>(), Catch::WithinRel(reference, 1e-9));
  const double paper = direct_form(e, 0.1, [&](const auto& logit, auto p, auto a, auto) {
    std::vector<double> negatives;
    for (std::int64_t k = 0; k < points; ++k) {
      negatives.push_back(logit(e.positive_1, p, a, e.negative_2, k));
      negatives.push_back(logit(e.negative_1, p, k, e.negative_2, k));
    }
    return negatives;
  });
  CHECK_THAT(functional_loss_paper(e).item<double>(), Catch::WithinRel(paper, 1e-9));
  CHECK(std::abs(reference - paper) > 1e-3);
}

TEST_CASE("the gradients of the functional losses are those of finite differences") {
  using Loss = Tensor (*)(const PairEmbeddings&, double);
  for (const Loss loss :
       {static_cast<Loss>(functional_loss_reference), static_cast<Loss>(functional_loss_paper)}) {
    const PairEmbeddings e = random_pairs(2, 4);
    const std::vector<Tensor> inputs{e.positive_1, e.negative_1, e.positive_2, e.negative_2};
    loss(e, 0.1).backward();
    for (const Tensor& input : inputs) {
      const torch::NoGradGuard no_gradients;
      const Tensor direction = torch::randn_like(input);
      Tensor moved = input;
      constexpr double kStep = 1e-6;
      moved.add_(direction, kStep);
      const double above = loss(e, 0.1).item<double>();
      moved.add_(direction, -2 * kStep);
      const double below = loss(e, 0.1).item<double>();
      moved.add_(direction, kStep);
      CHECK_THAT((input.grad() * direction).sum().item<double>(),
                 Catch::WithinRel((above - below) / (2 * kStep), 1e-6));
    }
  }
}

TEST_CASE("the spatial loss is the cross-entropy of each point's partner") {
  torch::manual_seed(6);
  const Tensor a = random_embeddings(3, 6, 8), b = random_embeddings(3, 6, 8);
  const Tensor logits = torch::bmm(a, b.transpose(1, 2)).view({-1, 6}) / 0.1;
  const Tensor expected = torch::nn::functional::cross_entropy(logits, torch::arange(6).repeat({3}));
  CHECK_THAT(spatial_loss(a, b).item<double>(), Catch::WithinRel(expected.item<double>(), 1e-12));
  CHECK(spatial_loss(a, a).item<double>() < spatial_loss(a, b).item<double>());
}

TEST_CASE("the mask loss is the mean of four cross-entropies, finite for extreme logits") {
  const auto of = [](double value) { return torch::full({2, 3}, value, torch::kFloat64); };
  const double expected = (std::log1p(std::exp(-1.0)) + std::log1p(std::exp(-2.0)) +
                           std::log1p(std::exp(3.0)) + std::log1p(std::exp(0.5))) /
                          4;
  CHECK_THAT(mask_loss(of(1), of(-2), of(-3), of(0.5)).item<double>(), Catch::WithinRel(expected, 1e-9));
  CHECK_THAT(mask_loss(of(-1000), of(1000), of(1000), of(-1000)).item<double>(),
             Catch::WithinRel(500.0, 1e-9));
}
