#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/error.h"
#include "db/format/named_enum.h"

namespace funcorr {

enum class OptionType { kBool, kInt, kDouble, kString, kPath, kStringList, kPathList, kDoubleList };

// Does a change of the option make finished items stale? kResultIfSet: it does, but its empty value, or
// false, counts as if there were no such option, so that one that came later leaves older items as they are.
enum class Effect { kResult, kResultIfSet, kNone };

// How people write that an option of an optional number has none.
constexpr const char* kNoNumber = "none";

// What people see of an option, and what its values are checked by.
struct Option {
  std::string name{};  // "samples"; `--samples` on the command line, [render] samples in funcorr.toml
  OptionType type = OptionType::kString;
  nlohmann::json default_value;        // of the member it is bound to
  std::string unit{};                  // "px", "s", "MB", "" …
  double min = -1e300, max = 1e300;    // inclusive; numbers only
  bool is_optional = false;            // a number, or kNoNumber
  std::vector<std::string> choices{};  // strings only; empty: anything
  std::string help{};                  // one line
  Effect effect = Effect::kResult;
};

// What options that were set imply for one that nobody set.
struct ImpliedValue {
  std::string option{};
  nlohmann::json value;
  std::string where{};  // for people: "provider openai"
};

bool is_list(OptionType type);
// A number as people write it: "0.5", "1800".
std::string number_text(double value);
// "an integer 1 … 4096", "one of png, exr": for help and errors.
std::string allowed_range(const Option& option);
// The value as the option's type holds it (a list of one for a lone value); null where it does not fit.
nlohmann::json checked_value(const Option& option, const nlohmann::json& value);
// Throws UsageError "<where>: samples = 0: allowed is an integer 1 … 65536" where it does not fit.
nlohmann::json require_value(const Option& option, const nlohmann::json& value, const std::string& where);

// The type that holds a member, and the member's value as JSON. Integers, numbers, texts and paths, enums
// with names (texts whose choices are the names), lists of these, and numbers that may be absent.
template <typename Value>
constexpr OptionType option_type_of();

template <typename Value>
constexpr bool is_optional_number = false;
template <typename Number>
constexpr bool is_optional_number<std::optional<Number>> = std::is_arithmetic_v<Number>;

// An option that is a member of Struct: what it is called, what it may be, and what it is for stand here and
// nowhere else; its default is the member's.
template <typename Struct>
class BoundOption {
 public:
  template <typename Value>
  BoundOption(std::string name, Value Struct::*member)
      : read_([member](const Struct& from) { return json_of(from.*member); }),
        write_([member](Struct& to, const nlohmann::json& value) { from_json(value, to.*member); }) {
    described_.name = std::move(name);
    described_.type = option_type_of<Value>();
    described_.choices = choices_of<Value>();
    described_.is_optional = is_optional_number<Value>;
  }
  // An option of a struct that is a member: `inner` with its member reached through `outer`.
  template <typename Inner>
  BoundOption(Inner Struct::*outer, const BoundOption<Inner>& inner)
      : described_(inner.described()),
        read_([outer, inner](const Struct& from) { return inner.read(from.*outer); }),
        write_([outer, inner](Struct& to, const nlohmann::json& value) { inner.write(to.*outer, value); }) {}

  BoundOption&& range(double min, double max) && {
    described_.min = min;
    described_.max = max;
    return std::move(*this);
  }
  BoundOption&& unit(std::string unit) && {
    described_.unit = std::move(unit);
    return std::move(*this);
  }
  BoundOption&& choices(std::vector<std::string> choices) && {
    described_.choices = std::move(choices);
    return std::move(*this);
  }
  BoundOption&& help(std::string help) && {
    described_.help = std::move(help);
    return std::move(*this);
  }
  // A change leaves finished items as they are.
  BoundOption&& leaves_results() && {
    described_.effect = Effect::kNone;
    return std::move(*this);
  }

  // Finished items are stale where it has another value than they had, but not for its empty one.
  BoundOption&& changes_results_if_set() && {
    described_.effect = Effect::kResultIfSet;
    return std::move(*this);
  }

  const Option& described() const { return described_; }  // without its default
  nlohmann::json read(const Struct& from) const { return read_(from); }
  void write(Struct& to, const nlohmann::json& value) const { write_(to, value); }

 private:
  template <typename Value>
  static nlohmann::json json_of(const Value& value) {
    if constexpr (std::is_same_v<Value, std::filesystem::path>)
      return value.string();
    else if constexpr (is_optional_number<Value>)
      return value ? nlohmann::json(*value) : nlohmann::json(kNoNumber);
    else
      return value;
  }
  template <typename Value>
  static void from_json(const nlohmann::json& json, Value& value) {
    if constexpr (is_optional_number<Value>)
      value = json == kNoNumber ? Value() : Value(json.get<typename Value::value_type>());
    else
      json.get_to(value);
  }
  template <typename Value>
  static std::vector<std::string> choices_of() {
    if constexpr (NamedEnum<Value>)
      return all_names<Value>();
    else if constexpr (requires { typename Value::value_type; })
      if constexpr (NamedEnum<typename Value::value_type>) return all_names<typename Value::value_type>();
    return {};
  }

  Option described_;
  std::function<nlohmann::json(const Struct&)> read_;
  std::function<void(Struct&, const nlohmann::json&)> write_;
};

template <typename Struct, typename Value>
BoundOption<Struct> option(std::string name, Value Struct::*member) {
  return BoundOption<Struct>(std::move(name), member);
}

// All options of a struct, in the order in which help shows them. A struct with options has a static member
// function `options()` that returns its list:
//   const OptionList<RenderSettings>& RenderSettings::options() {
//     static const OptionList<RenderSettings> list{
//         option("samples", &RenderSettings::samples).range(1, 65536).help("paths per pixel of the object"),
//         options_of(&RenderSettings::light)};   // those of a member that has options itself
//     return list;
//   }
template <typename Struct>
class OptionList {
 public:
  // One entry of the list: an option, or all of a member's.
  struct Entry {
    std::vector<BoundOption<Struct>> options;
    Entry(BoundOption<Struct> one) {
      options.push_back(std::move(one));
    }  // NOLINT(google-explicit-constructor)
    Entry(std::vector<BoundOption<Struct>> several)
        : options(std::move(several)) {}  // NOLINT(google-explicit-constructor)
  };
  OptionList(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries)
      options_.insert(options_.end(), entry.options.begin(), entry.options.end());
  }

  const std::vector<BoundOption<Struct>>& options() const { return options_; }

  // As tables show them: with the defaults of `defaults`.
  std::vector<Option> described(const Struct& defaults = Struct()) const {
    std::vector<Option> all;
    for (const BoundOption<Struct>& one : options_) {
      all.push_back(one.described());
      all.back().default_value = one.read(defaults);
    }
    return all;
  }

  // Throws UsageError where a member is out of its range: what a library asks of its caller.
  void check(const Struct& value) const {
    for (const BoundOption<Struct>& one : options_)
      require_value(one.described(), one.read(value), "options");
  }

 private:
  std::vector<BoundOption<Struct>> options_;
};

template <typename Struct, typename Inner>
std::vector<BoundOption<Struct>> options_of(Inner Struct::*member) {
  std::vector<BoundOption<Struct>> all;
  for (const BoundOption<Inner>& one : Inner::options().options()) all.push_back({member, one});
  return all;
}

template <typename Value>
constexpr OptionType option_type_of() {
  if constexpr (is_optional_number<Value>)
    return option_type_of<typename Value::value_type>();
  else if constexpr (std::is_same_v<Value, bool>)
    return OptionType::kBool;
  else if constexpr (std::is_integral_v<Value>)
    return OptionType::kInt;
  else if constexpr (std::is_floating_point_v<Value>)
    return OptionType::kDouble;
  else if constexpr (std::is_same_v<Value, std::filesystem::path>)
    return OptionType::kPath;
  else if constexpr (std::is_same_v<Value, std::string> || NamedEnum<Value>)
    return OptionType::kString;
  else if constexpr (std::is_same_v<Value, std::vector<double>>)
    return OptionType::kDoubleList;
  else if constexpr (std::is_same_v<Value, std::vector<std::filesystem::path>>)
    return OptionType::kPathList;
  else {
    static_assert(std::is_same_v<typename Value::value_type, std::string> ||
                  NamedEnum<typename Value::value_type>);
    return OptionType::kStringList;
  }
}

}  // namespace funcorr
