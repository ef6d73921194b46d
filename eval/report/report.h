#pragma once

#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/pair.h"
#include "db/dataset/record/part.h"
#include "db/dataset/record/table.h"
#include "db/dataset/record/view.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "eval/metric/results.h"

namespace funcorr {

struct ReportOptions {
  std::string title = "funcorr";
  int sheet_assets = 60;
  int label_pictures = 24;
  int pair_pictures = 2;
  bool timings = false;
  static const OptionList<ReportOptions>& options();
};

struct RenderedAsset {
  Asset asset;
  std::vector<View> labelling_views, training_views;
};

struct LabelledAsset {
  Asset asset;
  std::vector<Part> parts;                        // of its category
  std::vector<MaskRecord> masks;                  // of all parts in all training views
  std::map<std::string, PartSupport> supports{};  // by part, of those
};

struct PicturedPair {
  Pair pair;
  std::string name_1, name_2;  // of its objects' categories; of the objects where no category is known
};

// What the page shows, besides what lies in the workspace's files.
struct ReportContents {
  std::vector<std::string> stages;  // in the line's order, without the report itself
  // Views of the manifest: stats_stage, stats_category …
  Table stage_statistics, categories, functions, labels, spend, errors;
  bool are_assets_accepted = false;
  Results results{0};
  struct Sweep {
    std::string name;
    Table table;  // readable_table()
  };
  std::vector<Sweep> sweeps;
  std::vector<PicturedPair> pairs;  // as PairSample chose them
  std::vector<Run> runs;
  std::vector<RenderedAsset> rendered;  // as AssetSample chose them
  std::vector<LabelledAsset> labelled;  // likewise
};

// Writes the page and the pictures beside it, and removes those of an earlier page. Throws std::runtime_error
// that names the file which is missing or unfit.
void write_report(const Workspace& workspace, const ReportContents& contents, const ReportOptions& options,
                  const std::string& subtitle);

}  // namespace funcorr
