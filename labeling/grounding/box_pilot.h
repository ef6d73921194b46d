#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "db/dataset/view.h"
#include "db/dataset/workspace.h"
#include "labeling/asking/pilot.h"
#include "labeling/grounding/part_grounding.h"

namespace funcorr {

// What an answer is worth where boxes are asked for: kFound with a sound one.
AnswerUse box_use(const BoxFormat& format, std::string_view reply, const SquarePadding& image,
                  PointsAs points_as);

// Answers of a model, to tell which formats read them. Pictures are read from the workspace, of views of this
// set; what the pilot draws is called after the stage.
class BoxPilot {
 public:
  BoxPilot(const Workspace& workspace, PointsAs points_as, std::string stage = "ground",
           ViewSet set = ViewSet::kLabel)
      : workspace_(workspace), points_as_(points_as), stage_(std::move(stage)), set_(set) {}

  // Only the last 512 are kept.
  void add(const std::string& uid, const BoxQuestion& question, const std::string& reply);
  bool empty() const { return answers_.empty(); }
  // Whatever format reads it.
  AnswerUse use_in_any_format(const BoxQuestion& question, const std::string& reply) const;

  // For people: which formats would have read the answers, what to change, and the file of a picture, which
  // is made then (pilot/<stage>.png). `prompt`: the file with the words that were asked.
  std::string advice(const std::filesystem::path& prompt) const;

  // The format that reads at least 90 % of the answers that any format reads; of those that read the same
  // boxes, the one with the more telling mark. Throws EnvironmentError where there is none, and where several
  // read different boxes: which of them is right a person has to say.
  const BoxFormat& choose() const;

 private:
  struct Told {
    std::string uid;
    BoxQuestion question;
    std::string reply;
  };
  struct Fit {
    const BoxFormat* format = nullptr;
    int reads = 0, marked = 0;              // answers with a sound box; of them, with the format's mark
    std::vector<std::vector<Box>> boxes{};  // sound ones, by answer
  };
  std::vector<Fit> fits() const;  // that read any, the most marked first
  static bool agree(const Fit& a, const Fit& b, const std::deque<Told>& answers);
  std::filesystem::path draw(const std::vector<Fit>& fits) const;

  const Workspace& workspace_;
  PointsAs points_as_;
  std::string stage_;
  ViewSet set_;
  std::deque<Told> answers_;
};

}  // namespace funcorr
