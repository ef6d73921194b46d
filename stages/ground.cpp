// funcorr-ground: labelling views × parts → boxes, asked from a vision-language model. Item: uid/part.
#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "stages/box_stage.h"
#include "stages/ground_segments.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

class GroundStage : public BoxStage<GroundOptions> {
 public:
  std::string name() const override { return "ground"; }
  std::string summary() const override {
    return "Asks a vision-language model for the boxes of every part in every labelling view.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    const GroundingOptions grounding = this->grounding(context);
    const std::string question = words(grounding, BoxSubject::kPart) + segment_question(options().segment);
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
        const auto wanted = sink.want(PartItem{rendered.key, part.name}.key(),
                                      rendered.fingerprint + "\n" + question + "\n" +
                                          spoken_part(part.name, part.description) +
                                          (zoomed ? "\nzoom" : "") + first_pass().question(part.is_edge));
        const bool is_done = wanted.is_up_to_date();
        const auto need = [&](std::int64_t of_views) {
          AskingNeed of_part =
              grounding_need(grounding, part.is_small, of_views, options().asking.provider.max_n);
          return of_part += segment_need(options().segment, grounding, of_views);
        };
        plan.add(part.category, is_done, first_pass_need(need(first_pass().first_of(views)), need(views)));
        longest = std::max<std::int64_t>(longest, std::ssize(spoken_part(part.name, part.description)));
        all += is_done ? 0 : 1;
        small += !is_done && zoomed ? 1 : 0;
      }
    });
    plan.what = fmt::format("{} parts of {} assets to ask for, {} of them zoomed", all, assets, small);
    if (first_pass().is_on())
      plan.what += fmt::format("; at least about {} views of each", first_pass().first_views);
    bound_boxes(plan, {{BoxSubject::kPart, longest}});
    bound_segments(plan, options().segment, longest, options().images.tokens);
    tell_estimate(context, plan);
  }

  PartQuestion describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const Part part = AssetParts(context.manifest).at(item);
    return {key,
            item.uid,
            item.part,
            part.category,
            spoken_part(part.name, part.description),
            part.is_small,
            shown_views(context.manifest, item.uid),
            ViewSet::kLabel,
            BoxSubject::kPart,
            name(),
            part.is_edge};
  }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    const GroundingOptions grounding = this->grounding(context);
    GroundSegments masks(options(), grounding, context.workspace, asking(),
                         [&finish](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
                           finish(part.key, result_of(std::move(boxes)));
                         });
    masks.end(ask(context, std::move(items), masks.taker()));
  }

  void commit(StageContext& context, const std::string& key, const std::vector<Box>& boxes) override {
    const PartItem item = PartItem::from_key(key);
    replace_boxes(context.manifest, item.uid, item.part, boxes);
  }

 private:
  std::int64_t answer_tokens() const override {
    return most_tokens(options().segment, BoxStage::answer_tokens());
  }
  std::vector<Provider> providers() const override {
    return with_segment_provider(BoxStage::providers(), options().segment);
  }
  std::vector<BoxSubject> subjects() const override { return {BoxSubject::kPart}; }
  ViewSet views() const override { return ViewSet::kLabel; }
  FirstPassOptions first_pass() const override { return options().first_pass; }
  std::filesystem::path own_prompt(BoxSubject) const override { return options().prompt; }
  std::vector<PartQuestion> some_questions(StageContext& context, int most) override {
    std::vector<PartQuestion> questions;
    const FirstPass first_pass(this->first_pass(), context.workspace);
    for (const std::string& key : some_rendered_parts(context.manifest, most)) {
      PartQuestion& question = questions.emplace_back(describe(context, key));
      question.views = first_pass.first(question.uid, question.views);
    }
    return questions;
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::GroundStage>(argc, argv); }
