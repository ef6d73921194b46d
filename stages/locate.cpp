// funcorr-locate: views of ground-truth pairs × the function's parts → boxes, asked from a vision-language
// model. Item: uid/part/<part> or uid/function/<function>; of a run with a name uid/part:<name>/<part>.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/dataset/function_phrase.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "stages/box_stage.h"
#include "stages/locate_options.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

class LocateStage : public BoxStage<LocateOptions> {
 public:
  std::string name() const override { return "locate"; }
  std::string summary() const override {
    return "Asks a vision-language model for the functional parts in the images of the ground-truth pairs; "
           "settings of [ground] hold here too.";
  }
  std::string follows() const override { return "ground"; }

  void list(StageContext& context, ItemSink& sink) override {
    const GroundingOptions grounding = this->grounding(context);
    collect(context);
    sink.keep_others([this](const std::string& item) {
      const PairBoxKey key = pair_box_key(item);
      return key.vlm != options().name || std::ranges::count(subjects(), key.subject) == 0;
    });
    std::map<BoxSubject, std::string> words_of;
    for (const BoxSubject subject : subjects()) words_of[subject] = words(grounding, subject);
    AskingPlan plan;
    std::map<BoxSubject, std::int64_t> longest;
    std::int64_t open = 0;
    std::set<std::string> assets;
    for (const auto& [key, wanted] : wanted_) {
      const PartQuestion& question = wanted.question;
      std::string upstream = wanted.pairs + "\n" + words_of.at(question.subject) + "\n" + question.text;
      for (const int view : question.views) upstream += fmt::format(" {}", view);
      const bool is_done = sink.want(key, upstream).is_up_to_date();
      plan.add(question.category, is_done,
               grounding_need(grounding, false, std::ssize(question.views), options().asking.provider.max_n));
      std::int64_t& most = longest[question.subject];
      most = std::max<std::int64_t>(most, std::ssize(question.text));
      open += is_done ? 0 : 1;
      assets.insert(question.uid);
    }
    plan.what = fmt::format("{} questions about the pairs' views of {} assets", open, assets.size());
    bound_boxes(plan, longest);
    tell_estimate(context, plan);
  }

  PartQuestion describe(StageContext&, const std::string& key) override { return wanted_.at(key).question; }

  void commit(StageContext& context, const std::string& key, const std::vector<Box>& boxes) override {
    replace_pair_boxes(context.manifest, pair_box_key(key), boxes);
  }

 private:
  struct Wanted {
    PartQuestion question;
    std::string pairs;  // fingerprints of the pairs that show the asset
  };

  std::vector<BoxSubject> subjects() const override {
    std::vector<BoxSubject> subjects;
    for (const auto& [subject, name] : names_of(BoxSubject{}))
      if (std::ranges::count(options().by, subject) > 0) subjects.push_back(subject);
    if (subjects.empty()) throw UsageError("by: nothing is asked for; name part, function, or both");
    return subjects;
  }
  ViewSet views() const override { return ViewSet::kTrain; }
  std::filesystem::path own_prompt(BoxSubject subject) const override {
    return subject == BoxSubject::kPart ? options().prompt : options().function_prompt;
  }
  std::vector<PartQuestion> some_questions(StageContext& context, int most) override {
    collect(context);
    std::vector<PartQuestion> all, some;
    for (const auto& [key, wanted] : wanted_)
      if (wanted.question.subject == subjects().front()) all.push_back(wanted.question);
    const std::size_t count = std::min(all.size(), static_cast<std::size_t>(most));
    for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
    return some;
  }

  // It becomes part of keys and labels.
  void check_name() const {
    const auto is_plain = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    };
    if (!std::ranges::all_of(options().name, is_plain))
      throw UsageError("locate: name = " + options().name +
                       ": letters, digits, '-', '_' and '.' are allowed");
  }

  void collect(StageContext& context) {
    check_name();
    wanted_.clear();
    AssetParts parts(context.manifest);
    for_each_pair(context.manifest, [&](const Pair& pair) {
      const auto made = done_fingerprint(context.manifest, "pair", annotated_pair_of(pair.id));
      if (!made) return;
      for (const auto& [uid, category, view] : {std::tuple(pair.uid_1, pair.category_1, pair.view_1),
                                                std::tuple(pair.uid_2, pair.category_2, pair.view_2)})
        for (const BoxSubject subject : subjects()) {
          if (subject == BoxSubject::kFunction) {
            add({uid, subject, pair.function, options().name}, category, function_phrase(pair.function), view,
                *made);
            continue;
          }
          for (const Part& part : parts.performing(category, pair.function))
            add({uid, subject, part.name, options().name}, category, spoken_part(part.name, part.description),
                view, *made);
        }
    });
  }

  void add(const PairBoxKey& asked, const std::string& category, const std::string& text, int view,
           const std::string& pair) {
    Wanted& wanted = wanted_[pair_box_item(asked)];
    PartQuestion& question = wanted.question;
    question.key = pair_box_item(asked);
    question.uid = asked.uid;
    question.part = asked.name;
    question.category = category;
    question.text = text;
    question.set = views();
    question.subject = asked.subject;
    question.stage = name();
    const auto place = std::ranges::lower_bound(question.views, view);
    if (place == question.views.end() || *place != view) question.views.insert(place, view);
    if (!wanted.pairs.ends_with(pair)) wanted.pairs += "+" + pair;
  }

  std::map<std::string, Wanted> wanted_;  // by item
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::LocateStage>(argc, argv); }
