#include "db/dataset/usage_export.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>
#include <regex>
#include <stdexcept>

#include "db/format/csv.h"
#include "db/format/error.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

constexpr double kDay_s = 86'400;

constexpr std::array<std::string_view, 13> kPassedOver{
    "quantity",          "quantity_unit", "amount_currency", "project_id", "project_name", "organization_id",
    "organization_name", "user_id",       "user_email",      "api_key_id", "api_source",   "batch",
    "service_tier"};
constexpr std::array<std::string_view, 8> kRead{"start_time",   "end_time", "start_time_iso",
                                                "end_time_iso", "model",    "num_model_requests",
                                                "amount_value", "line_item"};

bool is_known(const std::string& column) {
  const bool tokens =
      (column.starts_with("input_") || column.starts_with("output_")) && column.ends_with("tokens");
  return tokens || std::ranges::find(kPassedOver, column) != kPassedOver.end() ||
         std::ranges::find(kRead, column) != kRead.end();
}

// "2026-09-27T00:00:00+00:00", "2026-09-27": UTC.
std::optional<double> time_in(const std::string& text) {
  std::tm time{};
  const int read = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &time.tm_year, &time.tm_mon,
                               &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec);
  if (read < 3) return std::nullopt;
  time.tm_year -= 1900;
  --time.tm_mon;
  return static_cast<double>(timegm(&time));
}

// "gpt-4o-2024-08-06" and "gpt-4o-0806" are of "gpt-4o"; "gpt-4o-mini" is not. What a line of costs says
// behind a comma is no matter.
bool is_version_of(std::string_view name, std::string_view model) {
  name = name.substr(0, name.find(','));
  if (!name.starts_with(model)) return false;
  static const std::regex date("(-[0-9]{4}(-[0-9]{2}-[0-9]{2})?)?");
  return std::regex_match(std::string(name.substr(model.size())), date);
}

class Reader {
 public:
  Reader(const CsvTable& table, const std::string& name) : table_(table), name_(name) {
    std::string unknown;
    for (const std::string& column : table.header)
      if (!is_known(column)) unknown += (unknown.empty() ? "" : ", ") + column;
    if (!unknown.empty())
      throw UsageError(name + ": its columns " + unknown +
                       " are not known; what is understood is OpenAI's export of usage (model, "
                       "num_model_requests) or of costs (line_item, amount_value), with start_time");
    if (!has("start_time") && !has("start_time_iso"))
      throw UsageError(name + ": it has no column start_time or start_time_iso");
    if (!has("num_model_requests") && !has("amount_value"))
      throw UsageError(name + ": it has neither a column num_model_requests nor amount_value");
  }

  bool has(const char* column) const { return table_.column(column).has_value(); }

  // Empty where there is no such column.
  std::string text(const CsvTable::Row& row, const char* column) const {
    const auto index = table_.column(column);
    return index ? row.fields[*index] : std::string();
  }
  double number(const CsvTable::Row& row, const char* column) const {
    const std::string field = text(row, column);
    if (field.empty()) return 0;
    if (const auto value = number_in<double>(field)) return *value;
    refuse(row, column, field);
  }
  // Of "start" or "end"; nothing where it does not stand there.
  std::optional<double> time(const CsvTable::Row& row, const std::string& which) const {
    for (const bool iso : {false, true}) {
      const std::string column = which + (iso ? "_time_iso" : "_time");
      const std::string field = text(row, column.c_str());
      if (field.empty()) continue;
      if (const auto value = iso ? time_in(field) : number_in<double>(field)) return *value;
      refuse(row, column.c_str(), field);
    }
    return std::nullopt;
  }

 private:
  [[noreturn]] void refuse(const CsvTable::Row& row, const char* column, const std::string& field) const {
    throw UsageError(name_ + ":" + std::to_string(row.line) + ": " + column + " is \"" + field + "\"");
  }

  const CsvTable& table_;
  std::string name_;
};

CsvTable table_of(std::string_view text, const std::string& name) {
  try {
    return parse_csv(text, name);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

UsageExport::Bill UsageExport::of(std::string_view model) const {
  Bill sum;
  for (const auto& [name, bill] : by_model) {
    if (!name.empty() && !is_version_of(name, model)) continue;
    sum.requests += bill.requests;
    sum.money += bill.money;
  }
  return sum;
}

UsageExport parse_usage_export(std::string_view text, const std::string& name) {
  const CsvTable table = table_of(text, name);
  const Reader reader(table, name);
  UsageExport usage;
  usage.counts_requests = reader.has("num_model_requests");
  usage.tells_money = reader.has("amount_value");
  for (const CsvTable::Row& row : table.rows) {
    const auto start = reader.time(row, "start");
    if (!start) continue;  // a line of sums
    const double end = reader.time(row, "end").value_or(*start + kDay_s);
    usage.begin = usage.end == 0 ? *start : std::min(usage.begin, *start);
    usage.end = std::max(usage.end, end);
    const std::string model = reader.has("model") ? reader.text(row, "model") : reader.text(row, "line_item");
    UsageExport::Bill& bill = usage.by_model[model];
    bill.requests += static_cast<std::int64_t>(reader.number(row, "num_model_requests"));
    bill.money += reader.number(row, "amount_value");
  }
  return usage;
}

}  // namespace funcorr
