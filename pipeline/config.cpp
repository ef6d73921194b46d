#include "pipeline/config.h"

#include <algorithm>

#include <toml++/toml.h>

#include "db/format/file.h"
#include "pipeline/data_file.h"
#include "pipeline/graph.h"
#include "pipeline/nearest.h"
#include "pipeline/run_options.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr const char* kShared = "funcorr";

std::string place(const std::filesystem::path& file, const toml::source_region& region) {
  return file.string() + ":" + std::to_string(region.begin.line);
}

// Null for what no option can hold: dates, times, tables.
json to_json(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  if (const toml::array* array = node.as_array()) {
    json list = json::array();
    for (const toml::node& element : *array) {
      json value = to_json(element);
      if (value.is_null() || value.is_array()) return {};
      list.push_back(std::move(value));
    }
    return list;
  }
  return {};
}

Setting setting_of(const std::filesystem::path& file, const std::string& section, std::string key,
                   const toml::node& node) {
  const std::string where = place(file, node.source());
  json value = to_json(node);
  if (value.is_null()) {
    throw UsageError(where + ": " + key + ": allowed are true or false, numbers, texts, and lists of them");
  }
  return {section, std::move(key), std::move(value), where};
}

std::string read_config(const std::filesystem::path& file) {
  try {
    return read_text_file(file);
  } catch (const std::runtime_error& error) {
    throw EnvironmentError(std::string("configuration: ") + error.what() +
                           "; check that it exists and its permissions");
  }
}

void check_section(const std::string& section, const std::string& stage, const std::string& where) {
  std::vector<std::string> known = section_names();
  known.push_back(kShared);
  if (section == stage || std::ranges::find(known, section) != known.end()) return;
  throw UsageError(where + ": unknown section [" + section + "]" + did_you_mean(section, known));
}

std::filesystem::path preset_file(const std::string& name, const std::filesystem::path& workspace) {
  namespace fs = std::filesystem;
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) return workspace / name;
  const fs::path folder = data_folder() / "presets";
  fs::path file = folder / (name + ".toml");
  if (fs::exists(file)) return file;
  std::vector<std::string> known = {"paper"};
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) known.push_back(entry.path().stem().string());
  }
  std::ranges::sort(known);
  std::string names;
  for (const std::string& each : known) names += (names.empty() ? "" : ", ") + each;
  throw UsageError("preset '" + name + "': there is none of that name; known are " + names);
}

}  // namespace

std::vector<Setting> read_config(const std::filesystem::path& file, const std::string& stage) {
  toml::table root;
  try {
    root = toml::parse(read_config(file), file.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(place(file, error.source()) + ": not valid TOML: " + std::string(error.description()));
  }
  std::vector<Setting> settings;
  for (const auto& [name, node] : root) {
    const std::string section(name.str());
    const toml::table* table = node.as_table();
    if (!table) {
      settings.push_back(setting_of(file, kShared, section, node));
      continue;
    }
    check_section(section, stage, place(file, node.source()));
    for (const auto& [key, value] : *table) {
      settings.push_back(setting_of(file, section, std::string(key.str()), value));
    }
  }
  return settings;
}

std::vector<Setting> read_preset(const std::string& name, const std::filesystem::path& workspace,
                                 const std::string& stage) {
  if (name.empty() || name == "paper") return {};
  return read_config(preset_file(name, workspace), stage);
}

void apply_config(Options& options, const std::vector<Setting>& settings, const std::string& stage,
                  Options::Source source) {
  const OptionTable shared = shared_options();
  for (const Setting& setting : settings) {
    if (setting.section != kShared) continue;
    if (!shared.find(setting.key)) {
      const bool of_stage = options.table().find(setting.key) != nullptr;
      throw UsageError(
          setting.where + ": unknown key '" + setting.key + "' in [funcorr]" +
          (of_stage ? "; it belongs into [" + stage + "]" : did_you_mean(setting.key, shared.names())));
    }
    options.set(setting.key, setting.value, source, setting.where);
  }
  for (const Setting& setting : settings) {
    if (setting.section == stage) options.set(setting.key, setting.value, source, setting.where);
  }
}

}  // namespace funcorr
