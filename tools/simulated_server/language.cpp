#include "tools/simulated_server/language.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "db/dataset/record/box.h"
#include "labeling/taxonomy/duplicates.h"

namespace funcorr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::vector<Prompt> read_prompts(const fs::path& folder) {
  std::vector<Prompt> prompts;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".prompt") prompts.push_back(read_prompt(entry.path()));
  // Of two that fit, the one with more words of its own.
  std::sort(prompts.begin(), prompts.end(), [](const Prompt& a, const Prompt& b) {
    return std::pair(b.messages.back().text.size(), a.name) <
           std::pair(a.messages.back().text.size(), b.name);
  });
  return prompts;
}

// The text between letters that are none: " a red mug, " for word-wise searching.
std::string spaced(std::string_view text) {
  std::string words = " ";
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    words += std::isalnum(letter) || letter >= 0x80 ? static_cast<char>(std::tolower(letter)) : ' ';
  }
  return words + " ";
}

bool names(const std::string& caption, const std::string& category) {
  return spaced(caption).find(spaced(category)) != std::string::npos;
}

std::size_t count_of(const std::map<std::string, std::string>& values) {
  return static_cast<std::size_t>(std::max(0, std::atoi(values.at("count").c_str())));
}

}  // namespace

SimulatedLanguage::SimulatedLanguage(const fs::path& prompts, Taxonomy taxonomy, AnswerNoise noise)
    : prompts_(read_prompts(prompts)), taxonomy_(std::move(taxonomy)), noise_(noise) {}

std::string SimulatedLanguage::answer(std::string_view question, Random random) const {
  const bool is_malformed = random.uniform() < noise_.malformed, is_wrong = random.uniform() < noise_.wrong;
  for (const Prompt& prompt : prompts_) {
    const auto values = values_of(prompt, question);
    if (!values) continue;
    const std::string text = answer_to(prompt.name, *values, is_wrong, random).dump();
    if (is_malformed)
      return random.below(2) == 0 ? text.substr(0, text.size() / 2) : "I would say it depends.";
    return random.below(4) == 0 ? "```json\n" + text + "\n```" : text;
  }
  return "I only know the questions that come with funcorr.";
}

std::optional<AskedMask> SimulatedLanguage::asked_mask(std::string_view question) const {
  constexpr std::string_view kStart = "segment-";
  for (const Prompt& prompt : prompts_) {
    if (!prompt.name.starts_with(kStart)) continue;
    const auto values = values_of(prompt, question);
    if (!values) continue;
    AskedMask asked{require_name<MaskFormat>(prompt.name.substr(kStart.size()))};
    asked.is_in_pixels = values->contains("box");
    const json box =
        json::parse("[" + values->at(asked.is_in_pixels ? "box" : "box_2d") + "]", nullptr, false);
    if (!box.is_array() || box.size() != 4) return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i)  // box_2d: y first, in thousandths
      asked.box[i] = asked.is_in_pixels ? box[i].get<double>() : box[i ^ 1U].get<double>() / 1000;
    return asked;
  }
  return std::nullopt;
}

std::string SimulatedLanguage::asked_part(std::string_view question) const {
  for (const Prompt& prompt : prompts_) {
    if (!prompt.name.starts_with("ground")) continue;
    const auto values = values_of(prompt, question);
    if (!values) continue;
    for (const auto& [subject, name] : names_of(BoxSubject{}))
      if (const auto asked = values->find(std::string(name)); asked != values->end())
        return asked->second.substr(0, asked->second.find(" - "));
  }
  const std::size_t begin = question.find('"'), end = question.rfind('"');
  if (begin == std::string_view::npos || begin == end) return {};
  const std::string_view quoted = question.substr(begin + 1, end - begin - 1);
  return std::string(quoted.substr(0, quoted.find(" - ")));
}

json SimulatedLanguage::answer_to(const std::string& prompt, const Values& values, bool is_wrong,
                                  Random& random) const {
  if (prompt == "taxonomy-functions") return functions(values);
  if (prompt == "taxonomy-categories") return categories(values, is_wrong);
  if (prompt == "parts-list") return parts(values, is_wrong);
  if (prompt == "parts-describe") return description(values);
  if (prompt == "select-name") return {{"name", is_wrong ? "none" : name_of(values.at("caption"))}};
  if (prompt == "select-verify") {
    const bool fits = names(values.at("caption"), values.at("category")) ||
                      is_same_spelling(name_of(values.at("caption")), values.at("category"));
    return {{"fits", fits != (is_wrong && random.below(2) == 0)}};
  }
  return json::object();
}

json SimulatedLanguage::functions(const Values& values) const {
  json all = json::array();
  for (const auto& [name, description] : taxonomy_.functions)
    if (all.size() < count_of(values)) all.push_back({{"name", name}, {"description", description}});
  return {{"functions", std::move(all)}};
}

// A wrong answer names one twice, in the plural.
json SimulatedLanguage::categories(const Values& values, bool is_wrong) const {
  json all = json::array();
  for (const auto& [name, category] : taxonomy_.categories)
    if (all.size() < count_of(values) && std::find(category.functions.begin(), category.functions.end(),
                                                   values.at("function")) != category.functions.end())
      all.push_back(name);
  if (is_wrong && !all.empty()) all.push_back(all.front().get<std::string>() + "s");
  return {{"categories", std::move(all)}};
}

// A wrong answer adds the part that is held.
json SimulatedLanguage::parts(const Values& values, bool is_wrong) const {
  json all = json::array();
  if (const auto category = taxonomy_.categories.find(values.at("category"));
      category != taxonomy_.categories.end())
    for (const auto& [name, part] : category->second.parts)
      if (std::find(part.functions.begin(), part.functions.end(), values.at("function")) !=
          part.functions.end())
        all.push_back({{"name", name}, {"description", part.description}});
  if (is_wrong) all.push_back({{"name", "Grip"}, {"description", "where the hand holds it"}});
  return {{"parts", std::move(all)}};
}

json SimulatedLanguage::description(const Values& values) const {
  const std::string& lines = values.at("descriptions");
  json merged = {{"description", lines.substr(0, lines.find('\n'))}, {"small", false}, {"edge", false}};
  if (const auto category = taxonomy_.categories.find(values.at("category"));
      category != taxonomy_.categories.end())
    if (const auto part = category->second.parts.find(values.at("part"));
        part != category->second.parts.end())
      merged = {{"description", part->second.description},
                {"small", part->second.is_small},
                {"edge", part->second.is_edge}};
  return merged;
}

std::string SimulatedLanguage::name_of(const std::string& caption) const {
  std::string longest;
  for (const auto& [category, entry] : taxonomy_.categories)
    if (category.size() > longest.size() && names(caption, category)) longest = category;
  if (!longest.empty()) return longest;
  std::string words = spaced(caption);
  for (const char* end : {" with ", " of ", " in ", " on "}) words = words.substr(0, words.find(end));
  while (words.ends_with(' ')) words.pop_back();
  const std::size_t last = words.rfind(' ');
  const std::string name = last == std::string::npos ? words : words.substr(last + 1);
  return name.empty() ? "none" : name;
}

}  // namespace funcorr
