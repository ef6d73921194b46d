// funcorr-ground: labelling views × parts → boxes, asked from a vision-language model. Item: uid/part.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/dataset/cameras.h"
#include "db/dataset/view.h"
#include "db/format/hash.h"
#include "db/format/image.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/box/format.h"
#include "labeling/box/shown_view.h"
#include "labeling/grounding/part_grounding.h"
#include "labeling/prompt/prompt.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "stages/asking/asking.h"
#include "stages/asking/estimate.h"
#include "stages/asking/provider_options.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const AskingDefaults& asking_defaults() {
  static const AskingDefaults defaults{
      .model = "cogvlm-grounding-generalist",
      .model_help = "the vision-language model, by the name its server knows",
      .temperature = 0.9,
      .top_p = 0.95,
      .max_tokens = 256,
      .samples_per_request = 4,
      .has_images = true};
  return defaults;
}

// One item while it is asked for.
struct OpenItem {
  PartItem item;
  std::string category, question;
  PartGrounding grounding;
  int open_samples = 0;
  std::string error_kind, error;  // of the first sample that was not answered
  // Answers in which the model would not say anything, by view, pass and sample.
  std::map<std::tuple<int, int, int>, std::string> refusals;
};

// Asks for many items at the same time, and reports each when its last answer is in.
class PartAsker {
 public:
  using Finish = std::function<void(const std::string& key, ItemResult)>;

  PartAsker(const StageContext& context, Asking& asking, const Prompt& prompt, Finish finish)
      : context_(context), asking_(asking), prompt_(prompt), finish_(std::move(finish)) {
    const Options& options = context.options;
    grounding_.format = &box_format(options.get_string("box_format"));
    grounding_.boxes = static_cast<int>(options.get_int("boxes"));
    grounding_.max_attempts = static_cast<int>(options.get_int("max_attempts_per_view"));
    grounding_.give_up_after = static_cast<int>(options.get_int("give_up_after"));
    quality_ = static_cast<int>(options.get_int("jpeg_quality"));
  }

  void add(const std::string& key, const json& job) {
    GroundingOptions options = grounding_;
    options.zoom = context_.options.get_bool("zoom") && job.at("small").get<bool>();
    const PartItem item = PartItem::from_key(key);
    OpenItem& open = open_
                         .emplace(key, OpenItem{item,
                                                job.at("category").get<std::string>(),
                                                job.at("question").get<std::string>(),
                                                PartGrounding(options, views_of_job(item, job)),
                                                0,
                                                {},
                                                {},
                                                {}})
                         .first->second;
    for (const BoxQuestion& question : open.grounding.first_questions()) submit(open, question);
    if (open.open_samples == 0) end(open);
  }

  void run() {
    const RunEnd end = asking_.run(context_.stop_requested);
    if (end.kind != RunEnd::Kind::kFatal) return;
    for (const auto& [key, item] : open_) finish_(key, ItemResult::fatal(end.error_kind, end.error));
  }

 private:
  std::vector<GroundingView> views_of_job(const PartItem& item, const json& job) const {
    const auto cameras = read_cameras(cameras_path(label_views(item.uid)));
    std::vector<GroundingView> views;
    for (const json& index : job.at("views")) {
      const auto view = index.get<std::size_t>();
      views.push_back({static_cast<int>(view), cameras.at(view).width, cameras.at(view).height});
    }
    return views;
  }

  void submit(OpenItem& open, const BoxQuestion& question) {
    ChatRequest request = asking_.request(fill(prompt_, {{"part", open.question}}));
    request.image = picture(open.item.uid, question);
    request.first_sample = question.first_sample;
    request.n = question.n;
    request.tag = {"ground", open.item.key(), open.category};
    open.open_samples += question.n;
    asking_.engine().submit(std::move(request),
                            [this, &open, question](const Answer& answer) { take(open, question, answer); });
  }

  void take(OpenItem& open, const BoxQuestion& question, const Answer& answer) {
    --open.open_samples;
    if (answer.answered) {
      if (is_refusal(answer))
        open.refusals[{question.view, question.pass, answer.sample}] = refusal_text(answer);
      const auto further =
          open.grounding.take(question.view, question.pass, answer.sample, answer.text, answer.request_id);
      if (open.error.empty())
        for (const BoxQuestion& next : further) submit(open, next);
    } else if (open.error.empty()) {
      open.error_kind = answer.error_kind;
      open.error = fmt::format("view {}: {}", question.view, answer.error);
    }
    if (open.open_samples == 0) end(open);
  }

  void end(const OpenItem& open) {
    const std::string key = open.item.key();
    const std::vector<Box> boxes = open.grounding.boxes();
    if (!open.error.empty())
      finish_(key, ItemResult::transient(open.error_kind, open.error));
    else if (boxes.empty() && !open.refusals.empty())
      finish_(key, ItemResult::rejected("refused", open.refusals.begin()->second));
    else
      finish_(key, ItemResult::done({{"boxes", boxes}}));
    open_.erase(key);
  }

  std::filesystem::path label_views(const std::string& uid) const {
    return view_folder(context_.workspace.asset(uid), ViewSet::kLabel);
  }

  // Parts and samples that are shown the same view share its picture.
  std::shared_ptr<RequestImage> picture(const std::string& uid, const BoxQuestion& question) {
    const ShownView shown{uid, question.view, question.crop};
    std::weak_ptr<RequestImage>& known = pictures_[{uid, question.view, question.crop.x1, question.crop.y1,
                                                    question.crop.x2, question.crop.y2}];
    auto image = known.lock();
    if (image) return image;
    const fs::path file = view_image_path(label_views(uid), question.view);
    image = std::make_shared<RequestImage>("image/jpeg", [file, shown, quality = quality_] {
      return shown_jpeg(load_image8(file), shown, quality);
    });
    known = image;
    return image;
  }

  const StageContext& context_;
  Asking& asking_;
  const Prompt& prompt_;
  Finish finish_;
  GroundingOptions grounding_;
  int quality_ = 85;
  std::map<std::string, OpenItem> open_;  // by key
  std::map<std::tuple<std::string, int, int, int, int, int>, std::weak_ptr<RequestImage>> pictures_;
};

class GroundStage : public Stage {
 public:
  std::string name() const override { return "ground"; }
  std::string summary() const override {
    return "Asks a vision-language model for the boxes of every part in every labelling view.";
  }

  OptionTable options() const override {
    OptionTable table = asking_options(asking_defaults());
    std::vector<std::string> formats;
    for (const BoxFormat& format : box_formats()) formats.emplace_back(format.name);
    table.add({.name = "box_format",
               .type = OptionType::kString,
               .default_value = "cogvlm",
               .choices = formats,
               .help = "how the model spells boxes"});
    table.add({.name = "boxes",
               .type = OptionType::kInt,
               .default_value = 4,
               .min = 1,
               .max = 128,
               .help = "replies with a box that are wanted of every view"});
    table.add({.name = "max_attempts_per_view",
               .type = OptionType::kInt,
               .default_value = 8,
               .min = 1,
               .max = 1024,
               .help = "replies asked for at most, per view"});
    table.add({.name = "give_up_after",
               .type = OptionType::kInt,
               .default_value = 0,
               .min = 0,
               .max = 1024,
               .help = "leave a view whose first replies, so many, have no box at all; 0: never"});
    table.add({.name = "zoom",
               .type = OptionType::kBool,
               .default_value = true,
               .help = "ask small parts again in a crop around their boxes"});
    table.add({.name = "jpeg_quality",
               .type = OptionType::kInt,
               .default_value = 85,
               .min = 1,
               .max = 100,
               .help = "of the pictures sent"});
    table.add({.name = "prompt",
               .type = OptionType::kPath,
               .default_value = "",
               .help = "file with the question; empty: the one that comes with funcorr for the box format",
               .effect = Effect::kNone});
    table.add({.name = "batch_items",
               .type = OptionType::kInt,
               .default_value = 256,
               .min = 1,
               .max = 100000,
               .help = "parts of assets that are asked for at the same time; by batch at least 10000",
               .effect = Effect::kNone});
    return table;
  }

  bool in_process() const override { return true; }
  int batch_size() const override { return batch_size_; }

  void begin(StageContext& context) override {
    batch_size_ = items_at_once(context.options, static_cast<int>(context.options.get_int("batch_items")));
    asking_.open(context);
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    const std::string prompt = load_prompt(context.options).content();
    const bool zoom = context.options.get_bool("zoom");
    AssetParts parts(*context.manifest);
    AskingPlan plan;
    std::int64_t small = 0, all = 0, assets = 0;
    for_each_done_item(*context.manifest, "render", [&](const DoneItem& rendered) {
      const std::vector<Part> of_asset = parts.of(rendered.key);
      if (of_asset.empty()) return;
      ++assets;
      const auto views = static_cast<std::int64_t>(shown_views(context, rendered.key).size());
      for (const Part& part : of_asset) {
        const bool zoomed = zoom && part.is_small;
        const std::string upstream = rendered.fingerprint + "\n" + prompt + "\n" +
                                     spoken_part(part.name, part.description) + (zoomed ? "\nzoom" : "");
        const PartItem item{rendered.key, part.name};
        sink.want(item.key(), upstream);
        AskingNeed& need = plan.need[part.category];
        const std::int64_t answers = (zoomed ? 2 : 1) * views * context.options.get_int("boxes");
        if (is_done(context, item.key(), upstream)) {
          need.answers_of_done += answers;
          continue;
        }
        ++all;
        small += zoomed ? 1 : 0;
        need.answers += answers;
        need.most_answers += (zoomed ? 2 : 1) * views * context.options.get_int("max_attempts_per_view");
      }
    });
    plan.what = fmt::format("{} parts of {} assets to ask for, {} of them zoomed", all, assets, small);
    plan.tokens_in = 60 + static_cast<double>(context.options.get_int("image_tokens"));
    plan.tokens_out = 20;
    tell_estimate(context, name(), plan, asking_.is_open());
  }

  json describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const Part part = AssetParts(*context.manifest).at(item);
    return {{"category", part.category},
            {"question", spoken_part(part.name, part.description)},
            {"small", part.is_small},
            {"views", shown_views(context, item.uid)}};
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& claimed,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    const Prompt prompt = load_prompt(context.options);
    PartAsker asker(context, asking_, prompt, finish);
    for (const Claimed& item : claimed) asker.add(item.key, item.job);
    asker.run();
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    const PartItem item = PartItem::from_key(key);
    replace_boxes(*context.manifest, item.uid, item.part, result.output.at("boxes").get<std::vector<Box>>());
  }

  std::string progress_note() override { return asking_.progress_note(); }
  void end(StageContext& context) override { asking_.report(context); }

 private:
  // Labelling views that show something.
  static std::vector<int> shown_views(const StageContext& context, const std::string& uid) {
    std::vector<int> views;
    for (const View& view : views_of(*context.manifest, uid, ViewSet::kLabel))
      if (!view.flags.contains(ViewFlag::kBlank)) views.push_back(view.index);
    return views;
  }

  // The question for the family of models, where there is one for it.
  static Prompt load_prompt(const Options& options) {
    const fs::path prompts = data_file("prompt");
    const fs::path of_family = prompts / ("ground-" + options.get_string("box_format") + ".prompt");
    const fs::path shipped = fs::exists(of_family) ? of_family : prompts / "ground.prompt";
    return read_prompt_of(options, "prompt", shipped);
  }

  static bool is_done(StageContext& context, const std::string& key, const std::string& upstream) {
    return done_fingerprint(*context.manifest, "ground", key) ==
           context.options_fingerprint + ":" + sha256_hex(upstream, 12);
  }

  int batch_size_ = 1;
  Asking asking_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::GroundStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
