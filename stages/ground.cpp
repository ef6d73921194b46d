// funcorr-ground: labelling views × parts → boxes, asked from a vision-language model. Item: uid/part.
#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "stages/box_stage.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

// Labelling views that show something.
std::vector<int> shown_views(Manifest& manifest, const std::string& uid) {
  std::vector<int> views;
  for (const View& view : views_of(manifest, uid, ViewSet::kLabel))
    if (!view.flags.contains(ViewFlag::kBlank)) views.push_back(view.index);
  return views;
}

class GroundStage : public BoxStage<GroundOptions> {
 public:
  std::string name() const override { return "ground"; }
  std::string summary() const override {
    return "Asks a vision-language model for the boxes of every part in every labelling view.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    const GroundingOptions grounding = this->grounding(context);
    const std::string question = words(grounding, BoxSubject::kPart);
    AssetParts parts(context.manifest);
    AskingPlan plan;
    std::int64_t small = 0, all = 0, assets = 0;
    std::int64_t longest = 0;
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
        plan.add(part.category, is_done,
                 grounding_need(grounding, part.is_small, views, options().asking.provider.max_n));
        longest = std::max<std::int64_t>(longest, std::ssize(spoken_part(part.name, part.description)));
        all += is_done ? 0 : 1;
        small += !is_done && zoomed ? 1 : 0;
      }
    });
    plan.what = fmt::format("{} parts of {} assets to ask for, {} of them zoomed", all, assets, small);
    tell_plan(context, std::move(plan), {{BoxSubject::kPart, longest}});
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
            shown_views(context.manifest, item.uid)};
  }

  void commit(StageContext& context, const std::string& key, const std::vector<Box>& boxes) override {
    const PartItem item = PartItem::from_key(key);
    replace_boxes(context.manifest, item.uid, item.part, boxes);
  }

 private:
  std::vector<BoxSubject> subjects() const override { return {BoxSubject::kPart}; }
  ViewSet views() const override { return ViewSet::kLabel; }
  std::filesystem::path own_prompt(BoxSubject) const override { return options().prompt; }
  std::vector<PartQuestion> some_questions(StageContext& context, int most) override {
    std::vector<PartQuestion> questions;
    for (const std::string& key : some_rendered_parts(context.manifest, most))
      questions.push_back(describe(context, key));
    return questions;
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::GroundStage>(argc, argv); }
