#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/format/random.h"
#include "labeling/prompt/prompt.h"
#include "labeling/taxonomy/taxonomy.h"
#include "tools/simulated_server/box_noise.h"
#include "tools/simulated_server/vision.h"

namespace funcorr {

// The simulated language model: knows the prompts that come with funcorr by their words, and answers them
// from the taxonomy that does; of captions it takes the category they name. Thread-safe.
class SimulatedLanguage {
 public:
  // `prompts`: folder of *.prompt files.
  SimulatedLanguage(const std::filesystem::path& prompts, Taxonomy taxonomy, AnswerNoise noise);

  // All chance comes from `random`.
  std::string answer(std::string_view question, Random random) const;
  // The part that a grounding question asks for, without its description, or the function: of a prompt that
  // comes with funcorr, or what stands between the first and the last double quote. Empty where there is
  // none.
  std::string asked_part(std::string_view question) const;
  // The box whose mask is asked for, in a prompt that comes with funcorr; nothing for any other question.
  std::optional<AskedMask> asked_mask(std::string_view question) const;

 private:
  using Values = std::map<std::string, std::string>;
  nlohmann::json answer_to(const std::string& prompt, const Values& values, bool is_wrong,
                           Random& random) const;
  nlohmann::json functions(const Values& values) const;
  nlohmann::json categories(const Values& values, bool is_wrong) const;
  nlohmann::json parts(const Values& values, bool is_wrong) const;
  nlohmann::json description(const Values& values) const;
  // The longest category that the caption names, else its last word before " with", " of", " in" or " on".
  std::string name_of(const std::string& caption) const;

  std::vector<Prompt> prompts_;
  Taxonomy taxonomy_;
  AnswerNoise noise_;
};

}  // namespace funcorr
