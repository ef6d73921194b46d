#include "labeling/mask/mask_reply.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/crop.h"
#include "db/format/hash.h"
#include "db/format/image.h"
#include "db/format/image_input.h"
#include "db/format/png.h"
#include "labeling/prompt/json_answer.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostStretchedPixels = std::int64_t{4096} * 4096;
constexpr std::array<std::byte, 8> kPngEnd = {std::byte{'I'},  std::byte{'E'},  std::byte{'N'},
                                              std::byte{'D'},  std::byte{0xAE}, std::byte{0x42},
                                              std::byte{0x60}, std::byte{0x82}};

// Gathers runs and refuses those that leave the mask.
class RunReader {
 public:
  RunReader(int width, int height) : mask_{width, height}, left_(std::int64_t{width} * height) {}
  void add(std::int64_t run) {
    if (run < 0 || run > left_)
      throw MaskError(fmt::format("a run of {} pixels where {} are left", run, left_));
    // A run of no pixels in the middle joins its neighbours: a list of zeros is no way to take memory.
    if (run == 0 && !mask_.runs.empty()) {
      is_joining_ = !is_joining_;
      return;
    }
    left_ -= run;
    if (is_joining_ && !mask_.runs.empty())
      mask_.runs.back() += static_cast<std::uint32_t>(run);
    else
      mask_.runs.push_back(static_cast<std::uint32_t>(run));
    is_joining_ = false;
  }
  RunLengthMask finish() {
    if (left_ != 0)
      throw MaskError(fmt::format("the counts end {} pixels before a mask of {} × {} does", left_,
                                  mask_.width, mask_.height));
    return std::move(mask_);
  }

 private:
  RunLengthMask mask_;
  std::int64_t left_;
  bool is_joining_ = false;
};

Image8 png_in(std::string_view text, std::int64_t max_pixels) {
  if (const std::size_t comma = text.find(','); text.starts_with("data:") && comma != std::string_view::npos)
    text.remove_prefix(comma + 1);
  std::vector<std::byte> bytes;
  try {
    bytes = from_loose_base64(text);
  } catch (const std::invalid_argument&) {
    throw MaskError("a mask's text is no base64");
  }
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kImageMarkBytes));
  if (image_format_of_bytes(head) != "png") throw MaskError("a mask is no PNG");
  if (bytes.size() < kPngEnd.size() || !std::equal(kPngEnd.begin(), kPngEnd.end(), bytes.end() - 8))
    throw MaskError("a mask's PNG is cut off");
  try {
    return decode_png(bytes, max_pixels, "a mask's PNG");
  } catch (const std::runtime_error& error) {
    throw MaskError(error.what());
  }
}

// In any of its colours, where it is not transparent.
bool is_inside(const Image8& png, int x, int y) {
  const std::uint8_t* pixel = png.at(x, y);
  const int colours = png.channels == 2 || png.channels == 4 ? png.channels - 1 : png.channels;
  const bool is_opaque = colours == png.channels || pixel[colours] > kMaskThreshold;
  return is_opaque && std::any_of(pixel, pixel + colours, [](std::uint8_t v) { return v > kMaskThreshold; });
}

// A mask of the padded square, made that of the picture.
template <typename Inside>
RunLengthMask without_padding(const SquarePadding& image, const Inside& inside) {
  Image8 mask(image.width, image.height, 1);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      *mask.at(x, y) = inside(x + image.left(), y + image.top()) ? 255 : 0;
  return run_lengths(mask);
}

void check_size(std::int64_t width, std::int64_t height, int side) {
  if (width != side || height != side)
    throw MaskError(
        fmt::format("a mask of {} × {} pixels for a picture of {} × {}", width, height, side, side));
}

RunLengthMask of_rle(const json& rle, const SquarePadding& image) {
  const auto found = rle.find("size");
  const json& size = found == rle.end() ? rle : *found;
  if (!size.is_array() || size.size() != 2 || !size[0].is_number_integer() || !size[1].is_number_integer())
    throw MaskError("a mask's \"size\" is not [height, width]");
  const int side = image.side();
  check_size(size[1].get<std::int64_t>(), size[0].get<std::int64_t>(), side);
  const json& counts = rle.at("counts");
  RunLengthMask square;
  if (counts.is_string()) {
    square = read_coco_counts(counts.get_ref<const std::string&>(), side, side);
  } else if (counts.is_array()) {
    RunReader runs(side, side);
    for (const json& run : counts) {
      if (!run.is_number_integer()) throw MaskError("a mask's \"counts\" holds what is no integer");
      runs.add(run.get<std::int64_t>());
    }
    square = runs.finish();
  } else {
    throw MaskError("a mask's \"counts\" is neither a text nor a list");
  }
  const Image8 pixels = mask_image(square);
  return without_padding(image, [&](int x, int y) { return *pixels.at(x, y) != 0; });
}

RunLengthMask of_square_png(const std::string& text, const SquarePadding& image) {
  const int side = image.side();
  const Image8 png = png_in(text, std::int64_t{side} * side);
  check_size(png.width, png.height, side);
  return without_padding(image, [&](int x, int y) { return is_inside(png, x, y); });
}

// The mask in an object, or behind one of its names.
RunLengthMask of_sam(const json& told, const SquarePadding& image) {
  if (told.is_string()) return of_square_png(told.get_ref<const std::string&>(), image);
  if (told.is_object()) {
    if (told.contains("counts")) return of_rle(told, image);
    for (const char* name : {"mask", "segmentation", "rle", "png"})
      if (const auto inner = told.find(name); inner != told.end()) {
        if (inner->is_string()) return of_square_png(inner->get_ref<const std::string&>(), image);
        if (inner->is_object() && inner->contains("counts")) return of_rle(*inner, image);
      }
  }
  throw MaskError("a mask is neither {\"size\", \"counts\"} nor a PNG in base64");
}

double score_of(const json& told, const json& scores, std::size_t index) {
  for (const char* name : {"score", "predicted_iou"})
    if (told.is_object() && told.contains(name) && told[name].is_number()) return told[name].get<double>();
  return index < scores.size() && scores[index].is_number() ? scores[index].get<double>() : -1;
}

std::optional<ReplyMask> read_sam(const json& reply, const SquarePadding& image) {
  static const json kNone = json::array();
  const json *masks = &reply, *listed = &kNone;
  if (reply.is_object()) {
    if (const auto several = reply.find("masks"); several != reply.end()) masks = &*several;
    if (const auto list = reply.find("scores"); list != reply.end() && list->is_array()) listed = &*list;
  }
  const json& scores = *listed;
  if (!masks->is_array()) {
    return ReplyMask{of_sam(*masks, image), score_of(*masks, scores, 0)};
  }
  if (masks->empty()) return std::nullopt;
  std::size_t best = 0;
  for (std::size_t i = 1; i < masks->size(); ++i)
    if (score_of((*masks)[i], scores, i) > score_of((*masks)[best], scores, best)) best = i;
  return ReplyMask{of_sam((*masks)[best], image), score_of((*masks)[best], scores, best)};
}

// x0, y0, x1, y1 in pixels of the padded square.
using SquareSides = std::array<double, 4>;

SquareSides sides_of(const json& told, int side) {
  const auto found = told.find("box_2d");
  const json& box = found == told.end() ? told : *found;
  if (!box.is_array() || box.size() != 4 ||
      !std::all_of(box.begin(), box.end(), [](const json& number) { return number.is_number(); }))
    throw MaskError("\"box_2d\" is not [y0, x0, y1, x1]");
  const auto at = [&](std::size_t i) { return std::clamp(box[i].get<double>(), 0.0, 1000.0) * side / 1000; };
  const SquareSides sides{at(1), at(0), at(3), at(2)};
  if (!(sides[0] < sides[2] && sides[1] < sides[3])) throw MaskError("a \"box_2d\" that holds nothing");
  return sides;
}

double overlap(const SquareSides& a, const SquareSides& b) {
  const double width = std::max(0.0, std::min(a[2], b[2]) - std::max(a[0], b[0])),
               height = std::max(0.0, std::min(a[3], b[3]) - std::max(a[1], b[1]));
  const auto area = [](const SquareSides& s) { return (s[2] - s[0]) * (s[3] - s[1]); };
  return width * height / (area(a) + area(b) - width * height);
}

std::optional<ReplyMask> read_gemini(const json& reply, const SquarePadding& image, const PixelBox& asked) {
  const json* best = nullptr;
  SquareSides box{};
  const SquareSides wanted{double(asked.x1 + image.left()), double(asked.y1 + image.top()),
                           double(asked.x2 + image.left()), double(asked.y2 + image.top())};
  const auto consider = [&](const json& told) {
    const SquareSides sides = sides_of(told, image.side());
    if (best != nullptr && overlap(sides, wanted) <= overlap(box, wanted)) return;
    best = &told;
    box = sides;
  };
  if (reply.is_object()) consider(reply);
  if (reply.is_array()) std::ranges::for_each(reply, consider);
  if (best == nullptr) return std::nullopt;
  const auto mask = best->find("mask");
  if (mask == best->end() || !mask->is_string()) throw MaskError("\"mask\" is no text");
  const Image8 png = png_in(mask->get_ref<const std::string&>(), kMostStretchedPixels);
  const auto inside = [&](int x, int y) {
    const double u = (x + 0.5 - box[0]) / (box[2] - box[0]), v = (y + 0.5 - box[1]) / (box[3] - box[1]);
    return u >= 0 && u < 1 && v >= 0 && v < 1 &&
           is_inside(png, static_cast<int>(u * png.width), static_cast<int>(v * png.height));
  };
  return ReplyMask{without_padding(image, inside)};
}

}  // namespace

RunLengthMask read_coco_counts(std::string_view counts, int width, int height) {
  constexpr int kMostLetters = 7;  // of a number: 35 bits
  RunReader runs(width, height);
  std::array<std::int64_t, 2> last{};  // the numbers before, the nearer one behind
  for (std::size_t at = 0, index = 0; at < counts.size(); ++index) {
    std::int64_t value = 0;
    bool has_more = true;
    for (int letter = 0; has_more; ++letter) {
      if (letter == kMostLetters) throw MaskError("a mask's counts hold a number that is too long");
      if (at == counts.size()) throw MaskError("a mask's counts are cut off");
      const int bits = counts[at++] - '0';
      if (bits < 0 || bits > 63) throw MaskError("a mask's counts hold a letter that is none of COCO's");
      value |= static_cast<std::int64_t>(bits & 0x1F) << (5 * letter);
      has_more = (bits & 0x20) != 0;
      if (!has_more && (bits & 0x10) != 0) value |= -(std::int64_t{1} << (5 * (letter + 1)));
    }
    if (index > 2) value += last[0];
    runs.add(value);
    last = {last[1], value};
  }
  return runs.finish();
}

std::optional<ReplyMask> read_mask(MaskFormat format, std::string_view reply, const SquarePadding& image,
                                   const PixelBox& asked) {
  const auto told = json_list_answer(reply);
  if (!told) throw MaskError("the reply holds no JSON of masks");
  auto mask = format == MaskFormat::kGemini ? read_gemini(*told, image, asked) : read_sam(*told, image);
  if (mask && mask->mask.runs.size() < 2) return std::nullopt;
  return mask;
}

}  // namespace funcorr
