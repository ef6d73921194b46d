#pragma once

#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "db/format/members.h"

namespace funcorr {

// Reads what another version of the program may have stored: members that are missing keep their values.
// Throws std::runtime_error that names a member of the wrong type, "<what>: \"layers\" holds …".
template <HasMembers Struct>
void read_stored(const nlohmann::json& object, const std::string& what, Struct& value);

template <typename Struct, typename... Members>
void read_stored(const nlohmann::json& object, const std::string& what, Struct& value,
                 const std::tuple<Members...>& members) {
  if (!object.is_object()) throw std::runtime_error(what + ": a JSON object is expected");
  const auto read = [&](const auto& member) {
    const std::string name(member.name);
    const auto found = object.find(name);
    if (found == object.end()) return;
    auto& field = value.*member.pointer;
    if constexpr (HasMembers<std::remove_reference_t<decltype(field)>>) {
      read_stored(*found, what + ": \"" + name + "\"", field);
    } else {
      try {
        found->get_to(field);
      } catch (const std::invalid_argument& error) {  // a name that no value of an enum has
        throw std::runtime_error(what + ": \"" + name + "\": " + error.what());
      } catch (const nlohmann::json::exception&) {
        throw std::runtime_error(what + ": \"" + name + "\" holds " + found->dump().substr(0, 80) +
                                 ", which is of the wrong type");
      }
    }
  };
  std::apply([&](const auto&... member) { (read(member), ...); }, members);
}

template <HasMembers Struct>
void read_stored(const nlohmann::json& object, const std::string& what, Struct& value) {
  read_stored(object, what, value, Struct::members());
}

}  // namespace funcorr
