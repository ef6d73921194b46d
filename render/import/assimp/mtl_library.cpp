#include "render/import/assimp/mtl_library.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>

#include "db/format/text.h"
#include "render/import/assimp/obj_text.h"

namespace funcorr {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// The text's first word, which is taken from it.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<double> number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  const auto value = number_in<double>(word);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// Up to three numbers, of which the last may be left out; a number that nothing follows is the file's name.
std::array<double, 3> take_numbers(std::string_view& text, std::array<double, 3> values, std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    std::string_view rest = text;
    const auto value = number(take_word(rest));
    if (!value || rest.find_first_not_of(kBlanks) == std::string_view::npos) break;
    values[i] = *value;
    text = rest;
  }
  return values;
}

// One option with its arguments; false where the text does not begin with one.
bool take_option(std::string_view& text, MtlMap& map) {
  std::string_view rest = text;
  const std::string option = lower_case(std::string(take_word(rest)));
  if (option == "-o") {
    const auto [u, v, w] = take_numbers(rest, {0, 0, 0}, 3);
    map.offset = {u, v};
  } else if (option == "-s") {
    const auto [u, v, w] = take_numbers(rest, {1, 1, 1}, 3);
    map.scale = {u, v};
  } else if (option == "-t") {
    if (take_numbers(rest, {0, 0, 0}, 3) != std::array<double, 3>{}) map.lost.emplace_back("-t");
  } else if (option == "-mm") {
    const auto [base, gain, unused] = take_numbers(rest, {0, 1, 0}, 2);
    map.base = base;
    map.gain = gain;
  } else if (option == "-bm") {
    map.bump = take_numbers(rest, {1, 0, 0}, 1)[0];
  } else if (option == "-clamp") {
    map.clamp = lower_case(std::string(take_word(rest))) == "on";
  } else if (option == "-imfchan") {
    const std::string channel = lower_case(std::string(take_word(rest)));
    const bool is_known = channel.size() == 1 && std::string_view("rgbml").find(channel[0]) < 5;
    map.channel = is_known ? channel[0] : '\0';
    if (!is_known) map.lost.push_back("-imfchan " + channel);
  } else if (option == "-texres" || option == "-boost") {
    take_numbers(rest, {}, 1);
  } else if (option == "-blendu" || option == "-blendv" || option == "-cc" || option == "-type") {
    take_word(rest);
  } else {
    return false;
  }
  text = rest;
  return true;
}

// The statements besides maps, as Assimp is to read them: it goes by their first letters, in one case, and is
// led astray by others.
constexpr std::array<std::string_view, 17> kStatements{"newmtl", "Ka", "Kd", "Ks",  "Ke",   "Ns",
                                                       "Ni",     "d",  "Tr", "Tf",  "Pr",   "illum",
                                                       "Pm",     "Ps", "Pc", "Pcr", "aniso"};

bool is_map(const std::string& keyword) {
  return keyword.starts_with("map_") || keyword == "bump" || keyword == "norm";
}

}  // namespace

void MtlMap::apply_to(TextureRef& ref) const {
  ref.scale = scale;
  ref.offset = {offset.x, 1 - scale.y - offset.y};  // ours of v downward
  if (clamp) ref.wrap_u = ref.wrap_v = Wrap::kClamp;
}

MtlMap parse_mtl_map(std::string_view arguments) {
  MtlMap map;
  while (take_option(arguments, map)) {
  }
  arguments.remove_prefix(std::min(arguments.find_first_not_of(kBlanks), arguments.size()));
  while (arguments.ends_with('\r')) arguments.remove_suffix(1);
  map.file = arguments;
  return map;
}

MtlLibrary::MtlLibrary(const AssetFolder& folder, std::string base, SceneBuilder& builder)
    : folder_(folder), base_(std::move(base)), builder_(builder), finder_(folder) {}

void MtlLibrary::read(const std::string& names) {
  bool found = append(names);
  if (!found)
    for (std::string_view rest = names; !rest.empty();)
      if (const std::string_view name = take_word(rest); !name.empty() && name != names)
        found = append(std::string(name)) || found;
  if (found) return;
  const std::string usual = std::filesystem::path(base_).stem().string() + ".mtl";
  builder_.warn("material library '" + names + "' is missing" +
                (append(usual) ? ": '" + usual + "' is read instead" : ""));
}

bool MtlLibrary::append(const std::string& name) {
  const auto found = finder_.find(base_, name);
  if (!found) return false;
  if (!read_.insert(found->path).second) return true;
  auto bytes = folder_.read(found->path);
  if (!bytes) return false;
  if (!found->as_named) builder_.warn("material library '" + name + "' is read from '" + found->path + "'");
  bytes = as_utf8(std::move(*bytes));
  append_statements({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  return true;
}

void MtlLibrary::append_line(std::string_view line) {
  const auto* bytes = reinterpret_cast<const std::byte*>(line.data());
  text_.insert(text_.end(), bytes, bytes + line.size());
  text_.push_back(std::byte{'\n'});
}

void MtlLibrary::append_statements(std::string_view text) {
  bool has_material = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin), rest = line;
    begin = end + 1;
    const std::string_view keyword = take_word(rest);
    const std::string plain = lower_case(std::string(keyword));
    // Of no material yet: Assimp would follow a null pointer.
    if (plain == "newmtl") has_material = true;
    if (!has_material) continue;
    if (!is_map(plain)) {
      const auto* known = std::ranges::find_if(
          kStatements, [&](std::string_view each) { return lower_case(std::string(each)) == plain; });
      if (known != kStatements.end()) append_line(std::string(*known).append(rest));
      continue;
    }
    MtlMap map = parse_mtl_map(rest);
    if (map.file.empty()) continue;
    for (const std::string& option : map.lost)
      builder_.warn("option " + option + " of texture '" + map.file + "' is not followed");
    append_line(std::string(keyword).append(" ").append(std::to_string(maps_.size())));
    maps_.push_back(std::move(map));
  }
}

}  // namespace funcorr
