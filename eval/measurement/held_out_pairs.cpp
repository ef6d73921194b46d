#include "eval/measurement/held_out_pairs.h"

#include <algorithm>
#include <map>
#include <set>

#include "db/dataset/pair_file.h"
#include "db/dataset/run_folder.h"
#include "db/format/artifact.h"
#include "db/format/image.h"
#include "eval/measurement/rows.h"
#include "eval/report/figures.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Few of each kind: a curve of each is drawn.
const MetricThresholds kThresholds{{10}, {10}};
const std::vector<std::string> kNames{"transfer.distance", "transfer.pck@10", "discovery.f1@10",
                                      "discovery.ap@10"};

std::vector<Pair> evenly_spread(const std::vector<Pair>& pairs, std::size_t most) {
  const std::size_t count = std::min(most, pairs.size());
  std::vector<Pair> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(pairs[i * pairs.size() / count]);
  return chosen;
}

struct Side {
  CroppedView crop;
  RowImage image;
};

Side load_side(const fs::path& asset_folder, int view, const std::string& function,
               const CropEmbedder& embed) {
  Side side{load_cropped_view(asset_folder, view), {}};
  side.image.object = side.crop.object;
  side.image.embedded = embedded_crop(embed(side.crop.rgb, function));
  return side;
}

// Those of an earlier run of this name.
void remove_later_pictures(const fs::path& newest) {
  for (const auto& entry : fs::directory_iterator(newest.parent_path()))
    if (entry.path() > newest) fs::remove(entry.path());
}

// Ground truth in image 1, and where label transfer sends it.
std::vector<PixelPair> transferred(std::vector<PixelPair> truth, const PairMatches& matches) {
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i].second = matches[0].transfer[i];
  return truth;
}

}  // namespace

HeldOutPairs::HeldOutPairs(Workspace workspace, const std::vector<Pair>& pairs,
                           const std::vector<AssetSplit>& splits, const std::vector<std::string>& functions,
                           std::size_t most)
    : workspace_(std::move(workspace)) {
  const std::set<std::string> known(functions.begin(), functions.end());
  std::set<std::string> trained;
  for (const AssetSplit& asset : splits)
    if (asset.split == Split::kTrain) trained.insert(asset.uid);
  std::vector<Pair> held_out;
  std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(held_out), [&](const Pair& pair) {
    return known.contains(pair.function) && !trained.contains(pair.uid_1) && !trained.contains(pair.uid_2);
  });
  pairs_ = evenly_spread(held_out, most);
}

TrainingProbe HeldOutPairs::probe(ResultRow row, const fs::path& run_folder) const {
  if (pairs_.empty()) return {kNames, {}};
  const auto measure_all = [workspace = workspace_, pairs = pairs_, row, run_folder](
                               const CropEmbedder& embed, std::int64_t step) {
    std::map<std::string, double> sums;
    for (const Pair& pair : pairs) {
      const Side side_1 = load_side(workspace.asset(pair.uid_1), pair.view_1, pair.function, embed);
      const Side side_2 = load_side(workspace.asset(pair.uid_2), pair.view_2, pair.function, embed);
      const std::vector<PixelPair> truth = load_pair_file(workspace.root / pair.path);
      const PairMatches matches = predict_row(row, side_1.image, side_2.image, truth, 0);
      for (const NamedMetric& metric : measure(truth, matches, kThresholds))
        sums[metric.name] += metric.value;
      if (&pair != &pairs.front()) continue;
      const auto image = [](const Side& side) { return image_of(side.crop.rgb, kCropSize, kCropSize); };
      const fs::path picture = match_picture_path(run_folder, step);
      write_artifact(picture, [&](const fs::path& file) {
        save_png(file, draw_correspondence(image(side_1), image(side_2), transferred(truth, matches)));
      });
      remove_later_pictures(picture);
    }
    std::vector<double> means;
    for (const std::string& name : kNames)
      means.push_back(sums.at(name) / (2.0 * static_cast<double>(pairs.size())));
    return means;
  };
  return {kNames, measure_all};
}

}  // namespace funcorr
