#include "labeling/grounding/auto_format.h"

#include <algorithm>
#include <utility>

#include "db/format/error.h"

namespace funcorr {
namespace {

struct ViewOfPart {
  std::size_t part = 0;
  GroundingView view;
};

// In turns over the parts, each time another view of them.
std::vector<ViewOfPart> views_in_turn(const Workspace& workspace, const std::vector<PartQuestion>& parts,
                                      std::size_t most) {
  std::vector<std::vector<GroundingView>> views;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    views.push_back(grounding_views(workspace, parts[i]));
    if (!views.back().empty())
      std::ranges::rotate(views.back(),
                          views.back().begin() + static_cast<std::ptrdiff_t>(i % views.back().size()));
  }
  std::vector<ViewOfPart> chosen;
  for (std::size_t round = 0; chosen.size() < most; ++round) {
    bool any = false;
    for (std::size_t i = 0; i < parts.size() && chosen.size() < most; ++i)
      if (round < views[i].size()) {
        chosen.push_back({i, views[i][round]});
        any = true;
      }
    if (!any) break;
  }
  return chosen;
}

}  // namespace

AutoFormat find_format(const GroundingOptions& options, const AskingOptions& asking_options,
                       const Prompt& prompt, const Workspace& workspace,
                       const std::vector<PartQuestion>& parts, Asking& asking, BoxPilot& pilot) {
  AutoFormat found;
  const int n = std::min({options.boxes, options.max_attempts, std::max(1, asking_options.provider.max_n)});
  std::string error;
  for (const ViewOfPart& one :
       views_in_turn(workspace, parts, static_cast<std::size_t>(asking_options.pilot.requests))) {
    const PartQuestion& part = parts[one.part];
    const BoxQuestion question{one.view.view, 1, {0, 0, one.view.width, one.view.height}, 0, n};
    auto picture =
        shown_picture(workspace, {part.uid, question.view, question.crop, part.set}, options.jpeg_quality);
    asking.submit(
        box_request(asking, prompt, part, question, std::move(picture),
                    reply_schema(asking, prompt, options.box_format)),
        [&found, &error](const Answer& answer) {
          found.answers += answer.answered ? 1 : 0;
          if (!answer.answered) error = answer.error;
        },
        [&found, &pilot, uid = part.uid, question](const Answer& answer) {
          pilot.add(uid, question, answer.text);
          const AnswerUse use = pilot.use_in_any_format(question, answer.text);
          found.usable += use == AnswerUse::kUnusable ? 0 : 1;
          return use;
        });
  }
  const RunEnd end = asking.run();
  if (end.kind == RunEnd::Kind::kFatal) throw EnvironmentError(end.error);
  if (end.kind == RunEnd::Kind::kStopped) return found;
  if (!pilot.empty())
    found.format = &pilot.choose();
  else if (!error.empty())
    throw EnvironmentError("box_format = \"auto\": none of the pilot's requests was answered: " + error);
  return found;
}

}  // namespace funcorr
