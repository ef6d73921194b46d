#include "train/trainer/curves.h"

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/run_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string header_of(const std::vector<std::string>& columns) {
  std::string header = "step";
  for (const std::string& column : columns) header += "," + column;
  return header;
}

fs::path event_path(const fs::path& run_folder) {
  fs::path file = event_file_path(run_folder);
  fs::create_directories(file.parent_path());
  return file;
}

}  // namespace

std::vector<CurvePoint> read_curves(const fs::path& csv, const std::vector<std::string>& columns) {
  std::ifstream stream(csv);
  std::string line;
  std::vector<CurvePoint> points;
  if (!std::getline(stream, line) || line != header_of(columns)) return points;
  while (std::getline(stream, line)) {
    if (stream.eof()) break;  // cut off before its end of line
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    CurvePoint point{std::strtoll(cell.c_str(), nullptr, 10), {}};
    for (const std::string& column : columns)
      if (std::getline(cells, cell, ',') && !cell.empty())
        point.values[column] = std::strtod(cell.c_str(), nullptr);
    points.push_back(std::move(point));
  }
  return points;
}

Curves::Curves(const fs::path& run_folder, std::vector<std::string> columns, std::int64_t last_step)
    : file_(curves_path(run_folder)), columns_(std::move(columns)), events_(event_path(run_folder), now()) {
  const std::vector<CurvePoint> kept = read_curves(file_, columns_);
  csv_.open(file_, std::ios::trunc);
  csv_ << header_of(columns_) << std::endl;
  for (const CurvePoint& point : kept)
    if (point.step <= last_step) add(point);
}

void Curves::add(const CurvePoint& point) {
  write_row(point);
  events_.add(now(), point.step, point.values);
}

void Curves::write_row(const CurvePoint& point) {
  std::string row = std::to_string(point.step);
  for (const std::string& column : columns_) {
    const auto found = point.values.find(column);
    row += found == point.values.end() ? "," : fmt::format(",{}", found->second);  // shortest that reads back
  }
  csv_ << row << std::endl;
  if (!csv_) throw std::runtime_error("cannot write " + file_.string());
}

}  // namespace funcorr
