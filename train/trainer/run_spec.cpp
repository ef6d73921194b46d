#include "train/trainer/run_spec.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/dataset/record/sweep.h"

namespace funcorr {
namespace {

using nlohmann::json;

namespace fs = std::filesystem;

// What only runs set.
const OptionList<TrainingConfig>& options_of_runs() {
  static const OptionList<TrainingConfig> list{
      option("functional_loss", &TrainingConfig::functional_loss).help("form of the functional loss"),
      option("seed", &TrainingConfig::seed).range(0, 0x1p53 - 1).help("seed of weights and batches")};
  return list;
}

// The keys that runs may set, for people.
std::string help_of_keys() {
  std::vector<std::string> names;
  for (const auto* list : {&options_of_runs(), &TrainingConfig::options()})
    for (const BoundOption<TrainingConfig>& one : list->options()) names.push_back(one.described().name);
  return fmt::format("keys: {}", fmt::join(names, ", "));
}

// Of a key that runs may set; else null.
const BoundOption<TrainingConfig>* find_option(const std::string& key) {
  for (const auto* list : {&TrainingConfig::options(), &options_of_runs()})
    for (const BoundOption<TrainingConfig>& one : list->options())
      if (one.described().name == key) return &one;
  return nullptr;
}

// A number as numbers are, "1e5" for an integer too; else the text itself.
json value_of(const Option& option, const std::string& text) {
  if (option.type == OptionType::kBool && (text == "true" || text == "false")) return text == "true";
  if (option.type != OptionType::kInt && option.type != OptionType::kDouble) return text;
  std::size_t used = 0;
  double number = 0;
  try {
    number = std::stod(text, &used);
  } catch (const std::exception&) {
    return text;
  }
  if (used != text.size()) return text;
  if (option.type == OptionType::kInt && std::trunc(number) == number && std::abs(number) <= 0x1p53)
    return static_cast<std::int64_t>(number);
  return number;
}

const BoundOption<TrainingConfig>& option_of(const std::string& key, const std::string& text) {
  const BoundOption<TrainingConfig>* option = find_option(key);
  if (option == nullptr)
    throw UsageError("train: runs: " + key + "=" + text + ": unknown key; " + help_of_keys());
  return *option;
}

json checked(const BoundOption<TrainingConfig>& option, const std::string& text) {
  const std::string where = "train: runs: " + option.described().name + "=" + text;
  return require_value(option.described(), value_of(option.described(), text), where);
}

// As it is written in one way only.
std::string text_of(const json& value) {
  if (value.is_number_float()) return number_text(value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void set(const std::string& key, const std::string& text, const fs::path& root, TrainingConfig& config) {
  const BoundOption<TrainingConfig>& option = option_of(key, text);
  json value = checked(option, text);
  if (option.described().type == OptionType::kPath && !text.empty())
    value = (root / text).lexically_normal().string();
  option.write(config, value);
}

std::string kind_names() { return fmt::format("{}", fmt::join(all_names<RunKind>(), ", ")); }

UsageError wrong(const std::string& entry, const std::string& why) {
  return UsageError("train: runs holds \"" + entry + "\": " + why);
}

// Where the assignment that begins behind `colon` ends: a value may hold colons itself ("script:FILE.pt").
std::size_t end_of_assignment(const std::string& entry, std::size_t colon) {
  std::size_t end = entry.find(':', colon + 1);
  while (end != std::string::npos) {
    const std::size_t sign = entry.find('=', end);
    if (sign != std::string::npos && find_option(entry.substr(end + 1, sign - end - 1)) != nullptr) break;
    end = entry.find(':', end + 1);
  }
  return std::min(end, entry.size());
}

}  // namespace

RunSpec parse_run(const std::string& entry) {
  RunSpec spec;
  const std::size_t colon = entry.find(':');
  const std::string head = entry.substr(0, colon);
  const std::size_t equals = head.find('=');
  spec.name = head.substr(0, equals);
  if (spec.name.empty() || spec.name.find_first_of("/@ ") != std::string::npos || spec.name.front() == '.')
    throw wrong(entry, "a name without '/', '@', spaces and a leading '.' is expected");
  if (equals == std::string::npos) {
    spec.kind = from_name<RunKind>(spec.name).value_or(RunKind::kFull);
  } else {
    const std::string kind = head.substr(equals + 1);
    const auto known = from_name<RunKind>(kind);
    if (!known) throw wrong(entry, "\"" + kind + "\" is no config; there are " + kind_names());
    spec.kind = *known;
  }
  for (std::size_t at = colon; at != std::string::npos && at < entry.size();) {
    const std::size_t end = end_of_assignment(entry, at);
    const std::string assignment = entry.substr(at + 1, end - at - 1);
    const std::size_t sign = assignment.find('=');
    if (sign == std::string::npos || find_option(assignment.substr(0, sign)) == nullptr)
      throw wrong(entry, "\"" + assignment + "\" is no key=value of a known key; " + help_of_keys());
    spec.overrides[assignment.substr(0, sign)] = assignment.substr(sign + 1);
    at = end;
  }
  return spec;
}

std::string RunSpec::changes() const {
  std::string text(to_string(kind));
  for (const auto& [key, value] : overrides) text += "," + key + "=" + value;
  return text;
}

const OptionList<RunList>& RunList::options() {
  static const OptionList<RunList> list{
      option("runs", &RunList::entries)
          .help("runs to train: " + kind_names() + ", or name=config:key=value:…; " + help_of_keys())
          .leaves_results()};
  return list;
}

std::vector<RunSpec> parse_runs(const std::vector<std::string>& entries) {
  std::vector<RunSpec> specs;
  std::set<std::string> names;
  for (const std::string& entry : entries) {
    specs.push_back(parse_run(entry));
    if (is_sweep_run(specs.back().name)) throw wrong(entry, "such a name is that of a sweep's run");
    if (!names.insert(specs.back().name).second) throw wrong(entry, "this name stands twice");
    TrainingConfig tried;
    apply(specs.back(), tried);
  }
  return specs;
}

void apply(const RunSpec& spec, TrainingConfig& config, const fs::path& root) {
  if (spec.kind == RunKind::kFullNoMask) config.mask_weight = 0;
  if (spec.kind == RunKind::kFunctional) config.spatial_weight = 0;
  if (spec.kind == RunKind::kSpatial) config.functional_loss = FunctionalLoss::kNone;
  if (spec.kind == RunKind::kFullPaper) config.functional_loss = FunctionalLoss::kPaper;
  for (const auto& [key, value] : spec.overrides) set(key, value, root, config);
  config.model.head.mask = config.mask_weight > 0;
}

std::string canonical_value(const std::string& key, const std::string& text) {
  return text_of(checked(option_of(key, text), text));
}

std::string value_in(const TrainingConfig& config, const std::string& key) {
  return text_of(option_of(key, "").read(config));
}

}  // namespace funcorr
