#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "labeling/grounding/auto_format.h"
#include "labeling/grounding/grounding_need.h"
#include "labeling/grounding/part_asker.h"
#include "labeling/prompt/prompt.h"
#include "pipeline/data_file.h"
#include "stages/ground_options.h"
#include "stages/paying_stage.h"

namespace funcorr {

// What the stages that ask a vision-language model for boxes have in common: prompts, pilot, and the format
// that a pilot finds. TheOptions has the members of GroundOptions.
template <typename TheOptions>
class BoxStage : public PayingStage<TheOptions, PartQuestion, std::vector<Box>> {
 public:
  using typename PayingStage<TheOptions, PartQuestion, std::vector<Box>>::Claimed;
  using typename PayingStage<TheOptions, PartQuestion, std::vector<Box>>::Finish;

  void begin(StageContext& context) override {
    pilot_.emplace(context.workspace, this->options().grounding.points_as, this->name(), views());
    this->open(context, setup(), [this] { return pilot_->advice(prompt_file(subjects().front())); });
    if (is_auto()) choose_format(context);
  }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    ask(context, std::move(items), [&finish](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
      finish(part.key, result_of(std::move(boxes)));
    });
  }

  void end(StageContext& context) override { this->report(context); }

 protected:
  // What is asked for, the pilot's first; of which views.
  virtual std::vector<BoxSubject> subjects() const = 0;
  virtual ViewSet views() const = 0;
  virtual std::filesystem::path own_prompt(BoxSubject subject) const = 0;
  // Which of a part's views are asked about.
  virtual FirstPassOptions first_pass() const { return {.ask = AskedViews::kPaper}; }
  // To find a format by: so many at most, from all over the workspace.
  virtual std::vector<PartQuestion> some_questions(StageContext& context, int most) = 0;

  Prompt prompt(BoxSubject subject) const { return read_prompt(prompt_file(subject)); }
  // What a reply depends on besides model, sampling and picture.
  std::string words(const GroundingOptions& grounding, BoxSubject subject) const {
    return prompt(subject).content() + (is_auto() ? "\n" + grounding.box_format : "");
  }
  // With the format that was chosen, if it is to be found; unknown still, it stays kAutoFormat.
  GroundingOptions grounding(StageContext& context) const {
    GroundingOptions grounding = this->options().grounding;
    const auto passed = is_auto() ? passed_pilot(context.manifest, this->pilot_key(setup())) : std::nullopt;
    if (passed && !passed->choice.empty()) grounding.box_format = passed->choice;
    return grounding;
  }
  // What a request takes. `longest`: of each prompt that is asked, the most bytes of what fills its
  // placeholder.
  void bound_boxes(AskingPlan& plan, const std::map<BoxSubject, std::int64_t>& longest) const {
    const std::int64_t picture = this->options().images.tokens;
    plan.tokens_in = 60 + static_cast<double>(picture);
    plan.tokens_out = 20;
    for (const auto& [subject, bytes] : longest)
      plan.bound(prompt(subject), {{std::string(to_string(subject)), bytes}}, picture);
  }
  // Asks for all; `take` is told of each. How the last of the runs ended.
  RunEnd ask(StageContext& context, std::vector<Claimed> items, const PartAsker::Finish& take) {
    const GroundingOptions grounding = this->grounding(context);
    const FirstPass first_pass(this->first_pass(), context.workspace, context.stop_requested);
    RunEnd end;
    for (const BoxSubject subject : subjects()) {
      const Prompt question = prompt(subject);
      PartAsker asker(grounding, question, context.workspace, this->asking(), take, &*pilot_, &first_pass);
      for (Claimed& item : items)
        if (item.job.subject == subject) asker.add(std::move(item.job));
      end = asker.run();
    }
    return end;
  }

 private:
  int items_by_http() const override { return this->options().batch_items; }
  bool is_auto() const { return this->options().grounding.box_format == kAutoFormat; }
  std::filesystem::path prompt_file(BoxSubject subject) const {
    return grounding_prompt_file(this->options().grounding.box_format, own_prompt(subject),
                                 data_file("prompt"), subject);
  }
  std::string setup() const {
    std::string setup = this->options().grounding.box_format;
    for (const BoxSubject subject : subjects()) setup.append("\n").append(prompt(subject).content());
    return setup;
  }

  // Asks a pilot's questions, unless an earlier run did, and keeps what reads their answers.
  void choose_format(StageContext& context) {
    if (grounding(context).box_format != kAutoFormat) return;
    const AskingOptions& asked = this->options().asking;
    if (asked.pilot.requests == 0)
      throw UsageError("box_format: auto needs a pilot; set pilot above 0, or name the format");
    const AutoFormat found =
        find_format(this->options().grounding, asked, prompt(subjects().front()), context.workspace,
                    some_questions(context, asked.pilot.requests), this->asking(), *pilot_);
    if (!found.format) return;  // nothing to ask about, or stopped
    spdlog::info("{}: box_format = auto reads this model's answers as {}", this->name(), found.format->name);
    store_passed_pilot(context.manifest, this->pilot_key(setup()),
                       {found.answers, found.usable, std::string(found.format->name)});
  }

  std::optional<BoxPilot> pilot_;
};

}  // namespace funcorr
