#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/dataset/segments.h"
#include "db/format/artifact.h"
#include "labeling/asking/estimate.h"
#include "labeling/grounding/segment_asker.h"
#include "pipeline/data_file.h"
#include "stages/ground_options.h"

namespace funcorr {

// Ground's second question, for masks; nothing where it is off.

inline Prompt segment_prompt(const SegmentOptions& options) {
  return read_prompt(segment_prompt_file(options, data_file("prompt")));
}

// What a fingerprint of it hashes.
inline std::string segment_question(const SegmentOptions& options) {
  if (options.format == MaskFormat::kOff) return {};
  return "\nsegment " + std::string(to_string(options.format)) + " " + options.model + "\n" +
         segment_prompt(options).content();
}

inline void bound_segments(AskingPlan& plan, const SegmentOptions& options, std::int64_t longest_part,
                           std::int64_t image_tokens) {
  if (options.format == MaskFormat::kOff) return;
  constexpr std::int64_t kLongestBox = 4 * 7;
  plan.tokens_out = 400;  // a guess: a small PNG in base64
  plan.bound(segment_prompt(options),
             {{"part", longest_part},
              {"part_json", 2 * longest_part + 2},
              {"box", kLongestBox},
              {"box_2d", kLongestBox}},
             image_tokens);
}

// The most of an answer, where one with boxes has at most so many; 0: not limited.
inline std::int64_t most_tokens(const SegmentOptions& options, std::int64_t of_boxes) {
  const bool is_off = options.format == MaskFormat::kOff || of_boxes == 0;
  return is_off ? of_boxes : std::max<std::int64_t>(of_boxes, options.max_tokens);
}

// Takes the boxes of parts, has them segmented, stores the masks, and passes the boxes on.
class GroundSegments {
 public:
  GroundSegments(const GroundOptions& options, const GroundingOptions& grounding, const Workspace& workspace,
                 Asking& asking, PartAsker::Finish finish)
      : workspace_(workspace), finish_(std::move(finish)) {
    if (options.segment.format == MaskFormat::kOff) return;
    prompt_ = segment_prompt(options.segment);
    asker_.emplace(options.segment, grounding,
                   segment_provider(options.segment, options.asking.provider.name), prompt_, workspace,
                   asking,
                   [this](const PartQuestion& part, Asked<std::vector<Box>> boxes,
                          const std::vector<Segment>& segments) {
                     if (boxes.value)
                       write_artifact(file(part), [&](const std::filesystem::path& temporary) {
                         save_segments(temporary, segments);
                       });
                     finish_(part, std::move(boxes));
                   });
  }
  GroundSegments(const GroundSegments&) = delete;
  GroundSegments& operator=(const GroundSegments&) = delete;

  // What PartAsker tells of a part.
  PartAsker::Finish taker() {
    return [this](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
      if (asker_) return asker_->add(part, std::move(boxes));
      if (boxes.value) std::filesystem::remove(file(part));  // of earlier boxes
      finish_(part, std::move(boxes));
    };
  }
  // Behind the run of those who asked.
  void end(const RunEnd& run_end) {
    if (!asker_) return;
    asker_->end(run_end);
    if (asker_->unreadable() > 0)
      spdlog::warn("ground: {} masks cannot be read, such as {}", asker_->unreadable(), asker_->example());
  }

 private:
  std::filesystem::path file(const PartQuestion& part) const {
    return segments_path(workspace_.asset(part.uid), part.part);
  }

  const Workspace& workspace_;
  PartAsker::Finish finish_;
  Prompt prompt_;
  std::optional<SegmentAsker> asker_;
};

}  // namespace funcorr
