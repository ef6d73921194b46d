#include "eval/truth/annotated_pairs.h"

#include <stdexcept>

#include "db/format/hash.h"

namespace funcorr {

const OptionList<AnnotatedPairOptions>& AnnotatedPairOptions::options() {
  using O = AnnotatedPairOptions;
  static const OptionList<O> list{
      option("annotations", &O::annotations)
          .help("JSON files of annotated pairs: poses of both objects and boxes of their functional parts"),
      option("from_frames", &O::from_frames)
          .help("also make annotated pairs of assets whose sidecars hold functional frames"),
      options_of(&O::official), options_of(&O::sampling), options_of(&O::trials)};
  return list;
}

std::string annotation_fingerprint(const AnnotatedPair& pair) {
  switch (pair.source) {
    case PairSource::kAnnotation:
      return sha256_hex(nlohmann::json(pair.annotation).dump(), 16);
    case PairSource::kFrames:
      return kFramesLabel;
    case PairSource::kOfficialSet:
      return official_fingerprint(pair.official) + (pair.official.set == PairSet::kReal ? "+real" : "");
  }
  return {};
}

// A key that more than one source has is of the last of them.
AnnotatedPairs list_annotated_pairs(const Workspace& workspace, const AnnotatedPairOptions& options,
                                    const std::vector<FrameObject>& objects, std::uint64_t seed) {
  AnnotatedPairs pairs;
  if (options.from_frames)
    for (const FramePair& pair : sample_pairs(workspace, objects, options.sampling, seed))
      pairs.by_key[pair.key()] = {PairSource::kFrames,
                                  {pair.function, pair.object_1, pair.object_2, kFramesLabel, {}, {}, {}, {}},
                                  {}};
  std::map<std::string, PairAnnotation> annotations;
  for (const auto& file : options.annotations)
    for (PairAnnotation& annotation : read_annotations(file)) {
      const std::string key = annotation.key();
      if (!annotations.emplace(key, std::move(annotation)).second)
        throw UsageError("pair annotations: " + key + " stands twice; a label must tell such pairs apart");
    }
  for (auto& [key, annotation] : annotations)
    pairs.by_key[key] = {PairSource::kAnnotation, std::move(annotation), {}};
  for (auto& [key, official] : list_official_set(options.official, pairs.skipped))
    pairs.by_key[key] = {PairSource::kOfficialSet, {}, official};
  return pairs;
}

PairTrials make_ground_truth(const Workspace& workspace, const AnnotatedPair& pair,
                             const std::array<std::string, 2>& categories,
                             const AnnotatedPairOptions& options, Random& random) {
  if (pair.source == PairSource::kOfficialSet) {
    PairTrials made{
        import_official_pair(workspace, options.official.root(pair.official.set), pair.official), {}, {}};
    if (made.pairs.empty()) {
      made.nothing = "no_trial";
      made.why = pair.official.folder.string() + ": no trial has pairs";
    }
    return made;
  }
  PairAnnotation annotation = pair.annotation;
  try {
    if (pair.source == PairSource::kFrames)
      annotation = align_by_frames(workspace, {annotation.function, annotation.object_1, annotation.object_2},
                                   options.sampling);
  } catch (const std::invalid_argument& error) {
    return {{}, "no_frame", error.what()};
  }
  PairTrials made{make_trials(workspace, annotation, categories, options.trials, random), {}, {}};
  if (made.pairs.empty()) {
    made.nothing = "no_view";
    made.why = "no training views of both objects see enough of their parts (" +
               std::to_string(options.trials.least_points) + " pixels are asked for)";
  }
  return made;
}

}  // namespace funcorr
