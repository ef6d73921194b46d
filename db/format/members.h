#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace funcorr {

// A struct that lists its members once is JSON by that list:
//   struct MaskJob {
//     bool small = false;
//     int views = 0;
//     static constexpr auto members() {
//       return std::tuple{member("small", &MaskJob::small), member("views", &MaskJob::views)};
//     }
//   };
template <typename Struct, typename Value, bool kIsLater = false>
struct Member {
  static constexpr bool is_later = kIsLater;
  std::string_view name;
  Value Struct::*pointer;
};

template <typename Struct, typename Value>
constexpr Member<Struct, Value> member(std::string_view name, Value Struct::*pointer) {
  return {name, pointer};
}

// A member that came later: one with its default value stands in no JSON, so that texts which are compared
// with those of earlier versions stay as they were.
template <typename Struct, typename Value>
constexpr Member<Struct, Value, true> later_member(std::string_view name, Value Struct::*pointer) {
  return {name, pointer};
}

template <typename Struct>
concept HasMembers = requires { std::tuple_size<decltype(Struct::members())>::value; };

}  // namespace funcorr

namespace nlohmann {

// An object with a key for each member. Reading throws json::exception where a key is missing (of a later
// member: then it keeps its value) or of another type.
template <funcorr::HasMembers Struct>
struct adl_serializer<Struct, void> {
  static void to_json(json& out, const Struct& value) {
    out = json::object();
    const auto put = [&](const auto& member) {
      const auto& field = value.*member.pointer;
      if constexpr (std::decay_t<decltype(member)>::is_later) {
        if (field == Struct().*member.pointer) return;
      }
      out[std::string(member.name)] = field;
    };
    std::apply([&](const auto&... member) { (put(member), ...); }, Struct::members());
  }
  static void from_json(const json& in, Struct& value) {
    const auto read = [&](const auto& member) {
      const std::string name(member.name);
      if (!std::decay_t<decltype(member)>::is_later || in.contains(name))
        in.at(name).get_to(value.*member.pointer);
    };
    std::apply([&](const auto&... member) { (read(member), ...); }, Struct::members());
  }
};

}  // namespace nlohmann
