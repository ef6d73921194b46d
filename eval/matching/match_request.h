#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/format/options.h"
#include "eval/matching/match_answer.h"

namespace funcorr {

// Which images are to be matched for what, as a user asks for it. Images, masks and points are upright:
// turned as load_photo8() turns them. Points are pixels of image A, as ImagePoint has them.
struct MatchRequest {
  std::filesystem::path checkpoint;
  PretrainedFiles files;
  std::string function;
  std::filesystem::path image_a, image_b, mask_a, mask_b;
  DiscoveryOptions discovery;
  InferenceOptions inference;
  DeviceChoice device;
  bool compare = false;            // discovery of the bare backbone too
  std::vector<double> points;      // x, y, x, y …
  std::filesystem::path paint;     // both: pixels to transfer
  std::vector<double> heatmap_at;  // x, y
  static const OptionList<MatchRequest>& options();
};

struct AnsweredRequest {
  MatchAnswer answer;
  std::vector<std::string> notices;  // one line each for people: what was left out or taken for granted
};
// The heatmap of a point if one is given, else the transfer of the given pixels, else what is discovered.
// Throws UsageError for numbers that are no points; std::runtime_error that names the file which is missing
// or unfit, or says that nothing of what was asked for lies on the object.
AnsweredRequest answer(const MatchRequest& request);

}  // namespace funcorr
