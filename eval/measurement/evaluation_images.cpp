#include "eval/measurement/evaluation_images.h"

#include <algorithm>

#include "db/dataset/mask.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace fs = std::filesystem;

EvaluationImages::EvaluationImages(Workspace workspace, std::string diffusion_levels, DeviceChoice device)
    : workspace_(std::move(workspace)),
      diffusion_levels_(std::move(diffusion_levels)),
      device_(std::move(device)) {}

std::array<RowImage, 2> EvaluationImages::load(const RowOfPair& item) {
  const Pair& pair = item.pair;
  std::array<RowImage, 2> images{load_view(item, {pair.uid_1, pair.view_1, item.parts_1, item.boxes_1}),
                                 load_view(item, {pair.uid_2, pair.view_2, item.parts_2, item.boxes_2})};
  if (row_kind(item.row).needs_diffusion) add_diffusion(item, images);
  return images;
}

RowImage EvaluationImages::load_view(const RowOfPair& item, const View& view) {
  const fs::path folder = workspace_.asset(view.uid);
  CroppedView crop = load_cropped_view(folder, view.number);
  const RowKind kind = row_kind(item.row);
  RowImage image;
  if (kind.needs_boxes) image.told_part = load_cropped_boxes(folder, view.number, view.boxes);
  if (kind.needs_masks) {
    image.told_part.assign(crop.object.size(), 0);
    for (const std::string& part : view.parts) {
      const CropMask mask = load_cropped_mask(folder, view.number, mask_path(folder, part, view.number));
      for (std::size_t i = 0; i < mask.size(); ++i) image.told_part[i] |= mask[i];
    }
  }
  image.object = std::move(crop.object);
  if ((kind.needs_backbone || kind.needs_run) && !kind.needs_diffusion)
    add_embedding(item, view, crop.rgb, image);
  return image;
}

void EvaluationImages::add_embedding(const RowOfPair& item, const View& view,
                                     const std::vector<std::uint8_t>& rgb, RowImage& image) {
  const bool is_plain = row_kind(item.row).needs_backbone;
  const std::string& function = item.pair.function;
  const int shifts = item.inference.shifts;
  const std::string model = is_plain ? "backbone" : item.run + "/" + function;
  const Predictor& run = predictor(item.run, shifts);
  image.embedded =
      recent(model + "~" + std::to_string(shifts) + "@" + view.uid + "/" + std::to_string(view.number),
             [&] { return embedded_crop(is_plain ? run.embed_plain(rgb) : run.embed(rgb, function)); });
}

void EvaluationImages::add_diffusion(const RowOfPair& item, std::array<RowImage, 2>& images) {
  const auto view = [&](const std::string& uid, int number) {
    return DiffusionPredictor::View{load_cropped_view(workspace_.asset(uid), number).rgb, uid, number};
  };
  const Pair& pair = item.pair;
  auto embedded = diffusion(item.run).embed(view(pair.uid_1, pair.view_1), view(pair.uid_2, pair.view_2));
  for (std::size_t i = 0; i < 2; ++i) images[i].embedded = embedded_crop(std::move(embedded[i]));
}

const Predictor& EvaluationImages::predictor(const std::string& run, int shifts) {
  if (const auto found = predictors_.find({run, shifts}); found != predictors_.end()) return found->second;
  if (predictors_.size() >= kPredictors) predictors_.clear();  // items come run by run
  return predictors_.emplace(std::pair(run, shifts), Predictor(workspace_.run(run), {}, {device_, shifts}))
      .first->second;
}

const DiffusionPredictor& EvaluationImages::diffusion(const std::string& run) {
  const auto found = diffusion_.find(run);
  if (found != diffusion_.end()) return found->second;
  const fs::path backbone = run.empty() ? fs::path() : workspace_.run(run);
  return diffusion_.emplace(run, DiffusionPredictor(diffusion_levels_, backbone, device_)).first->second;
}

const EmbeddedCrop& EvaluationImages::recent(const std::string& key,
                                             const std::function<EmbeddedCrop()>& make) {
  const auto found =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& kept) { return kept.first == key; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
  } else {
    if (recent_.size() >= kKept) recent_.pop_back();
    recent_.emplace_front(key, make());
  }
  return recent_.front().second;
}

}  // namespace funcorr
