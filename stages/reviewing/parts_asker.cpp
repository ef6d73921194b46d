#include "stages/reviewing/parts_asker.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "labeling/taxonomy/duplicates.h"
#include "pipeline/data_file.h"

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

}  // namespace

std::shared_ptr<const Prompt> PartsAsker::prompt(const StageContext& context, const std::string& option,
                                                 const char* shipped) {
  return std::make_shared<Prompt>(
      read_prompt_of(context.options, option, data_file(std::filesystem::path("prompt") / shipped)));
}

void PartsAsker::add(const std::string& category, const json& entry) {
  Open open;
  open.category = category;
  open.functions = entry.at("functions").get<std::vector<std::string>>();
  open.entry = entry;
  open_.push_back(std::move(open));
}

void PartsAsker::run() {
  if (open_.empty() || !list_parts() || !merge_duplicates() || !describe_parts()) return;
  for (const Open& open : open_) end(open);
}

bool PartsAsker::run_engine() { return went_on(asking_.run(context_.stop_requested)); }

bool PartsAsker::went_on(const RunEnd& end) {
  if (end.kind == RunEnd::Kind::kFatal)
    finish_(open_.front().category, ItemResult::fatal(end.error_kind, end.error));
  return end.kind == RunEnd::Kind::kDone;
}

void PartsAsker::ask(Open& open, const std::shared_ptr<const Prompt>& prompt,
                     std::map<std::string, std::string> values, std::function<bool(const json&)> is_usable,
                     std::function<void(const json&)> take) {
  JsonQuestion question{prompt,
                        std::move(values),
                        {"parts", open.category, open.category},
                        static_cast<int>(context_.options.get_int("tries")),
                        std::move(is_usable)};
  ask_json(asking_, std::move(question), [&open, take = std::move(take)](const JsonAnswer& answer) {
    if (answer.value) return take(*answer.value);
    open.error_kind = answer.error_kind;
    open.error = answer.error;
  });
}

bool PartsAsker::list_parts() {
  const auto list = prompt(context_, "list_prompt", "parts-list.prompt");
  for (Open& open : open_)
    for (const std::string& function : open.functions)
      ask(
          open, list,
          {{"category", open.category}, {"function", function}, {"description", functions_.at(function)}},
          [](const json& answer) { return answer.at("parts").is_array(); },
          [this, &open, function](const json& answer) { take_parts(open, function, answer.at("parts")); });
  if (!run_engine()) return false;
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
  const bool by_vector = context_.options.get_bool("embeddings");
  if (by_vector) {
    std::set<std::string> names;
    for (const Open& open : open_)
      for (const Found& part : open.parts) names.insert(part.name);
    if (!went_on(add_vectors(asking_, names, {"parts", "embeddings", ""}, context_.stop_requested, vectors_)))
      return false;
  }
  DuplicateOptions options;
  options.min_cosine = context_.options.get_double("min_cosine");
  for (Open& open : open_) {
    // A part with more functions gives its name.
    std::stable_sort(open.parts.begin(), open.parts.end(),
                     [](const Found& a, const Found& b) { return a.functions.size() > b.functions.size(); });
    std::vector<std::string> names;
    std::vector<std::vector<float>> vectors;
    for (const Found& part : open.parts) {
      names.push_back(part.name);
      if (by_vector) vectors.push_back(vectors_[part.name]);
    }
    for (const Duplicate& duplicate : find_duplicates(names, vectors, options)) {
      const auto named = [&](const std::string& name) {
        return std::find_if(open.parts.begin(), open.parts.end(),
                            [&](const Found& f) { return f.name == name; });
      };
      const Found dropped = *named(duplicate.dropped);
      const auto kept = named(duplicate.kept);
      for (const std::string& text : dropped.descriptions) append_new(kept->descriptions, text);
      for (const std::string& function : dropped.functions) append_new(kept->functions, function);
      open.parts.erase(named(duplicate.dropped));
    }
  }
  return true;
}

bool PartsAsker::describe_parts() {
  const auto describe = prompt(context_, "describe_prompt", "parts-describe.prompt");
  for (Open& open : open_)
    for (Found& part : open.parts) {
      std::string lines;
      for (const std::string& text : part.descriptions) lines.append(lines.empty() ? "" : "\n").append(text);
      ask(
          open, describe, {{"category", open.category}, {"part", part.name}, {"descriptions", lines}},
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
  return run_engine();
}

void PartsAsker::end(const Open& open) const {
  if (!open.error.empty()) return finish_(open.category, ItemResult::transient(open.error_kind, open.error));
  json entry = open.entry;
  for (const Found& part : open.parts) {
    std::vector<std::string> functions = part.functions;
    std::sort(functions.begin(), functions.end());
    entry["parts"][part.name] = {{"description", part.descriptions.empty() ? "" : part.descriptions.front()},
                                 {"functions", functions},
                                 {"small", part.is_small},
                                 {"edge", part.is_edge}};
  }
  finish_(open.category, ItemResult::done(std::move(entry)));
}

}  // namespace funcorr
