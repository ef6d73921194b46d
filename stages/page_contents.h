#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/statistics.h"
#include "db/manifest/sweep.h"
#include "eval/report/report.h"
#include "eval/report/samples.h"
#include "pipeline/graph.h"
#include "pipeline/stage.h"

namespace funcorr {

// What the stages that write pages have in common.

// Everything that a page shows follows from the finished items of the stages before it, their options and
// the troubles. `pages`: the stages that write them.
inline std::string fingerprint_of_workspace(Manifest& manifest, const std::vector<std::string>& pages) {
  std::string chain;
  const auto add = [&](const std::string& text) { chain = sha256_hex(chain + text, 32); };
  for (const StageNode& stage : stage_graph())
    if (std::ranges::count(pages, stage.name) == 0)
      for_each_done_item(manifest, stage.name,
                         [&](const DoneItem& item) { add(item.key + "=" + item.fingerprint); });
  for (const std::string& sweep : all_sweeps(manifest))
    for (const SweepRun& run : sweep_runs(manifest, sweep))
      add(sweep + run.setting + run.run + run.fingerprint);
  add(to_json(statistics(manifest, "errors")));
  add(to_json(statistics(manifest, "spend")));
  return chain;
}

inline std::string page_subtitle(const StageContext& context) {
  return "preset " + context.preset + " · seed " + std::to_string(context.seed) + " · funcorr " +
         FUNCORR_VERSION;
}

inline PicturedPair pictured(Manifest& manifest, const Pair& pair) {
  const auto name = [&](const std::string& uid, const std::string& category) {
    const auto asset = find_asset(manifest, uid);
    return asset && category.empty() ? asset->name : category;
  };
  return {pair, name(pair.uid_1, pair.category_1), name(pair.uid_2, pair.category_2)};
}

}  // namespace funcorr
