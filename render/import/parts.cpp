#include "render/import/parts.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <set>

namespace funcorr {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool assign_from_sidecar(SceneBuilder& builder, const Sidecar& sidecar) {
  if (sidecar.part_of_face.empty()) return false;
  Scene& scene = builder.scene();
  const std::size_t triangles = scene.mesh.triangles.size();
  const std::int64_t promised =
      std::accumulate(sidecar.part_of_face.begin(), sidecar.part_of_face.end(), std::int64_t{0},
                      [](std::int64_t sum, const auto& run) { return sum + run.second; });
  if (promised != static_cast<std::int64_t>(triangles)) {
    builder.warn("the sidecar names parts of " + std::to_string(promised) + " triangles, the file has " +
                 std::to_string(triangles) + ": its parts are not used");
    return false;
  }
  scene.part_names = sidecar.parts;
  scene.mesh.triangle_part.reserve(triangles);
  for (const auto& [part, count] : sidecar.part_of_face)
    scene.mesh.triangle_part.insert(scene.mesh.triangle_part.end(), static_cast<std::size_t>(count),
                                    static_cast<std::int16_t>(part));
  return true;
}

}  // namespace

std::string clean_part_name(const std::string& name) {
  static const std::set<std::string> empty_words{"",
                                                 "defaultobject",
                                                 "default",
                                                 "object",
                                                 "mesh",
                                                 "node",
                                                 "root",
                                                 "scene",
                                                 "group",
                                                 "geometry",
                                                 "polygon",
                                                 "material",
                                                 "defaultmaterial",
                                                 "default material",
                                                 "none",
                                                 "null"};
  std::string clean;
  for (const char c : as_valid_utf8(name)) {
    const bool gap = c == '_' || c == '-' || c == '.' || c == ':' || c == '|' ||
                     std::isspace(static_cast<unsigned char>(c));
    if (!gap)
      clean += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!clean.empty() && clean.back() != ' ')
      clean += ' ';
  }
  while (!clean.empty() && (clean.back() == ' ' || is_digit(clean.back()))) clean.pop_back();
  return empty_words.contains(clean) ? std::string{} : clean;
}

std::vector<std::string> part_names_from_stems(const std::vector<std::string>& stems) {
  std::vector<std::string> names(stems);
  std::string shared = stems.empty() ? "" : stems[0];
  for (const std::string& stem : stems) {
    std::size_t same = 0;
    while (same < shared.size() && same < stem.size() && shared[same] == stem[same]) ++same;
    shared.resize(same);
  }
  const bool is_stem = std::find(stems.begin(), stems.end(), shared) != stems.end();
  if (!is_stem)
    shared.resize(shared.find_last_of("_- .") == std::string::npos ? 0 : shared.find_last_of("_- .") + 1);
  for (std::string& name : names) {
    if (stems.size() > 1 && name.size() > shared.size()) name = name.substr(shared.size());
    const std::string clean = clean_part_name(name);
    if (!clean.empty()) name = clean;
    name.erase(0, name.find_first_not_of(' '));
  }
  return names;
}

void assign_parts(SceneBuilder& builder, const Sidecar& sidecar, bool group_is_part) {
  if (assign_from_sidecar(builder, sidecar)) return;
  Scene& scene = builder.scene();
  std::map<std::string, std::int16_t> part_index;
  std::vector<std::int16_t> part_of_group;
  for (const std::string& group : builder.group_names()) {
    const std::string name = group_is_part ? group : clean_part_name(group);
    if (name.empty() || (scene.part_names.size() >= 32'000 && !part_index.contains(name))) {
      part_of_group.push_back(-1);
      continue;
    }
    const auto [found, is_new] =
        part_index.try_emplace(name, static_cast<std::int16_t>(scene.part_names.size()));
    if (is_new) scene.part_names.push_back(name);
    part_of_group.push_back(found->second);
  }
  if (scene.part_names.empty()) {
    scene.part_names = {"object"};
    scene.mesh.triangle_part.assign(scene.mesh.triangles.size(), 0);
    return;
  }
  for (const std::int32_t group : builder.triangle_group())
    scene.mesh.triangle_part.push_back(part_of_group[static_cast<std::size_t>(group)]);
}

}  // namespace funcorr
