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
#include "labeling/box/shown_view.h"
#include "labeling/grounding/box_pilot.h"
#include "labeling/grounding/first_pass.h"
#include "labeling/grounding/part_grounding.h"
#include "labeling/prompt/prompt.h"

namespace funcorr {

// The file with the question: a person's own, where `own` is not empty; else, of the prompts in the folder
// `shipped`, the one for the family of models, where there is one for it. Throws UsageError where none of
// them asks the family for a function.
std::filesystem::path grounding_prompt_file(const std::string& box_format, const std::filesystem::path& own,
                                            const std::filesystem::path& shipped,
                                            BoxSubject subject = BoxSubject::kPart);

// A part of an asset that is looked for, or what of it performs a function.
struct PartQuestion {
  std::string key;  // its name in the ledger
  std::string uid, part, category;
  std::string text;        // what the prompt calls it: spoken_part(), function_phrase()
  bool is_small = false;   // the zoomed pass is for it
  std::vector<int> views;  // that show something
  ViewSet set = ViewSet::kLabel;
  BoxSubject subject = BoxSubject::kPart;  // and the prompt's placeholder for the text
  std::string stage = "ground";            // that the ledger counts the answers to
  bool is_edge = false;                    // the part's points lie on edges
};

// The schema of replies where the servers enforce one: the prompt's own, else that of a format that is JSON.
// Null: none is sent. kAutoFormat has none of its own.
nlohmann::json reply_schema(const Asking& asking, const Prompt& prompt, const std::string& box_format);
// The request for such samples of such a view of the part, with its picture.
ChatRequest box_request(const Asking& asking, const Prompt& prompt, const PartQuestion& part,
                        const BoxQuestion& question, std::shared_ptr<RequestImage> picture,
                        const nlohmann::json& schema);
// What a model is shown of a view of the workspace; encoded when it is sent.
std::shared_ptr<RequestImage> shown_picture(const Workspace& workspace, const ShownView& shown,
                                            int jpeg_quality);
// Such of the part's views, whole.
std::vector<GroundingView> grounding_views(const Workspace& workspace, const PartQuestion& question);

// Asks a vision-language model for the boxes of many parts at the same time, and tells of each when its last
// answer is in.
class PartAsker {
 public:
  // A part without any box because the model refused has failed; one that is just not seen has none.
  using Finish = std::function<void(const PartQuestion& question, Asked<std::vector<Box>> boxes)>;

  // The views' pictures and cameras are read from the workspace. In the prompt {{part}} is filled in,
  // or {{function}}.
  // `pilot`, where there is one, is told of the answers. `first_pass`: asks about some views first; null, or
  // off: about all at once.
  PartAsker(const GroundingOptions& options, const Prompt& prompt, const Workspace& workspace, Asking& asking,
            Finish finish, BoxPilot* pilot = nullptr, const FirstPass* first_pass = nullptr);

  void add(PartQuestion question);
  RunEnd run();

 private:
  // A part while it is asked for.
  struct Open {
    PartQuestion question;
    PartGrounding grounding;
    std::vector<GroundingView> views{};  // that were not asked about yet
    int open_samples = 0;
    AskingFailure failure{};  // of the first sample that was not answered
    // Answers in which the model would not say anything, by view, pass and sample.
    std::map<std::tuple<int, int, int>, std::string> refusals{};
  };
  // About so many of the part's views that were not asked about yet.
  void ask_about(Open& open, std::int64_t views);
  // Asks on about the parts that wait and are in doubt; the others are over. False: it was stopped.
  bool go_on();
  void submit(Open& open, const BoxQuestion& question);
  ChatRequest request(const Open& open, const BoxQuestion& question);
  // Does nothing, and is false, where the answer can be read, or nobody is to be told that it cannot.
  bool complain(Open& open, const BoxQuestion& question, const Answer& answer);
  void take(Open& open, const BoxQuestion& question, const Answer& answer);
  AnswerUse judge(const std::string& uid, const BoxQuestion& question, const Answer& answer);
  void end(const Open& open);
  std::shared_ptr<RequestImage> picture(const PartQuestion& part, const BoxQuestion& question);

  const GroundingOptions& options_;
  const Prompt& prompt_;
  const Workspace& workspace_;
  Asking& asking_;
  Finish finish_;
  BoxPilot* pilot_;
  const FirstPass* first_pass_;       // null: all views are asked about at once
  nlohmann::json schema_;             // of replies; null: none
  std::map<std::string, Open> open_;  // by key
  std::vector<std::string> waiting_;  // keys of parts with views left, whose answers are in
  std::map<std::tuple<std::string, ViewSet, int, int, int, int, int>, std::weak_ptr<RequestImage>> pictures_;
};

}  // namespace funcorr
