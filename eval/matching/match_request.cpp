#include "eval/matching/match_request.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eval/matching/object_mask.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<ImagePoint> points_of(const std::vector<double>& values, const char* option) {
  if (values.size() % 2 != 0)
    throw UsageError(fmt::format("{} has {} numbers; pairs x,y are expected", option, values.size()));
  std::vector<ImagePoint> points;
  for (std::size_t i = 0; i < values.size(); i += 2) points.push_back({values[i], values[i + 1]});
  return points;
}

// What `make` returns; what it refuses is refused by the file's name.
template <typename Make>
auto of_file(const fs::path& file, const Make& make) {
  try {
    return make();
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

MatchImage load(const fs::path& file, const fs::path& mask_file, std::vector<std::string>& notices) {
  std::optional<Image8> mask;
  if (!mask_file.empty()) mask = load_object_mask(mask_file, notices);
  const Image8 pixels = load_photo8(file);
  MatchImage image = of_file(mask ? mask_file : file, [&] { return MatchImage(pixels, mask); });
  if (image.is_whole_image())
    notices.push_back(
        file.string() +
        ": no mask is given and no alpha channel tells the object; the whole image counts as it");
  return image;
}

// Pixels of crop A that are to be transferred: given points that lie on the object, and painted ones.
std::vector<Pixel> pixels_to_transfer(const MatchRequest& request, const MatchImage& image,
                                      std::vector<std::string>& notices) {
  std::vector<Pixel> pixels;
  for (const ImagePoint& point : points_of(request.points, "points")) {
    const Pixel pixel = image.crop_from_image(point);
    if (image.is_on_object(pixel))
      pixels.push_back(pixel);
    else
      notices.push_back(fmt::format("point ({}, {}) is not on the object and is left out", point.x, point.y));
  }
  if (!request.paint.empty()) {
    const Image8 paint = load_object_mask(request.paint, notices);
    for (const Pixel& pixel : pixels_of(of_file(request.paint, [&] { return image.crop_painted(paint); })))
      pixels.push_back(pixel);
  }
  if (pixels.empty()) throw std::runtime_error("none of the given pixels lies on the object of A");
  return pixels;
}

}  // namespace

const OptionList<MatchRequest>& MatchRequest::options() {
  using R = MatchRequest;
  static const OptionList<R> list{
      option("checkpoint", &R::checkpoint)
          .help("folder of a training run (W/train/runs/full), a checkpoint in it, or the release's "
                "epoch_0100.pt"),
      options_of(&R::files),
      option("function", &R::function)
          .help("what the objects are used for: \"pour with\", pour-with or pouring"),
      option("image_a", &R::image_a).help("first image, A.png above"),
      option("image_b", &R::image_b).help("second image, B.png above"),
      option("mask_a", &R::mask_a)
          .help("image of A's size that is not 0 where the object is, in any channel, or labels, or alpha; "
                "without it A's alpha channel tells, or the whole image is the object"),
      option("mask_b", &R::mask_b).help("the same for B"),
      options_of(&R::discovery),
      options_of(&R::inference),
      options_of(&R::device),
      option("compare", &R::compare)
          .help("discover by the bare backbone too: right in the picture, backbone_matches in the JSON"),
      option("points", &R::points).unit("px").help("points x,y,x,y… of A to be transferred to B"),
      option("paint", &R::paint).help("mask of A's size, as mask-a, whose pixels are transferred to B"),
      option("heatmap_at", &R::heatmap_at)
          .unit("px")
          .help("point x,y of A whose similarity to all of B's object is drawn"),
  };
  return list;
}

AnsweredRequest answer(const MatchRequest& request) {
  AnsweredRequest answered;
  const MatchImage a = load(request.image_a, request.mask_a, answered.notices);
  const MatchImage b = load(request.image_b, request.mask_b, answered.notices);
  auto start = std::chrono::steady_clock::now();
  const auto lap = [&start] {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start, now)).count();
  };
  const FunctionalMatcher matcher(request.checkpoint, request.files, request.device, request.inference);
  const std::string function = matcher.function_meant(request.function);
  const double loading = lap();
  if (std::ranges::find(matcher.functions(), function) == matcher.functions().end())
    answered.notices.push_back(fmt::format(
        "the model was not trained for the function \"{}\"; CLIP's words alone tell what it is (known: "
        "{})",
        function, fmt::join(matcher.functions(), ", ")));
  const MatchedImages matched = matcher.match(a, b, function);
  if (!request.heatmap_at.empty()) {
    const std::vector<ImagePoint> points = points_of(request.heatmap_at, "heatmap_at");
    if (points.size() != 1) throw UsageError("heatmap_at: one point x,y is expected");
    answered.answer = heatmap_answer(matched, a, b, points.front());
  } else if (!request.points.empty() || !request.paint.empty()) {
    answered.answer = transfer_answer(matched, a, b, pixels_to_transfer(request, a, answered.notices));
  } else {
    std::optional<MatchedImages> plain;
    if (request.compare) plain = matcher.match_plain(a, b);
    answered.answer = discovery_answer(matched, a, b, request.discovery, plain ? &*plain : nullptr);
  }
  answered.answer.document["function"] = function;
  answered.answer.document["seconds"] = {{"load", loading}, {"match", lap()}};
  return answered;
}

}  // namespace funcorr
