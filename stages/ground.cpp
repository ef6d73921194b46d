// funcorr-ground: labelling views × parts → boxes, asked from a vision-language model. Item: uid/part.
#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/grounding/grounding_need.h"
#include "labeling/grounding/part_asker.h"
#include "labeling/prompt/prompt.h"
#include "pipeline/data_file.h"
#include "stages/part_item.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct GroundOptions {
  AskingOptions asking{.model = "cogvlm-grounding-generalist",
                       .provider = {.max_n = 4},
                       .sampling = {.temperature = 0.9, .top_p = 0.95, .max_tokens = 256}};
  ImageOptions images{};
  GroundingOptions grounding{};
  fs::path prompt{};
  int batch_items = 256;

  static const OptionList<GroundOptions>& options();
};

const OptionList<GroundOptions>& GroundOptions::options() {
  static const OptionList<GroundOptions> list{
      options_of(&GroundOptions::asking), options_of(&GroundOptions::images),
      options_of(&GroundOptions::grounding),
      option("prompt", &GroundOptions::prompt)
          .help("file with the question; empty: the one that comes with funcorr for the box format")
          .leaves_results(),
      option("batch_items", &GroundOptions::batch_items)
          .range(1, 100'000)
          .help("parts of assets that are asked for at the same time; the batch transport takes more")
          .leaves_results()};
  return list;
}

// Labelling views that show something.
std::vector<int> shown_views(Manifest& manifest, const std::string& uid) {
  std::vector<int> views;
  for (const View& view : views_of(manifest, uid, ViewSet::kLabel))
    if (!view.flags.contains(ViewFlag::kBlank)) views.push_back(view.index);
  return views;
}

class GroundStage : public PayingStage<GroundOptions, PartQuestion, std::vector<Box>> {
 public:
  std::string name() const override { return "ground"; }
  std::string summary() const override {
    return "Asks a vision-language model for the boxes of every part in every labelling view.";
  }

  void begin(StageContext& context) override { open(context); }

  void list(StageContext& context, ItemSink& sink) override {
    const GroundingOptions& grounding = options().grounding;
    const Prompt asked = prompt();
    const std::string question = asked.content();
    AssetParts parts(context.manifest);
    AskingPlan plan;
    std::int64_t small = 0, all = 0, assets = 0;
    std::ptrdiff_t longest = 0;
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
        longest = std::max(longest, std::ssize(spoken_part(part.name, part.description)));
        all += is_done ? 0 : 1;
        small += !is_done && zoomed ? 1 : 0;
      }
    });
    plan.what = fmt::format("{} parts of {} assets to ask for, {} of them zoomed", all, assets, small);
    plan.tokens_in = 60 + options().images.tokens;
    plan.tokens_out = 20;
    plan.bound(asked, longest, options().images.tokens);
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
            shown_views(context.manifest, item.uid)};
  }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    const Prompt question = prompt();
    PartAsker asker(options().grounding, question, context.workspace, asking(),
                    [&finish](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
                      finish(part.key, result_of(std::move(boxes)));
                    });
    for (Claimed& item : items) asker.add(std::move(item.job));
    asker.run();
  }

  void commit(StageContext& context, const std::string& key, const std::vector<Box>& boxes) override {
    const PartItem item = PartItem::from_key(key);
    replace_boxes(context.manifest, item.uid, item.part, boxes);
  }

  void end(StageContext& context) override { report(context); }

 private:
  int items_by_http() const override { return options().batch_items; }

  Prompt prompt() const {
    return grounding_prompt(options().grounding, options().prompt, data_file("prompt"));
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::GroundStage>(argc, argv); }
