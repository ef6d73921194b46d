#include "eval/truth/pair_sampling.h"

#include <map>
#include <string>

#include "eval/truth/object_files.h"

namespace funcorr {

const OptionList<PairSamplingOptions>& PairSamplingOptions::options() {
  using O = PairSamplingOptions;
  static const OptionList<O> list{
      option("splits", &O::splits).help("splits whose assets from_frames draws pairs from"),
      option("pairs_per_function", &O::pairs_per_function)
          .range(1, 100000)
          .help("annotated pairs that from_frames draws for each function"),
      option("across_share", &O::across_share)
          .range(0, 1)
          .help("share of the pairs drawn by from_frames whose objects are of different categories"),
      option("box_margin", &O::box_margin)
          .range(0, 1)
          .help("how much from_frames grows a part's box, as a share of its longest half extent"),
  };
  return list;
}

std::vector<FramePair> sample_pairs(const Workspace& workspace, const std::vector<FrameObject>& objects,
                                    const PairSamplingOptions& options, std::uint64_t seed) {
  PairSamplingOptions::options().check(options);
  std::map<std::string, std::vector<FrameObject>> objects_of_function;
  for (const FrameObject& object : objects)
    for (const std::string& function : functions_with_frames(workspace.asset(object.uid)))
      objects_of_function[function].push_back(object);
  std::vector<FramePair> all;
  for (const auto& [function, with_frame] : objects_of_function)
    for (FramePair& pair :
         sample_frame_pairs(function, with_frame, options.pairs_per_function, options.across_share, seed))
      all.push_back(std::move(pair));
  return all;
}

PairAnnotation align_by_frames(const Workspace& workspace, const FramePair& pair,
                               const PairSamplingOptions& options) {
  const auto part = [&](const std::string& uid) {
    return load_framed_part(workspace.asset(uid), uid, pair.function);
  };
  return annotation_from_frames(pair.function, part(pair.object_1), part(pair.object_2), options.box_margin);
}

}  // namespace funcorr
