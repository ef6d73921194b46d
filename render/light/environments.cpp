#include "render/light/environments.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "db/format/error.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostLoaded = 4;

std::set<std::string> maps_in(const fs::path& folder) {
  std::set<std::string> maps;
  for (const auto& entry : fs::directory_iterator(folder))
    if (const std::string suffix = lower_case(entry.path().extension().string());
        suffix == ".exr" || suffix == ".hdr")
      maps.insert(entry.path().string());
  if (maps.empty())
    throw EnvironmentError("hdri: the folder " + folder.string() + " has no .exr or .hdr file");
  return maps;
}

std::string builtin(const std::string& name) {
  const std::vector<std::string> known = builtin_environments();
  if (std::ranges::find(known, name) == known.end())
    throw UsageError("hdri: there is no \"" + name + "\"; builtin:studio and builtin:sky exist");
  return name;
}

}  // namespace

std::vector<std::string> environment_names(const std::vector<fs::path>& hdri) {
  std::vector<std::string> names;
  for (const fs::path& path : hdri) {
    if (is_builtin_environment(path.filename().string())) {
      names.push_back(builtin(path.filename().string()));
    } else if (fs::is_directory(path)) {
      std::ranges::copy(maps_in(path), std::back_inserter(names));
    } else if (fs::is_regular_file(path)) {
      names.push_back(path.string());
    } else {
      throw EnvironmentError("hdri: environment map " + path.string() +
                             " does not exist; give .exr or .hdr files, folders of them, builtin:studio or "
                             "builtin:sky");
    }
  }
  if (names.empty()) throw UsageError("hdri: the list is empty; builtin:studio and builtin:sky need no file");
  return names;
}

std::string environment_title(const std::string& name_or_file) {
  return is_builtin_environment(name_or_file) ? name_or_file : fs::path(name_or_file).filename().string();
}

std::string environment_notice(const std::string& name_or_file, const Environment& environment) {
  const auto& [infinite, undefined] = environment.mended();
  if (infinite == 0 && undefined == 0) return {};
  return fmt::format(
      "environment map {}: {} texels are infinite and count as the largest half float, {} are not a number "
      "and count as the mean of those around",
      name_or_file, infinite, undefined);
}

const Environment& EnvironmentCache::load(const std::string& name) {
  auto found = loaded_.find(name);
  if (found != loaded_.end()) return *found->second;
  if (loaded_.size() >= kMostLoaded) loaded_.clear();
  try {
    found = loaded_.emplace(name, std::make_unique<Environment>(load_environment(name))).first;
  } catch (const std::exception& error) {
    throw EnvironmentError(error.what());
  }
  return *found->second;
}

}  // namespace funcorr
