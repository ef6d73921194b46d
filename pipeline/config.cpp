#include "pipeline/config.h"

#include <algorithm>
#include <map>

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
constexpr const char* kNeeds = "needs";  // of a preset
constexpr const char* kDefault = "default";
constexpr char kOfRun = '.';  // between the names of a stage and of one of its runs

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
  std::vector<std::string> known = {kDefault};
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) known.push_back(entry.path().stem().string());
  }
  std::ranges::sort(known);
  std::string names;
  for (const std::string& each : known) names += (names.empty() ? "" : ", ") + each;
  throw UsageError("preset '" + name + "': there is none of that name; known are " + names);
}

toml::table parse_config(const std::filesystem::path& file) {
  try {
    return toml::parse(read_config(file), file.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(place(file, error.source()) + ": not valid TOML: " + std::string(error.description()));
  }
}

// A preset's file, behind those that it builds on.
std::vector<std::filesystem::path> preset_files(std::string name, const std::filesystem::path& workspace) {
  std::vector<std::filesystem::path> files;
  while (!name.empty() && name != kDefault) {
    files.insert(files.begin(), preset_file(name, workspace));
    if (std::ranges::count(files, files.front()) > 1)
      throw UsageError(files.front().string() + ": the preset builds on itself");
    const toml::table root = parse_config(files.front());
    const toml::table* shared = root[kShared].as_table();
    const std::string above = root["preset"].value_or(std::string());
    name = shared ? (*shared)["preset"].value_or(above) : above;
  }
  return files;
}

std::vector<Setting> settings_of(const toml::table& root, const std::filesystem::path& file,
                                 const std::string& stage) {
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
      const toml::table* run = has_named_runs(section) ? value.as_table() : nullptr;
      if (!run) {
        settings.push_back(setting_of(file, section, std::string(key.str()), value));
        continue;
      }
      for (const auto& [own_key, own_value] : *run)
        settings.push_back(setting_of(file, section + kOfRun + std::string(key.str()),
                                      std::string(own_key.str()), own_value));
    }
  }
  return settings;
}

}  // namespace

std::vector<Setting> read_config(const std::filesystem::path& file, const std::string& stage) {
  return settings_of(parse_config(file), file, stage);
}

std::vector<Setting> read_preset(const std::string& name, const std::filesystem::path& workspace,
                                 const std::string& stage) {
  std::vector<Setting> all;
  for (const std::filesystem::path& file : preset_files(name, workspace)) {
    toml::table root = parse_config(file);
    root.erase(kNeeds);
    for (Setting& setting : settings_of(root, file, stage)) {
      if (setting.section == kShared && setting.key == "preset") continue;
      std::erase_if(all, [&](const Setting& below) {
        return below.section == setting.section && below.key == setting.key;
      });
      all.push_back(std::move(setting));
    }
  }
  return all;
}

void require_needed_files(const std::string& preset, const std::filesystem::path& workspace,
                          const std::vector<std::string>& stages,
                          const std::function<bool(const Setting&)>& is_overridden) {
  std::map<std::string, std::string> needs, missing;
  for (const std::filesystem::path& file : preset_files(preset, workspace)) {
    const toml::table root = parse_config(file);
    if (const toml::table* table = root[kNeeds].as_table())
      for (const auto& [path, from] : *table) needs[std::string(path.str())] = from.value_or(std::string());
  }
  for (const Setting& setting : read_preset(preset, workspace, {})) {
    if (std::ranges::count(stages, setting.section) == 0 || is_overridden(setting)) continue;
    for (const json& value : setting.value.is_array() ? setting.value : json::array({setting.value})) {
      const auto need = value.is_string() ? needs.find(value.get<std::string>()) : needs.end();
      if (need != needs.end() && !std::filesystem::exists(workspace / need->first))
        missing[need->first] += " [" + setting.section + "] " + setting.key;
    }
  }
  if (missing.empty()) return;
  std::string text = "preset " + preset + ": files are missing that funcorr does not come with:";
  for (const auto& [path, settings] : missing)
    text += "\n  " + (workspace / path).string() + " (" + settings.substr(1) + "): " + needs.at(path);
  throw EnvironmentError(text + "\nput them there, or set these keys to where they are");
}

void apply_config(Options& options, const std::vector<Setting>& settings, const std::string& stage,
                  Options::Source source, const std::string& follows, const std::string& run) {
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
    if (!follows.empty() && setting.section == follows && options.table().find(setting.key))
      options.set(setting.key, setting.value, source, setting.where);
  }
  for (const Setting& setting : settings) {
    if (setting.section == stage) options.set(setting.key, setting.value, source, setting.where);
  }
  for (const Setting& setting : settings) {
    if (!run.empty() && setting.section == stage + kOfRun + run)
      options.set(setting.key, setting.value, source, setting.where);
  }
}

SectionName section_name(const std::string& section) {
  const std::size_t dot = section.find(kOfRun);
  return {section.substr(0, dot), dot == std::string::npos ? "" : section.substr(dot + 1)};
}

}  // namespace funcorr
