#include "labeling/grounding/part_asker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/cameras.h"
#include "db/dataset/crop_file.h"
#include "db/dataset/view.h"
#include "db/format/image.h"
#include "labeling/asking/complaint.h"
#include "labeling/box/shown_view.h"
#include "render/camera.h"

namespace funcorr {

std::filesystem::path grounding_prompt_file(const std::string& box_format, const std::filesystem::path& own,
                                            const std::filesystem::path& shipped, BoxSubject subject) {
  if (!own.empty()) return own;
  const auto file = [&](const std::string& name) { return shipped / ("ground" + name + ".prompt"); };
  std::string kind, family = "-";
  if (subject != BoxSubject::kPart) kind.append("-").append(to_string(subject));
  family += box_format;
  if (std::filesystem::exists(file(kind + family))) return file(kind + family);
  if (std::filesystem::exists(file(family)))  // it answers in a form of its own
    throw UsageError("no prompt that comes with funcorr asks box_format = \"" + box_format +
                     "\" for a function: name one of your own, with {{function}} in it");
  return file(kind);
}

nlohmann::json reply_schema(const Asking& asking, const Prompt& prompt, const std::string& box_format) {
  if (!asking.enforces_schema()) return {};
  if (prompt.schema.is_object()) return prompt.schema;
  return box_format == kAutoFormat ? nlohmann::json() : box_schema(funcorr::box_format(box_format));
}

ChatRequest box_request(const Asking& asking, const Prompt& prompt, const PartQuestion& part,
                        const BoxQuestion& question, std::shared_ptr<RequestImage> picture,
                        const nlohmann::json& schema) {
  ChatRequest request = asking.request(fill(prompt, {{std::string(to_string(part.subject)), part.text}}));
  request.image = std::move(picture);
  request.first_sample = question.first_sample;
  request.n = question.n;
  request.tag = {part.stage, part.key, part.category};
  if (schema.is_object()) {
    request.schema = schema;
    request.schema_name = "boxes";
  }
  return request;
}

std::shared_ptr<RequestImage> shown_picture(const Workspace& workspace, const ShownView& shown,
                                            int jpeg_quality) {
  const std::filesystem::path file = picture_path(workspace.asset(shown.uid), shown.set, shown.view);
  return std::make_shared<RequestImage>("image/jpeg", [file, shown, jpeg_quality] {
    return shown_jpeg(load_image8(file), shown, jpeg_quality);
  });
}

std::vector<GroundingView> grounding_views(const Workspace& workspace, const PartQuestion& question) {
  const std::filesystem::path asset = workspace.asset(question.uid);
  std::vector<GroundingView> views;
  std::optional<std::vector<Camera>> cameras;
  for (const int view : question.views) {
    if (picture_path(asset, question.set, view) == crop_path(asset, view)) {
      views.push_back({view, kCropSize, kCropSize});
      continue;
    }
    if (!cameras) cameras = read_cameras(cameras_path(view_folder(asset, question.set)));
    const Camera& camera = cameras->at(static_cast<std::size_t>(view));
    views.push_back({view, camera.width, camera.height});
  }
  return views;
}

PartAsker::PartAsker(const GroundingOptions& options, const Prompt& prompt, const Workspace& workspace,
                     Asking& asking, Finish finish, BoxPilot* pilot, const FirstPass* first_pass)
    : options_(options),
      prompt_(prompt),
      workspace_(workspace),
      asking_(asking),
      finish_(std::move(finish)),
      pilot_(pilot),
      first_pass_(first_pass && first_pass->options().is_on() ? first_pass : nullptr) {
  GroundingOptions::options().check(options);
  schema_ = reply_schema(asking, prompt, options.box_format);
}

void PartAsker::add(PartQuestion question) {
  const std::string key = question.key;
  if (first_pass_) question.views = first_pass_->order(question.uid, question.views);
  std::vector<GroundingView> views = grounding_views(workspace_, question);
  PartGrounding grounding(options_, question.is_small);
  Open& open =
      open_.emplace(key, Open{std::move(question), std::move(grounding), std::move(views)}).first->second;
  ask_about(open, first_pass_ ? first_pass_->options().first_views : std::ssize(open.views));
}

void PartAsker::ask_about(Open& open, std::int64_t views) {
  const auto end_of_some = open.views.begin() + std::min(views, std::ssize(open.views));
  const std::vector<GroundingView> some(open.views.begin(), end_of_some);
  open.views.erase(open.views.begin(), end_of_some);
  for (const BoxQuestion& question : open.grounding.ask_about(some)) submit(open, question);
  if (open.open_samples == 0) end(open);
}

RunEnd PartAsker::run() {
  RunEnd run_end = asking_.run();
  while (run_end.kind == RunEnd::Kind::kDone && !waiting_.empty()) {
    if (!go_on()) return {RunEnd::Kind::kStopped, {}, {}};
    run_end = asking_.run();
  }
  if (run_end.kind == RunEnd::Kind::kFatal)
    for (const auto& [key, open] : open_)
      finish_(open.question, {{}, {AskingFailure::Kind::kFatal, run_end.error_kind, run_end.error}});
  return run_end;
}

bool PartAsker::go_on() {
  std::vector<Open*> waiting;
  std::vector<PartSoFar> so_far;
  for (const std::string& key : std::exchange(waiting_, {})) {
    waiting.push_back(&open_.at(key));
    so_far.push_back(
        {waiting.back()->question.uid, waiting.back()->question.is_edge, waiting.back()->grounding.boxes()});
  }
  const std::vector<PartDoubt> doubts = first_pass_->doubts(so_far);
  if (doubts.empty()) return false;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    Open& open = *waiting[i];
    if (!doubts[i].error.empty())
      open.failure = {AskingFailure::Kind::kUnanswered, "unreadable_asset", doubts[i].error};
    if (doubts[i].error.empty() && doubts[i].doubt > first_pass_->options().settled)
      ask_about(open, first_pass_->options().more_views);
    else
      end(open);
  }
  return true;
}

void PartAsker::submit(Open& open, const BoxQuestion& question) {
  open.open_samples += question.n;
  asking_.submit(
      request(open, question),
      [this, &open, question](const Answer& answer) {
        if (!complain(open, question, answer)) take(open, question, answer);
      },
      [this, uid = open.question.uid, question](const Answer& answer) {
        return judge(uid, question, answer);
      });
}

ChatRequest PartAsker::request(const Open& open, const BoxQuestion& question) {
  return box_request(asking_, prompt_, open.question, question, picture(open.question, question), schema_);
}

bool PartAsker::complain(Open& open, const BoxQuestion& question, const Answer& answer) {
  if (!asking_.complains_of(answer) || !open.failure.error.empty()) return false;
  const BoxFormat& format = box_format(options_.box_format);
  if (says_nothing_found(format, answer.text) ||
      !parse_boxes(format, answer.text, question.image(), options_.points_as).empty())
    return false;
  asking_.submit(
      with_complaint(request(open, question), answer, "there is no box in it"),
      [this, &open, question](const Answer& reply) { take(open, question, reply); },
      [this, uid = open.question.uid, question](const Answer& reply) { return judge(uid, question, reply); });
  return true;
}

AnswerUse PartAsker::judge(const std::string& uid, const BoxQuestion& question, const Answer& answer) {
  if (pilot_) pilot_->add(uid, question, answer.text);
  return box_use(box_format(options_.box_format), answer.text, question.image(), options_.points_as);
}

void PartAsker::take(Open& open, const BoxQuestion& question, const Answer& answer) {
  --open.open_samples;
  const bool has_failed = !open.failure.error.empty();
  if (answer.answered) {
    if (is_refusal(answer))
      open.refusals[{question.view, question.pass, answer.sample}] = refusal_text(answer);
    const auto further =
        open.grounding.take(question.view, question.pass, answer.sample, answer.text, answer.request_id);
    if (!has_failed)
      for (const BoxQuestion& next : further) submit(open, next);
  } else if (!has_failed) {
    open.failure = {AskingFailure::Kind::kUnanswered, answer.error_kind,
                    fmt::format("view {}: {}", question.view, answer.error)};
  }
  if (open.open_samples > 0) return;
  if (!open.views.empty() && open.failure.error.empty())
    waiting_.push_back(open.question.key);
  else
    end(open);
}

void PartAsker::end(const Open& open) {
  std::vector<Box> boxes = open.grounding.boxes();
  for (Box& box : boxes) {
    box.uid = open.question.uid;
    box.part = open.question.part;
  }
  if (!open.failure.error.empty())
    finish_(open.question, {{}, open.failure});
  else if (boxes.empty() && !open.refusals.empty())
    finish_(open.question, {{}, {AskingFailure::Kind::kRefused, "refused", open.refusals.begin()->second}});
  else
    finish_(open.question, {std::move(boxes), {}});
  open_.erase(std::string(open.question.key));
}

// Parts and samples that are shown the same view share its picture.
std::shared_ptr<RequestImage> PartAsker::picture(const PartQuestion& part, const BoxQuestion& question) {
  const PixelBox& crop = question.crop;
  const ShownView shown{part.uid, question.view, crop, part.set};
  std::weak_ptr<RequestImage>& known =
      pictures_[{part.uid, part.set, question.view, crop.x1, crop.y1, crop.x2, crop.y2}];
  auto image = known.lock();
  if (image) return image;
  image = shown_picture(workspace_, shown, options_.jpeg_quality);
  known = image;
  return image;
}

}  // namespace funcorr
