#include "labeling/selection/selecting.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "labeling/asking/json_question.h"
#include "labeling/taxonomy/duplicates.h"

namespace funcorr {
namespace {

using nlohmann::json;

void drop(Selection& selection, Dropped step, std::string reason) {
  selection.dropped = step;
  selection.reason = std::move(reason);
}

}  // namespace

const OptionList<SelectionOptions>& SelectionOptions::options() {
  static const OptionList<SelectionOptions> list{
      option("names", &SelectionOptions::names)
          .help("what an asset is called: what the model reads in its caption, the caption as it is, or what "
                "name_table says"),
      option("match", &SelectionOptions::match).help("how names are matched with categories"),
      option("verify", &SelectionOptions::verify)
          .help("who checks the caption against the category: the model, or nobody"),
      option("min_cosine", &SelectionOptions::min_cosine)
          .range(-1, 1)
          .help("least cosine of a name's and a category's embedding"),
      option("top_k", &SelectionOptions::top_k)
          .range(1, 100)
          .help("nearest categories that are checked, one after the other"),
      option("tries", &SelectionOptions::tries).range(1, 100).help("answers asked for until one can be used"),
      option("cap", &SelectionOptions::cap)
          .range(0, 1e9)
          .help("most assets of a category, drawn by the seed; 0: no cap")
          .leaves_results()};
  return list;
}

const OptionList<SelectionPromptFiles>& SelectionPromptFiles::options() {
  static const OptionList<SelectionPromptFiles> list{
      option("name_prompt", &SelectionPromptFiles::name)
          .help("prompt for the name; empty: the one that comes with funcorr")
          .leaves_results(),
      option("verify_prompt", &SelectionPromptFiles::verify)
          .help("prompt for the check; empty: the one that comes with funcorr")
          .leaves_results()};
  return list;
}

SelectionPrompts read_prompts(const SelectionPromptFiles& files, const std::filesystem::path& shipped) {
  return {read_prompt(files.name, shipped / "select-name.prompt"),
          read_prompt(files.verify, shipped / "select-verify.prompt")};
}

std::string selection_sources(const SelectionOptions& options, const SelectionPrompts& prompts,
                              const std::vector<std::string>& categories) {
  std::string text;
  for (const std::string& category : categories) text += category + "\n";
  if (options.names == NameSource::kLlm) text += prompts.name.content() + "\n";
  if (options.verify == CategoryCheck::kLlm) text += prompts.verify.content() + "\n";
  return text;
}

Selecting::Selecting(const SelectionOptions& options, const SelectionPrompts& prompts,
                     const std::vector<std::string>& categories, TextVectors& vectors, Asking& asking,
                     Finish finish)
    : options_(options),
      prompts_(prompts),
      categories_(categories),
      vectors_(vectors),
      asking_(asking),
      finish_(std::move(finish)) {
  SelectionOptions::options().check(options);
}

void Selecting::add(const AssetToSelect& asset) {
  Open open;
  open.selection.uid = asset.uid;
  open.selection.caption = asset.caption;
  open.selection.name = asset.name;
  open_.push_back(std::move(open));
}

void Selecting::run() {
  if (!name() || !match() || !verify()) return;
  for (const Open& open : open_)
    if (open.failure.error.empty())
      finish_(open.selection.uid, {open.selection, {}});
    else
      finish_(open.selection.uid, {{}, open.failure});
}

bool Selecting::went_on(const RunEnd& run_end) {
  if (run_end.kind == RunEnd::Kind::kFatal && !open_.empty())
    finish_(open_.front().selection.uid,
            {{}, {AskingFailure::Kind::kFatal, run_end.error_kind, run_end.error}});
  return run_end.kind == RunEnd::Kind::kDone;
}

bool Selecting::name() {
  if (options_.names != NameSource::kLlm) {
    for (Open& open : open_) {
      if (options_.names == NameSource::kCaption) open.selection.name = open.selection.caption;
      if (open.selection.name.empty()) drop(open.selection, Dropped::kNoName, "the table of names has none");
    }
    return true;
  }
  for (Open& open : open_)
    ask(
        open, prompts_.name, {{"caption", open.selection.caption}},
        [](const json& answer) { return answer.at("name").is_string(); },
        [&open](const json& answer) {
          open.selection.name = answer.at("name").get<std::string>();
          if (open.selection.name.empty() || open.selection.name == "none")
            drop(open.selection, Dropped::kNoName, "the caption shows no single object");
        });
  return went_on(asking_.run());
}

bool Selecting::match() {
  if (options_.match == CategoryMatch::kEmbedding) {
    std::set<std::string> texts(categories_.begin(), categories_.end());
    for (const Open& open : open_)
      if (!open.is_over()) texts.insert(open.selection.name);
    if (!went_on(add_vectors(asking_, texts, {"select", "embeddings", ""}, vectors_))) return false;
  }
  for (Open& open : open_)
    if (!open.is_over()) match_one(open.selection);
  return true;
}

void Selecting::match_one(Selection& selection) const {
  const bool by_vector = options_.match == CategoryMatch::kEmbedding;
  std::vector<Selection::Candidate> all;
  for (const std::string& category : categories_)
    all.push_back({category, by_vector ? cosine(vectors_.at(category), vectors_.at(selection.name))
                             : is_same_spelling(category, selection.name) ? 1.0
                                                                          : 0.0});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
  const double least = by_vector ? options_.min_cosine : 1.0;
  const auto best = all.empty() ? Selection::Candidate{"none", 0} : all.front();
  all.resize(std::min(all.size(), static_cast<std::size_t>(options_.top_k)));
  std::erase_if(all, [&](const auto& candidate) { return candidate.cosine < least; });
  selection.candidates = std::move(all);
  if (selection.candidates.empty())
    drop(selection, Dropped::kNoMatch,
         fmt::format("\"{}\" is nearest to \"{}\", cosine {:.2f}", selection.name, best.category,
                     best.cosine));
}

// One candidate after the other, until one fits.
bool Selecting::verify() {
  if (options_.verify == CategoryCheck::kNone) {
    for (Open& open : open_)
      if (!open.is_over()) open.selection.category = open.selection.candidates.front().category;
    return true;
  }
  for (Open& open : open_)
    if (!open.is_over()) verify_candidate(open, 0);
  return went_on(asking_.run());
}

void Selecting::verify_candidate(Open& open, std::size_t candidate) {
  Selection& selection = open.selection;
  if (candidate == selection.candidates.size())
    return drop(selection, Dropped::kNotVerified,
                fmt::format("it is no {}, says the check", selection.candidates.front().category));
  const std::string category = selection.candidates[candidate].category;
  ask(
      open, prompts_.verify, {{"caption", selection.caption}, {"category", category}},
      [](const json& answer) { return answer.at("fits").is_boolean(); },
      [this, &open, candidate, category](const json& answer) {
        if (answer.at("fits").get<bool>())
          open.selection.category = category;
        else
          verify_candidate(open, candidate + 1);
      });
}

void Selecting::ask(Open& open, const Prompt& prompt, std::map<std::string, std::string> values,
                    std::function<bool(const json&)> is_usable, std::function<void(const json&)> take) {
  JsonQuestion question{
      &prompt, std::move(values), {"select", open.selection.uid, ""}, options_.tries, std::move(is_usable)};
  ask_json(asking_, std::move(question), [&open, take = std::move(take)](const Asked<json>& answer) {
    if (answer.value) return take(*answer.value);
    open.failure = answer.failure;
  });
}

CapResult apply_cap(std::vector<Selection> selections, int cap,
                    const std::function<std::uint64_t(const std::string& uid)>& draw) {
  struct Drawn {
    std::uint64_t number;
    Selection selection;
  };
  CapResult result;
  std::map<std::string, std::vector<Drawn>> by_category;
  for (Selection& selection : selections) {
    if (selection.category.empty()) {
      ++result.counts[selection.dropped];
      continue;
    }
    const std::uint64_t number = draw(selection.uid);
    std::vector<Drawn>& drawn = by_category[selection.category];
    drawn.push_back({number, std::move(selection)});
  }
  for (auto& [category, drawn] : by_category) {
    std::ranges::sort(drawn, {}, &Drawn::number);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const bool is_over = cap > 0 && i >= static_cast<std::size_t>(cap);
      ++result.counts[is_over ? Dropped::kOverCap : Dropped::kKept];
      Selection& selection = drawn[i].selection;
      if (is_over == (selection.dropped == Dropped::kOverCap)) continue;
      drop(selection, is_over ? Dropped::kOverCap : Dropped::kKept,
           is_over ? fmt::format("{} of {} are kept", cap, drawn.size()) : "");
      result.changed.push_back(std::move(selection));
    }
  }
  return result;
}

}  // namespace funcorr
