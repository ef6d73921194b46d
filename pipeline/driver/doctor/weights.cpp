#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "pipeline/config.h"
#include "pipeline/driver/doctor/finding.h"
#include "pipeline/options.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

// Options of features and train that name files which funcorr does not come with, and what they are.
const std::map<std::string, std::string> kFiles = {
    {"weights", "image backbone"}, {"text_weights", "text tower"}, {"vocabulary", "vocabulary"}};

Finding found_or_missing(const Setting& setting, const std::filesystem::path& workspace) {
  const std::filesystem::path file = workspace / setting.value.get<std::string>();
  Finding finding{
      "weights", kFiles.at(setting.key), file.lexically_normal().string(), Finding::Level::kFine, {}};
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(file, error);
  if (is_folder) return finding;
  const auto bytes = std::filesystem::file_size(file, error);
  if (!error) {
    finding.value += fmt::format(" ({:.1f} MB)", 1e-6 * static_cast<double>(bytes));
    return finding;
  }
  finding.value += ": " + error.message();
  finding.level = Finding::Level::kMissing;
  finding.remedy = fmt::format("download it, or correct [{}] {} ({}); the README lists the published files",
                               setting.section, setting.key, setting.where);
  return finding;
}

// Those of the configuration, and of its preset what they leave.
std::vector<Setting> settings_of(const std::filesystem::path& config,
                                 const std::filesystem::path& workspace) {
  std::vector<Setting> settings = read_config(config, "train");
  const auto found = [&](const std::string& section, const std::string& key) {
    return std::ranges::find_if(
        settings, [&](const Setting& setting) { return setting.section == section && setting.key == key; });
  };
  const auto preset = found("funcorr", "preset");
  if (preset == settings.end() || !preset->value.is_string()) return settings;
  for (Setting& setting : read_preset(preset->value.get<std::string>(), workspace, "train"))
    if (found(setting.section, setting.key) == settings.end()) settings.push_back(std::move(setting));
  return settings;
}

}  // namespace

std::vector<Finding> examine_weights(const std::filesystem::path& workspace) {
  const std::filesystem::path config = Workspace{workspace}.config();
  std::vector<Finding> findings;
  if (std::filesystem::exists(config)) {
    try {
      for (const Setting& setting : settings_of(config, workspace))
        if (kFiles.contains(setting.key) && setting.value.is_string() && !says_nothing(setting.value))
          findings.push_back(found_or_missing(setting, workspace));
    } catch (const std::exception& error) {
      findings.push_back({"weights", "configuration", error.what(), Finding::Level::kWarning, {}});
    }
  }
  if (findings.empty())
    findings.push_back({"weights", "image backbone", "none named: hand-made descriptors stand in",
                        Finding::Level::kNote,
                        "download DINOv2 and CLIP as the README says under \"Pretrained weights\""});
  return findings;
}

}  // namespace funcorr
