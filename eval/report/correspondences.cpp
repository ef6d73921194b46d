// Pictures of correspondences: ground truth beside what the rows predict.
#include <filesystem>

#include <fmt/format.h>

#include "db/dataset/pair_file.h"
#include "db/dataset/predictions.h"
#include "eval/metric/metrics.h"
#include "eval/report/figures.h"
#include "eval/report/sections.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<PixelPair> predicted_pairs(const Predictions& predictions, const fs::path& file,
                                       const std::vector<PixelPair>& truth) {
  const std::vector<Pixel>& targets = predictions.in_image_2;
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

std::string pair_html(const Workspace& workspace, const PicturedPair& pictured, std::size_t number,
                      const std::vector<std::string>& rows, PictureFolder& pictures) {
  const Pair& pair = pictured.pair;
  const auto crop = [&](const std::string& uid, int view) {
    return image_of(load_cropped_view(workspace.asset(uid), view).rgb, kCropSize, kCropSize);
  };
  const Image8 image_1 = crop(pair.uid_1, pair.view_1), image_2 = crop(pair.uid_2, pair.view_2);
  const std::vector<PixelPair> truth = load_pair_file(workspace.root / pair.path);
  std::vector<std::string> figures, discoveries;
  const auto add = [&](const std::string& name, const std::vector<PixelPair>& pairs,
                       const std::string& caption) {
    const std::string file = pictures.save(fmt::format("pair-{:03}-{}", number, name),
                                           draw_correspondence(image_1, image_2, pairs, 2));
    figures.push_back(figure_html(file, caption, 456));
  };
  add("truth", truth, fmt::format("ground truth, {} pixels", truth.size()));
  for (const std::string& row : rows) {
    const fs::path file = predictions_path(workspace, row, pair.id);
    if (!fs::exists(file)) continue;
    const Predictions predictions = load_predictions(file);
    const std::vector<PixelPair> predicted = predicted_pairs(predictions, file, truth);
    add(row, predicted, row + ": " + transfer_text(truth, predicted));
    const auto found = static_cast<int>(predictions.discovered.size());
    if (found == 0) continue;  // of an older evaluate
    const std::string drawn =
        pictures.save(fmt::format("pair-{:03}-{}-discovery", number, row),
                      draw_match_lines(image_1, image_2, predictions.discovered, found));
    discoveries.push_back(
        figure_html(drawn, fmt::format("{}: its best {} discovered matches", row, found), 456));
  }
  return "<h3>" + html_escape(fmt::format("{}: {} → {}", pair.function, pictured.name_1, pictured.name_2)) +
         "</h3>\n" + figure_row_html(figures) + figure_row_html(discoveries);
}

}  // namespace

PageSection correspondence_section(const Workspace& workspace, const std::vector<PicturedPair>& pairs,
                                   const std::vector<std::string>& rows, PictureFolder& pictures) {
  if (pairs.empty())
    return {"Correspondences", missing_html("There are no predictions of the full model yet; make them by:",
                                            "funcorr evaluate")};
  std::string html = paragraph_html(
      "Equal colours correspond. Left in every picture: the pixels of the functional part that have a "
      "ground-truth partner; right: their partners, or where the row sends them. Lines: the matches that "
      "each "
      "row ranks first by itself, apart from each other (as in the paper's figure 6).");
  for (std::size_t i = 0; i < pairs.size(); ++i) html += pair_html(workspace, pairs[i], i, rows, pictures);
  return {"Correspondences", html};
}

}  // namespace funcorr
