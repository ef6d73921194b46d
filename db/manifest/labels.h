#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "db/manifest/ledger.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// One rendered view. set: "label" or "train".
struct View {
  std::string uid, set;
  int index = 0;
  std::string hdri;  // name of the environment map
  double hdri_rotation_deg = 0;
  double coverage = 0;  // share of pixels with alpha > 0.5
  std::int64_t visible_points = 0;
  std::string flags;  // comma-separated quality flags; empty when fine
};
void replace_views(Manifest& manifest, const std::string& uid, const std::vector<View>& views);
std::vector<View> views_of(Manifest& manifest, const std::string& uid, const std::string& set);

// A box that a vision-language model gave; every one is kept.
struct Box {
  std::string uid, part;
  int view = 0, sample = 0, index = 0;  // index: several boxes in one reply
  int pass = 1;                         // 2: the zoomed pass
  std::int64_t request_id = 0;
  std::array<int, 4> xyxy{};  // pixels of the labelling view, x1 and y1 exclusive
  std::string flag;           // "" or "out_of_range", "inverted", "empty"
};
// Replaces all boxes of (uid, part).
void replace_boxes(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<Box>& boxes);
std::vector<Box> boxes_of(Manifest& manifest, const std::string& uid,
                          const std::string& part);  // view, pass, sample, index order

struct PartSupport {  // what aggregate found for one part of one asset
  std::string uid, part;
  int views_with_boxes = 0, views_used = 0, boxes = 0;
  std::int64_t visible_points = 0, positive_points = 0;  // heat > 0.5 after scaling
  double heat_max = 0;
};
void upsert_part_support(Manifest& manifest, const PartSupport& support);

struct MaskRecord {
  std::string uid, part;
  int view = 0;
  std::int64_t pixels = 0;
  std::string branch;  // which post-processing was taken: "threshold", "otsu", "otsu_fallback", "empty"
};
void replace_masks(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<MaskRecord>& masks);
std::vector<MaskRecord> masks_of(Manifest& manifest, const std::string& uid);  // part, view order

}  // namespace funcorr
