#include "train/trainer/curves.h"

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/run_folder.h"
#include "db/format/artifact.h"
#include "db/format/csv.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

constexpr const char* kStep = "step";

std::string header_of(std::vector<std::string> columns) {
  columns.insert(columns.begin(), kStep);
  return csv_line(columns);
}

std::string whole_lines_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  text.resize(text.rfind('\n') + 1);
  return text;
}

fs::path event_path(const fs::path& run_folder) {
  fs::path file = event_file_path(run_folder);
  fs::create_directories(file.parent_path());
  return file;
}

}  // namespace

CurveTable read_curves(const fs::path& csv) {
  const std::string text = whole_lines_of(csv);
  if (text.empty()) return {};
  const CsvTable table = parse_csv(text, csv.string(), ',');
  CurveTable curves;
  if (table.header.front() != kStep)
    throw std::runtime_error(csv.string() + ":1: the first column is no step");
  curves.columns.assign(table.header.begin() + 1, table.header.end());
  for (const CsvTable::Row& row : table.rows) {
    CurvePoint& point = curves.points.emplace_back();
    point.step = std::strtoll(row.fields.front().c_str(), nullptr, 10);
    for (std::size_t i = 0; i < curves.columns.size(); ++i)
      if (const std::string& cell = row.fields[i + 1]; !cell.empty())
        point.values[curves.columns[i]] = std::strtod(cell.c_str(), nullptr);
  }
  return curves;
}

std::vector<CurvePoint> read_curves(const fs::path& csv, const std::vector<std::string>& columns) {
  CurveTable curves = read_curves(csv);
  if (curves.columns != columns) return {};
  return std::move(curves.points);
}

Curves::Curves(const fs::path& run_folder, std::vector<std::string> columns, std::int64_t last_step)
    : file_(curves_path(run_folder)), columns_(std::move(columns)), events_(event_path(run_folder), now()) {
  std::string kept = header_of(columns_);
  for (CurvePoint& point : read_curves(file_, columns_)) {
    if (point.step > last_step) continue;
    kept += row_of(point);
    events_.add(now(), point.step, point.values);
    last_kept_ = std::move(point);
  }
  write_artifact(file_, kept);
  csv_.open(file_, std::ios::app);
}

void Curves::add(const CurvePoint& point) {
  csv_ << row_of(point) << std::flush;
  if (!csv_) throw std::runtime_error("cannot write " + file_.string());
  events_.add(now(), point.step, point.values);
}

std::string Curves::row_of(const CurvePoint& point) const {
  std::vector<std::string> row{std::to_string(point.step)};
  for (const std::string& column : columns_) {
    const auto found = point.values.find(column);
    row.push_back(found == point.values.end() ? ""
                                              : fmt::format("{}", found->second));  // reads back as it is
  }
  return csv_line(row);
}

}  // namespace funcorr
