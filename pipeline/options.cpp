#include "pipeline/options.h"

#include <algorithm>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "pipeline/nearest.h"

namespace funcorr {
namespace {

using nlohmann::json;

json default_of(const Option& option) {
  if (!option.default_value.is_null()) return option.default_value;
  switch (option.type) {
    case OptionType::kBool:
      return false;
    case OptionType::kInt:
    case OptionType::kDouble:
      return 0;
    case OptionType::kString:
    case OptionType::kPath:
      return "";
    default:
      return json::array();
  }
}

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
    set(option.name, default_of(option), Source::kDefault, "default");
  }
}

void Options::set(const std::string& name, json value, Source source, const std::string& where) {
  const Option* option = table_.find(name);
  if (!option) {
    throw UsageError(where + ": unknown key '" + name + "'" + did_you_mean(name, table_.names()));
  }
  values_[name] = {require_value(*option, value, where), source, where};
}

const Options::Value& Options::at(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error("option '" + name + "' is not in the stage's table");
  return found->second;
}

bool Options::get_bool(const std::string& name) const { return at(name).value.get<bool>(); }
std::int64_t Options::get_int(const std::string& name) const { return at(name).value.get<std::int64_t>(); }
double Options::get_double(const std::string& name) const { return at(name).value.get<double>(); }
std::string Options::get_string(const std::string& name) const { return at(name).value.get<std::string>(); }
std::vector<std::string> Options::get_strings(const std::string& name) const {
  return at(name).value.get<std::vector<std::string>>();
}
std::vector<double> Options::get_doubles(const std::string& name) const {
  return at(name).value.get<std::vector<double>>();
}

std::filesystem::path Options::resolved(const std::string& text) const {
  if (text.empty()) return {};
  return (workspace_ / text).lexically_normal();
}

std::filesystem::path Options::get_path(const std::string& name) const { return resolved(get_string(name)); }

std::vector<std::filesystem::path> Options::get_paths(const std::string& name) const {
  std::vector<std::filesystem::path> paths;
  for (const std::string& text : get_strings(name)) paths.push_back(resolved(text));
  return paths;
}

json Options::resolved_value(const std::string& name) const {
  const Option* option = table_.find(name);
  const bool is_path = option && option->type == OptionType::kPath;
  if (is_path) return get_path(name).string();
  if (!option || option->type != OptionType::kPathList) return at(name).value;
  json paths = json::array();
  for (const std::filesystem::path& path : get_paths(name)) paths.push_back(path.string());
  return paths;
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
    const std::string relative = resolved(text).lexically_relative(workspace_).generic_string();
    return text.empty() || relative.empty() || relative.starts_with("..") ? text : relative;
  };
  if (option.type == OptionType::kPath) return within(get_string(option.name));
  if (option.type == OptionType::kPathList) {
    json list = json::array();
    for (const std::string& text : get_strings(option.name)) list.push_back(within(text));
    return list.dump();
  }
  return json_text(at(option.name).value);
}

std::string Options::fingerprint() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    const Option& option = *table_.find(name);
    if (option.effect == Effect::kResult) text += name + "=" + fingerprint_text(option) + "\n";
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
