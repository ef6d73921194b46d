#include "render/import/assimp/collada_check.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "render/import/import.h"

namespace funcorr {
namespace {

constexpr int kDeepest = 500;  // a real file has some dozen levels

// One tag: <name attributes>, <name attributes/> or </name>.
struct Tag {
  std::string_view name, attributes;
  bool closes = false, is_empty = false;
};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Calls visit(tag) for every tag of an XML text; comments, declarations and CDATA are left out.
template <typename Visit>
void for_each_tag(std::string_view text, const Visit& visit) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--") || rest.starts_with("<![CDATA[")) {
      const std::size_t end = text.find(rest[2] == '-' ? "-->" : "]]>", at);
      if (end == std::string_view::npos) return;
      at = end;
      continue;
    }
    if (rest.size() < 2 || rest[1] == '!' || rest[1] == '?') continue;
    const std::size_t end = rest.find('>');
    if (end == std::string_view::npos) return;
    Tag tag;
    std::string_view inside = rest.substr(1, end - 1);
    tag.closes = inside.starts_with('/');
    tag.is_empty = inside.ends_with('/');
    if (tag.closes) inside.remove_prefix(1);
    const auto name_end = std::ranges::find_if(inside, [](char c) { return is_space(c) || c == '/'; });
    tag.name = inside.substr(0, static_cast<std::size_t>(name_end - inside.begin()));
    tag.attributes = inside.substr(tag.name.size());
    visit(tag);
    at += end;
  }
}

// Value of name="value"; empty where there is none.
std::string_view attribute(std::string_view attributes, std::string_view name) {
  for (std::size_t at = attributes.find(name); at != std::string_view::npos;
       at = attributes.find(name, at + 1)) {
    std::string_view rest = attributes.substr(at + name.size());
    if (at == 0 || !is_space(attributes[at - 1])) continue;
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return {};
    const std::size_t end = rest.find(rest.front(), 1);
    return end == std::string_view::npos ? std::string_view{} : rest.substr(1, end - 1);
  }
  return {};
}

std::uint64_t number(std::string_view text, std::uint64_t fallback) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : fallback;
}

struct Accessor {
  std::string array;
  std::uint64_t count = 0, stride = 1, offset = 0, parameters = 0;

  bool fits(std::uint64_t size) const {
    if (count == 0) return true;
    const std::uint64_t row = std::max<std::uint64_t>({parameters, stride, 1});
    return offset <= size && row <= size - offset &&
           count - 1 <= (size - offset - row) / std::max<std::uint64_t>(stride, 1);
  }
};

Accessor accessor_of(const Tag& tag) {
  const auto value = [&](const char* name, std::uint64_t fallback) {
    return number(attribute(tag.attributes, name), fallback);
  };
  std::string_view source = attribute(tag.attributes, "source");
  if (source.starts_with('#')) source.remove_prefix(1);
  return {std::string(source), value("count", 0), value("stride", 1), value("offset", 0), 0};
}

}  // namespace

void check_collada(std::string_view text) {
  int depth = 0;
  std::map<std::string, std::uint64_t, std::less<>> array_size;
  std::vector<Accessor> accessors;
  bool in_accessor = false;
  for_each_tag(text, [&](const Tag& tag) {
    if (!tag.is_empty) depth += tag.closes ? -1 : 1;
    if (depth > kDeepest)
      throw ImportError("nested_too_deep",
                        "XML elements are nested more than " + std::to_string(kDeepest) + " deep");
    if (tag.name == "accessor") {
      in_accessor = !tag.closes && !tag.is_empty;
      if (!tag.closes) accessors.push_back(accessor_of(tag));
    } else if (tag.name == "param" && in_accessor && !tag.closes) {
      ++accessors.back().parameters;
    } else if (tag.name.ends_with("_array") && !tag.closes) {
      array_size[std::string(attribute(tag.attributes, "id"))] =
          number(attribute(tag.attributes, "count"), 0);
    }
  });
  for (const Accessor& accessor : accessors) {
    const auto array = array_size.find(accessor.array);
    if (array != array_size.end() && !accessor.fits(array->second))
      throw ImportError("bad_index", "an accessor reads " + std::to_string(accessor.count) + " elements of " +
                                         std::to_string(accessor.stride) + " from array '" + accessor.array +
                                         "', which has " + std::to_string(array->second) + " values");
  }
}

std::set<std::string> opacity_modes(std::string_view text) {
  std::set<std::string> modes;
  std::string mode;
  for_each_tag(text, [&](const Tag& tag) {
    if (tag.name == "transparent") {
      mode = tag.closes || tag.is_empty ? "" : std::string(attribute(tag.attributes, "opaque"));
      if (mode.empty() && !tag.closes && !tag.is_empty) mode = "A_ONE";
    } else if (tag.name == "texture" && !tag.closes && !mode.empty()) {
      modes.insert(mode);
    }
  });
  return modes;
}

}  // namespace funcorr
