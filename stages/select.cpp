// funcorr-select: captions → category of each asset: its name (LLM), the nearest category (embedding), a
// check (LLM), and a cap per category. Item: an asset's uid.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/selection.h"
#include "labeling/taxonomy/duplicates.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "stages/asking/asking.h"
#include "stages/asking/estimate.h"
#include "stages/asking/json_question.h"
#include "stages/asking/provider_options.h"
#include "stages/asking/text_vectors.h"
#include "stages/catalog/captions.h"
#include "stages/taxonomy_source.h"

namespace funcorr {
namespace {

using nlohmann::json;

const AskingDefaults& asking_defaults() {
  static const AskingDefaults defaults{.model = "llama-3.1-8b-instruct",
                                       .model_help = "the language model, by the name its server knows",
                                       .temperature = 0.2,
                                       .top_p = 0.95,
                                       .max_tokens = 64,
                                       .has_embeddings = true};
  return defaults;
}

void drop(Selection& selection, Dropped step, std::string reason) {
  selection.dropped = step;
  selection.reason = std::move(reason);
}

// One batch of assets on its way through the steps. A step that cannot ask any more ends the batch.
class Selecting {
 public:
  using Finish = std::function<void(const std::string& key, ItemResult)>;

  Selecting(const StageContext& context, Asking& asking, const std::vector<std::string>& categories,
            TextVectors& vectors, Finish finish)
      : context_(context),
        asking_(asking),
        categories_(categories),
        vectors_(vectors),
        finish_(std::move(finish)) {
    tries_ = static_cast<int>(context.options.get_int("tries"));
  }

  void add(const std::string& uid, const json& job) {
    Open open;
    open.selection.uid = uid;
    open.selection.caption = job.at("caption").get<std::string>();
    open.selection.name = job.at("name").get<std::string>();
    open_.push_back(std::move(open));
  }

  void run() {
    if (name() && match() && verify())
      for (Open& open : open_) end(open);
  }

 private:
  struct Open {
    Selection selection;
    std::string error_kind, error;
    bool is_over() const { return !error.empty() || selection.dropped != Dropped::kKept; }
  };

  void end(const Open& open) {
    finish_(open.selection.uid, open.error.empty() ? ItemResult::done(open.selection)
                                                   : ItemResult::transient(open.error_kind, open.error));
  }

  // True where the next step may follow.
  bool run_engine() { return went_on(asking_.run(context_.stop_requested)); }
  bool went_on(const RunEnd& run_end) {
    if (run_end.kind == RunEnd::Kind::kFatal && !open_.empty())
      finish_(open_.front().selection.uid, ItemResult::fatal(run_end.error_kind, run_end.error));
    return run_end.kind == RunEnd::Kind::kDone;
  }

  bool name() {
    const std::string source = context_.options.get_string("names");
    if (source != "llm") {
      for (Open& open : open_) {
        if (source == "caption") open.selection.name = open.selection.caption;
        if (open.selection.name.empty())
          drop(open.selection, Dropped::kNoName, "the table of names has none");
      }
      return true;
    }
    const auto prompt = std::make_shared<Prompt>(
        read_prompt_of(context_.options, "name_prompt", data_file("prompt/select-name.prompt")));
    for (Open& open : open_)
      ask(
          open, prompt, {{"caption", open.selection.caption}},
          [](const json& answer) { return answer.at("name").is_string(); },
          [&open](const json& answer) {
            open.selection.name = answer.at("name").get<std::string>();
            if (open.selection.name.empty() || open.selection.name == "none")
              drop(open.selection, Dropped::kNoName, "the caption shows no single object");
          });
    return run_engine();
  }

  bool match() {
    const bool by_vector = context_.options.get_string("match") == "embedding";
    if (by_vector) {
      std::set<std::string> texts(categories_.begin(), categories_.end());
      for (const Open& open : open_)
        if (!open.is_over()) texts.insert(open.selection.name);
      if (!went_on(
              add_vectors(asking_, texts, {"select", "embeddings", ""}, context_.stop_requested, vectors_)))
        return false;
    }
    for (Open& open : open_)
      if (!open.is_over()) match_one(open.selection, by_vector);
    return true;
  }

  void match_one(Selection& selection, bool by_vector) const {
    std::vector<Selection::Candidate> all;
    for (const std::string& category : categories_)
      all.push_back({category, by_vector ? cosine(vectors_.at(category), vectors_.at(selection.name))
                               : is_same_spelling(category, selection.name) ? 1.0
                                                                            : 0.0});
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
    const double least = by_vector ? context_.options.get_double("min_cosine") : 1.0;
    const auto best = all.empty() ? Selection::Candidate{"none", 0} : all.front();
    all.resize(std::min(all.size(), static_cast<std::size_t>(context_.options.get_int("top_k"))));
    std::erase_if(all, [&](const auto& candidate) { return candidate.cosine < least; });
    selection.candidates = std::move(all);
    if (selection.candidates.empty())
      drop(selection, Dropped::kNoMatch,
           fmt::format("\"{}\" is nearest to \"{}\", cosine {:.2f}", selection.name, best.category,
                       best.cosine));
  }

  // One candidate after the other, until one fits.
  bool verify() {
    if (context_.options.get_string("verify") == "none") {
      for (Open& open : open_)
        if (!open.is_over()) open.selection.category = open.selection.candidates.front().category;
      return true;
    }
    verify_prompt_ = std::make_shared<Prompt>(
        read_prompt_of(context_.options, "verify_prompt", data_file("prompt/select-verify.prompt")));
    for (Open& open : open_)
      if (!open.is_over()) verify_candidate(open, 0);
    return run_engine();
  }

  void verify_candidate(Open& open, std::size_t candidate) {
    Selection& selection = open.selection;
    if (candidate == selection.candidates.size())
      return drop(selection, Dropped::kNotVerified,
                  fmt::format("it is no {}, says the check", selection.candidates.front().category));
    const std::string category = selection.candidates[candidate].category;
    ask(
        open, verify_prompt_, {{"caption", selection.caption}, {"category", category}},
        [](const json& answer) { return answer.at("fits").is_boolean(); },
        [this, &open, candidate, category](const json& answer) {
          if (answer.at("fits").get<bool>())
            open.selection.category = category;
          else
            verify_candidate(open, candidate + 1);
        });
  }

  void ask(Open& open, const std::shared_ptr<const Prompt>& prompt, std::map<std::string, std::string> values,
           std::function<bool(const json&)> is_usable, std::function<void(const json&)> take) {
    JsonQuestion question{
        prompt, std::move(values), {"select", open.selection.uid, ""}, tries_, std::move(is_usable)};
    ask_json(asking_, std::move(question), [&open, take = std::move(take)](const JsonAnswer& answer) {
      if (answer.value) return take(*answer.value);
      open.error_kind = answer.error_kind;
      open.error = answer.error;
    });
  }

  const StageContext& context_;
  Asking& asking_;
  const std::vector<std::string>& categories_;
  TextVectors& vectors_;
  Finish finish_;
  int tries_ = 5;
  std::shared_ptr<const Prompt> verify_prompt_;
  std::vector<Open> open_;
};

Option step(const char* name, const char* default_value, std::vector<std::string> choices, const char* help) {
  return {.name = name,
          .type = OptionType::kString,
          .default_value = default_value,
          .choices = std::move(choices),
          .help = help};
}

Option file(const char* name, const char* help) {
  return {
      .name = name, .type = OptionType::kPath, .default_value = "", .help = help, .effect = Effect::kNone};
}

class SelectStage : public Stage {
 public:
  std::string name() const override { return "select"; }
  std::string summary() const override {
    return "Finds the category of assets that have a caption and no category.";
  }

  OptionTable options() const override {
    OptionTable table = asking_options(asking_defaults());
    table.add(step("names", "llm", {"llm", "caption", "table"},
                   "what an asset is called: by the model, its caption as it is, or name_table"));
    table.add(
        file("name_table", "table (CSV) with columns uid (or path) and name, LVIS categories for example"));
    table.add(step("match", "embedding", {"embedding", "spelling"}, "how names are matched with categories"));
    table.add(
        step("verify", "llm", {"llm", "none"}, "does the model check the caption against the category?"));
    table.add({.name = "min_cosine",
               .type = OptionType::kDouble,
               .default_value = 0.7,
               .min = -1,
               .max = 1,
               .help = "of a name's and a category's embedding"});
    table.add({.name = "top_k",
               .type = OptionType::kInt,
               .default_value = 1,
               .min = 1,
               .max = 100,
               .help = "nearest categories that are checked, one after the other"});
    table.add({.name = "tries",
               .type = OptionType::kInt,
               .default_value = 5,
               .min = 1,
               .max = 100,
               .help = "answers asked for until one can be used"});
    table.add({.name = "cap",
               .type = OptionType::kInt,
               .default_value = 200,
               .min = 0,
               .max = 1e9,
               .help = "most assets of a category, drawn by the seed; 0: no cap",
               .effect = Effect::kNone});
    table.add(file("taxonomy", "taxonomy whose categories count; empty: the workspace's, or funcorr's own"));
    table.add(file("name_prompt", "prompt for the name; empty: the one that comes with funcorr"));
    table.add(file("verify_prompt", "prompt for the check; empty: the one that comes with funcorr"));
    return table;
  }

  bool in_process() const override { return true; }
  int batch_size() const override { return batch_size_; }

  void begin(StageContext& context) override {
    batch_size_ = items_at_once(context.options, 1024);
    asking_.open(context);
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    categories_.clear();
    for (const auto& [category, entry] : load_taxonomy(context).categories) categories_.push_back(category);
    read_names(context);
    const std::string shared = shared_upstream(context.options);
    std::int64_t open = 0, done = 0;
    for_each_selectable_asset(*context.manifest, [&](const CaptionedAsset& asset) {
      const std::string upstream = shared + asset.caption + "\n" + name_of(asset.uid);
      sink.want(asset.uid, upstream);
      const bool is_done = done_fingerprint(*context.manifest, "select", asset.uid) ==
                           context.options_fingerprint + ":" + sha256_hex(upstream, 12);
      ++(is_done ? done : open);
    });
    tell_estimate(context, name(), plan(context.options, open, done), asking_.is_open());
  }

  json describe(StageContext& context, const std::string& uid) override {
    return {{"caption", caption_of(*context.manifest, uid)}, {"name", name_of(uid)}};
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& claimed,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    Selecting selecting(context, asking_, categories_, vectors_, finish);
    for (const Claimed& item : claimed) selecting.add(item.key, item.job);
    selecting.run();
  }

  void commit(StageContext& context, const std::string& uid, const ItemResult& result) override {
    const auto selection = result.output.get<Selection>();
    upsert_selection(*context.manifest, selection);
    set_asset_category(*context.manifest, uid, selection.category);
  }

  std::string progress_note() override { return asking_.progress_note(); }

  void end(StageContext& context) override {
    const std::map<Dropped, std::int64_t> counts = apply_cap(context);
    asking_.report(context);
    if (context.json_output || counts.empty()) return;
    for (const auto& [dropped, count] : counts)
      std::cout << fmt::format("{:>8} {}\n", count,
                               dropped == Dropped::kKept ? "selected" : to_string(dropped));
  }

 private:
  void read_names(const StageContext& context) {
    names_ = Captions();
    if (context.options.get_string("names") != "table") return;
    if (context.options.get_string("name_table").empty())
      throw UsageError("name_table: name the table that names = \"table\" takes names from");
    try {
      names_.read(context.options.get_path("name_table"));
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
  }

  std::string name_of(const std::string& uid) const {
    const auto rows = names_.find(uid, "", {});
    return rows.empty()                ? std::string()
           : rows.front().name.empty() ? rows.front().category
                                       : rows.front().name;
  }

  // What every asset's selection depends on besides its caption.
  std::string shared_upstream(const Options& options) const {
    std::string text;
    for (const std::string& category : categories_) text += category + "\n";
    if (options.get_string("names") == "llm")
      text += read_prompt_of(options, "name_prompt", data_file("prompt/select-name.prompt")).content() + "\n";
    if (options.get_string("verify") == "llm")
      text +=
          read_prompt_of(options, "verify_prompt", data_file("prompt/select-verify.prompt")).content() + "\n";
    return text;
  }

  // The draw of the assets that a full category keeps: those of the lowest seeds. An asset that comes later
  // can take one place at most. Returns the assets by where they were dropped.
  std::map<Dropped, std::int64_t> apply_cap(StageContext& context) const {
    std::map<std::string, std::vector<Selection>> by_category;
    std::map<Dropped, std::int64_t> counts;
    for_each_selection(*context.manifest, [&](const Selection& selection) {
      if (selection.category.empty())
        ++counts[selection.dropped];
      else
        by_category[selection.category].push_back(selection);
    });
    const auto cap = static_cast<std::size_t>(context.options.get_int("cap"));
    Transaction transaction(*context.manifest);
    for (auto& [category, selections] : by_category) {
      std::sort(selections.begin(), selections.end(), [&](const Selection& a, const Selection& b) {
        return item_seed(context.seed, "select", a.uid) < item_seed(context.seed, "select", b.uid);
      });
      for (std::size_t i = 0; i < selections.size(); ++i) {
        const bool is_over = cap > 0 && i >= cap;
        const Dropped now = is_over ? Dropped::kOverCap : Dropped::kKept;
        ++counts[now];
        Selection& selection = selections[i];
        if (is_over == (selection.dropped == Dropped::kOverCap)) continue;
        drop(selection, now, is_over ? fmt::format("{} of {} are kept", cap, selections.size()) : "");
        upsert_selection(*context.manifest, selection);
        set_asset_category(*context.manifest, selection.uid, is_over ? "" : category);
      }
    }
    transaction.commit();
    return counts;
  }

  static AskingPlan plan(const Options& options, std::int64_t open, std::int64_t done) {
    const std::int64_t names = options.get_string("names") == "llm" ? 1 : 0;
    const std::int64_t checks = options.get_string("verify") == "llm" ? 1 : 0;
    AskingPlan plan;
    plan.what = fmt::format("{} assets to select, {} questions each", open, names + checks);
    plan.tokens_in = 180;
    plan.tokens_out = 10;
    plan.need[""] = {open * (names + checks),
                     open * options.get_int("tries") * (names + checks * options.get_int("top_k")),
                     done * (names + checks)};
    return plan;
  }

  int batch_size_ = 1;
  Asking asking_;
  std::vector<std::string> categories_;
  TextVectors vectors_;
  Captions names_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::SelectStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
