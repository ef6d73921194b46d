#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "db/format/members.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "eval/official/official_set.h"
#include "eval/truth/pair_sampling.h"
#include "eval/truth/trials.h"

namespace funcorr {

// All annotated pairs that ground truth is made of, wherever their alignment is from.

struct AnnotatedPairOptions {
  std::vector<std::filesystem::path> annotations;
  bool from_frames = false;
  OfficialSetOptions official;
  PairSamplingOptions sampling;
  TrialOptions trials;
  static const OptionList<AnnotatedPairOptions>& options();
};

enum class PairSource { kAnnotation, kFrames, kOfficialSet };
constexpr auto names_of(PairSource) {
  return std::to_array<EnumName<PairSource>>({{PairSource::kAnnotation, "annotation"},
                                              {PairSource::kFrames, "frames"},
                                              {PairSource::kOfficialSet, "official_set"}});
}

struct AnnotatedPair {
  PairSource source = PairSource::kAnnotation;
  PairAnnotation annotation;  // of kFrames: function, objects and label, still to be aligned
  OfficialPair official;      // of kOfficialSet, which has no annotation
  static constexpr auto members() {
    using P = AnnotatedPair;
    return std::tuple{member("source", &P::source), member("annotation", &P::annotation),
                      member("official", &P::official)};
  }
};
// Moves when the annotation does; of kOfficialSet when a file of the pair may have changed.
std::string annotation_fingerprint(const AnnotatedPair& pair);

struct AnnotatedPairs {
  std::map<std::string, AnnotatedPair> by_key;
  std::vector<std::string> skipped;  // folders of the published set that are no pairs
};
// `objects`: what sample_pairs() draws from. Throws UsageError for a pair that stands twice, or a published
// set that is not there; std::runtime_error that names the file which is unfit.
AnnotatedPairs list_annotated_pairs(const Workspace& workspace, const AnnotatedPairOptions& options,
                                    const std::vector<FrameObject>& objects, std::uint64_t seed);

// The trials that ground truth was made and stored of; or a word for why there is none ("no_frame",
// "no_view", "no_trial"), and the reason.
struct PairTrials {
  std::vector<Pair> pairs;
  std::string nothing, why;
};
// `categories`: of both objects; of no use to kOfficialSet, whose names tell them.
PairTrials make_ground_truth(const Workspace& workspace, const AnnotatedPair& pair,
                             const std::array<std::string, 2>& categories,
                             const AnnotatedPairOptions& options, Random& random);

}  // namespace funcorr
