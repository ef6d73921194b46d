#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "eval/measurement/evaluation_images.h"
#include "stages/evaluate_rows.h"
#include "stages/part_item.h"

namespace funcorr {

// What rows that are told where the function's parts are have of a pair's two images: the masks that are
// fused from other views of the objects, or what locate was answered of these very views.
class PartsOfPairs {
 public:
  explicit PartsOfPairs(Manifest& manifest) : manifest_(manifest), parts_(manifest) {}

  std::string mask_fingerprints(const Pair& pair) {
    return "+" + masks_of_asset(pair.uid_1) + "+" + masks_of_asset(pair.uid_2);
  }

  // What locate's answers rest on; nothing where a question about one of the images is open, or where there
  // is none: such pairs are counted. A refused question is answered, without a box.
  std::optional<std::string> located(BoxSubject subject, const std::string& vlm, const Pair& pair) {
    std::string all;
    for (const Side& side : sides(pair)) {
      const std::vector<PairBoxKey> keys = asked(subject, vlm, side, pair.function);
      if (keys.empty()) return count(without_part_);
      for (const PairBoxKey& key : keys) {
        const auto settled = settled_fingerprint(manifest_, "locate", pair_box_item(key));
        if (!settled) return count(open_);
        all += "+" + *settled;
      }
    }
    ++located_;
    return all;
  }
  // Says which of the row's pairs are left out, and what to run; counts anew.
  void warn_of_missing(const MeasuredRow& row) {
    const BoxSubject subject = row_kind(row.row).needs_boxes.value_or(BoxSubject::kPart);
    const std::string label = row.of_results().label();
    if (open_ > 0)
      spdlog::warn(
          "evaluate: row {}: {} of {} pairs are left out: no vision-language model was asked for boxes in "
          "their images; ask it by: funcorr locate{} --by {} (the settings of [ground] hold)",
          label, open_, open_ + without_part_ + located_, row.vlm.empty() ? "" : " --name " + row.vlm,
          to_string(subject));
    if (without_part_ > 0)
      spdlog::warn(
          "evaluate: row {}: {} pairs are left out: a category of theirs has no part for the function", label,
          without_part_);
    open_ = without_part_ = located_ = 0;
  }

  // Fills in what the row is told.
  void describe(RowOfPair& item) {
    const RowKind kind = row_kind(item.row);
    const auto both = sides(item.pair);
    if (kind.needs_masks) {
      item.parts_1 = names(both[0].category, item.pair.function);
      item.parts_2 = names(both[1].category, item.pair.function);
    }
    if (kind.needs_boxes) {
      item.boxes_1 = boxes(*kind.needs_boxes, item.vlm, both[0], item.pair.function);
      item.boxes_2 = boxes(*kind.needs_boxes, item.vlm, both[1], item.pair.function);
    }
  }

 private:
  struct Side {
    std::string uid, category;
    int view = 0;
  };
  static std::vector<Side> sides(const Pair& pair) {
    return {{pair.uid_1, pair.category_1, pair.view_1}, {pair.uid_2, pair.category_2, pair.view_2}};
  }
  static std::nullopt_t count(std::int64_t& counter) {
    ++counter;
    return std::nullopt;
  }

  std::vector<std::string> names(const std::string& category, const std::string& function) {
    std::vector<std::string> names;
    for (const Part& part : parts_.performing(category, function)) names.push_back(part.name);
    return names;
  }

  std::vector<PairBoxKey> asked(BoxSubject subject, const std::string& vlm, const Side& side,
                                const std::string& function) {
    if (subject == BoxSubject::kFunction) return {{side.uid, subject, function, vlm}};
    std::vector<PairBoxKey> keys;
    for (const std::string& part : names(side.category, function))
      keys.push_back({side.uid, subject, part, vlm});
    return keys;
  }

  std::vector<PixelBox> boxes(BoxSubject subject, const std::string& vlm, const Side& side,
                              const std::string& function) {
    std::vector<PixelBox> pixels;
    for (const PairBoxKey& key : asked(subject, vlm, side, function)) {
      if (!done_fingerprint(manifest_, "locate", pair_box_item(key))) continue;
      for (const Box& box : pair_boxes_of(manifest_, key))
        if (box.view == side.view && is_sound(box.flag)) pixels.push_back(box.pixels);
    }
    return pixels;
  }

  const std::string& masks_of_asset(const std::string& uid) {
    const auto [entry, is_new] = masks_.try_emplace(uid);
    if (is_new)
      for_each_done_item(
          manifest_, "mask",
          [&](const DoneItem& item) { entry->second += item.key + "=" + item.fingerprint + ";"; }, uid + "/");
    return entry->second;
  }

  Manifest& manifest_;
  AssetParts parts_;
  std::map<std::string, std::string> masks_;  // uid → fingerprints
  std::int64_t open_ = 0, without_part_ = 0, located_ = 0;
};

}  // namespace funcorr
