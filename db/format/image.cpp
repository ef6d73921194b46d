#include "db/format/image.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "db/format/file.h"
#include "db/format/float_image.h"
#include "db/format/image_input.h"
#include "db/format/openimageio.h"
#include "db/format/png.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

using InputPointer = std::unique_ptr<OIIO::ImageInput>;

void check_size(const OIIO::ImageSpec& spec, std::int64_t max_pixels, const std::string& name) {
  if (spec.width <= 0 || spec.height <= 0 || spec.nchannels <= 0 || spec.depth > 1)
    fail_to_read_image(name, "it has no pixels, or more than two dimensions");
  check_image_size(spec.width, spec.height, max_pixels, name, spec.nchannels);
  if (spec.tile_width > 0)  // one row of tiles is read at a time, however little of it is the picture's
    check_image_size(spec.tile_width, spec.tile_height, max_pixels, name, spec.nchannels);
}

// The format that OpenImageIO knows by the name's end; empty where none is meant for pictures.
std::string format_of_extension(const std::string& name) {
  std::string extension = lower_case(std::filesystem::path(name).extension().string());
  if (extension.size() < 2) return "";
  extension[0] = ',';
  std::stringstream list(OIIO::get_string_attribute("extension_list"));  // "tiff:tif,tiff;targa:tga,tpic;…"
  for (std::string item; std::getline(list, item, ';');) {
    const std::size_t colon = item.find(':');
    if (colon == std::string::npos) continue;
    const std::string extensions = std::string(",").append(item, colon + 1).append(",");
    if (extensions.find(extension + ",") == std::string::npos) continue;
    if (std::string format = item.substr(0, colon); format != "null") return format;
  }
  return "";
}

// The format by the file's first bytes; by what it is called where they tell nothing.
std::string format_of(std::string_view encoded, const std::string& name) {
  const std::string format = image_format_of_bytes(encoded.substr(0, kImageMarkBytes));
  return format.empty() ? format_of_extension(name) : format;
}

// A number of `size` bytes of a file; 0 beyond its end.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size, bool big_endian) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size && at + size <= bytes.size(); ++i)
    number = number << 8 | static_cast<std::uint8_t>(bytes[big_endian ? at + i : at + size - 1 - i]);
  return number;
}

// Some decoders take memory for all pixels when they open a file: its sizes are looked at before.

// JPEG 2000's in its codestreams (ISO 15444-1, A.5.1): width, height and their offsets, of four bytes each.
void check_codestreams(std::string_view encoded, std::int64_t max_pixels, const std::string& name) {
  for (std::size_t at = encoded.find(kCodestream); at != std::string_view::npos;
       at = encoded.find(kCodestream, at + 1)) {
    const auto number = [&](std::size_t offset, std::size_t bytes) {
      return std::int64_t{number_at(encoded, at + offset, bytes, true)};
    };
    const std::int64_t width = number(8, 4) - number(16, 4), height = number(12, 4) - number(20, 4);
    check_image_size(width, height, max_pixels, name, number(40, 2));
  }
}

// JPEG's in its frame header (ITU-T T.81, B.2.2), before which bytes too many may stand: a progressive one is
// kept whole as coefficients.
void check_jpeg_frame(std::string_view encoded, std::int64_t max_pixels, const std::string& name) {
  const auto number = [&](std::size_t at, std::size_t bytes) { return number_at(encoded, at, bytes, true); };
  std::size_t at = 2;
  while ((at = encoded.find('\xff', at)) != std::string_view::npos) {
    const std::uint32_t marker = number(++at, 1);
    const bool is_alone = marker <= 0x01 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd7);
    if (marker == 0xd9 || marker == 0xda) return;  // the end, or the pixels, without a frame
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
      return check_image_size(number(at + 6, 2), number(at + 4, 2), max_pixels, name, number(at + 8, 1));
    if (!is_alone) at += 1 + number(at + 1, 2);
  }
}

void check_before_opening(const std::string& format, std::string_view encoded, std::int64_t max_pixels,
                          const std::string& name) {
  if (format == "jpeg2000") check_codestreams(encoded, max_pixels, name);
  if (format == "jpeg") check_jpeg_frame(encoded, max_pixels, name);
  if (format == "gif")  // of the screen on which its pictures lie (GIF89a, 18)
    check_image_size(number_at(encoded, 6, 2, false), number_at(encoded, 8, 2, false), max_pixels, name);
}

OIIO::ImageSpec straight_alpha() {
  OIIO::ImageSpec config;
  config.attribute("oiio:UnassociatedAlpha", 1);  // do not multiply colour by alpha
  return config;
}

template <typename T>
Image<T> read_pixels(OIIO::ImageInput& input, OIIO::TypeDesc type, std::int64_t max_pixels,
                     const std::string& name) {
  const OIIO::ImageSpec spec = input.spec();
  check_size(spec, max_pixels, name);
  Image<T> image(spec.width, spec.height, spec.nchannels);
  if (!input.read_image(0, 0, 0, spec.nchannels, type, image.pixels.data()))
    fail_to_read_image(name, input.geterror());
  return image;
}

// Grey + alpha has no place in Image8's contract: it becomes RGBA; channels beyond the fourth go.
template <typename T>
Image<T> with_1_3_or_4_channels(Image<T> image) {
  if (image.channels > 4) {
    Image<T> rgba(image.width, image.height, 4);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) std::copy_n(image.at(x, y), 4, rgba.at(x, y));
    return rgba;
  }
  if (image.channels != 2) return image;
  Image<T> rgba(image.width, image.height, 4);
  for (std::size_t i = 0; i < image.pixels.size() / 2; ++i) {
    std::fill_n(&rgba.pixels[4 * i], 3, image.pixels[2 * i]);
    rgba.pixels[4 * i + 3] = image.pixels[2 * i + 1];
  }
  return rgba;
}

// Of an EXIF block: TIFF's header and first directory. 1 where it tells none.
int exif_orientation(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 274, kShort = 3;
  const bool big_endian = tiff.starts_with("MM");
  const std::size_t directory = number_at(tiff, 4, 4, big_endian);
  const std::uint32_t entries = number_at(tiff, directory, 2, big_endian);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number_at(tiff, entry, 2, big_endian) == kOrientation &&
        number_at(tiff, entry + 2, 2, big_endian) == kShort)
      return static_cast<int>(number_at(tiff, entry + 8, 2, big_endian));
  }
  return 1;
}

// Of a WebP file's chunk "EXIF", which OpenImageIO leaves aside.
int webp_orientation(std::string_view riff) {
  for (std::size_t at = 12; at + 8 <= riff.size();) {
    const std::size_t size = number_at(riff, at + 4, 4, false);
    if (riff.substr(at, 4) == "EXIF") {
      const std::string_view exif = riff.substr(at + 8, size);
      return exif_orientation(exif.starts_with("Exif") ? exif.substr(std::min<std::size_t>(6, exif.size()))
                                                       : exif);
    }
    at += 8 + size + size % 2;
  }
  return 1;
}

// Where a shown pixel is stored. By TIFF 6.0 an orientation tells at which side of the picture the stored
// first row is seen, and at which the first column: 6 for example right and top. Others than 1 … 8 are
// reserved and count as 1.
template <typename T>
Image<T> upright(Image<T> stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  const bool rows_upright = orientation >= 5;  // rows are seen as columns
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image<T> shown(rows_upright ? stored.height : stored.width, rows_upright ? stored.width : stored.height,
                 stored.channels);
  for (int y = 0; y < shown.height; ++y)
    for (int x = 0; x < shown.width; ++x) {
      const int u = from_right ? shown.width - 1 - x : x, v = from_bottom ? shown.height - 1 - y : y;
      std::copy_n(rows_upright ? stored.at(v, u) : stored.at(u, v), stored.channels, shown.at(x, y));
    }
  return shown;
}

// What OpenImageIO tells of a file it could read. Bytes too many before a marker lose nothing, and some
// cameras write them.
std::string damage_of(OIIO::ImageInput& input) {
  if (!input.has_error()) return {};
  std::string error = input.geterror();
  return error.find("extraneous bytes before marker") == std::string::npos ? error : std::string();
}

bool holds_floats(const OIIO::ImageSpec& spec) {
  return spec.format == OIIO::TypeDesc::HALF || spec.format == OIIO::TypeDesc::FLOAT ||
         spec.format == OIIO::TypeDesc::DOUBLE;
}

// An encoded image, its header read.
class EncodedImage {
 public:
  EncodedImage(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name)
      : text_(reinterpret_cast<const char*>(encoded.data()), encoded.size()),
        reader_(const_cast<std::byte*>(encoded.data()), encoded.size()),
        max_pixels_(max_pixels),
        name_(name),
        format_(format_of(text_, name)) {
    if (format_.empty()) fail_to_read_image(name, "no picture by its first bytes, nor by its name");
    check_before_opening(format_, text_, max_pixels, name);
    input_ = OIIO::ImageInput::create(format_);
    if (!input_) fail_to_read_image(name, OIIO::geterror());
    if (!input_->supports("ioproxy"))
      fail_to_read_image(name, "the format " + format_ + " is not read from memory");
    OIIO::ImageSpec spec;
    if (!input_->set_ioproxy(&reader_) || !input_->open("memory." + format_, spec, straight_alpha()))
      fail_to_read_image(name, input_->geterror());
  }
  const std::string& format() const { return format_; }
  bool is_float() const { return holds_floats(input_->spec()); }

  Image8 read(std::uint8_t (*code)(float)) {
    return with_1_3_or_4_channels(
        is_float() ? read_floats(code)
                   : read_pixels<std::uint8_t>(*input_, OIIO::TypeDesc::UINT8, max_pixels_, name_));
  }

  // As it is shown, by its orientation, and whole.
  template <typename T>
  Image<T> read_photo(OIIO::TypeDesc type) {
    const int orientation =
        format_ == "webp" ? webp_orientation(text_) : input_->spec().get_int_attribute("Orientation", 1);
    Image<T> image = with_1_3_or_4_channels(read_pixels<T>(*input_, type, max_pixels_, name_));
    if (const std::string damage = damage_of(*input_); !damage.empty())
      fail_to_read_image(name_, "it is truncated or damaged: " + damage);
    return upright(std::move(image), orientation);
  }

 private:
  // Colours, and alpha where the file says that one of them is: an EXR may hold depths and the like as well.
  Image8 read_floats(std::uint8_t (*code)(float)) {
    const OIIO::ImageSpec spec = input_->spec();
    check_size(spec, max_pixels_, name_);
    const int colors = spec.nchannels < 3 ? 1 : 3;
    const bool has_alpha = spec.alpha_channel == colors;
    ImageF values(spec.width, spec.height, colors + (has_alpha ? 1 : 0));
    if (!input_->read_image(0, 0, 0, values.channels, OIIO::TypeDesc::FLOAT, values.pixels.data()))
      fail_to_read_image(name_, input_->geterror());
    const bool is_premultiplied = has_alpha && spec.get_int_attribute("oiio:UnassociatedAlpha", 0) == 0;
    Image8 out(values.width, values.height, values.channels);
    for (std::size_t i = 0; i < values.pixels.size(); ++i) {
      const auto channel = static_cast<int>(i % static_cast<std::size_t>(values.channels));
      const bool is_color = channel < colors;
      float value = values.pixels[i];
      if (is_color && is_premultiplied)
        value /= values.pixels[i + static_cast<std::size_t>(colors - channel)];
      value = value > 0 ? std::min(value, 1.0F) : 0;  // what is no number is 0
      out.pixels[i] = is_color ? code(value) : linear_code(value);
    }
    return out;
  }

  std::string_view text_;
  OIIO::Filesystem::IOMemReader reader_;
  InputPointer input_;
  std::int64_t max_pixels_;
  std::string name_, format_;
};

InputPointer open_float(const std::filesystem::path& file) {
  InputPointer input = OIIO::ImageInput::open(file.string());
  if (!input) fail_to_read_image(file.string(), OIIO::geterror());
  return input;
}

template <typename T>
void check_pixels(const Image<T>& image, const std::string& name) {
  if (image.width <= 0 || image.height <= 0 || image.channels <= 0 ||
      image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                 static_cast<std::size_t>(image.channels))
    throw std::invalid_argument("cannot write " + name + ": the image's size and its pixels do not agree");
}

void write(const std::string& name, const OIIO::ImageSpec& spec, const OIIO::TypeDesc& type,
           const void* pixels, const std::string& format, OIIO::Filesystem::IOProxy* proxy = nullptr) {
  auto output = OIIO::ImageOutput::create(format);
  if (!output) throw std::runtime_error("cannot write " + name + ": " + OIIO::geterror());
  if (proxy != nullptr) output->set_ioproxy(proxy);
  if (!output->open(name, spec) || !output->write_image(type, pixels) || !output->close())
    throw std::runtime_error("cannot write " + name + ": " + output->geterror());
}

void write_png(const std::string& name, const Image8& image, OIIO::Filesystem::IOProxy* proxy = nullptr) {
  check_pixels(image, name);
  OIIO::ImageSpec spec(image.width, image.height, image.channels, OIIO::TypeDesc::UINT8);
  spec.attribute("oiio:UnassociatedAlpha", 1);
  // Renders measured: a third less time than zlib's default at the same size.
  spec.attribute("png:compressionLevel", 4);
  spec.attribute("compression", "filtered");
  write(name, spec, OIIO::TypeDesc::UINT8, image.pixels.data(), "png", proxy);
}

}  // namespace

std::uint8_t linear_code(float value) { return static_cast<std::uint8_t>(std::lround(255 * value)); }

Image8 load_image8(const std::filesystem::path& file, std::int64_t max_pixels) {
  const std::vector<std::byte> bytes = read_file_bytes(file);
  return decode_image8(bytes, max_pixels, file.string());
}

Image8 decode_image8(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name,
                     std::uint8_t (*code)(float)) {
  return EncodedImage(encoded, max_pixels, name).read(code);
}

Image8 decode_image8(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name) {
  return decode_image8(encoded, max_pixels, name, linear_code);
}

bool is_float_image(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name) {
  return EncodedImage(encoded, max_pixels, name).is_float();
}

Image8 load_photo8(const std::filesystem::path& file, std::int64_t max_pixels) {
  const std::vector<std::byte> bytes = read_file_bytes(file);
  return EncodedImage(bytes, max_pixels, file.string()).read_photo<std::uint8_t>(OIIO::TypeDesc::UINT8);
}

Photo16 load_photo16(const std::filesystem::path& file, std::int64_t max_pixels) {
  const std::vector<std::byte> bytes = read_file_bytes(file);
  EncodedImage encoded(bytes, max_pixels, file.string());
  const bool is_lossy = encoded.format() == "jpeg" || encoded.format() == "webp";
  return {encoded.read_photo<std::uint16_t>(OIIO::TypeDesc::UINT16), is_lossy};
}

void save_png(const std::filesystem::path& file, const Image8& image) { write_png(file.string(), image); }

std::vector<std::uint8_t> encode_png(const Image8& image) {
  std::vector<unsigned char> bytes;
  OIIO::Filesystem::IOVecOutput proxy(bytes);
  write_png("memory.png", image, &proxy);
  return bytes;
}

Image8 decode_png(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name) {
  EncodedImage image(encoded, max_pixels, name);
  if (image.format() != "png") fail_to_read_image(name, "it is no PNG");
  return image.read_photo<std::uint8_t>(OIIO::TypeDesc::UINT8);
}

std::vector<std::uint8_t> encode_jpeg(const Image8& rgb, int quality) {
  check_pixels(rgb, "JPEG");
  if (rgb.channels != 3 || quality < 1 || quality > 100)
    throw std::invalid_argument("encode_jpeg: 3 channels and a quality of 1-100 are needed");
  OIIO::ImageSpec spec(rgb.width, rgb.height, 3, OIIO::TypeDesc::UINT8);
  spec.attribute("Compression", "jpeg:" + std::to_string(quality));
  std::vector<unsigned char> bytes;
  OIIO::Filesystem::IOVecOutput proxy(bytes);
  write("memory.jpg", spec, OIIO::TypeDesc::UINT8, rgb.pixels.data(), "jpeg", &proxy);
  return bytes;
}

void save_exr(const std::filesystem::path& file, const ImageF& image, const std::vector<std::string>& names,
              const std::vector<std::string>& half) {
  check_pixels(image, file.string());
  if (names.size() != static_cast<std::size_t>(image.channels))
    throw std::invalid_argument("cannot write " + file.string() + ": " + std::to_string(names.size()) +
                                " channel names for " + std::to_string(image.channels) + " channels");
  OIIO::ImageSpec spec(image.width, image.height, image.channels, OIIO::TypeDesc::FLOAT);
  spec.channelnames = names;
  for (const std::string& name : names) {
    const bool is_half = std::find(half.begin(), half.end(), name) != half.end();
    spec.channelformats.push_back(is_half ? OIIO::TypeDesc::HALF : OIIO::TypeDesc::FLOAT);
  }
  spec.attribute("compression", "zip:3");             // half the time of zip's default, 7 % more bytes
  spec.attribute("DateTime", "1970:01:01 00:00:00");  // else the time of writing: same pixels, other bytes
  write(file.string(), spec, OIIO::TypeDesc::FLOAT, image.pixels.data(), "openexr");
}

ImageF load_exr_channels(const std::filesystem::path& file, const std::vector<std::string>& names) {
  InputPointer input = open_float(file);
  const std::vector<std::string> present = input->spec().channelnames;
  const ImageF all =
      read_pixels<float>(*input, OIIO::TypeDesc::FLOAT, std::int64_t{100'000'000}, file.string());
  ImageF picked(all.width, all.height, static_cast<int>(names.size()));
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto found = std::find(present.begin(), present.end(), names[c]);
    if (found == present.end()) {
      std::string list;
      for (const std::string& name : present) list += (list.empty() ? "" : ", ") + name;
      fail_to_read_image(file.string(), "it has no channel '" + names[c] + "', only " + list);
    }
    const auto source = static_cast<std::size_t>(found - present.begin());
    const auto stride = static_cast<std::size_t>(all.channels);
    for (std::size_t i = 0; i < all.pixels.size() / stride; ++i)
      picked.pixels[i * names.size() + c] = all.pixels[i * stride + source];
  }
  return picked;
}

Image8 composite_on_white(const Image8& rgba) {
  if (rgba.channels != 4) throw std::invalid_argument("composite_on_white: 4 channels are needed");
  Image8 rgb(rgba.width, rgba.height, 3);
  for (std::size_t i = 0; i < rgba.pixels.size() / 4; ++i) {
    const int alpha = rgba.pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c)
      rgb.pixels[3 * i + c] =
          static_cast<std::uint8_t>((rgba.pixels[4 * i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
  return rgb;
}

}  // namespace funcorr
