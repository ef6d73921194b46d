#include "eval/truth/assignment.h"

#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "db/format/random.h"
#include "tools/bench/peer.h"

namespace funcorr {
namespace {

using Points = std::vector<Vec3d>;

// Visible parts of two aligned rims, as ground truth has them: a shell of an ellipsoid cap each, sampled
// unevenly and not congruent.
Points cap(std::size_t n, const Vec3d& radii, double seen_from, Random& random) {
  Points points;
  while (points.size() < n) {
    const double height = 0.3 + 0.7 * random.uniform(), azimuth = 2 * std::numbers::pi * random.uniform();
    if (random.uniform() > 0.55 + 0.45 * std::cos(azimuth - seen_from)) continue;
    const double ring = std::sqrt(1 - height * height);
    points.push_back(
        {radii.x * ring * std::cos(azimuth), radii.y * height, radii.z * ring * std::sin(azimuth)});
  }
  return points;
}

void write_points(const std::filesystem::path& file, const Points& rows, const Points& columns) {
  std::ofstream stream(file, std::ios::binary);
  for (const Points* set : {&rows, &columns})
    stream.write(reinterpret_cast<const char*>(set->data()),
                 static_cast<std::streamsize>(set->size() * sizeof(Vec3d)));
}

// Of this process: both sides run on one thread, and other programs on the machine matter less.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

nlohmann::json run_size(std::size_t n, const std::string& python) {
  Random random(n);
  const Points rows = cap(n, {0.30, 0.25, 0.30}, 0.0, random);
  const Points columns = cap(n, {0.25, 0.28, 0.35}, 0.8, random);
  const double start = cpu_seconds();
  const Assignment found = assign_points(rows, columns);
  const double seconds = cpu_seconds() - start;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  nlohmann::json result{{"n", n},
                        {"cpu_seconds", seconds},
                        {"cost", found.cost},
                        {"peak_memory_mb", static_cast<double>(usage.ru_maxrss) / 1024}};

  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("funcorr-assignment-" + std::to_string(getpid()) + ".f8");
  write_points(file, rows, columns);
  result["scipy"] = run_peer_script(python, "assignment_peer.py", {file.string()}, "python3-scipy");
  std::filesystem::remove(file);
  if (result["scipy"].contains("cpu_seconds")) {
    const double peer_cost = result["scipy"]["cost"];
    result["times_faster"] = result["scipy"]["cpu_seconds"].get<double>() / seconds;
    result["relative_cost_difference"] = (found.cost - peer_cost) / peer_cost;
  }
  return result;
}

}  // namespace

// CPU seconds of the exact assignment, against SciPy's linear_sum_assignment on the same points. Parameters:
// "sizes" (default 1000, 3000, 5000, 10000), "python" (default /usr/bin/python3).
nlohmann::json bench_assignment(const nlohmann::json& parameters) {
  const auto sizes = parameters.value("sizes", std::vector<std::size_t>{1000, 3000, 5000, 10000});
  const auto python = parameters.value("python", std::string("/usr/bin/python3"));
  nlohmann::json results = nlohmann::json::array();
  for (const std::size_t n : sizes) results.push_back(run_size(n, python));
  return results;
}

}  // namespace funcorr
