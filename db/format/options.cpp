#include "db/format/options.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "db/format/json.h"

namespace funcorr {
namespace {

using nlohmann::json;

// One element of a list, or the value itself; null where it does not fit.
json checked_scalar(const Option& option, const json& value) {
  if (option.is_optional && value == kNoNumber) return value;
  const auto in_range = [&](double number) { return number >= option.min && number <= option.max; };
  switch (option.type) {
    case OptionType::kBool:
      return value.is_boolean() ? value : json();
    case OptionType::kInt:
      if (!value.is_number_integer() || !in_range(value.get<double>())) return {};
      return value.get<std::int64_t>();
    case OptionType::kDouble:
    case OptionType::kDoubleList:
      if (!value.is_number() || !std::isfinite(value.get<double>()) || !in_range(value.get<double>()))
        return {};
      return value.get<double>();
    case OptionType::kString:
    case OptionType::kStringList:
      if (!value.is_string()) return {};
      if (!option.choices.empty() &&
          std::ranges::find(option.choices, value.get<std::string>()) == option.choices.end()) {
        return {};
      }
      return value;
    case OptionType::kPath:
    case OptionType::kPathList:
      return value.is_string() ? value : json();
  }
  return {};
}

}  // namespace

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

bool is_list(OptionType type) {
  return type == OptionType::kStringList || type == OptionType::kPathList || type == OptionType::kDoubleList;
}

std::string allowed_range(const Option& option) {
  // Integers with all their digits, as they are typed.
  const auto bound = [&](double value) {
    return option.type == OptionType::kInt ? std::to_string(static_cast<std::int64_t>(value))
                                           : number_text(value);
  };
  const auto bounds = [&]() -> std::string {
    const bool low = option.min > -1e300, high = option.max < 1e300;
    if (low && high) return bound(option.min) + " … " + bound(option.max);
    if (low) return "at least " + bound(option.min);
    if (high) return "at most " + bound(option.max);
    return {};
  };
  const auto choices = [&] {
    std::string text;
    for (const std::string& choice : option.choices) text += (text.empty() ? "" : ", ") + choice;
    return text;
  };
  const auto joined = [](const std::string& what, const std::string& range) {
    return range.empty() ? what : what + " " + range;
  };
  const std::string absent = option.is_optional ? std::string(", or ") + kNoNumber : std::string();
  switch (option.type) {
    case OptionType::kBool:
      return "true or false";
    case OptionType::kInt:
      return joined("an integer", bounds()) + absent;
    case OptionType::kDouble:
      return joined("a number", bounds()) + absent;
    case OptionType::kDoubleList:
      return joined("numbers", bounds());
    case OptionType::kString:
      return option.choices.empty() ? "a text" : "one of " + choices();
    case OptionType::kStringList:
      return option.choices.empty() ? "a list of texts" : "a list out of " + choices();
    case OptionType::kPath:
      return "a path";
    case OptionType::kPathList:
      return "a list of paths";
  }
  return {};
}

json checked_value(const Option& option, const json& value) {
  if (!is_list(option.type)) return checked_scalar(option, value);
  json list = json::array();
  for (const json& element : value.is_array() ? value : json::array({value})) {
    json checked = checked_scalar(option, element);
    if (checked.is_null()) return {};
    list.push_back(std::move(checked));
  }
  return list;
}

json require_value(const Option& option, const json& value, const std::string& where) {
  json checked = checked_value(option, value);
  if (checked.is_null()) {
    throw UsageError(where + ": " + option.name + " = " + json_text(value) + ": allowed is " +
                     allowed_range(option) + (option.unit.empty() ? "" : " (" + option.unit + ")"));
  }
  return checked;
}

}  // namespace funcorr
