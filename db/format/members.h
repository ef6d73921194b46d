#pragma once

#include <string>
#include <string_view>
#include <tuple>

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
template <typename Struct, typename Value>
struct Member {
  std::string_view name;
  Value Struct::*pointer;
};

template <typename Struct, typename Value>
constexpr Member<Struct, Value> member(std::string_view name, Value Struct::*pointer) {
  return {name, pointer};
}

template <typename Struct>
concept HasMembers = requires { std::tuple_size<decltype(Struct::members())>::value; };

}  // namespace funcorr

namespace nlohmann {

// An object with a key for each member. Reading throws json::exception where a key is missing or of another
// type.
template <funcorr::HasMembers Struct>
struct adl_serializer<Struct, void> {
  static void to_json(json& out, const Struct& value) {
    out = json::object();
    std::apply([&](const auto&... member) { ((out[std::string(member.name)] = value.*member.pointer), ...); },
               Struct::members());
  }
  static void from_json(const json& in, Struct& value) {
    std::apply(
        [&](const auto&... member) { (in.at(std::string(member.name)).get_to(value.*member.pointer), ...); },
        Struct::members());
  }
};

}  // namespace nlohmann
