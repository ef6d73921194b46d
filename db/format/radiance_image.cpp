#include "db/format/radiance_image.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "db/format/image_input.h"
#include "db/format/openimageio.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

using InputPointer = std::unique_ptr<OIIO::ImageInput>;

// A layer by its whole name: part and layer.
struct NamedLayer {
  std::string name;
  RgbLayer layer;
};

// Every layer of a part that has all of `channels`, in order.
std::vector<NamedLayer> layers_with(const std::vector<ImagePart>& parts,
                                    const std::array<std::string, 3>& channels) {
  std::vector<NamedLayer> found;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (channels[0] == "Y" && std::ranges::find(parts[p].channels, "RY") != parts[p].channels.end())
      continue;  // luminance beside differences of colour, which are not read
    for (const std::string& first : parts[p].channels) {
      if (!first.ends_with(channels[0])) continue;
      const std::string layer = first.substr(0, first.size() - channels[0].size());
      if (!layer.empty() && layer.back() != '.') continue;
      NamedLayer named{parts[p].name, {p, {}}};
      bool is_whole = true;
      for (std::size_t c = 0; c < 3; ++c) {
        const auto at = std::ranges::find(parts[p].channels, layer + channels[c]);
        is_whole = is_whole && at != parts[p].channels.end();
        named.layer.channels[c] = static_cast<int>(at - parts[p].channels.begin());
      }
      if (!is_whole) continue;
      if (!layer.empty() && !named.name.empty()) named.name += '.';
      if (!layer.empty()) named.name += layer.substr(0, layer.size() - 1);
      found.push_back(named);
    }
  }
  return found;
}

bool is_beauty(const std::string& name) {
  constexpr std::string_view kNames[] = {"",    "combined", "beauty", "composite", "rgba",
                                         "rgb", "color",    "main",   "master"};
  return std::ranges::find(kNames, lower_case(name.substr(name.rfind('.') + 1))) != std::end(kNames);
}

std::string listed(const std::vector<ImagePart>& parts) {
  constexpr std::size_t kMost = 40;
  std::string text;
  std::size_t channels = 0;
  for (const ImagePart& part : parts)
    for (const std::string& channel : part.channels) {
      if (++channels > kMost) continue;
      if (!text.empty()) text += ", ";
      if (!part.name.empty()) text += part.name + ":";
      text += channel;
    }
  return channels > kMost ? text + " …" : text;
}

// What a file that is no picture of light looks like.
std::string kind_of(std::string_view head) {
  static const std::map<std::string, const char*> kNames{{"png", "PNG"},   {"jpeg", "JPEG"}, {"bmp", "BMP"},
                                                         {"tiff", "TIFF"}, {"webp", "WebP"}, {"gif", "GIF"}};
  if (head.empty()) return "it is empty";
  const auto name = kNames.find(image_format_of_bytes(head));
  if (name == kNames.end()) return "it is neither OpenEXR nor Radiance (.hdr)";
  return std::string("it is a ") + name->second +
         " picture, whose numbers are codes for screens and no light";
}

InputPointer open_light(const std::string& name) {
  std::ifstream stream(name, std::ios::binary);
  std::string head(kImageMarkBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  const std::string format = image_format_of_bytes(head);
  if (format != "openexr" && format != "hdr")
    fail_to_read_image(name, kind_of(head) + "; an OpenEXR (.exr) or Radiance (.hdr) file is expected");
  InputPointer input = OIIO::ImageInput::create(format);
  OIIO::ImageSpec spec;
  if (!input) fail_to_read_image(name, OIIO::geterror());
  if (!input->open(name, spec)) fail_to_read_image(name, input->geterror());
  return input;
}

std::vector<ImagePart> parts_of(OIIO::ImageInput& input) {
  constexpr int kMostParts = 1000;
  std::vector<ImagePart> parts;
  for (int i = 0; i < kMostParts; ++i) {
    const OIIO::ImageSpec spec = input.spec(i);
    if (spec.format == OIIO::TypeDesc::UNKNOWN) break;
    parts.push_back({std::string(spec.get_string_attribute("oiio:subimagename")), spec.channelnames});
  }
  (void)input.geterror();  // of the part behind the last
  if (parts.size() == 1) parts.front().name.clear();
  return parts;
}

void check(const OIIO::ImageSpec& spec, std::int64_t max_pixels, const std::string& name) {
  if (spec.deep) fail_to_read_image(name, "it is a deep image: samples with depths, not one light a pixel");
  if (spec.get_int_attribute("Orientation", 1) != 1)
    fail_to_read_image(name, "its lines do not run from top to bottom");
  for (const auto& [width, height] :
       {std::pair{spec.width, spec.height}, {spec.full_width, spec.full_height}}) {
    check_image_size(width, height, max_pixels, name);
  }
  if (spec.tile_width > 0) check_image_size(spec.tile_width, spec.tile_height, max_pixels, name);
}

// The three channels of `data`, whose channels begin with `first`, in the display window.
ImageF placed(const ImageF& data, const OIIO::ImageSpec& spec, const std::array<int, 3>& channels,
              int first) {
  ImageF image(spec.full_width, spec.full_height, 3);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::int64_t from_x = std::int64_t{x} + spec.full_x - spec.x,
                         from_y = std::int64_t{y} + spec.full_y - spec.y;
      if (from_x < 0 || from_y < 0 || from_x >= data.width || from_y >= data.height) continue;
      const float* pixel = data.at(static_cast<int>(from_x), static_cast<int>(from_y));
      for (std::size_t c = 0; c < 3; ++c) image.at(x, y)[c] = pixel[channels[c] - first];
    }
  return image;
}

}  // namespace

RgbLayer beauty_layer(const std::vector<ImagePart>& parts) {
  for (const std::array<std::string, 3>& channels :
       {std::array<std::string, 3>{"R", "G", "B"}, {"Y", "Y", "Y"}}) {
    const std::vector<NamedLayer> layers = layers_with(parts, channels);
    if (layers.size() == 1) return layers.front().layer;
    std::vector<NamedLayer> beauty;
    std::ranges::copy_if(layers, std::back_inserter(beauty),
                         [](const NamedLayer& layer) { return is_beauty(layer.name); });
    if (beauty.size() == 1) return beauty.front().layer;
    if (!layers.empty())
      throw std::runtime_error(
          "it has several layers, and the names do not tell which is the picture (\"Combined\", \"beauty\", "
          "\"rgba\" …): " +
          listed(parts));
  }
  throw std::runtime_error("no layer has the channels R, G and B, or Y: " + listed(parts));
}

ImageF load_image_float(const std::filesystem::path& file, std::int64_t max_pixels) {
  const std::string name = file.string();
  const InputPointer input = open_light(name);
  RgbLayer layer;
  try {
    layer = beauty_layer(parts_of(*input));
  } catch (const std::runtime_error& error) {
    fail_to_read_image(name, error.what());
  }
  const int part = static_cast<int>(layer.part);
  if (!input->seek_subimage(part, 0)) fail_to_read_image(name, input->geterror());
  const OIIO::ImageSpec spec = input->spec();
  check(spec, max_pixels, name);
  const auto [first, last] = std::ranges::minmax(layer.channels);
  check_image_size(spec.width, spec.height, max_pixels, name, last + 1 - first);  // with those between them
  ImageF data(spec.width, spec.height, last + 1 - first);
  if (!input->read_image(part, 0, first, last + 1, OIIO::TypeDesc::FLOAT, data.pixels.data()) ||
      input->has_error())
    fail_to_read_image(name, "it is truncated or damaged: " + input->geterror());
  return placed(data, spec, layer.channels, first);
}

}  // namespace funcorr
