#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/segments.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "labeling/grounding/part_asker.h"
#include "labeling/mask/mask_reply.h"

namespace funcorr {

// Whether, and whom, a second question asks for the mask of every box.
struct SegmentOptions {
  MaskFormat format = MaskFormat::kOff;
  std::string model{};                 // empty: the one that is asked for boxes
  std::vector<std::string> servers{};  // base URLs; empty: those that are asked for boxes
  std::string key_variable{};          // of these servers; empty: they get no key
  std::filesystem::path prompt{};
  int max_tokens = 8192;
  double price_in = -1, price_out = -1;  // of that model, per million tokens; −1: those of the boxes' model

  static const OptionList<SegmentOptions>& options();
};

// The file with the question, as grounding_prompt_file().
std::filesystem::path segment_prompt_file(const SegmentOptions& options,
                                          const std::filesystem::path& shipped);

// The name of the provider of masks: that of boxes, or another where it has servers of its own.
std::string segment_provider(const SegmentOptions& options, const std::string& of_boxes);
// The provider of boxes, with that other one behind it where there is one. Its servers get no key but the one
// that is named for them, no further headers and no batches; a total budget holds for each of the two.
std::vector<Provider> with_segment_provider(std::vector<Provider> providers, const SegmentOptions& options);

// The boxes that are asked for: of each view the first `most` different ones that count
// (boxes_that_count()).
std::vector<Box> boxes_to_segment(const std::vector<Box>& boxes, int most);

// Asks for the masks of parts' boxes, each in a square crop around it (zoom_crop()), and tells of each part
// when its last answer is in. A mask that cannot be read is asked for once more. One that still cannot stays
// away, and is counted; a part has failed where that is so of all of its masks, and all parts where it is so
// of the run's first 24.
class SegmentAsker {
 public:
  static constexpr int kAttempts = 2;  // for a mask
  using Finish = std::function<void(const PartQuestion& question, Asked<std::vector<Box>> boxes,
                                    const std::vector<Segment>& segments)>;

  // `grounding`: how boxes were asked for. In the prompt are filled in {{part}}, {{part_json}}, {{box}} and
  // {{box_2d}}; boxes in the padded square of the crop.
  // `provider`: by name, that of masks.
  SegmentAsker(const SegmentOptions& options, const GroundingOptions& grounding, std::string provider,
               const Prompt& prompt, const Workspace& workspace, Asking& asking, Finish finish);

  // The part's boxes are in: those that failed are passed on at once.
  void add(const PartQuestion& question, Asked<std::vector<Box>> boxes);
  // Behind Asking::run(): what is open fails where the run ended so.
  void end(const RunEnd& run_end);

  std::int64_t unreadable() const { return unreadable_; }
  const std::string& example() const { return example_; }  // of what is wrong with those

 private:
  struct Open {
    PartQuestion question;
    std::vector<Box> boxes, asked;
    std::vector<PixelBox> windows;              // by box of `asked`
    std::map<std::size_t, Segment> segments{};  // likewise
    int open_masks = 0, unreadable = 0;
    std::string complaint{};  // of the last mask that could not be read
    AskingFailure failure{};  // of the first that was not answered
  };
  void submit(Open& open, std::size_t index, int sample);
  ChatRequest request(const Open& open, std::size_t index) const;
  void take(Open& open, std::size_t index, const Answer& answer);
  // Why the answer is of no use; empty: it was taken.
  std::string take_mask(Open& open, std::size_t index, const Answer& answer);
  void finish(const Open& open);

  const SegmentOptions& options_;
  const GroundingOptions& grounding_;
  std::string provider_;
  const Prompt& prompt_;
  const Workspace& workspace_;
  Asking& asking_;
  Finish finish_;
  std::map<std::string, Open> open_;  // by key
  std::int64_t read_ = 0, unreadable_ = 0;
  std::string example_;
  AskingFailure stopped_{};  // why nothing is asked any more
};

}  // namespace funcorr
