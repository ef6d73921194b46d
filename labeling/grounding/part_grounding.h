#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/options.h"
#include "labeling/box/format.h"

namespace funcorr {

// Instead of a format's name: the format that reads a pilot's answers.
constexpr std::string_view kAutoFormat = "auto";

struct GroundingOptions {
  std::string box_format = "cogvlm";     // the name of a BoxFormat; kAutoFormat: to be found by a pilot
  PointsAs points_as = PointsAs::kEach;  // of formats that tell points
  int boxes = 4;                         // replies with a sound box that are wanted of every view
  int max_attempts = 8;                  // replies asked for at most, per view and pass
  int give_up_after = 0;  // a view whose first replies, so many, all have no box is left; 0: never
  bool zoom = true;       // of small parts, what zoom_crop() makes of the boxes is asked again
  int jpeg_quality = 85;  // of the pictures sent

  static const OptionList<GroundingOptions>& options();
};

// The quoted part of a question: "name - description" in lower case, without full stops and asterisks.
std::string spoken_part(std::string_view name, std::string_view description);

// One labelling view to ask about.
struct GroundingView {
  int view = 0;
  int width = 0, height = 0;  // pixels
};

// Ask for the samples first_sample … first_sample + n − 1 of this crop of the view.
struct BoxQuestion {
  int view = 0, pass = 1;  // pass 2: the zoomed one
  PixelBox crop;           // pixels of the view
  int first_sample = 0, n = 0;
  SquarePadding image() const { return {crop.width(), crop.height()}; }  // as the model is shown it
};

// Asks for one part of one asset: which samples of which views, until every view has enough sound replies.
// The boxes follow from the replies alone, whatever their order. Not thread-safe.
class PartGrounding {
 public:
  PartGrounding(const GroundingOptions& options, bool is_small);

  // What to ask first about views that were not asked about yet, in their order.
  std::vector<BoxQuestion> ask_about(const std::vector<GroundingView>& views);
  // Takes the reply to one sample; returns what is to be asked of the view then: nothing while samples of it
  // are out, or when it has enough. Throws std::logic_error for a sample that is not out.
  std::vector<BoxQuestion> take(int view, int pass, int sample, std::string_view reply,
                                std::int64_t request_id);
  bool done() const { return open_ == 0; }

  // In the order of view, pass, sample and index, without asset and part; flagged ones are kept.
  std::vector<Box> boxes() const;

 private:
  // One pass over one view.
  struct Pass {
    GroundingView view;
    int number = 1;
    PixelBox crop;
    int asked = 0, out = 0, sound = 0;
    std::map<int, std::vector<Box>> replies;  // by sample
  };
  BoxQuestion ask(Pass& pass, int n);
  std::vector<BoxQuestion> next(Pass& pass);
  std::vector<BoxQuestion> zoomed(const Pass& first);

  GroundingOptions options_;
  const BoxFormat& format_;
  bool zooms_;
  std::map<std::pair<int, int>, Pass> passes_;  // by view, number
  int open_ = 0;                                // passes that are not over
};

}  // namespace funcorr
