#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

#include "db/dataset/view.h"
#include "db/format/members.h"
#include "db/format/named_enum.h"

namespace funcorr {

// What is wrong with a rendered view.
enum class ViewFlag {
  kBlank,        // no foreground at all
  kNearlyBlank,  // less than 0.2 % of the image
  kOutOfFrame,   // foreground touches the image's border
  kAllBlack,     // no foreground pixel brighter than 8 of 255
  kAllWhite,     // none darker than 250 of 255
};
constexpr auto names_of(ViewFlag) {
  return std::to_array<EnumName<ViewFlag>>({{ViewFlag::kBlank, "blank"},
                                            {ViewFlag::kNearlyBlank, "nearly_blank"},
                                            {ViewFlag::kOutOfFrame, "out_of_frame"},
                                            {ViewFlag::kAllBlack, "all_black"},
                                            {ViewFlag::kAllWhite, "all_white"}});
}
using ViewFlags = EnumSet<ViewFlag>;  // empty when fine

// One rendered view.
struct View {
  std::string uid;
  ViewSet set = ViewSet::kLabel;
  int index = 0;
  std::string hdri;  // name of the environment map
  double hdri_rotation_deg = 0;
  double coverage = 0;  // share of pixels with alpha > 0.5
  std::int64_t visible_points = 0;
  ViewFlags flags{};
  static constexpr auto members() {
    return std::tuple{member("uid", &View::uid),
                      member("set", &View::set),
                      member("index", &View::index),
                      member("hdri", &View::hdri),
                      member("hdri_rotation_deg", &View::hdri_rotation_deg),
                      member("coverage", &View::coverage),
                      member("visible_points", &View::visible_points),
                      member("flags", &View::flags)};
  }
};

}  // namespace funcorr
