#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// An enum whose values have names that people and files use. The names stand once, beside the enum, in a
// function that is found by its argument:
//   enum class Split { kTrain, kTest };
//   constexpr auto names_of(Split) {
//     return std::to_array<EnumName<Split>>({{Split::kTrain, "train"}, {Split::kTest, "test"}});
//   }
// to_string, from_name, JSON and options follow from it.
template <typename E>
using EnumName = std::pair<E, std::string_view>;

template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { names_of(value).size(); };

template <NamedEnum E>
constexpr std::string_view to_string(E value) {
  for (const auto& [known, name] : names_of(E{}))
    if (known == value) return name;
  throw std::logic_error("a value of an enum has no name");
}

// Nothing for a name that no value has.
template <NamedEnum E>
constexpr std::optional<E> from_name(std::string_view name) {
  for (const auto& [value, known] : names_of(E{}))
    if (known == name) return value;
  return std::nullopt;
}

// Of all values, in their order.
template <NamedEnum E>
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto& [value, name] : names_of(E{})) names.emplace_back(name);
  return names;
}

// Throws std::invalid_argument that lists the known names.
[[noreturn]] void refuse_name(std::string_view name, const std::vector<std::string>& known);

template <NamedEnum E>
E require_name(std::string_view name) {
  if (const auto value = from_name<E>(name)) return *value;
  refuse_name(name, all_names<E>());
}

// A set of values of an enum; its text is their names in the enum's order, parted by commas.
template <NamedEnum E>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<E> values) {
    for (const E value : values) insert(value);
  }
  constexpr void insert(E value) { bits_ |= bit(value); }
  constexpr bool contains(E value) const { return (bits_ & bit(value)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(const EnumSet&, const EnumSet&) = default;

 private:
  static constexpr std::uint64_t bit(E value) { return std::uint64_t{1} << static_cast<unsigned>(value); }
  std::uint64_t bits_ = 0;
};

template <NamedEnum E>
std::string to_string(const EnumSet<E>& set) {
  std::string text;
  for (const auto& [value, name] : names_of(E{}))
    if (set.contains(value)) (text += text.empty() ? "" : ",") += name;
  return text;
}

// Of such a text. Throws std::invalid_argument for a name that no value has.
template <NamedEnum E>
EnumSet<E> set_of_names(std::string_view text) {
  EnumSet<E> set;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    set.insert(require_name<E>(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return set;
}

}  // namespace funcorr

// As JSON a value, or a set, is its text.
namespace nlohmann {

template <funcorr::NamedEnum E>
struct adl_serializer<E, void> {
  static void to_json(json& out, E value) { out = std::string(funcorr::to_string(value)); }
  static void from_json(const json& in, E& value) {
    value = funcorr::require_name<E>(in.get_ref<const std::string&>());
  }
};

template <funcorr::NamedEnum E>
struct adl_serializer<funcorr::EnumSet<E>, void> {
  static void to_json(json& out, const funcorr::EnumSet<E>& set) { out = funcorr::to_string(set); }
  static void from_json(const json& in, funcorr::EnumSet<E>& set) {
    set = funcorr::set_of_names<E>(in.get_ref<const std::string&>());
  }
};

}  // namespace nlohmann
