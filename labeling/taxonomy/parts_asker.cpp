#include "labeling/taxonomy/parts_asker.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "labeling/asking/json_question.h"

namespace funcorr {
namespace {

using nlohmann::json;

// A name as the taxonomy wants it: lower case, on one line, without blanks around.
std::string part_name(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::isspace(c) ? ' ' : std::tolower(c)); });
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

void append_new(std::vector<std::string>& texts, const std::string& text) {
  if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

std::vector<BoundOption<PartsOptions>> leaving_results(std::vector<BoundOption<PartsOptions>> options) {
  std::vector<BoundOption<PartsOptions>> all;
  for (BoundOption<PartsOptions>& one : options) all.push_back(std::move(one).leaves_results());
  return all;
}

}  // namespace

const OptionList<PartsOptions>& PartsOptions::options() {
  static const OptionList<PartsOptions> list{
      option("ask", &PartsOptions::ask)
          .help("categories for which the language model is asked: none, those "
                "without parts, or all")
          .leaves_results(),
      option("tries", &PartsOptions::tries)
          .range(1, 100)
          .help("answers asked for until one can be used")
          .leaves_results(),
      option("most_parts", &PartsOptions::most_parts)
          .range(1, 1000)
          .help("parts that an answer may name for a function; one that names more cannot be used")
          .leaves_results(),
      leaving_results(options_of(&PartsOptions::duplicates))};
  return list;
}

const OptionList<PartsPromptFiles>& PartsPromptFiles::options() {
  static const OptionList<PartsPromptFiles> list{
      option("list_prompt", &PartsPromptFiles::list)
          .help("prompt for the parts of a function; empty: the one that comes with funcorr")
          .leaves_results(),
      option("describe_prompt", &PartsPromptFiles::describe)
          .help("prompt for a part's description and flags; empty: the one that comes with funcorr")
          .leaves_results()};
  return list;
}

PartsPrompts read_prompts(const PartsPromptFiles& files, const std::filesystem::path& shipped) {
  return {read_prompt(files.list, shipped / "parts-list.prompt"),
          read_prompt(files.describe, shipped / "parts-describe.prompt")};
}

PartsAsker::PartsAsker(const PartsOptions& options, const PartsPrompts& prompts,
                       const std::map<std::string, std::string>& functions, Asking& asking, Finish finish)
    : options_(options),
      prompts_(prompts),
      functions_(functions),
      asking_(asking),
      finish_(std::move(finish)) {
  PartsOptions::options().check(options);
}

void PartsAsker::add(const std::string& category, TaxonomyCategory entry) {
  open_.push_back({category, std::move(entry)});
}

void PartsAsker::run() {
  if (open_.empty() || !list_parts() || !merge_duplicates() || !describe_parts()) return;
  for (Open& open : open_) end(open);
}

bool PartsAsker::went_on(const RunEnd& end) {
  if (end.kind == RunEnd::Kind::kFatal)
    finish_(open_.front().category, {{}, {AskingFailure::Kind::kFatal, end.error_kind, end.error}});
  return end.kind == RunEnd::Kind::kDone;
}

void PartsAsker::ask(Open& open, const Prompt& prompt, std::map<std::string, std::string> values,
                     std::function<bool(const json&)> is_usable, std::function<void(const json&)> take) {
  JsonQuestion question{&prompt,
                        std::move(values),
                        {"parts", open.category, open.category},
                        options_.tries,
                        std::move(is_usable)};
  ask_json(asking_, std::move(question), [&open, take = std::move(take)](const Asked<json>& answer) {
    if (answer.value) return take(*answer.value);
    open.failure = answer.failure;
  });
}

bool PartsAsker::list_parts() {
  for (Open& open : open_)
    for (const std::string& function : open.entry.functions)
      ask(
          open, prompts_.list,
          {{"category", open.category}, {"function", function}, {"description", functions_.at(function)}},
          [most = static_cast<std::size_t>(options_.most_parts)](const json& answer) {
            return answer.at("parts").is_array() && answer.at("parts").size() <= most;
          },
          [this, &open, function](const json& answer) { take_parts(open, function, answer.at("parts")); });
  if (!went_on(asking_.run())) return false;
  // Answers come in any order; what is made of them must not.
  for (Open& open : open_) {
    std::sort(open.parts.begin(), open.parts.end(),
              [](const Found& a, const Found& b) { return a.name < b.name; });
    for (Found& part : open.parts) {
      std::sort(part.functions.begin(), part.functions.end());
      std::sort(part.descriptions.begin(), part.descriptions.end());
    }
  }
  return true;
}

void PartsAsker::take_parts(Open& open, const std::string& function, const json& list) const {
  for (const json& one : list) {
    if (!one.is_object() || !one.contains("name") || !one["name"].is_string()) continue;
    const std::string name = part_name(one["name"].get<std::string>());
    if (name.empty() || name == open.category) continue;  // all of the object is no part of it
    auto part =
        std::find_if(open.parts.begin(), open.parts.end(), [&](const Found& f) { return f.name == name; });
    if (part == open.parts.end()) part = open.parts.insert(part, {name, {}, {}});
    append_new(part->functions, function);
    if (one.contains("description") && one["description"].is_string())
      append_new(part->descriptions, one_line(one["description"].get<std::string>()));
  }
}

bool PartsAsker::merge_duplicates() {
  if (options_.duplicates.embeddings) {
    std::set<std::string> names;
    for (const Open& open : open_)
      for (const Found& part : open.parts) names.insert(part.name);
    if (!went_on(add_vectors(asking_, names, {"parts", "embeddings", ""}, vectors_))) return false;
  }
  for (Open& open : open_) merge_duplicates_of(open);
  return true;
}

void PartsAsker::merge_duplicates_of(Open& open) {
  // A part with more functions gives its name.
  std::stable_sort(open.parts.begin(), open.parts.end(),
                   [](const Found& a, const Found& b) { return a.functions.size() > b.functions.size(); });
  std::vector<std::string> names;
  std::vector<std::vector<float>> vectors;
  for (const Found& part : open.parts) {
    names.push_back(part.name);
    if (options_.duplicates.embeddings) vectors.push_back(vectors_[part.name]);
  }
  const auto named = [&open](const std::string& name) {
    return std::ranges::find(open.parts, name, &Found::name);
  };
  for (const Duplicate& duplicate : find_duplicates(names, vectors, options_.duplicates)) {
    const Found dropped = *named(duplicate.dropped);
    const auto kept = named(duplicate.kept);
    for (const std::string& text : dropped.descriptions) append_new(kept->descriptions, text);
    for (const std::string& function : dropped.functions) append_new(kept->functions, function);
    open.parts.erase(named(duplicate.dropped));
  }
}

bool PartsAsker::describe_parts() {
  for (Open& open : open_)
    for (Found& part : open.parts) {
      std::string lines;
      for (const std::string& text : part.descriptions) lines.append(lines.empty() ? "" : "\n").append(text);
      ask(
          open, prompts_.describe,
          {{"category", open.category}, {"part", part.name}, {"descriptions", lines}},
          [](const json& answer) {
            return answer.at("description").is_string() && answer.at("small").is_boolean() &&
                   answer.at("edge").is_boolean();
          },
          [&part](const json& answer) {
            part.descriptions = {one_line(answer.at("description").get<std::string>())};
            part.is_small = answer.at("small").get<bool>();
            part.is_edge = answer.at("edge").get<bool>();
          });
    }
  return went_on(asking_.run());
}

void PartsAsker::end(Open& open) const {
  if (!open.failure.error.empty()) return finish_(open.category, {{}, open.failure});
  for (Found& part : open.parts) {
    std::sort(part.functions.begin(), part.functions.end());
    open.entry.parts[part.name] = {part.descriptions.empty() ? "" : part.descriptions.front(), part.functions,
                                   part.is_small, part.is_edge};
  }
  finish_(open.category, {open.entry, {}});
}

}  // namespace funcorr
