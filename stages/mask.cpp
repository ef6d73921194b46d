// funcorr-mask: heat of an asset's points → part masks of its training views. Item: uid/part.
#include "db/dataset/mask.h"

#include <algorithm>
#include <memory>
#include <tuple>
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
#include "labeling/mask/shown_surface.h"
#include "pipeline/stage.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct MaskJob {
  bool small = false, edge = false;  // of the part
  bool posterior = false;            // its heat is a probability
  int views = 0;                     // training views of the asset
  static constexpr auto members() {
    return std::tuple{member("small", &MaskJob::small), member("edge", &MaskJob::edge),
                      member("posterior", &MaskJob::posterior), member("views", &MaskJob::views)};
  }
};

struct MaskProduct {
  struct OfView {
    std::int64_t pixels = 0;
    MaskBranch branch = MaskBranch::kEmpty;
    static constexpr auto members() {
      return std::tuple{member("pixels", &OfView::pixels), member("branch", &OfView::branch)};
    }
  };
  std::vector<OfView> masks;
  static constexpr auto members() { return std::tuple{member("masks", &MaskProduct::masks)}; }
};

class MaskStage : public WorkerStage<NoOptions, MaskJob, MaskProduct> {
 public:
  std::string name() const override { return "mask"; }
  std::string summary() const override { return "Turns point heat into part masks of the training views."; }

  void list(StageContext& context, ItemSink& sink) override {
    AssetParts parts(context.manifest);
    for_each_done_item(context.manifest, "aggregate", [&](const DoneItem& item) {
      const Part& part = parts.at(PartItem::from_key(item.key));
      sink.want(
          item.key,
          sha256_hex(item.fingerprint + (part.is_small ? "/small" : "") + (part.is_edge ? "/edge" : ""), 16));
    });
  }

  MaskJob describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const Part part = AssetParts(context.manifest).at(item);
    const auto support = find_part_support(context.manifest, item.uid, item.part);
    return {part.is_small, part.is_edge, support && support->is_posterior(),
            static_cast<int>(views_of(context.manifest, item.uid, ViewSet::kTrain).size())};
  }

  void commit(StageContext& context, const std::string& key, const MaskProduct& product) override {
    const PartItem item = PartItem::from_key(key);
    std::vector<MaskRecord> records;
    for (const MaskProduct::OfView& mask : product.masks)
      records.push_back({item.uid, item.part, static_cast<int>(records.size()), mask.pixels, mask.branch});
    replace_masks(context.manifest, item.uid, item.part, records);
  }
};

class MaskWorker {
 public:
  MaskWorker(const NoOptions&, const WorkContext& context) : workspace_(context.workspace) {}

  Result<MaskProduct> work(const std::string& key, const MaskJob& job) {
    const PartItem item = PartItem::from_key(key);
    const fs::path folder = workspace_.asset(item.uid);
    const std::vector<double> heat = load_heat(heat_path(folder, item.part));
    const std::vector<double> scaled = scale_heat(heat);
    const fs::path views = view_folder(folder, ViewSet::kTrain);
    if (job.posterior && uid_ != item.uid) {  // parts of one asset mostly come one after the other
      surface_ = std::make_unique<ShownSurface>(folder);
      uid_ = item.uid;
    }
    MaskProduct product;
    for (int view = 0; view < job.views; ++view) {
      const PartMask mask = job.posterior
                                ? surface_->mask(heat, view)
                                : part_mask(scaled, load_visible_points(visible_points_path(views, view)),
                                            load_object_mask(views, view), {job.small, job.edge});
      write_artifact(mask_path(folder, item.part, view),
                     [&](const fs::path& temporary) { save_mask(temporary, mask.mask); });
      const auto& pixels = mask.mask.pixels;
      product.masks.push_back({std::count(pixels.begin(), pixels.end(), 255), mask.branch});
    }
    // Of an earlier run with more of them.
    remove_views_from(mask_folder(folder, item.part), job.views);
    return product;
  }

 private:
  Workspace workspace_;
  std::string uid_;
  std::unique_ptr<ShownSurface> surface_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::MaskStage, funcorr::MaskWorker>(argc, argv);
}
