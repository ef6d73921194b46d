#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace funcorr {

// A functional part of a category's objects.
struct Part {
  std::string category;
  std::string name;                    // lower case, unique within the category
  std::string description;             // one line, without the name
  bool is_small = false;               // needs the zoomed second pass
  bool is_edge = false;                // heat is multiplied by the edge probability
  std::vector<std::string> functions;  // what it performs, sorted
};

struct PartSupport {  // what aggregate found for one part of one asset
  std::string uid, part;
  int views_with_boxes = 0, views_used = 0, boxes = 0;
  std::int64_t visible_points = 0, positive_points = 0;  // heat > 0.5 after scaling
  double heat_max = 0;
};

struct MaskRecord {  // of one part in one training view
  std::string uid, part;
  int view = 0;
  std::int64_t pixels = 0;
  std::string branch;  // which post-processing was taken: "threshold", "otsu", "otsu_fallback", "empty"
};

}  // namespace funcorr
