#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "db/format/members.h"
#include "db/format/named_enum.h"

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
  // Of a posterior (labeling/fusion/posterior.h): 0 … 1; below 0: the heat is no probability.
  double doubt = -1;
  bool is_posterior() const { return doubt >= 0; }
  static constexpr auto members() {
    using S = PartSupport;
    return std::tuple{member("uid", &S::uid),
                      member("part", &S::part),
                      member("views_with_boxes", &S::views_with_boxes),
                      member("views_used", &S::views_used),
                      member("boxes", &S::boxes),
                      member("visible_points", &S::visible_points),
                      member("positive_points", &S::positive_points),
                      member("heat_max", &S::heat_max),
                      member("doubt", &S::doubt)};
  }
};

// Which way the mask of a part was made from its heat.
enum class MaskBranch {
  kThreshold,     // few hot points: threshold at 128
  kOtsu,          // blurred, Otsu's threshold
  kOtsuFallback,  // Otsu's threshold below 64: threshold at 128, without the blur
  kEmpty,         // no visible point has any heat
  kPosterior,     // the pixels that are rather in the part than not
};
constexpr auto names_of(MaskBranch) {
  return std::to_array<EnumName<MaskBranch>>({{MaskBranch::kThreshold, "threshold"},
                                              {MaskBranch::kOtsu, "otsu"},
                                              {MaskBranch::kOtsuFallback, "otsu_fallback"},
                                              {MaskBranch::kEmpty, "empty"},
                                              {MaskBranch::kPosterior, "posterior"}});
}

struct MaskRecord {  // of one part in one training view
  std::string uid, part;
  int view = 0;
  std::int64_t pixels = 0;
  MaskBranch branch = MaskBranch::kEmpty;
  static constexpr auto members() {
    using M = MaskRecord;
    return std::tuple{member("uid", &M::uid), member("part", &M::part), member("view", &M::view),
                      member("pixels", &M::pixels), member("branch", &M::branch)};
  }
};

}  // namespace funcorr
