#include "labeling/grounding/box_pilot.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "db/format/error.h"
#include "labeling/grounding/pilot_picture.h"

namespace funcorr {
namespace {

constexpr std::size_t kMostAnswers = 512, kNamed = 5, kDrawn = 3;
constexpr double kMostAnswersRead = 0.9;

std::vector<Box> sound_boxes(const BoxFormat& format, std::string_view reply, const SquarePadding& image,
                             PointsAs points_as) {
  std::vector<Box> boxes = parse_boxes(format, reply, image, points_as);
  std::erase_if(boxes, [](const Box& box) { return !is_sound(box.flag); });
  return boxes;
}

bool is_near(const PixelBox& a, const PixelBox& b, double allowed) {
  return std::abs(a.x1 - b.x1) <= allowed && std::abs(a.y1 - b.y1) <= allowed &&
         std::abs(a.x2 - b.x2) <= allowed && std::abs(a.y2 - b.y2) <= allowed;
}

bool is_near(const std::vector<Box>& a, const std::vector<Box>& b, double allowed) {
  return std::ranges::equal(a, b, [allowed](const Box& one, const Box& other) {
    return is_near(one.pixels, other.pixels, allowed);
  });
}

}  // namespace

AnswerUse box_use(const BoxFormat& format, std::string_view reply, const SquarePadding& image,
                  PointsAs points_as) {
  if (!sound_boxes(format, reply, image, points_as).empty()) return AnswerUse::kFound;
  return says_nothing_found(format, reply) ? AnswerUse::kNothing : AnswerUse::kUnusable;
}

void BoxPilot::add(const std::string& uid, const BoxQuestion& question, const std::string& reply) {
  answers_.push_back({uid, question, reply});
  if (answers_.size() > kMostAnswers) answers_.pop_front();
}

AnswerUse BoxPilot::use_in_any_format(const BoxQuestion& question, const std::string& reply) const {
  AnswerUse best = AnswerUse::kUnusable;
  for (const BoxFormat& format : box_formats()) {
    const AnswerUse use = box_use(format, reply, question.image(), points_as_);
    if (use == AnswerUse::kFound) return use;
    if (use == AnswerUse::kNothing) best = use;
  }
  return best;
}

std::vector<BoxPilot::Fit> BoxPilot::fits() const {
  std::vector<Fit> fits;
  for (const BoxFormat& format : box_formats()) {
    Fit fit{&format};
    for (const Told& told : answers_) {
      fit.boxes.push_back(sound_boxes(format, told.reply, told.question.image(), points_as_));
      if (fit.boxes.back().empty()) continue;
      ++fit.reads;
      fit.marked += told.reply.find(format.mark) != std::string::npos ? 1 : 0;
    }
    if (fit.reads > 0) fits.push_back(std::move(fit));
  }
  std::ranges::stable_sort(fits, [](const Fit& a, const Fit& b) {
    return std::pair(a.marked, a.reads) > std::pair(b.marked, b.reads);
  });
  return fits;
}

std::string BoxPilot::advice(const std::filesystem::path& prompt) const {
  const std::vector<Fit> found = fits();
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, found.size()); ++i)
    text += fmt::format("{}\"{}\" {}{}", i == 0 ? "" : ", ", found[i].format->name, found[i].reads,
                        found[i].marked < found[i].reads ? " (though not in its own form)" : "");
  if (text.empty())
    return fmt::format("no box_format reads any of them; see the raw answers above, and what was shown: {}",
                       draw(found).string());
  return fmt::format(
      "of these {} answers would have been read: {}\n"
      "  set box_format to one of them; with prompt = \"{}\" the same words are asked, and the "
      "answers read again without buying them\n"
      "  a picture of how they would be read: {}",
      answers_.size(), text, prompt.string(), draw(found).string());
}

// Do nine of ten answers give the same boxes, but for 2 px or 1 % of the side?
bool BoxPilot::agree(const Fit& a, const Fit& b, const std::deque<Told>& answers) {
  int same = 0;
  for (std::size_t i = 0; i < answers.size(); ++i)
    same += is_near(a.boxes[i], b.boxes[i], std::max(2.0, 0.01 * answers[i].question.image().side())) ? 1 : 0;
  return same >= kMostAnswersRead * static_cast<double>(answers.size());
}

const BoxFormat& BoxPilot::choose() const {
  const std::vector<Fit> found = fits();
  int readable = 0;
  for (std::size_t i = 0; i < answers_.size(); ++i)
    readable += std::ranges::any_of(found, [i](const Fit& fit) { return !fit.boxes[i].empty(); }) ? 1 : 0;
  const double enough = kMostAnswersRead * readable;
  std::vector<Fit> fitting;
  std::ranges::copy_if(found, std::back_inserter(fitting),
                       [&](const Fit& fit) { return fit.marked >= enough; });
  if (fitting.empty())
    std::ranges::copy_if(found, std::back_inserter(fitting),
                         [&](const Fit& fit) { return fit.reads >= enough; });
  if (fitting.empty() || readable == 0)
    throw EnvironmentError(
        fmt::format("box_format = \"auto\": no format reads 90 % of the {} answers with numbers (of {} "
                    "answers); name the "
                    "format of your model's family; a picture: {}",
                    readable, answers_.size(), draw(found).string()));
  // The telling one first: those that agree with it need not be asked about.
  std::ranges::stable_sort(
      fitting, [](const Fit& a, const Fit& b) { return a.format->mark.size() > b.format->mark.size(); });
  std::vector<Fit> different;
  for (Fit& fit : fitting)
    if (std::ranges::none_of(different, [&](const Fit& known) { return agree(fit, known, answers_); }))
      different.push_back(std::move(fit));
  if (different.size() == 1) return *different.front().format;
  std::string names;
  for (const Fit& fit : different)
    names += fmt::format("{}\"{}\"", names.empty() ? "" : " and ", fit.format->name);
  throw EnvironmentError(
      fmt::format("box_format = \"auto\": {} read the answers equally well, and give different boxes; look "
                  "which is right "
                  "in {}, and set box_format to it",
                  names, draw(different).string()));
}

std::filesystem::path BoxPilot::draw(const std::vector<Fit>& fits) const {
  std::vector<PilotTile> tiles;
  std::vector<std::string> names;
  for (std::size_t f = 0; f < std::min(kDrawn, fits.size()); ++f) names.emplace_back(fits[f].format->name);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    PilotTile tile{{answers_[i].uid, answers_[i].question.view, answers_[i].question.crop, set_}, {}};
    for (std::size_t f = 0; f < names.size(); ++f) {
      tile.boxes.emplace_back();
      for (const Box& box : fits[f].boxes[i]) tile.boxes.back().push_back(box.pixels);
    }
    tiles.push_back(std::move(tile));
  }
  std::filesystem::path file = workspace_.root / "pilot" / (stage_ + ".png");
  write_pilot_picture(file, workspace_, names, tiles);
  return file;
}

}  // namespace funcorr
