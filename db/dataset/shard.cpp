#include "db/dataset/shard.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace funcorr {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "funcorr-shard-1";
constexpr std::size_t kRgbBytes = 3UL * kCropPixels;

json to_json(const std::vector<ShardPart>& parts) {
  json array = json::array();
  for (const ShardPart& part : parts) array.push_back({{"name", part.name}, {"functions", part.functions}});
  return array;
}

void check(const ShardContent& content) {
  for (const ShardContent::View& view : content.views) {
    bool fits = view.rgb.size() == kRgbBytes && view.object.size() == kCropPixels &&
                view.in_parts.size() == content.parts.size() &&
                view.points.ids.size() == view.points.pixels.size() &&
                std::is_sorted(view.points.ids.begin(), view.points.ids.end());
    for (const CropMask& mask : view.in_parts) fits = fits && mask.size() == kCropPixels;
    for (const Pixel& pixel : view.points.pixels) fits = fits && is_in_crop(pixel);
    if (!fits)
      throw std::invalid_argument("shard of " + content.uid + ": view " + std::to_string(view.number) +
                                  " does not fit together");
  }
}

// The points of each view that lie in some part.
struct PartPoints {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<PixelIndex> pixels;
};

PartPoints points_in_parts(const ShardContent& content) {
  PartPoints points;
  for (const ShardContent::View& view : content.views) {
    for (std::size_t i = 0; i < view.points.ids.size(); ++i) {
      const PixelIndex pixel = pixel_index(view.points.pixels[i]);
      if (std::none_of(view.in_parts.begin(), view.in_parts.end(),
                       [&](const CropMask& mask) { return mask[pixel] != 0; }))
        continue;
      points.ids.push_back(view.points.ids[i]);
      points.pixels.push_back(pixel);
    }
    points.offsets.push_back(static_cast<std::int64_t>(points.ids.size()));
  }
  return points;
}

// One bit per surface point: inside the part in this view.
std::vector<std::uint64_t> bits_of_points(const ShardContent::View& view, std::size_t part,
                                          std::size_t words) {
  std::vector<std::uint64_t> bits(words, 0);
  for (std::size_t i = 0; i < view.points.ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(view.points.ids[i]);
    if (view.in_parts[part][crop_index(view.points.pixels[i])] != 0) bits[id / 64] |= 1ULL << (id % 64);
  }
  return bits;
}

// [P, V, V]
std::vector<std::int32_t> count_shared_points(const ShardContent& content) {
  std::size_t words = 1;
  for (const ShardContent::View& view : content.views)
    if (!view.points.ids.empty())
      words = std::max(words, static_cast<std::size_t>(view.points.ids.back()) / 64 + 1);
  std::vector<std::int32_t> shared;
  for (std::size_t part = 0; part < content.parts.size(); ++part) {
    std::vector<std::vector<std::uint64_t>> bits;
    for (const ShardContent::View& view : content.views) bits.push_back(bits_of_points(view, part, words));
    for (const auto& a : bits)
      for (const auto& b : bits) {
        int count = 0;
        for (std::size_t i = 0; i < words; ++i) count += std::popcount(a[i] & b[i]);
        shared.push_back(count);
      }
  }
  return shared;
}

template <typename T>
std::span<const T> slice(std::span<const T> values, std::size_t row, std::size_t length) {
  return values.subspan(row * length, length);
}

std::size_t index(int value) { return static_cast<std::size_t>(value); }

}  // namespace

void write_shard(const std::filesystem::path& file, const ShardContent& content) {
  check(content);
  const auto views = static_cast<std::int64_t>(content.views.size());
  const auto part_count = static_cast<std::int64_t>(content.parts.size());
  std::vector<std::uint8_t> rgb, object, parts;
  std::vector<std::int32_t> numbers;
  for (const ShardContent::View& view : content.views) {
    rgb.insert(rgb.end(), view.rgb.begin(), view.rgb.end());
    append_mask_bits(view.object, object);
    numbers.push_back(view.number);
  }
  for (std::size_t part = 0; part < content.parts.size(); ++part)
    for (const ShardContent::View& view : content.views) append_mask_bits(view.in_parts[part], parts);
  const PartPoints points = points_in_parts(content);
  const std::vector<std::int32_t> shared = count_shared_points(content);
  const auto mask_bytes = static_cast<std::int64_t>(kMaskBytes);
  write_safetensors(file,
                    {{"rgb", TensorView::of<std::uint8_t>(rgb, {views, kCropSize, kCropSize, 3})},
                     {"object", TensorView::of<std::uint8_t>(object, {views, mask_bytes})},
                     {"parts", TensorView::of<std::uint8_t>(parts, {part_count, views, mask_bytes})},
                     {"view", TensorView::of<std::int32_t>(numbers, {views})},
                     {"point_offsets", TensorView::of<std::int64_t>(points.offsets, {views + 1})},
                     {"point_ids", TensorView::of<std::int32_t>(
                                       points.ids, {static_cast<std::int64_t>(points.ids.size())})},
                     {"point_pixels", TensorView::of<PixelIndex>(
                                          points.pixels, {static_cast<std::int64_t>(points.pixels.size())})},
                     {"shared_points", TensorView::of<std::int32_t>(shared, {part_count, views, views})}},
                    {{"format", kFormat},
                     {"uid", content.uid},
                     {"category", content.category},
                     {"parts", to_json(content.parts).dump()}});
}

Shard::Shard(const std::filesystem::path& file) : tensors_(file) {
  try {
    read_metadata();
    map_tensors();
  } catch (const std::exception& error) {
    throw std::runtime_error(file.string() + " is no training shard: " + error.what());
  }
}

void Shard::read_metadata() {
  const auto& metadata = tensors_.metadata();
  if (!metadata.contains("format") || metadata.at("format") != kFormat)
    throw std::runtime_error(std::string("its format is not ") + kFormat);
  uid_ = metadata.at("uid");
  category_ = metadata.at("category");
  for (const json& part : json::parse(metadata.at("parts")))
    parts_.push_back(
        {part.at("name").get<std::string>(), part.at("functions").get<std::vector<std::string>>()});
}

void Shard::map_tensors() {
  using enum TensorType;
  const auto mask_bytes = static_cast<std::int64_t>(kMaskBytes);
  view_ = tensors_.at("view", kI32, {-1}).as<std::int32_t>();
  const auto views = static_cast<std::int64_t>(view_.size());
  const auto part_count = static_cast<std::int64_t>(parts_.size());
  rgb_ = tensors_.at("rgb", kU8, {views, kCropSize, kCropSize, 3}).as<std::uint8_t>();
  object_bits_ = tensors_.at("object", kU8, {views, mask_bytes}).as<std::uint8_t>();
  part_bits_ = tensors_.at("parts", kU8, {part_count, views, mask_bytes}).as<std::uint8_t>();
  shared_points_ = tensors_.at("shared_points", kI32, {part_count, views, views}).as<std::int32_t>();
  point_offsets_ = tensors_.at("point_offsets", kI64, {views + 1}).as<std::int64_t>();
  point_ids_ = tensors_.at("point_ids", kI32, {-1}).as<std::int32_t>();
  const auto points = static_cast<std::int64_t>(point_ids_.size());
  point_pixels_ = tensors_.at("point_pixels", kU16, {points}).as<PixelIndex>();
  if (point_offsets_.front() != 0 || point_offsets_.back() != points ||
      !std::is_sorted(point_offsets_.begin(), point_offsets_.end()))
    throw std::runtime_error("point_offsets do not ascend from 0 to the number of points");
}

std::span<const std::uint8_t> Shard::rgb(int v) const { return slice(rgb_, index(v), kRgbBytes); }
PixelMaskView Shard::object(int v) const { return PixelMaskView(slice(object_bits_, index(v), kMaskBytes)); }
PixelMaskView Shard::part(int p, int v) const {
  return PixelMaskView(slice(part_bits_, index(p) * view_.size() + index(v), kMaskBytes));
}

std::span<const std::int32_t> Shard::point_ids(int v) const {
  const auto begin = static_cast<std::size_t>(point_offsets_[index(v)]);
  return point_ids_.subspan(begin, static_cast<std::size_t>(point_offsets_[index(v) + 1]) - begin);
}
std::span<const PixelIndex> Shard::point_pixels(int v) const {
  const auto begin = static_cast<std::size_t>(point_offsets_[index(v)]);
  return point_pixels_.subspan(begin, static_cast<std::size_t>(point_offsets_[index(v) + 1]) - begin);
}
int Shard::shared_points(int p, int v, int w) const {
  return shared_points_[(index(p) * view_.size() + index(v)) * view_.size() + index(w)];
}

}  // namespace funcorr
