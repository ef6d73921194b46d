#include "labeling/client/price_table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/error.h"
#include "db/format/file.h"
#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

using nlohmann::json;

// A member that is not there stays as it is.
template <typename Value>
void read_member(const json& row, const char* name, Value& value) {
  if (row.contains(name)) row.at(name).get_to(value);
}

double price_member(const json& row, const char* name) {
  const auto price = row.at(name).get<double>();
  if (!(price >= 0) || price > 1e9) throw std::runtime_error(fmt::format("{} is {}", name, price));
  return price;
}

ListedModel model_of(const json& row, const std::string& date, const std::string& file) {
  ListedModel model;
  row.at("models").get_to(model.models);
  model.date = date;
  read_member(row, "date", model.date);
  read_member(row, "source", model.source);
  model.price = {price_member(row, "in"), price_member(row, "out")};
  read_member(row, "image_tokens", model.image_tokens);
  read_member(row, "image_tokens_low", model.image_tokens_low);
  read_member(row, "image_rule", model.image_rule);
  read_member(row, "answer_tokens", model.answer_tokens);
  model.file = file;
  return model;
}

void read_rows(const std::filesystem::path& file, std::vector<ListedModel>& rows) {
  std::string text;
  try {
    text = read_text_file(file);
  } catch (const std::runtime_error& error) {
    throw EnvironmentError(std::string("prices: ") + error.what());
  }
  std::size_t number = 0;
  try {
    const json table = json::parse(text);
    const auto date = table.value("date", std::string("an unknown date"));
    for (const json& row : table.at("prices")) {
      ++number;
      rows.push_back(model_of(row, date, file.filename().string()));
    }
  } catch (const std::exception& error) {
    throw UsageError(fmt::format(
        "prices: {}, row {}: {}; wanted is {{\"date\": \"2026-11-29\", \"prices\": [{{\"models\": "
        "\"gpt-5*\", \"in\": 1.25, \"out\": 10}}]}}",
        file.string(), number, error.what()));
  }
}

}  // namespace

PriceTable PriceTable::read(const std::vector<std::filesystem::path>& files) {
  PriceTable table;
  for (const std::filesystem::path& file : files) read_rows(file, table.rows_);
  return table;
}

const ListedModel* PriceTable::find(std::string_view model) const {
  const std::string_view name = without_vendor(model);
  for (const ListedModel& row : rows_)
    if (fits_pattern(row.models, name) || fits_pattern(row.models, model)) return &row;
  return nullptr;
}

}  // namespace funcorr
