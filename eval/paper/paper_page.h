#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/sweep.h"
#include "db/dataset/record/table.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "eval/paper/comparison.h"
#include "eval/report/report.h"

namespace funcorr {

// Every table and figure of the paper from one workspace, as far as it has them, the paper's numbers beside
// ours.

struct PaperOptions {
  int pair_pictures = 4;
  static const OptionList<PaperOptions>& options();
};

// Of the ground-truth pairs of one set.
struct PaperSet {
  PairSet set = PairSet::kOwn;
  std::size_t annotated_pairs = 0;
  Results results{0};  // rows of the results table
  Results weights{0};  // of the full model under other weights of its losses, by weights_label()
};

// Seconds that stand behind the paper's words on how slow vision-language models are (section 5.3).
struct InferenceTimes {
  double full_per_pair = 0;  // the full model, both images, with matching and measuring; 0: not measured
  std::map<std::string, double> per_question;  // a model's name → of one question about one image
};

struct PaperContents {
  std::vector<PaperSet> sets;  // that have pairs
  Circumstances circumstances;
  std::vector<PicturedPair> pairs;
  Table stages, spend;  // views of the manifest
  InferenceTimes times;
};

// How a sweep's run is called among others that change weights of losses alone: "λ_spatial = 3", or for the
// configuration as it is kBaseSetting. Empty: it changes something else.
std::string weights_label(const SweepRun& run);

// Of every set: Table 1, and what the losses are worth.
std::vector<Comparison> comparisons(const PaperContents& contents);
std::string to_text(const PaperContents& contents);
nlohmann::json to_json(const PaperContents& contents);
// eval/paper: the page, its pictures, and table.json.
void write_paper(const Workspace& workspace, const PaperContents& contents, const std::string& subtitle);

}  // namespace funcorr
