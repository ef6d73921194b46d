#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/record/part.h"
#include "db/dataset/record/view.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Tables view, box, pair_box, part_support and mask: what an asset's labels are made from and what they are.

// Replaces both sets of the asset.
void replace_views(Manifest& manifest, const std::string& uid, const std::vector<View>& views);
std::vector<View> views_of(Manifest& manifest, const std::string& uid, ViewSet set);  // in index order

// Replaces all boxes of (uid, part).
void replace_boxes(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<Box>& boxes);
std::vector<Box> boxes_of(Manifest& manifest, const std::string& uid,
                          const std::string& part);  // view, pass, sample, index order

// What a model was asked for in the views of ground-truth pairs that show an asset.
struct PairBoxKey {
  std::string uid;
  BoxSubject subject = BoxSubject::kPart;
  std::string name;   // the part's, or the function's
  std::string vlm{};  // name of the run of locate; empty: the one without a name
};
// Replaces all boxes of the key.
void replace_pair_boxes(Manifest& manifest, const PairBoxKey& key, const std::vector<Box>& boxes);
std::vector<Box> pair_boxes_of(Manifest& manifest, const PairBoxKey& key);  // view, sample, index order
// Runs of locate that have finished items, by name; of each the models that its boxes are from.
std::map<std::string, std::set<std::string>> models_of_locate(Manifest& manifest);

void upsert_part_support(Manifest& manifest, const PartSupport& support);
std::optional<PartSupport> find_part_support(Manifest& manifest, const std::string& uid,
                                             const std::string& part);

// Replaces all masks of (uid, part).
void replace_masks(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<MaskRecord>& masks);
std::vector<MaskRecord> masks_of(Manifest& manifest, const std::string& uid);  // part, view order

}  // namespace funcorr
