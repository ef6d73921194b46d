// funcorr-select: captions → category of each asset: its name (LLM), the nearest category (embedding), a
// check (LLM), and a cap per category. Item: an asset's uid.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/format/random.h"
#include "db/manifest/assets.h"
#include "db/manifest/selection.h"
#include "labeling/selection/selecting.h"
#include "labeling/selection/selecting_need.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "stages/catalog/captions.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

struct SelectOptions {
  AskingOptions asking = language_model({.temperature = 0.2, .max_tokens = 64});
  EmbeddingOptions embedding{};
  SelectionOptions selection{};
  SelectionPromptFiles prompts{};
  std::filesystem::path name_table{}, taxonomy{};

  static const OptionList<SelectOptions>& options() {
    static const OptionList<SelectOptions> list{
        options_of(&SelectOptions::asking),
        options_of(&SelectOptions::embedding),
        options_of(&SelectOptions::selection),
        option("name_table", &SelectOptions::name_table)
            .help("table (CSV) with columns uid (or path) and name, LVIS categories for example")
            .leaves_results(),
        option("taxonomy", &SelectOptions::taxonomy)
            .help("taxonomy whose categories count; empty: the workspace's, or funcorr's own")
            .leaves_results(),
        options_of(&SelectOptions::prompts)};
    return list;
  }
};

class SelectStage : public PayingStage<SelectOptions, AssetToSelect, Selection> {
 public:
  std::string name() const override { return "select"; }
  std::string summary() const override {
    return "Finds the category of assets that have a caption and no category.";
  }

  void begin(StageContext& context) override { open(context, prompts().content()); }

  void list(StageContext& context, ItemSink& sink) override {
    categories_.clear();
    const Taxonomy taxonomy =
        find_taxonomy(options().taxonomy, context.workspace, data_file("taxonomy/taxonomy.json"));
    for (const auto& [category, entry] : taxonomy.categories) categories_.push_back(category);
    read_names();
    const SelectionPrompts asked = prompts();
    const std::string shared = selection_sources(options().selection, asked, categories_);
    const AskingNeed need = selecting_need(options().selection);
    AskingPlan plan;
    std::int64_t open = 0, longest = 0;
    for_each_selectable_asset(context.manifest, [&](const CaptionedAsset& asset) {
      const auto wanted = sink.want(asset.uid, shared + asset.caption + "\n" + name_of(asset.uid));
      const bool is_done = wanted.is_up_to_date();
      plan.add("", is_done, need);
      longest = std::max(longest, std::ssize(asset.caption));
      open += is_done ? 0 : 1;
    });
    plan.what = fmt::format("{} assets to select, {} questions each", open, need.usual_answers);
    bound_selecting(plan, options().selection, asked, categories_, longest);
    tell_estimate(context, plan);
  }

  AssetToSelect describe(StageContext& context, const std::string& uid) override {
    return {uid, caption_of(context.manifest, uid), name_of(uid)};
  }

  void run(StageContext&, std::vector<Claimed> items, const Finish& finish) override {
    const SelectionPrompts questions = prompts();
    Selecting selecting(options().selection, questions, categories_, vectors_, asking(),
                        [&finish](const std::string& uid, Asked<Selection> selection) {
                          finish(uid, result_of(std::move(selection)));
                        });
    for (const Claimed& item : items) selecting.add(item.job);
    selecting.run();
  }

  void commit(StageContext& context, const std::string&, const Selection& selection) override {
    upsert_selection(context.manifest, selection);
    set_asset_category(context.manifest, selection.uid, selection.category);
  }

  void end(StageContext& context) override {
    std::vector<Selection> all;
    for_each_selection(context.manifest, [&](const Selection& selection) { all.push_back(selection); });
    const CapResult capped = apply_cap(std::move(all), options().selection.cap, [&](const std::string& uid) {
      return item_seed(context.seed, name(), uid);
    });
    Transaction transaction(context.manifest);
    for (const Selection& selection : capped.changed) {
      upsert_selection(context.manifest, selection);
      set_asset_category(context.manifest, selection.uid,
                         selection.dropped == Dropped::kKept ? selection.category : "");
    }
    transaction.commit();
    report(context);
    if (context.json_output) return;
    for (const auto& [dropped, count] : capped.counts)
      std::cout << fmt::format("{:>8} {}\n", count,
                               dropped == Dropped::kKept ? "selected" : to_string(dropped));
  }

 private:
  int items_by_http() const override { return 1024; }

  SelectionPrompts prompts() const { return read_prompts(options().prompts, data_file("prompt")); }

  void read_names() {
    names_ = Captions();
    if (options().selection.names != NameSource::kTable) return;
    if (options().name_table.empty())
      throw UsageError("name_table: name the table that names = \"table\" takes names from");
    try {
      names_.read(options().name_table);
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
  }

  std::string name_of(const std::string& uid) const {
    const auto rows = names_.find(uid, "", {});
    if (rows.empty()) return {};
    return rows.front().name.empty() ? rows.front().category : rows.front().name;
  }

  std::vector<std::string> categories_;
  TextVectors vectors_;
  Captions names_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::SelectStage>(argc, argv); }
