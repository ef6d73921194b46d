#include "render/import/assimp/collada_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/format/text.h"
#include "render/import/import.h"

namespace funcorr {
namespace {

constexpr int kDeepest = 500;  // a real file has some dozen levels

// One tag: <name attributes>, <name attributes/> or </name>; `text`: what follows, up to the next.
struct Tag {
  std::string_view name, attributes, text;
  bool closes = false, is_empty = false;
};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// The place of the '>' that ends the tag: attributes may hold others.
std::size_t end_of_tag(std::string_view text) {
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return std::string_view::npos;
}

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
    const std::size_t end = end_of_tag(rest);
    if (end == std::string_view::npos) return;
    Tag tag;
    std::string_view inside = rest.substr(1, end - 1);
    tag.closes = inside.starts_with('/');
    tag.is_empty = inside.ends_with('/');
    if (tag.closes) inside.remove_prefix(1);
    const auto name_end = std::ranges::find_if(inside, [](char c) { return is_space(c) || c == '/'; });
    tag.name = inside.substr(0, static_cast<std::size_t>(name_end - inside.begin()));
    tag.attributes = inside.substr(tag.name.size());
    const std::string_view after = rest.substr(end + 1);
    tag.text = trimmed(after.substr(0, after.find('<')));
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

Wrap wrap_of(std::string_view mode) {
  return mode == "MIRROR"                                        ? Wrap::kMirror
         : mode == "CLAMP" || mode == "BORDER" || mode == "NONE" ? Wrap::kClamp
                                                                 : Wrap::kRepeat;
}

// Follows samplers by way of surfaces to their pictures' files.
class SamplerReader {
 public:
  void visit(const Tag& tag) {
    if (tag.closes) {
      close(tag.name);
    } else if (tag.name == "image") {
      image_ = attribute(tag.attributes, "id");
    } else if (tag.name == "newparam") {
      parameter_ = attribute(tag.attributes, "sid");
    } else if (tag.name == "init_from") {
      if (!tag.text.empty()) (image_.empty() ? surfaces_[parameter_] : files_[image_]) = tag.text;
    } else if (tag.name == "sampler2D") {
      samplers_.emplace_back();
    } else if (!samplers_.empty()) {
      read_sampler(tag);
    }
  }

  std::map<std::string, std::optional<ColladaWrap>> wraps() const {
    std::map<std::string, std::optional<ColladaWrap>> wraps;
    for (const auto& [image, wrap] : found_) {
      const auto file = files_.find(image);
      if (file == files_.end()) continue;
      const auto [entry, is_new] = wraps.try_emplace(picture_name(file->second), wrap);
      if (!is_new && entry->second != wrap) entry->second.reset();
    }
    return wraps;
  }

 private:
  struct Sampler {
    std::string_view surface;
    ColladaWrap wrap;
  };

  void read_sampler(const Tag& tag) {
    Sampler& sampler = samplers_.back();
    if (tag.name == "source") sampler.surface = tag.text;
    if (tag.name == "wrap_s") sampler.wrap.u = wrap_of(tag.text);
    if (tag.name == "wrap_t") sampler.wrap.v = wrap_of(tag.text);
    if (tag.name == "wrap_s" || tag.name == "wrap_t")
      sampler.wrap.has_border |= tag.text == "BORDER" || tag.text == "NONE";
  }

  void close(std::string_view name) {
    if (name == "image") image_ = {};
    if (name != "effect") return;
    for (const Sampler& sampler : samplers_) {
      const auto surface = surfaces_.find(sampler.surface);
      if (surface != surfaces_.end()) found_.emplace_back(surface->second, sampler.wrap);
    }
    samplers_.clear();
    surfaces_.clear();
  }

  std::string_view image_, parameter_;
  std::map<std::string_view, std::string_view> files_;           // of images
  std::map<std::string_view, std::string_view> surfaces_;        // of one effect: their images
  std::vector<Sampler> samplers_;                                // of one effect
  std::vector<std::pair<std::string_view, ColladaWrap>> found_;  // of images
};

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

std::map<std::string, std::optional<ColladaWrap>> sampler_wraps(std::string_view text) {
  SamplerReader reader;
  for_each_tag(text, [&](const Tag& tag) { reader.visit(tag); });
  return reader.wraps();
}

std::string picture_name(std::string_view path) {
  const std::string decoded = percent_decoded(path);
  return decoded.substr(decoded.find_last_of("/\\") + 1);
}

}  // namespace funcorr
