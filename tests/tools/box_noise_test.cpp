// The noise of simulated answers: each kind of error as often as its share says, those of a view in all of
// its samples, and levels that make boxes worse one after the other.
#include "tools/simulated_server/box_noise.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr int kViews = 4000, kSamples = 4;

// A handle on an object with two other parts, in a picture of the model's own size.
PictureTruth mug() {
  return {.part = PixelBox{100, 150, 180, 310},
          .others = {{170, 120, 330, 170}, {180, 300, 320, 360}},
          .object = {95, 120, 335, 360},
          .width = 490,
          .height = 490};
}

PictureTruth without_part() {
  PictureTruth truth = mug();
  truth.part.reset();
  return truth;
}

using Samples = std::vector<NoisyAnswer>;

std::vector<Samples> answers(const PictureTruth& truth, const AnswerNoise& noise, int views = kViews) {
  std::vector<Samples> all;
  for (int view = 0; view < views; ++view) {
    Samples samples;
    for (int k = 0; k < kSamples; ++k) {
      Random sample(mix64(mix64(static_cast<std::uint64_t>(view)) + static_cast<std::uint64_t>(k)));
      samples.push_back(noisy_answer(truth, noise, Random(mix64(~static_cast<std::uint64_t>(view))), sample));
    }
    all.push_back(std::move(samples));
  }
  return all;
}

AnswerNoise no_noise() { return noise_of(NoiseLevel::kNone); }

template <typename Is>
double share(const std::vector<Samples>& all, Is is) {
  double count = 0;
  for (const Samples& samples : all)
    count += static_cast<double>(std::count_if(samples.begin(), samples.end(), is));
  return count / static_cast<double>(all.size() * kSamples);
}

// A share of `of` draws, within five of its standard deviations.
auto about(double share, double of) {
  return Catch::WithinAbs(share, 5 * std::sqrt(std::max(share * (1 - share), 1e-4) / of));
}

bool has(const NoisyAnswer& answer, const PixelBox& box) {
  return answer.boxes.size() == 1 && answer.boxes[0] == box;
}

// All samples of every view have the same boxes.
bool agree_within_views(const std::vector<Samples>& all) {
  return std::ranges::all_of(all, [](const Samples& samples) {
    return std::ranges::all_of(samples,
                               [&](const NoisyAnswer& one) { return one.boxes == samples[0].boxes; });
  });
}

double overlap(const PixelBox& a, const PixelBox& b) {
  const double width = std::max(0, std::min(a.x2, b.x2) - std::max(a.x1, b.x1)),
               height = std::max(0, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  return width * height / (a.width() * a.height() + b.width() * b.height() - width * height);
}

// Mean IoU with the truth of answers that have one box.
double mean_overlap(const PictureTruth& truth, const std::vector<Samples>& all) {
  double sum = 0, count = 0;
  for (const Samples& samples : all)
    for (const NoisyAnswer& answer : samples)
      for (const PixelBox& box : answer.boxes) {
        sum += overlap(box, *truth.part);
        ++count;
      }
  return sum / count;
}

// Errors of the left side, of each view's samples.
std::vector<std::vector<double>> errors(const PictureTruth& truth, const std::vector<Samples>& all) {
  std::vector<std::vector<double>> of_views;
  for (const Samples& samples : all) {
    of_views.emplace_back();
    for (const NoisyAnswer& answer : samples)
      of_views.back().push_back(answer.boxes.at(0).x1 - truth.part->x1);
  }
  return of_views;
}

struct Spread {
  double within = 0, common = 0;  // standard deviations of samples in their view, and of what they share
};

// One-way analysis of variance.
Spread spread(const std::vector<std::vector<double>>& of_views) {
  double within = 0, between = 0;
  const double n = kSamples;
  for (const std::vector<double>& values : of_views) {
    double mean = 0;
    for (const double value : values) mean += value / n;
    for (const double value : values) within += (value - mean) * (value - mean) / (n - 1);
    between += mean * mean;
  }
  within /= static_cast<double>(of_views.size());
  between /= static_cast<double>(of_views.size());
  return {std::sqrt(within), std::sqrt(std::max(0.0, between - within / n))};
}

}  // namespace

TEST_CASE("Without noise every sample has the part's box, and none where it cannot be seen") {
  for (const Samples& samples : answers(mug(), no_noise(), 50))
    for (const NoisyAnswer& answer : samples) CHECK(has(answer, *mug().part));
  CHECK(share(answers(without_part(), no_noise(), 50),
              [](const NoisyAnswer& answer) { return answer.boxes.empty() && !answer.is_malformed; }) == 1);
}

TEST_CASE("Errors of single answers come as often as set, in each sample on its own") {
  AnswerNoise noise = no_noise();
  noise.miss = 0.1, noise.wrong = 0.2, noise.several = 0.15, noise.malformed = 0.05;
  const auto all = answers(mug(), noise);
  const double count = kViews * kSamples, told = 0.95 * 0.9;
  CHECK_THAT(share(all, [](const NoisyAnswer& answer) { return answer.is_malformed; }), about(0.05, count));
  CHECK_THAT(share(all, [](const NoisyAnswer& answer) { return answer.boxes.empty(); }),
             about(1 - told, count));
  CHECK_THAT(share(all, [](const NoisyAnswer& answer) { return answer.boxes.size() == 2; }),
             about(told * 0.15, count));
  const auto is_wrong = [](const NoisyAnswer& answer) {
    return !answer.boxes.empty() && answer.boxes.back() != *mug().part;
  };
  CHECK_THAT(share(all, is_wrong), about(told * 0.2, count));
  double both = 0;
  for (const Samples& samples : all) both += is_wrong(samples[0]) && is_wrong(samples[1]) ? 1 : 0;
  CHECK_THAT(both / kViews, about(told * 0.2 * told * 0.2, kViews));
}

TEST_CASE("Errors of a view are in all of its samples, and come as often as set") {
  AnswerNoise noise = no_noise();
  noise.wrong_view = 0.3, noise.whole_view = 0.1;
  const auto all = answers(mug(), noise);
  CHECK(agree_within_views(all));
  const auto share_of = [&](const PixelBox& box) {
    return share(all, [&](const NoisyAnswer& answer) { return has(answer, box); });
  };
  // One of the two other parts, or the object.
  CHECK_THAT(share_of(mug().others[0]), about(0.1, kViews));
  CHECK_THAT(share_of(mug().others[1]), about(0.1, kViews));
  CHECK_THAT(share_of(mug().object), about(0.1 + 0.7 * 0.1, kViews));
  CHECK_THAT(share_of(*mug().part), about(0.7 * 0.9, kViews));
}

TEST_CASE("A part that cannot be seen gets a box in so many views, and only there") {
  AnswerNoise noise = no_noise();
  noise.hallucinate = 0.7;
  const auto all = answers(without_part(), noise);
  CHECK(agree_within_views(all));
  CHECK_THAT(share(all, [](const NoisyAnswer& answer) { return !answer.boxes.empty(); }), about(0.7, kViews));
  for (const PixelBox& box : {mug().others[0], mug().others[1], mug().object})
    CHECK_THAT(share(all, [&](const NoisyAnswer& answer) { return has(answer, box); }),
               about(0.7 / 3, kViews));
  CHECK(share(answers(mug(), noise), [](const NoisyAnswer& answer) { return has(answer, *mug().part); }) ==
        1);
}

TEST_CASE("Jitter of views and of samples spreads boxes as set") {
  AnswerNoise noise = no_noise();
  noise.jitter = 0.05, noise.jitter_view = 0.1;
  const Spread relative = spread(errors(mug(), answers(mug(), noise)));
  const double width = mug().part->width();
  CHECK_THAT(relative.within, Catch::WithinRel(0.05 * width, 0.05));
  CHECK_THAT(relative.common, Catch::WithinRel(0.1 * width, 0.05));
  noise = no_noise();
  noise.jitter_px = 6, noise.jitter_px_view = 4;
  const Spread pixels = spread(errors(mug(), answers(mug(), noise)));
  CHECK_THAT(pixels.within, Catch::WithinRel(6, 0.05));
  CHECK_THAT(pixels.common, Catch::WithinRel(4, 0.05));
}

TEST_CASE("A loose box holds the part's, alike in all samples") {
  AnswerNoise noise = no_noise();
  noise.loose = 0.2;
  const auto all = answers(mug(), noise);
  CHECK(agree_within_views(all));
  const PixelBox part = *mug().part;
  double growth = 0, most = 0;
  for (const Samples& samples : all) {
    const PixelBox& box = samples[0].boxes.at(0);
    CHECK((box.x1 <= part.x1 && box.y1 <= part.y1 && box.x2 >= part.x2 && box.y2 >= part.y2));
    growth += (part.y1 - box.y1) / static_cast<double>(part.height());
    most = std::max(most, (box.y2 - part.y2) / static_cast<double>(part.height()));
  }
  CHECK_THAT(growth / kViews, Catch::WithinAbs(0.1, 0.005));
  CHECK_THAT(most, Catch::WithinAbs(0.2, 0.005));
}

TEST_CASE("A zoomed crop makes boxes better where jitter is in pixels, and not where it is relative") {
  // The part's crop, a fifth of the picture wide; on the model's picture it is five times as large.
  const PixelBox part{20, 30, 80, 70};
  const PictureTruth crop{.part = part, .others = {}, .object = {0, 0, 98, 98}, .width = 98, .height = 98};
  const PictureTruth whole{.part = PixelBox{220, 230, 280, 270},
                           .others = {},
                           .object = {100, 100, 390, 390},
                           .width = 490,
                           .height = 490};
  AnswerNoise pixels = no_noise(), relative = no_noise();
  pixels.jitter_px = 8;
  relative.jitter = 0.1;
  const auto within = [](const PictureTruth& truth, const AnswerNoise& noise) {
    return spread(errors(truth, answers(truth, noise))).within;
  };
  CHECK_THAT(within(whole, pixels), Catch::WithinRel(8, 0.05));
  CHECK_THAT(within(crop, pixels), Catch::WithinRel(8.0 / 5, 0.05));
  CHECK_THAT(within(crop, relative), Catch::WithinRel(within(whole, relative), 0.05));
  CHECK(mean_overlap(crop, answers(crop, pixels)) > mean_overlap(whole, answers(whole, pixels)) + 0.2);
  // The longer side of a picture counts: that of its padded square.
  PictureTruth flat = crop;
  flat.height = 75;
  CHECK(answers(flat, pixels, 20)[3][1].boxes == answers(crop, pixels, 20)[3][1].boxes);
}

TEST_CASE("A share that changes leaves alone the answers that it does not make") {
  const auto today = answers(mug(), {});
  const auto unchanged = [&](const AnswerNoise& noise) {
    const auto other = answers(mug(), noise);
    int same = 0;
    for (std::size_t view = 0; view < today.size(); ++view)
      for (std::size_t k = 0; k < kSamples; ++k)
        same += today[view][k].boxes == other[view][k].boxes &&
                        today[view][k].is_malformed == other[view][k].is_malformed
                    ? 1
                    : 0;
    return same / static_cast<double>(kViews * kSamples);
  };
  CHECK(unchanged({}) == 1);
  CHECK(unchanged({.hallucinate = 1}) == 1);
  CHECK(unchanged({.wrong_view = 0.1}) > 0.89);
  CHECK(unchanged({.wrong_view = 0.1}) < 0.93);
  CHECK(unchanged({.miss = 0.03}) > 0.98);
}

TEST_CASE(
    "Levels of a kind are worse one after the other, low is the default, and boxes lie in the picture") {
  std::vector<double> overlaps;
  for (const auto& [level, name] : names_of(NoiseLevel{})) {
    AnswerNoise::options().check(noise_of(level));
    const auto all = answers(mug(), noise_of(level));
    for (const Samples& samples : all)
      for (const NoisyAnswer& answer : samples)
        for (const PixelBox& box : answer.boxes)
          CHECK((0 <= box.x1 && box.x1 <= box.x2 && box.x2 <= 490 && 0 <= box.y1 && box.y1 <= box.y2 &&
                 box.y2 <= 490));
    overlaps.push_back(mean_overlap(mug(), all));
  }
  REQUIRE(overlaps.size() == 6);
  CHECK(overlaps[0] == 1);
  for (const std::size_t level : {1U, 2U, 3U, 5U}) CHECK(overlaps[level] < overlaps[level - 1] - 0.05);
  for (const auto& share : AnswerNoise::options().options())
    CHECK(share.read(noise_of(NoiseLevel::kLow)) == share.read({}));
}

// The two harsh levels as they were first sketched, on numbers of another generator: for every view, boxes of
// what was taken for the part.
TEST_CASE("Harsh levels are those of the sketch of boxes with errors common to a view") {
  const auto sketched = [](const PictureTruth& truth, double wrong_view, double whole, double hallucinate,
                           double view_jitter, double loose) {
    std::mt19937_64 generator(7);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::normal_distribution<double> normal(0, 1);
    std::vector<Samples> all;
    for (int view = 0; view < kViews; ++view) {
      std::vector<PixelBox> candidates = truth.others;
      candidates.push_back(truth.object);
      all.emplace_back(kSamples);
      std::optional<PixelBox> box = truth.part;
      if (!box) {
        if (uniform(generator) > hallucinate) continue;
        box = candidates[generator() % candidates.size()];
      } else if (uniform(generator) < wrong_view) {
        box = candidates[generator() % candidates.size()];
      } else if (uniform(generator) < whole) {
        box = truth.object;
      }
      const double size[4] = {double(box->width()), double(box->height()), double(box->width()),
                              double(box->height())};
      double sides[4] = {double(box->x1), double(box->y1), double(box->x2), double(box->y2)};
      const double farther = loose * uniform(generator);
      for (int i = 0; i < 4; ++i)
        sides[i] += (i < 2 ? -1 : 1) * farther * size[i] + view_jitter * size[i] * normal(generator);
      for (NoisyAnswer& answer : all.back()) {
        if (uniform(generator) < 0.1) continue;
        int moved[4];
        for (int i = 0; i < 4; ++i)
          moved[i] = std::clamp(static_cast<int>(std::lround(sides[i] + 0.05 * size[i] * normal(generator))),
                                0, 490);
        answer.boxes.push_back({std::min(moved[0], moved[2]), std::min(moved[1], moved[3]),
                                std::max(moved[0], moved[2]), std::max(moved[1], moved[3])});
      }
    }
    return all;
  };
  const auto check = [](const PictureTruth& truth, const std::vector<Samples>& expected,
                        const std::vector<Samples>& made) {
    const auto is_told = [](const NoisyAnswer& answer) { return !answer.boxes.empty(); };
    CHECK_THAT(share(made, is_told), Catch::WithinAbs(share(expected, is_told), 0.03));
    const PictureTruth reference{.part = truth.part.value_or(truth.object)};
    CHECK_THAT(mean_overlap(reference, made), Catch::WithinAbs(mean_overlap(reference, expected), 0.02));
    const auto far = [&](const NoisyAnswer& answer) {
      return is_told(answer) && overlap(answer.boxes[0], *reference.part) < 0.3;
    };
    CHECK_THAT(share(made, far), Catch::WithinAbs(share(expected, far), 0.03));
  };
  for (const PictureTruth& truth : {mug(), without_part()}) {
    check(truth, sketched(truth, 0.2, 0.1, 0.7, 0.1, 0.1), answers(truth, noise_of(NoiseLevel::kHarsh)));
    check(truth, sketched(truth, 0.35, 0.15, 1, 0.2, 0.2), answers(truth, noise_of(NoiseLevel::kHarshest)));
  }
}

}  // namespace funcorr
