#include "labeling/grounding/segment_asker.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "db/format/json.h"
#include "labeling/box/reply_boxes.h"
#include "labeling/box/zoom.h"
#include "labeling/client/base_url.h"

namespace funcorr {
namespace {

constexpr std::int64_t kGuard = 24;

// The values that the prompt may hold. `box`: pixels of the crop.
std::map<std::string, std::string> values_for(const PartQuestion& part, const PixelBox& box,
                                              const SquarePadding& image) {
  const int x1 = box.x1 + image.left(), y1 = box.y1 + image.top(), x2 = box.x2 + image.left(),
            y2 = box.y2 + image.top();
  const auto thousandths = [&](int position) { return std::lround(1000.0 * position / image.side()); };
  return {{"part", part.text},
          {"part_json", json_text(part.text)},
          {"box", fmt::format("{}, {}, {}, {}", x1, y1, x2, y2)},
          {"box_2d", fmt::format("{}, {}, {}, {}", thousandths(y1), thousandths(x1), thousandths(y2),
                                 thousandths(x2))}};
}

PixelBox within(const PixelBox& box, const PixelBox& window) {
  return {std::max(box.x1, window.x1) - window.x1, std::max(box.y1, window.y1) - window.y1,
          std::min(box.x2, window.x2) - window.x1, std::min(box.y2, window.y2) - window.y1};
}

SquarePadding padding(const PixelBox& window) { return {window.width(), window.height()}; }

}  // namespace

const OptionList<SegmentOptions>& SegmentOptions::options() {
  static const OptionList<SegmentOptions> list{
      option("segment", &SegmentOptions::format)
          .help("ask for the mask of every box, in a second question: how its server tells masks")
          .leaves_results(),
      option("segment_model", &SegmentOptions::model)
          .help("model that is asked for masks; empty: the one that is asked for boxes")
          .leaves_results(),
      option("segment_servers", &SegmentOptions::servers)
          .help("base URLs of OpenAI-compatible servers that are asked for masks; empty: those of boxes")
          .leaves_results(),
      option("segment_key_variable", &SegmentOptions::key_variable)
          .help("environment variable with the key for segment_servers; empty: none is sent")
          .leaves_results(),
      option("segment_prompt", &SegmentOptions::prompt)
          .help("file with the question for a mask; empty: the one that comes with funcorr")
          .leaves_results(),
      option("segment_max_tokens", &SegmentOptions::max_tokens)
          .range(1, 1'000'000)
          .help("most tokens of an answer with a mask")
          .leaves_results(),
      option("segment_price_in", &SegmentOptions::price_in)
          .range(-1, 1e6)
          .help("price of what segment_model is sent; -1: price_in")
          .unit("per million tokens")
          .leaves_results(),
      option("segment_price_out", &SegmentOptions::price_out)
          .range(-1, 1e6)
          .help("price of what it answers; -1: price_out")
          .unit("per million tokens")
          .leaves_results()};
  return list;
}

std::filesystem::path segment_prompt_file(const SegmentOptions& options,
                                          const std::filesystem::path& shipped) {
  if (!options.prompt.empty()) return options.prompt;
  return shipped / fmt::format("segment-{}.prompt", to_string(options.format));
}

std::string segment_provider(const SegmentOptions& options, const std::string& of_boxes) {
  return of_boxes + (options.servers.empty() ? "" : "-segment");
}

std::vector<Provider> with_segment_provider(std::vector<Provider> providers, const SegmentOptions& options) {
  if (options.format == MaskFormat::kOff) return providers;
  Provider& of_boxes = providers.front();
  if (options.model.empty() && std::max(options.price_in, options.price_out) >= 0)
    throw UsageError("segment_price_in and segment_price_out are those of segment_model, which is not set");
  if (!options.model.empty()) {
    Price price = of_boxes.price_of(options.model);
    if (options.price_in >= 0) price.in_per_million = options.price_in;
    if (options.price_out >= 0) price.out_per_million = options.price_out;
    of_boxes.prices[options.model] = price;
  }
  if (options.servers.empty()) return providers;
  Provider of_masks = of_boxes;
  of_masks.name = segment_provider(options, of_masks.name);
  of_masks.servers.clear();
  for (const std::string& url : options.servers) of_masks.servers.push_back({url});
  const Provider plain;
  of_masks.key_variable = options.key_variable;
  of_masks.key_header = plain.key_header;
  of_masks.health_path = plain.health_path;
  of_masks.max_tokens_field = plain.max_tokens_field;
  of_masks.headers.clear();
  of_masks.query.clear();
  of_masks.extra_body.clear();
  of_masks.json_schema = false;
  of_masks.wire_format = WireFormat::kOpenAi;
  of_masks.transport = Transport::kHttp;
  understand_servers(of_masks);
  of_masks.check();
  providers.push_back(std::move(of_masks));
  return providers;
}

std::vector<Box> boxes_to_segment(const std::vector<Box>& boxes, int most) {
  std::vector<Box> wanted;
  for (const Box& box : boxes_that_count(boxes, {})) {
    const auto is_same_view = [&](const Box& other) { return other.view == box.view; };
    const bool is_known = std::ranges::any_of(
        wanted, [&](const Box& other) { return is_same_view(other) && other.pixels == box.pixels; });
    if (!is_known && std::ranges::count_if(wanted, is_same_view) < most) wanted.push_back(box);
  }
  return wanted;
}

SegmentAsker::SegmentAsker(const SegmentOptions& options, const GroundingOptions& grounding,
                           std::string provider, const Prompt& prompt, const Workspace& workspace,
                           Asking& asking, Finish finish)
    : options_(options),
      grounding_(grounding),
      provider_(std::move(provider)),
      prompt_(prompt),
      workspace_(workspace),
      asking_(asking),
      finish_(std::move(finish)) {
  SegmentOptions::options().check(options);
}

void SegmentAsker::add(const PartQuestion& question, Asked<std::vector<Box>> boxes) {
  if (!boxes.value) return finish_(question, std::move(boxes), {});
  std::map<int, GroundingView> views;
  for (const GroundingView& view : grounding_views(workspace_, question)) views[view.view] = view;
  Open& open = open_[question.key];
  open.question = question;
  open.boxes = std::move(*boxes.value);
  open.asked = boxes_to_segment(open.boxes, grounding_.boxes);
  for (const Box& box : open.asked) {
    const GroundingView& view = views.at(box.view);
    open.windows.push_back(zoom_crop({&box.pixels, 1}, view.width, view.height).value());
  }
  open.failure = stopped_;
  if (stopped_.error.empty()) {
    open.open_masks = static_cast<int>(open.asked.size());
    for (std::size_t i = 0; i < open.asked.size(); ++i) submit(open, i, 0);
  }
  if (open.open_masks == 0) finish(open);
}

void SegmentAsker::end(const RunEnd& run_end) {
  if (run_end.kind != RunEnd::Kind::kFatal) return;
  for (const auto& [key, open] : open_)
    finish_(open.question, {{}, {AskingFailure::Kind::kFatal, run_end.error_kind, run_end.error}}, {});
}

ChatRequest SegmentAsker::request(const Open& open, std::size_t index) const {
  const PixelBox& window = open.windows[index];
  ChatRequest request = asking_.request(
      fill(prompt_, values_for(open.question, within(open.asked[index].pixels, window), padding(window))));
  request.provider = provider_;
  if (!options_.model.empty()) request.model = options_.model;
  request.sampling.max_tokens = options_.max_tokens;
  request.image =
      shown_picture(workspace_, {open.question.uid, open.asked[index].view, window}, grounding_.jpeg_quality);
  request.tag = {"ground", open.question.key, open.question.category};
  return request;
}

void SegmentAsker::submit(Open& open, std::size_t index, int sample) {
  ChatRequest one = request(open, index);
  one.first_sample = sample;
  // Nobody judges it: a pilot is about boxes.
  asking_.submit(std::move(one), [this, &open, index](const Answer& answer) { take(open, index, answer); });
}

std::string SegmentAsker::take_mask(Open& open, std::size_t index, const Answer& answer) {
  if (is_refusal(answer)) return refusal_text(answer);
  const Box& box = open.asked[index];
  const PixelBox& window = open.windows[index];
  try {
    auto mask = read_mask(options_.format, answer.text, padding(window), within(box.pixels, window));
    if (mask)
      open.segments[index] = {box.view,   box.pass, box.sample, box.index, window, std::move(mask->mask),
                              mask->score};
    return {};
  } catch (const MaskError& error) {
    if (answer.finish_reason != "length") return error.what();
    return fmt::format("the answer is cut off at {} tokens; set segment_max_tokens higher",
                       options_.max_tokens);
  }
}

void SegmentAsker::take(Open& open, std::size_t index, const Answer& answer) {
  if (!answer.answered) {
    if (open.failure.error.empty())
      open.failure = {AskingFailure::Kind::kUnanswered, answer.error_kind,
                      fmt::format("mask in view {}: {}", open.asked[index].view, answer.error)};
  } else if (const std::string complaint = take_mask(open, index, answer); complaint.empty()) {
    ++read_;
  } else if (answer.sample + 1 < kAttempts && stopped_.error.empty()) {
    return submit(open, index, answer.sample + 1);
  } else {
    ++open.unreadable;
    ++unreadable_;
    open.complaint = fmt::format("mask in view {}: {}", open.asked[index].view, complaint);
    if (example_.empty()) example_ = open.question.key + ": " + open.complaint;
    if (read_ == 0 && unreadable_ == kGuard)
      stopped_ = {AskingFailure::Kind::kFatal, "unusable_answer",
                  fmt::format("none of the first {} masks can be read ({}); is segment = {} what the server "
                              "speaks?",
                              kGuard, example_, to_string(options_.format))};
  }
  if (--open.open_masks == 0) finish(open);
}

void SegmentAsker::finish(const Open& open) {
  const std::string key = open.question.key;
  AskingFailure failure = stopped_.error.empty() ? open.failure : stopped_;
  if (failure.error.empty() && open.unreadable > 0 && open.unreadable == static_cast<int>(open.asked.size()))
    failure = {AskingFailure::Kind::kUnanswered, "unusable_answer", open.complaint};
  std::vector<Segment> segments;
  for (const auto& [index, segment] : open.segments) segments.push_back(segment);
  if (failure.error.empty())
    finish_(open.question, {open.boxes, {}}, segments);
  else
    finish_(open.question, {{}, failure}, {});
  open_.erase(key);
}

}  // namespace funcorr
