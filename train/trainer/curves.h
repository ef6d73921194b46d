#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "train/trainer/event_file.h"

namespace funcorr {

// Values at a step; what was not measured there is absent.
struct CurvePoint {
  std::int64_t step = 0;
  std::map<std::string, double> values;
};

// A run's curves on disk: curves.csv (a column "step", then the given ones, empty where absent) and
// tensorboard/events.out.tfevents.<name>. Opening keeps the rows up to `last_step` of what is there, which
// is where a resumed run goes on, and rewrites both files, curves.csv at once, so that a kill loses no row;
// other columns start anew. Rows are flushed one by one. Throws std::runtime_error naming the file where it
// cannot be written.
class Curves {
 public:
  Curves(const std::filesystem::path& run_folder, std::vector<std::string> columns, std::int64_t last_step);
  void add(const CurvePoint& point);
  // The last row that was kept.
  const std::optional<CurvePoint>& last_kept() const { return last_kept_; }

 private:
  std::string row_of(const CurvePoint& point) const;
  std::filesystem::path file_;
  std::vector<std::string> columns_;
  std::ofstream csv_;
  EventFile events_;
  std::optional<CurvePoint> last_kept_;
};

// What a curves.csv holds: its columns but "step", and its rows, of which one that was cut off while being
// written is left out. Nothing where there is no file. Throws std::runtime_error naming the file and the line
// where it is no such table.
struct CurveTable {
  std::vector<std::string> columns;
  std::vector<CurvePoint> points;
};
CurveTable read_curves(const std::filesystem::path& csv);
// The rows; none where the columns are others.
std::vector<CurvePoint> read_curves(const std::filesystem::path& csv,
                                    const std::vector<std::string>& columns);

}  // namespace funcorr
