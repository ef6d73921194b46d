#include "render/filter/edge_files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "db/format/error.h"
#include "db/format/file.h"
#include "db/format/npy.h"
#include "db/format/text.h"
#include "render/geometry/neighbour_grid.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr const char *kResults = "primitives/results/edge.txt",
                     *kCloud = "primitives/sampled_point_cloud.npy";

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

float probability(double value, std::size_t row, const fs::path& file) {
  if (!(value >= 0 && value <= 1))
    fail(file, fmt::format("value {} is {}; a probability of 0 … 1 is wanted", row, value));
  return static_cast<float>(value);
}

std::vector<float> load_values(const fs::path& file) {
  const NpyArray array = load_npy(file);
  if (array.shape.size() != 1) fail(file, "an array of shape [N] is wanted");
  const std::vector<double> values = array.to_double();
  std::vector<float> probabilities;
  for (const double value : values) probabilities.push_back(probability(value, probabilities.size(), file));
  return probabilities;
}

std::vector<float> load_results(const fs::path& file) {
  const std::string text = read_text_file(file);
  std::vector<float> probabilities;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    const std::size_t parting = line.find(';');
    const auto on = parting == std::string_view::npos ? std::nullopt
                                                      : number_in<double>(trimmed(line.substr(parting + 1)));
    if (!on)
      fail(file, fmt::format("line {} is \"{}\"; \"off;on\" is wanted", probabilities.size() + 1, line));
    probabilities.push_back(probability(*on, probabilities.size(), file));
  }
  return probabilities;
}

std::vector<Vec3f> load_cloud(const fs::path& file) {
  const NpyArray array = load_npy(file);
  if (array.shape.size() != 2 || array.shape[1] != 3) fail(file, "an array of shape [M, 3] is wanted");
  const std::vector<double> values = array.to_double();
  std::vector<Vec3f> cloud;
  for (std::size_t i = 0; i < values.size(); i += 3) {
    const Vec3d point{values[i], values[i + 1], values[i + 2]};
    const bool is_near = std::abs(point.x) <= 1 && std::abs(point.y) <= 1 && std::abs(point.z) <= 1;
    if (!is_near) fail(file, fmt::format("point {} does not lie in normalised object space", i / 3));
    cloud.push_back({static_cast<float>(point.x), static_cast<float>(point.y), static_cast<float>(point.z)});
  }
  return cloud;
}

// Of the cloud's point nearest to each of `positions`.
std::vector<float> of_nearest(const std::vector<float>& values, const std::vector<Vec3f>& cloud,
                              const std::vector<Vec3f>& positions, const fs::path& file) {
  constexpr float kFarthest = 0.1F;  // 10,000 points lie about 0.01 from each other
  const NeighbourGrid grid(cloud, kFarthest);
  std::vector<float> nearest_values;
  for (const Vec3f& position : positions) {
    std::uint32_t nearest = 0;
    float least = std::numeric_limits<float>::infinity();  // squared distance
    grid.for_each_near(position, [&](std::uint32_t id, const Vec3f& offset) {
      if (dot(offset, offset) >= least) return;
      least = dot(offset, offset);
      nearest = id;
    });
    if (std::isinf(least))
      fail(file, fmt::format("no point within {} of ({}, {}, {}) on the surface; normalised object space, y "
                             "up, is wanted",
                             kFarthest, position.x, position.y, position.z));
    nearest_values.push_back(values[nearest]);
  }
  return nearest_values;
}

}  // namespace

EdgeFiles::EdgeFiles(const fs::path& folder) {
  if (folder.empty()) return;
  if (!fs::is_directory(folder)) throw UsageError("edges: there is no folder " + folder.string());
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    const std::string name = path.filename().string();
    if (path.extension() == ".npy" && entry.is_regular_file()) {
      entries_[path.stem().string()] = path;
      continue;
    }
    const auto end = name.find("---");
    if (end == std::string::npos || !fs::is_regular_file(path / kResults) ||
        !fs::is_regular_file(path / kCloud))
      continue;
    fs::path& known = entries_[name.substr(0, end)];
    if (known.empty() || (known.extension() != ".npy" && path < known)) known = path;
  }
}

std::vector<fs::path> EdgeFiles::of(const std::string& uid) const {
  const auto found = entries_.find(uid);
  if (found == entries_.end()) return {};
  const fs::path& entry = found->second;
  if (entry.extension() == ".npy") return {entry};
  return {entry / kResults, entry / kCloud};
}

std::vector<float> load_edges(const std::vector<fs::path>& files, const std::vector<Vec3f>& positions) {
  const bool has_cloud = files.size() == 2;
  const std::vector<float> values = has_cloud ? load_results(files[0]) : load_values(files.at(0));
  const std::vector<Vec3f> cloud = has_cloud ? load_cloud(files[1]) : std::vector<Vec3f>{};
  const std::size_t wanted = has_cloud ? cloud.size() : positions.size();
  if (values.size() != wanted)
    fail(files[0], fmt::format("{} edge probabilities for the {} points of {}", values.size(), wanted,
                               has_cloud ? files[1].string() : "points.npz, in their order"));
  return has_cloud ? of_nearest(values, cloud, positions, files[1]) : values;
}

}  // namespace funcorr
