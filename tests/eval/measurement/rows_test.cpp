#include "eval/measurement/rows.h"

#include <map>

#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr std::size_t kPixels = static_cast<std::size_t>(kCropSize) * kCropSize;

std::size_t index_of(const Pixel& pixel) { return static_cast<std::size_t>(pixel.y * kCropSize + pixel.x); }

// An object of 40 × 40 pixels at (x0, y0) whose descriptors tell its own coordinates apart: the same object
// at another place is matched pixel by pixel. The part is its left half.
RowImage placed_object(int x0, int y0) {
  RowImage image{CropMask(kPixels, 0),
                 {{2, std::vector<float>(2 * kPixels, 0), {}}, CropMask(kPixels, 0)},
                 CropMask(kPixels, 0)};
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 40; ++x) {
      const std::size_t i = index_of({x0 + x, y0 + y});
      const double angle = 0.0015 * (40 * y + x);
      image.object[i] = 1;
      image.embedded.features.values[2 * i] = static_cast<float>(std::cos(angle));
      image.embedded.features.values[2 * i + 1] = static_cast<float>(std::sin(angle));
      (*image.embedded.part)[i] = x < 20 ? 1 : 0;
      image.told_part[i] = y < 20 ? 1 : 0;
    }
  return image;
}

std::map<std::string, double> direction(const std::vector<NamedMetric>& metrics, int wanted) {
  std::map<std::string, double> found;
  for (const NamedMetric& metric : metrics)
    if (metric.direction == wanted) found[metric.name] = metric.value;
  return found;
}

}  // namespace

TEST_CASE("rows: what each needs") {
  CHECK_FALSE(row_kind(ResultRow::kChance).needs_model());
  CHECK(row_kind(ResultRow::kVlmBackbone).needs_boxes == BoxSubject::kPart);
  CHECK(row_kind(ResultRow::kVlmFunctionBackbone).needs_boxes == BoxSubject::kFunction);
  CHECK(row_kind(ResultRow::kFusedBackbone).needs_masks);
  CHECK(row_kind(ResultRow::kDiffusion).needs_diffusion);
  CHECK_FALSE(row_kind(ResultRow::kDiffusion).needs_backbone);
  CHECK((row_kind(ResultRow::kSdDino).needs_diffusion && row_kind(ResultRow::kSdDino).needs_backbone));
  CHECK(row_kind(ResultRow::kFull).uses_mask_head);
  CHECK_FALSE(row_kind(ResultRow::kFullNoMask).uses_mask_head);
}

TEST_CASE("rows: a model that tells every pixel apart is perfect, chance is not") {
  const RowImage image_1 = placed_object(20, 30), image_2 = placed_object(120, 90);
  std::vector<PixelPair> truth;
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 20; ++x) truth.push_back({{20 + x, 30 + y}, {120 + x, 90 + y}});
  for (const ResultRow row : {ResultRow::kBackbone, ResultRow::kFull, ResultRow::kFullNoMask}) {
    INFO(to_string(row));
    const auto metrics = measure(truth, predict_row(row, image_1, image_2, truth, 1), {{2}, {2}});
    CHECK(metrics.size() == 2 * (1 + 1 + 2));
    for (const int d : {0, 1}) {
      auto found = direction(metrics, d);
      CHECK(found.at("transfer.distance") < 0.5 / 223);
      CHECK(found.at("transfer.pck@2") > 0.99);
      // Discovery: of the whole object half is right; with the part first, the first half is.
      if (row == ResultRow::kFull) {
        CHECK(found.at("discovery.f1@2") > 0.95);
        CHECK(found.at("discovery.ap@2") > 0.95);
      }
    }
  }
  const auto chance =
      direction(measure(truth, predict_row(ResultRow::kChance, image_1, image_2, truth, 1), {{5}, {5}}), 0);
  CHECK(chance.at("transfer.pck@5") < 0.2);  // 81 of 1600 pixels
  CHECK(chance.at("transfer.pck@5") > 0.01);
  const auto again = predict_row(ResultRow::kChance, image_1, image_2, truth, 1);
  CHECK(again[0].ranked == predict_row(ResultRow::kChance, image_1, image_2, truth, 1)[0].ranked);
  CHECK(again[0].ranked != predict_row(ResultRow::kChance, image_1, image_2, truth, 2)[0].ranked);
}

TEST_CASE("rows: VLM masks and the mask head restrict matches to their own regions") {
  const RowImage image_1 = placed_object(20, 30), image_2 = placed_object(120, 90);
  const std::vector<PixelPair> truth{{{55, 65}, {155, 125}}};  // in neither part
  const Pixel vlm = predict_row(ResultRow::kVlmBackbone, image_1, image_2, truth, 1)[0].transfer[0];
  CHECK(image_2.told_part[index_of(vlm)] == 1);
  const Pixel full = predict_row(ResultRow::kFull, image_1, image_2, truth, 1)[0].transfer[0];
  CHECK((*image_2.embedded.part)[index_of(full)] == 1);
  RowImage unseen = image_2;  // the VLM found nothing: the whole object
  unseen.told_part.assign(kPixels, 0);
  const Pixel whole = predict_row(ResultRow::kVlmBackbone, image_1, unseen, truth, 1)[0].transfer[0];
  CHECK(squared_distance(whole, {155, 125}) <= 1);
}

}  // namespace funcorr
