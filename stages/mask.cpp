// funcorr-mask: heat of an asset's points → part masks of its training views. Item: uid/part.
#include "db/dataset/mask.h"

#include <algorithm>
#include <vector>

#include "db/dataset/heat.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/format/image.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/fusion/heat.h"
#include "labeling/mask/part_mask.h"
#include "pipeline/stage.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The object's mask: where the rendered view is more opaque than not. [H, W, 1]
Image8 alpha_of(const Image8& rgba) {
  Image8 alpha(rgba.width, rgba.height, 1);
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) alpha.pixels[i] = rgba.pixels[4 * i + 3];
  return alpha;
}

class MaskStage : public Stage {
 public:
  std::string name() const override { return "mask"; }
  std::string summary() const override { return "Turns point heat into part masks of the training views."; }
  OptionTable options() const override { return {}; }

  void list_items(StageContext& context, ItemSink& sink) override {
    AssetParts parts(*context.manifest);
    for_each_done_item(*context.manifest, "aggregate", [&](const DoneItem& item) {
      const Part& part = parts.at(PartItem::from_key(item.key));
      sink.want(
          item.key,
          sha256_hex(item.fingerprint + (part.is_small ? "/small" : "") + (part.is_edge ? "/edge" : ""), 16));
    });
  }

  json describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const Part part = AssetParts(*context.manifest).at(item);
    return {{"small", part.is_small},
            {"edge", part.is_edge},
            {"views", views_of(*context.manifest, item.uid, std::string(to_string(ViewSet::kTrain))).size()}};
  }

  ItemResult work(StageContext& context, const std::string& key, const json& job) override {
    const PartItem item = PartItem::from_key(key);
    const fs::path folder = context.workspace.asset(item.uid);
    const std::vector<double> heat = scale_heat(load_heat(heat_path(folder, item.part)));
    const MaskStyle style{job.at("small").get<bool>(), job.at("edge").get<bool>()};
    const fs::path views = view_folder(folder, ViewSet::kTrain);
    const int count = job.at("views").get<int>();
    json masks = json::array();
    for (int view = 0; view < count; ++view) {
      const PartMask mask = part_mask(heat, load_visible_points(visible_points_path(views, view)),
                                      alpha_of(load_view_image(view_image_path(views, view))), style);
      write_artifact(mask_path(folder, item.part, view),
                     [&](const fs::path& temporary) { save_mask(temporary, mask.mask); });
      const auto& pixels = mask.mask.pixels;
      masks.push_back(
          {{"pixels", std::count(pixels.begin(), pixels.end(), 255)}, {"branch", to_string(mask.branch)}});
    }
    remove_views_from(mask_folder(folder, item.part), count);  // that an earlier run with more of them left
    return ItemResult::done({{"masks", std::move(masks)}});
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    const PartItem item = PartItem::from_key(key);
    std::vector<MaskRecord> records;
    for (const json& mask : result.output.at("masks"))
      records.push_back({item.uid, item.part, static_cast<int>(records.size()),
                         mask.at("pixels").get<std::int64_t>(), mask.at("branch").get<std::string>()});
    replace_masks(*context.manifest, item.uid, item.part, records);
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::MaskStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
