// funcorr-ground: labelling views × parts → boxes, asked from a vision-language model. Item: uid/part.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/grounding/auto_format.h"
#include "labeling/grounding/grounding_need.h"
#include "labeling/grounding/part_asker.h"
#include "labeling/prompt/prompt.h"
#include "pipeline/data_file.h"
#include "stages/ground_options.h"
#include "stages/ground_segments.h"
#include "stages/part_item.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

class GroundStage : public PayingStage<GroundOptions, PartQuestion, std::vector<Box>> {
 public:
  std::string name() const override { return "ground"; }
  std::string summary() const override {
    return "Asks a vision-language model for the boxes of every part in every labelling view.";
  }

  void begin(StageContext& context) override {
    pilot_.emplace(context.workspace, options().grounding.points_as);
    open(context, setup(), [this] { return pilot_->advice(prompt_file()); });
    if (is_auto()) choose_format(context);
  }

  void list(StageContext& context, ItemSink& sink) override {
    const GroundingOptions grounding = this->grounding(context);
    const Prompt asked = prompt();
    const std::string question = asked.content() + (is_auto() ? "\n" + grounding.box_format : "") +
                                 segment_question(options().segment);
    AssetParts parts(context.manifest);
    AskingPlan plan;
    std::int64_t small = 0, all = 0, assets = 0, longest = 0;
    for_each_done_item(context.manifest, "render", [&](const DoneItem& rendered) {
      const std::vector<Part> of_asset = parts.of(rendered.key);
      if (of_asset.empty()) return;
      ++assets;
      const auto views = static_cast<std::int64_t>(shown_views(context.manifest, rendered.key).size());
      for (const Part& part : of_asset) {
        const bool zoomed = grounding.zoom && part.is_small;
        const auto wanted =
            sink.want(PartItem{rendered.key, part.name}.key(), rendered.fingerprint + "\n" + question + "\n" +
                                                                   spoken_part(part.name, part.description) +
                                                                   (zoomed ? "\nzoom" : ""));
        const bool is_done = wanted.is_up_to_date();
        AskingNeed need = grounding_need(grounding, part.is_small, views, options().asking.provider.max_n);
        plan.add(part.category, is_done, need += segment_need(options().segment, grounding, views));
        longest = std::max<std::int64_t>(longest, std::ssize(spoken_part(part.name, part.description)));
        all += is_done ? 0 : 1;
        small += !is_done && zoomed ? 1 : 0;
      }
    });
    plan.what = fmt::format("{} parts of {} assets to ask for, {} of them zoomed", all, assets, small);
    plan.tokens_in = 60 + options().images.tokens;
    plan.tokens_out = 20;
    plan.bound(asked, {{"part", longest}}, options().images.tokens);
    bound_segments(plan, options().segment, longest, options().images.tokens);
    tell_estimate(context, plan);
  }

  PartQuestion describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const Part part = AssetParts(context.manifest).at(item);
    const std::string text = spoken_part(part.name, part.description);
    return {key,
            item.uid,
            item.part,
            part.category,
            text,
            part.is_small,
            shown_views(context.manifest, item.uid)};
  }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    const Prompt question = prompt();
    const GroundingOptions grounding = this->grounding(context);
    GroundSegments masks(options(), grounding, context.workspace, asking(),
                         [&finish](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
                           finish(part.key, result_of(std::move(boxes)));
                         });
    PartAsker asker(grounding, question, context.workspace, asking(), masks.taker(), &*pilot_);
    for (Claimed& item : items) asker.add(std::move(item.job));
    masks.end(asker.run());
  }

  void commit(StageContext& context, const std::string& key, const std::vector<Box>& boxes) override {
    const PartItem item = PartItem::from_key(key);
    replace_boxes(context.manifest, item.uid, item.part, boxes);
  }

  void end(StageContext& context) override { report(context); }

 private:
  int items_by_http() const override { return options().batch_items; }
  std::filesystem::path prompt_file() const {
    return grounding_prompt_file(options().grounding.box_format, options().prompt, data_file("prompt"));
  }
  Prompt prompt() const { return read_prompt(prompt_file()); }
  std::string setup() const { return options().grounding.box_format + "\n" + prompt().content(); }
  std::int64_t answer_tokens() const override {
    return most_tokens(options().segment, PayingStage::answer_tokens());
  }
  std::vector<Provider> providers() const override {
    return with_segment_provider(PayingStage::providers(), options().segment);
  }
  bool is_auto() const { return options().grounding.box_format == kAutoFormat; }
  // With the format that was chosen, if it is to be found; unknown still, it stays kAutoFormat.
  GroundingOptions grounding(StageContext& context) const {
    GroundingOptions grounding = options().grounding;
    const auto passed = is_auto() ? passed_pilot(context.manifest, pilot_key(setup())) : std::nullopt;
    if (passed && !passed->choice.empty()) grounding.box_format = passed->choice;
    return grounding;
  }

  // Asks a pilot's questions, unless an earlier run did, and keeps what reads their answers.
  void choose_format(StageContext& context) {
    if (grounding(context).box_format != kAutoFormat) return;
    if (options().asking.pilot.requests == 0)
      throw UsageError("box_format: auto needs a pilot; set pilot above 0, or name the format");
    std::vector<PartQuestion> questions;
    for (const std::string& key : some_rendered_parts(context.manifest, options().asking.pilot.requests))
      questions.push_back(describe(context, key));
    const AutoFormat found = find_format(options().grounding, options().asking, prompt(), context.workspace,
                                         questions, asking(), *pilot_);
    if (!found.format) return;  // nothing to ask about, or stopped
    spdlog::info("ground: box_format = auto reads this model's answers as {}", found.format->name);
    store_passed_pilot(context.manifest, pilot_key(setup()),
                       {found.answers, found.usable, std::string(found.format->name)});
  }

  std::optional<BoxPilot> pilot_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::GroundStage>(argc, argv); }
