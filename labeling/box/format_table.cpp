// The families of models: one row each, with where it is documented.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "labeling/box/format.h"
#include "labeling/box/reply_numbers.h"

namespace funcorr {
namespace {

using Numbers = BoxNumbers;

double thousandth(int) { return 0.001; }
double whole_side(int) { return 1; }

// Qwen2.5-VL sees the image with sides rounded to multiples of 28 px, within its least and most pixels
// (smart_resize of its processor), and answers in pixels of that.
double qwen_resized_side(int side) {
  constexpr double kFactor = 28, kLeastPixels = 56.0 * 56.0, kMostPixels = 12'845'056;
  const double pixels = static_cast<double>(side) * side;
  const double rounded = std::max(kFactor, std::nearbyint(side / kFactor) * kFactor);
  if (rounded * rounded > kMostPixels)
    return std::floor(std::sqrt(kMostPixels / pixels) * side / kFactor) * kFactor;
  if (rounded * rounded < kLeastPixels)
    return std::ceil(std::sqrt(kLeastPixels / pixels) * side / kFactor) * kFactor;
  return rounded;
}

// Claude sees an image of its native resolution at most: no side beyond 1568 px, and about 1.15 megapixels;
// 1092 × 1092 px is the largest square.
double claude_resized_side(int side) { return std::min(side, 1092); }

// With detail "high" OpenAI's models see the image fitted into 2048 × 2048 px, then with 768 px as its
// shorter side; smaller ones as they are.
double openai_resized_side(int side) { return std::min({side, 2048, 768}); }

std::vector<Numbers> find_any_bracket(std::string_view reply) {
  auto boxes = find_brackets(reply, true);
  return boxes.empty() ? find_number_runs(reply) : boxes;
}

std::vector<Numbers> find_bracket(std::string_view reply) { return find_brackets(reply); }

std::vector<Numbers> find_qwen_json(std::string_view reply) { return find_json(reply, {"bbox_2d", "bbox"}); }

std::vector<Numbers> find_gemini(std::string_view reply) {
  auto boxes = find_json(reply, {"box_2d"});
  for (Numbers& box : boxes) box = {box[1], box[0], box[3], box[2]};
  return boxes;
}

// Thousandths, or fractions where all four numbers sum up to less than 4.
std::vector<Numbers> find_internvl(std::string_view reply) {
  auto boxes = find_brackets(reply);
  for (Numbers& box : boxes)
    if (box[0] + box[1] + box[2] + box[3] < 4)
      for (double& number : box) number *= 1000;
  return boxes;
}

// A bin's middle stands for it, as in the processor that comes with the model.
std::vector<Numbers> find_florence(std::string_view reply) {
  auto boxes = find_locations(reply, "<loc_");
  for (Numbers& box : boxes)
    for (double& bin : box) bin += bin < 0 ? 0 : 0.5;
  return boxes;
}

// Cells of a 32 × 32 grid, row by row. The box reaches from middle to middle of its corner cells, or over the
// whole of them where they share a row or a column (as in the processor that comes with the model).
std::vector<Numbers> find_kosmos(std::string_view reply) {
  constexpr double kCells = 32;
  auto boxes = find_patch_pairs(reply);
  for (Numbers& box : boxes) {
    const double row_0 = std::floor(box[0] / kCells), column_0 = box[0] - kCells * row_0;
    const double row_1 = std::floor(box[1] / kCells), column_1 = box[1] - kCells * row_1;
    const double inset = row_0 == row_1 || column_0 == column_1 ? 0 : 0.5;
    box = {column_0 + inset, row_0 + inset, column_1 + 1 - inset, row_1 + 1 - inset};
  }
  return boxes;
}

// y first.
std::vector<Numbers> find_paligemma(std::string_view reply) {
  auto boxes = find_locations(reply, "<loc");
  for (Numbers& box : boxes) box = {box[1], box[0], box[3], box[2]};
  return boxes;
}

std::vector<Numbers> find_moondream(std::string_view reply) {
  return find_named_sides(reply, kMoondreamKeys);
}

std::vector<Numbers> find_pixel_json(std::string_view reply) { return find_json(reply, {"bbox", "bbox_2d"}); }

// A point stands for a box of 4 % of the side around it: what it points at lies there, of its size it says
// nothing. `whole`: the side in the family's unit.
std::vector<Numbers> around_points(std::vector<Numbers> points, double whole) {
  const double half = 0.02 * whole;
  for (Numbers& box : points) {
    const double x = box[0], y = box[1];
    if (x < 0 || x > whole || y < 0 || y > whole)
      box = {x, y, x, y};
    else
      box = {std::max(0.0, x - half), std::max(0.0, y - half), std::min(whole, x + half),
             std::min(whole, y + half)};
  }
  return points;
}

std::vector<Numbers> find_molmo(std::string_view reply) { return around_points(find_points(reply), 100); }

std::vector<Numbers> find_molmo_2(std::string_view reply) {
  return around_points(find_point_triples(reply), 1000);
}

// [y, x].
std::vector<Numbers> find_gemini_points(std::string_view reply) {
  auto points = find_json_pairs(reply, "point");
  for (Numbers& point : points) std::swap(point[0], point[1]);
  return around_points(std::move(points), 1000);
}

}  // namespace

const std::vector<BoxFormat>& box_formats() {
  static const std::vector<BoxFormat> formats = {
      // THUDM/CogVLM, README: [[x0,y0,x1,y1]] of 000 … 999.
      {"cogvlm", find_double_brackets, thousandth, 0.999, "[["},
      // QwenLM/Qwen-VL, TUTORIAL.md; QwenLM/Qwen2-VL, README: two corners, in thousandths.
      {"qwen-vl", find_corner_pairs, thousandth, 1},
      // QwenLM/Qwen2.5-VL, cookbooks/spatial_understanding.ipynb: pixels of the resized image.
      {"qwen2.5-vl", find_qwen_json, [](int side) { return 1 / qwen_resized_side(side); }, 1, "bbox_2d",
       "bbox_2d"},
      // QwenLM/Qwen3-VL, cookbooks/2d_grounding.ipynb: the same in thousandths.
      {"qwen3-vl", find_qwen_json, thousandth, 1, "bbox_2d", "bbox_2d"},
      // ai.google.dev/gemini-api/docs/image-understanding: y first, in thousandths. Its segmentation puts a
      // PNG in base64 beside each box, "mask"; the box alone is read of it.
      {"gemini", find_gemini, thousandth, 1, "\"box_2d", "box_2d"},
      // The same page, of Gemini Robotics-ER: "point": [y, x].
      {"gemini-points", find_gemini_points, thousandth, 1, "\"point", "point", true},
      // internvl.readthedocs.io, grounding data: <ref>…</ref><box>[[x1, y1, x2, y2]]</box>.
      {"internvl", find_internvl, thousandth, 1, "<box>["},
      // zai-org/GLM-V, README: any bracket between <|begin_of_box|> and <|end_of_box|>.
      {"glm", find_any_bracket, thousandth, 1, "<|begin_of_box|>"},
      // deepseek-ai/DeepSeek-VL2, README: <|det|>[[x1, y1, x2, y2]]<|/det|> in 999ths.
      {"deepseek-vl2", find_bracket, [](int) { return 1.0 / 999; }, 1, "<|det|>"},
      // microsoft/Florence-2-large, processing_florence2.py.
      {"florence-2", find_florence, thousandth, 0.9995},
      // microsoft/kosmos-2-patch14-224, model card.
      {"kosmos-2", find_kosmos, [](int) { return 1.0 / 32; }, 1},
      // openbmb/MiniCPM-V, finetune/readme.md: <box>x1 y1 x2 y2</box> in thousandths.
      {"minicpm-v", find_tagged_boxes, thousandth, 1},
      // allenai/Molmo-7B-D-0924, model card: <point x="…" y="…"> in per cent.
      {"molmo", find_molmo, [](int) { return 0.01; }, 1, "", "", true},
      // allenai/Molmo2-8B, model card: <points coords="image id x y id x y …"> in thousandths.
      {"molmo-2", find_molmo_2, thousandth, 1, "", "", true},
      // docs.moondream.ai, detect: {"objects": [{"x_min": …, "y_min": …, "x_max": …, "y_max": …}]}.
      {"moondream", find_moondream, whole_side, 1, "", kMoondreamKeys[0]},
      // google-research/big_vision, paligemma/README.md: four <loc0000> … <loc1023>, y first.
      {"paligemma", find_paligemma, [](int) { return 1.0 / 1024; }, 1},
      // SiyuanHuang95/ManipVQA: fractions of the padded square.
      {"manipvqa", find_number_runs, whole_side, 1, ""},
      // Pixels of the image as it was sent: models that are told, or see, its true size.
      {"pixels", find_pixel_json, [](int side) { return 1.0 / side; }, 1, "\"bbox\"", "bbox"},
      // platform.claude.com/docs/en/build-with-claude/vision-coordinates: pixels of what Claude sees.
      {"claude", find_pixel_json, [](int side) { return 1 / claude_resized_side(side); }, 1, "\"bbox\"",
       "bbox"},
      // developers.openai.com/docs/guides/vision: pixels of what GPT-4o and its like see with detail "high".
      {"openai", find_pixel_json, [](int side) { return 1 / openai_resized_side(side); }, 1, "\"bbox\"",
       "bbox"},
  };
  return formats;
}

}  // namespace funcorr
