#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/workspace.h"
#include "labeling/asking/asking.h"
#include "labeling/grounding/part_grounding.h"
#include "labeling/prompt/prompt.h"

namespace funcorr {

// The question: a person's own, where `own` is not empty; else, of the prompts in the folder `shipped`, the
// one for the family of models, where there is one for it.
Prompt grounding_prompt(const GroundingOptions& options, const std::filesystem::path& own,
                        const std::filesystem::path& shipped);

// A part of an asset that is looked for.
struct PartQuestion {
  std::string key;  // its name in the ledger
  std::string uid, part, category;
  std::string text;        // what the prompt calls it: spoken_part()
  bool is_small = false;   // the zoomed pass is for it
  std::vector<int> views;  // labelling views that show something
};

// Asks a vision-language model for the boxes of many parts at the same time, and tells of each when its last
// answer is in.
class PartAsker {
 public:
  // A part without any box because the model refused has failed; one that is just not seen has none.
  using Finish = std::function<void(const PartQuestion& question, Asked<std::vector<Box>> boxes)>;

  // The views' pictures and cameras are read from the workspace. In the prompt {{part}} is filled in.
  PartAsker(const GroundingOptions& options, const Prompt& prompt, const Workspace& workspace, Asking& asking,
            Finish finish);

  void add(PartQuestion question);
  void run();

 private:
  // A part while it is asked for.
  struct Open {
    PartQuestion question;
    PartGrounding grounding;
    int open_samples = 0;
    AskingFailure failure{};  // of the first sample that was not answered
    // Answers in which the model would not say anything, by view, pass and sample.
    std::map<std::tuple<int, int, int>, std::string> refusals{};
  };
  std::vector<GroundingView> views_of(const PartQuestion& question) const;
  void submit(Open& open, const BoxQuestion& question);
  void take(Open& open, const BoxQuestion& question, const Answer& answer);
  void end(const Open& open);
  std::shared_ptr<RequestImage> picture(const std::string& uid, const BoxQuestion& question);

  const GroundingOptions& options_;
  const Prompt& prompt_;
  const Workspace& workspace_;
  Asking& asking_;
  Finish finish_;
  std::map<std::string, Open> open_;  // by key
  std::map<std::tuple<std::string, int, int, int, int, int>, std::weak_ptr<RequestImage>> pictures_;
};

}  // namespace funcorr
