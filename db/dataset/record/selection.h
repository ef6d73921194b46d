#pragma once

#include <array>
#include <string>
#include <tuple>
#include <vector>

#include "db/format/members.h"
#include "db/format/named_enum.h"

namespace funcorr {

// The step of the selection that an asset did not pass.
enum class Dropped {
  kKept,         // it passed all
  kNoName,       // nothing says what it is, or its caption shows no single object
  kNoMatch,      // no category is near its name
  kNotVerified,  // the caption fits none of the categories near its name
  kOverCap,      // its category has as many assets as it may
};
constexpr auto names_of(Dropped) {
  return std::to_array<EnumName<Dropped>>({{Dropped::kKept, ""},
                                           {Dropped::kNoName, "no_name"},
                                           {Dropped::kNoMatch, "no_match"},
                                           {Dropped::kNotVerified, "not_verified"},
                                           {Dropped::kOverCap, "over_cap"}});
}

// How select came to an asset's category, step by step.
struct Selection {
  struct Candidate {
    std::string category;
    double cosine = 0;
    static constexpr auto members() {
      return std::tuple{member("category", &Candidate::category), member("cosine", &Candidate::cosine)};
    }
  };
  std::string uid, caption;
  std::string name;                   // what the caption shows
  std::vector<Candidate> candidates;  // best first
  std::string category;               // verified; empty where none was
  Dropped dropped = Dropped::kKept;
  std::string reason;  // why it was dropped, one line
  static constexpr auto members() {
    using S = Selection;
    return std::tuple{member("uid", &S::uid),           member("caption", &S::caption),
                      member("name", &S::name),         member("candidates", &S::candidates),
                      member("category", &S::category), member("dropped", &S::dropped),
                      member("reason", &S::reason)};
  }
};

struct CaptionedAsset {
  std::string uid, caption;
};

}  // namespace funcorr
