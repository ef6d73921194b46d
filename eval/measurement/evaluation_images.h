#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "db/dataset/record/pair.h"
#include "db/dataset/workspace.h"
#include "db/format/members.h"
#include "eval/measurement/rows.h"
#include "train/model/diffusion.h"
#include "train/model/predictor.h"

namespace funcorr {

// A row of the results table on a ground-truth pair, with what the row needs to know of it.
struct RowOfPair {
  ResultRow row = ResultRow::kChance;
  Pair pair;
  std::string run;  // training run of the model or backbone; empty where none is needed
  std::vector<std::string> parts_1, parts_2;   // of both objects, that do the function: for their masks
  std::vector<PixelBox> boxes_1{}, boxes_2{};  // in the views' pictures, for rows that are told boxes
  std::string vlm{};                           // run of locate that the boxes are from; empty: without a name
  InferenceOptions inference{};
  std::string row_name() const { return std::string(to_string(row)) + inference.suffix(); }
  static constexpr auto members() {
    return std::tuple{member("row", &RowOfPair::row),
                      member("pair", &RowOfPair::pair),
                      member("run", &RowOfPair::run),
                      member("parts_1", &RowOfPair::parts_1),
                      member("parts_2", &RowOfPair::parts_2),
                      member("boxes_1", &RowOfPair::boxes_1),
                      member("boxes_2", &RowOfPair::boxes_2),
                      member("vlm", &RowOfPair::vlm),
                      member("inference", &RowOfPair::inference)};
  }
};

// Loads the images of pairs as rows need them, and keeps models and the last embeddings from one to the next.
// Not thread-safe. Throws std::runtime_error that names the file which is missing or unfit.
class EvaluationImages {
 public:
  // diffusion_levels: where Stable Diffusion's features are from, see DiffusionPredictor; may be empty where
  // no row needs them. device: of all models.
  EvaluationImages(Workspace workspace, std::string diffusion_levels, DeviceChoice device);

  std::array<RowImage, 2> load(const RowOfPair& item);

 private:
  struct View {
    std::string uid;
    int number = 0;
    std::vector<std::string> parts;
    std::vector<PixelBox> boxes;
  };
  RowImage load_view(const RowOfPair& item, const View& view);
  void add_embedding(const RowOfPair& item, const View& view, const std::vector<std::uint8_t>& rgb,
                     RowImage& image);
  // Both images together: the principal components are theirs.
  void add_diffusion(const RowOfPair& item, std::array<RowImage, 2>& images);
  const Predictor& predictor(const std::string& run, int shifts);
  const DiffusionPredictor& diffusion(const std::string& run);
  const EmbeddedCrop& recent(const std::string& key, const std::function<EmbeddedCrop()>& make);

  static constexpr std::size_t kKept = 4;        // embeddings, up to 154 MB each
  static constexpr std::size_t kPredictors = 5;  // models, each with its backbone
  Workspace workspace_;
  std::string diffusion_levels_;
  DeviceChoice device_;
  std::map<std::pair<std::string, int>, Predictor> predictors_;  // by run and shifts
  std::map<std::string, DiffusionPredictor> diffusion_;
  std::list<std::pair<std::string, EmbeddedCrop>> recent_;
};

}  // namespace funcorr
