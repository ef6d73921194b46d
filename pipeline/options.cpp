#include "pipeline/options.h"

#include <algorithm>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "pipeline/nearest.h"

namespace funcorr {
namespace {

using nlohmann::json;

std::string source_text(const Options::Value& value) {
  switch (value.source) {
    case Options::Source::kDefault:
      return "default";
    case Options::Source::kPreset:
      return "preset, " + value.where;
    case Options::Source::kFile:
    case Options::Source::kCommandLine:
      return value.where;
  }
  return {};
}

}  // namespace

const Option* OptionTable::find(const std::string& name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found == options_.end() ? nullptr : &*found;
}

std::vector<std::string> OptionTable::names() const {
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.name);
  return names;
}

Options::Options(const OptionTable& table) : table_(table) {
  for (const Option& option : table_.options()) {
    set(option.name, option.default_value, Source::kDefault, "default");
  }
}

bool says_nothing(const json& value) {
  return value.empty() || (value.is_string() && value.get_ref<const std::string&>().empty());
}

void Options::set(const std::string& name, const json& value, Source source, const std::string& where) {
  const Option* option = table_.find(name);
  if (!option) {
    throw UsageError(where + ": unknown key '" + name + "'" + did_you_mean(name, table_.names()));
  }
  values_[name] = {require_value(*option, value, where), source, where};
}

bool Options::set_default(const std::string& name, const json& value, const std::string& where) {
  if (at(name).source != Source::kDefault || at(name).value == value) return false;
  set(name, value, Source::kPreset, where);
  return true;
}

const Options::Value& Options::at(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error("option '" + name + "' is not in the stage's table");
  return found->second;
}

std::string Options::resolved(const std::string& path) const {
  return path.empty() ? path : (workspace_ / path).lexically_normal().string();
}

json Options::resolved_value(const std::string& name) const {
  json value = at(name).value;
  const OptionType type = table_.find(name)->type;
  if (type == OptionType::kPath) value = resolved(value.get<std::string>());
  if (type == OptionType::kPathList)
    for (json& path : value) path = resolved(path.get<std::string>());
  return value;
}

json Options::to_json() const {
  json all = json::object();
  for (const auto& [name, value] : values_) all[name] = value.value;
  return all;
}

Options Options::from_json(const OptionTable& table, const json& values) {
  Options options(table);
  for (const auto& [name, value] : values.items())
    options.set(name, value, Source::kDefault, "stored options");
  return options;
}

// A path within the workspace counts by its place there: a workspace that was moved is not stale.
std::string Options::fingerprint_text(const Option& option) const {
  const auto within = [&](const std::string& text) {
    const std::string relative =
        std::filesystem::path(resolved(text)).lexically_relative(workspace_).generic_string();
    return text.empty() || relative.empty() || relative.starts_with("..") ? text : relative;
  };
  json value = at(option.name).value;
  if (option.type == OptionType::kPath) return within(value.get<std::string>());
  if (option.type != OptionType::kPathList) return json_text(value);
  for (json& path : value) path = within(path.get<std::string>());
  return value.dump();
}

std::string Options::fingerprint() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    const Option& option = *table_.find(name);
    const bool counts =
        option.effect == Effect::kResult ||
        (option.effect == Effect::kResultIfSet && !says_nothing(value.value) && value.value != false);
    if (counts) text += name + "=" + fingerprint_text(option) + "\n";
  }
  return sha256_hex(text, 12);
}

json Options::config_json() const {
  json list = json::array();
  for (const Option& option : table_.options()) {
    const Value& value = at(option.name);
    list.push_back({{"name", option.name},
                    {"value", value.value},
                    {"source", source_text(value)},
                    {"unit", option.unit},
                    {"help", option.help}});
  }
  return list;
}

std::string Options::print_config() const {
  std::size_t width = 0;
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Option& option : table_.options()) {
    const Value& value = at(option.name);
    lines.emplace_back(option.name + " = " + json_text(value.value),
                       source_text(value) + (option.unit.empty() ? "" : "; " + option.unit));
    width = std::max(width, lines.back().first.size());
  }
  std::string text;
  for (const auto& [setting, source] : lines) {
    text += setting + std::string(width - setting.size() + 2, ' ') + "# " + source + "\n";
  }
  return text;
}

}  // namespace funcorr
