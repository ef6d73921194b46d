// Pictures of correspondences: ground truth beside what the rows predict.
#include <map>

#include <fmt/format.h>

#include "db/dataset/pair_file.h"
#include "db/format/npy.h"
#include "db/manifest/evaluation.h"
#include "eval/metric/metrics.h"
#include "eval/object_files.h"
#include "eval/report/figures.h"
#include "stages/reporting/source.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Rows worth a picture, in the page's order.
const std::vector<std::string> kPicturedRows{"backbone", "full"};

fs::path predictions_file(const Workspace& workspace, const std::string& row, const std::string& pair) {
  return workspace.eval() / "predictions" / row / (pair + ".npz");
}

// Of every function the first pairs with a picture of the full row, half of them across categories. A pair of
// objects is shown once.
std::vector<Pair> pairs_to_show(const ReportSource& source) {
  struct Chosen {
    std::size_t within = 0, across = 0;
    std::string last;
  };
  std::map<std::string, Chosen> chosen;
  std::vector<Pair> pairs;
  for_each_pair(source.manifest, [&](const Pair& pair) {
    Chosen& of_function = chosen[pair.function];
    const bool within = pair.within_category();
    const std::size_t most = (source.pairs_per_function + (within ? 0 : 1)) / 2;
    std::size_t& count = within ? of_function.within : of_function.across;
    const std::string objects = pair.uid_1 + pair.uid_2;
    if (count >= most || objects == of_function.last) return;
    if (!fs::exists(predictions_file(source.workspace, "full", pair.id))) return;
    ++count;
    of_function.last = objects;
    pairs.push_back(pair);
  });
  return pairs;
}

std::vector<PixelPair> predicted_pairs(const fs::path& file, const std::vector<PixelPair>& truth) {
  const std::vector<Pixel> targets = pixels_of_rowcol(load_npz(file).at("transfer_rowcol_2"));
  if (targets.size() != truth.size())
    throw std::runtime_error(file.string() +
                             " does not fit its pair's ground truth; run funcorr evaluate again");
  std::vector<PixelPair> pairs = truth;
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].second = targets[i];
  return pairs;
}

std::string transfer_text(const std::vector<PixelPair>& truth, const std::vector<PixelPair>& predicted) {
  std::vector<Pixel> wanted, found;
  for (const PixelPair& pair : truth) wanted.push_back(pair.second);
  for (const PixelPair& pair : predicted) found.push_back(pair.second);
  const TransferMetrics metrics = label_transfer(wanted, found);
  return fmt::format("distance {:.3f}, PCK@23 {:.2f}", metrics.normalized_distance, metrics.pck.front());
}

std::string pair_html(const ReportSource& source, PictureFolder& pictures, const Pair& pair,
                      std::size_t number) {
  const auto crop = [&](const std::string& uid, int view) {
    return image_of(load_cropped_view(source.workspace.asset(uid), view).rgb, kCropSize, kCropSize);
  };
  const Image8 image_1 = crop(pair.uid_1, pair.view_1), image_2 = crop(pair.uid_2, pair.view_2);
  const std::vector<PixelPair> truth = load_pair_file(source.workspace.root / pair.path);
  std::vector<std::string> figures;
  const auto add = [&](const std::string& name, const std::vector<PixelPair>& pairs,
                       const std::string& caption) {
    const std::string file = pictures.save(fmt::format("pair-{:03}-{}", number, name),
                                           draw_correspondence(image_1, image_2, pairs, 2));
    figures.push_back(figure_html(file, caption, 456));
  };
  add("truth", truth, fmt::format("ground truth, {} pixels", truth.size()));
  for (const std::string& row : kPicturedRows) {
    const fs::path file = predictions_file(source.workspace, row, pair.id);
    if (!fs::exists(file)) continue;
    const std::vector<PixelPair> predicted = predicted_pairs(file, truth);
    add(row, predicted, row + ": " + transfer_text(truth, predicted));
  }
  const auto name = [&](const std::string& uid, const std::string& category) {
    const auto asset = find_asset(source.manifest, uid);
    return asset && category.empty() ? asset->name : category;
  };
  return "<h3>" +
         html_escape(fmt::format("{}: {} → {}", pair.function, name(pair.uid_1, pair.category_1),
                                 name(pair.uid_2, pair.category_2))) +
         "</h3>\n" + figure_row_html(figures);
}

}  // namespace

PageSection correspondence_section(const ReportSource& source, PictureFolder& pictures) {
  const std::vector<Pair> pairs = pairs_to_show(source);
  if (pairs.empty())
    return {"Correspondences", missing_html("There are no predictions of the full model yet; make them by:",
                                            "funcorr evaluate")};
  std::string html = paragraph_html(
      "Equal colours correspond. Left in every picture: the pixels of the functional part that have a "
      "ground-truth "
      "partner; right: their partners, or where the row sends them.");
  for (std::size_t i = 0; i < pairs.size(); ++i) html += pair_html(source, pictures, pairs[i], i);
  return {"Correspondences", html};
}

}  // namespace funcorr
