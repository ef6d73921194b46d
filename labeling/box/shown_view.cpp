#include "labeling/box/shown_view.h"

#include <charconv>
#include <stdexcept>

#include "db/dataset/crop_file.h"
#include "labeling/box/square.h"

namespace funcorr {
namespace {

constexpr std::string_view kSignature = "funcorr ";
constexpr int kStartOfImage = 0xD8, kApp0 = 0xE0, kComment = 0xFE, kStartOfScan = 0xDA;

int byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// A marker segment of a JPEG's header: its kind and where it lies, the marker included.
struct Segment {
  int kind = 0;
  std::size_t begin = 0, end = 0;
};

// The segment that begins at `at`; nothing where the header ends or is broken.
std::optional<Segment> segment_at(std::string_view jpeg, std::size_t at) {
  if (at + 4 > jpeg.size() || byte_at(jpeg, at) != 0xFF) return std::nullopt;
  const int kind = byte_at(jpeg, at + 1);
  const auto length = static_cast<std::size_t>(256 * byte_at(jpeg, at + 2) + byte_at(jpeg, at + 3));
  if (kind == kStartOfScan || length < 2 || at + 2 + length > jpeg.size()) return std::nullopt;
  return Segment{kind, at, at + 2 + length};
}

bool is_jpeg(std::string_view bytes) {
  return bytes.size() > 4 && byte_at(bytes, 0) == 0xFF && byte_at(bytes, 1) == kStartOfImage;
}

std::string comment_text(const ShownView& shown) {
  const std::string set = shown.set == ViewSet::kLabel ? "" : std::string(to_string(shown.set)) + "/";
  return std::string(kSignature) + shown.uid + "/" + set + std::to_string(shown.view) + " " +
         std::to_string(shown.crop.x1) + "," + std::to_string(shown.crop.y1) + "," +
         std::to_string(shown.crop.x2) + "," + std::to_string(shown.crop.y2);
}

// JFIF wants its APP0 segment first: the comment goes behind it.
std::vector<std::uint8_t> with_comment(std::vector<std::uint8_t> jpeg, const std::string& text) {
  const auto first = segment_at({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()}, 2);
  const std::size_t at = first && first->kind == kApp0 ? first->end : 2;
  const std::size_t length = text.size() + 2;
  std::vector<std::uint8_t> segment = {0xFF, kComment, static_cast<std::uint8_t>(length / 256),
                                       static_cast<std::uint8_t>(length % 256)};
  segment.insert(segment.end(), text.begin(), text.end());
  jpeg.insert(jpeg.begin() + static_cast<std::ptrdiff_t>(at), segment.begin(), segment.end());
  return jpeg;
}

// Takes an integer and the character behind it off the front.
std::optional<int> take_integer(std::string_view& text, char after) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (after == '\0') return text.empty() ? std::optional(value) : std::nullopt;
  if (text.empty() || text.front() != after) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

std::optional<ShownView> parse_comment(std::string_view text) {
  if (!text.starts_with(kSignature)) return std::nullopt;
  text.remove_prefix(kSignature.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  ShownView shown{std::string(text.substr(0, slash)), 0, {}};
  text.remove_prefix(slash + 1);
  if (const std::string_view set = to_string(ViewSet::kTrain);
      text.starts_with(set) && text.substr(set.size()).starts_with('/')) {
    shown.set = ViewSet::kTrain;
    text.remove_prefix(set.size() + 1);
  }
  const auto view = take_integer(text, ' '), x1 = take_integer(text, ','), y1 = take_integer(text, ','),
             x2 = take_integer(text, ','), y2 = take_integer(text, '\0');
  if (!view || !x1 || !y1 || !x2 || !y2) return std::nullopt;
  shown.view = *view;
  shown.crop = {*x1, *y1, *x2, *y2};
  return shown;
}

}  // namespace

std::vector<std::uint8_t> shown_jpeg(const Image8& rgba, const ShownView& shown, int quality) {
  if (rgba.channels != 4) throw std::invalid_argument("shown_jpeg: a rendered view has four channels");
  const Image8 square = pad_to_square(composite_on_white(crop_image(rgba, shown.crop)));
  return with_comment(encode_jpeg(square, quality), comment_text(shown));
}

std::filesystem::path picture_path(const std::filesystem::path& asset_folder, ViewSet set, int view) {
  if (set == ViewSet::kTrain)
    if (std::filesystem::path stored = crop_path(asset_folder, view); std::filesystem::exists(stored))
      return stored;
  return view_image_path(view_folder(asset_folder, set), view);
}

std::optional<ShownView> shown_view_of(std::string_view jpeg) {
  if (!is_jpeg(jpeg)) return std::nullopt;
  for (auto segment = segment_at(jpeg, 2); segment; segment = segment_at(jpeg, segment->end)) {
    if (segment->kind != kComment) continue;
    if (auto shown = parse_comment(jpeg.substr(segment->begin + 4, segment->end - segment->begin - 4)))
      return shown;
  }
  return std::nullopt;
}

}  // namespace funcorr
