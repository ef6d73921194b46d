#include "db/format/image_input.h"

#include <stdexcept>

#include "db/format/image.h"

namespace funcorr {

std::string image_format_of_bytes(std::string_view head) {
  struct Mark {
    std::size_t at;
    std::string_view bytes;
    const char* format;
  };
  using namespace std::string_view_literals;
  constexpr Mark marks[] = {
      {0, "\x89PNG"sv, "png"},      {0, "\xff\xd8\xff"sv, "jpeg"}, {8, "WEBP"sv, "webp"},
      {0, "BM"sv, "bmp"},           {0, "GIF8"sv, "gif"},          {0, "DDS "sv, "dds"},
      {0, "II\x2a\0"sv, "tiff"},    {0, "MM\0\x2a"sv, "tiff"},     {0, "\x76\x2f\x31\x01"sv, "openexr"},
      {0, "#?RADIANCE"sv, "hdr"},   {0, "#?RGBE"sv, "hdr"},        {4, "jP  \r\n"sv, "jpeg2000"},
      {0, kCodestream, "jpeg2000"}, {0, "8BPS"sv, "psd"},          {0, "SDPX"sv, "dpx"},
      {0, "XPDS"sv, "dpx"}};
  for (const Mark& mark : marks)
    if (head.size() >= mark.at && head.substr(mark.at).starts_with(mark.bytes)) return mark.format;
  return {};
}

void fail_to_read_image(const std::string& name, const std::string& what) {
  throw std::runtime_error("cannot read image " + name + ": " + (what.empty() ? "unknown format" : what));
}

void check_image_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels,
                      const std::string& name, std::int64_t channels) {
  constexpr std::int64_t kMostChannels = 64;
  if (width <= 0 || height <= 0 || channels <= 0) fail_to_read_image(name, "it has no pixels");
  if (channels > kMostChannels)
    fail_to_read_image(name, std::to_string(channels) + " channels, at most 64 are allowed");
  const std::string size = std::to_string(width) + "x" + std::to_string(height) + " pixels";
  if (width > max_pixels / height)
    throw ImageTooLarge("cannot read image " + name + ": " + size + ", at most " +
                        std::to_string(max_pixels) + " are allowed");
  if (width * height > 4 * max_pixels / channels)
    throw ImageTooLarge("cannot read image " + name + ": " + std::to_string(channels) + " channels of " +
                        size);
}

}  // namespace funcorr
