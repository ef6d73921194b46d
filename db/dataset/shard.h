#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/pixel_mask.h"
#include "db/format/members.h"
#include "db/format/safetensors.h"

namespace funcorr {

// A functional part of an object and what it performs (sorted names).
struct ShardPart {
  std::string name;
  std::vector<std::string> functions;
  static constexpr auto members() {
    return std::tuple{member("name", &ShardPart::name), member("functions", &ShardPart::functions)};
  }
  friend bool operator==(const ShardPart&, const ShardPart&) = default;
};

// Everything that training needs of one object: its cropped training views. A safetensors file, with
// S = kCropSize and B = kMaskBytes:
//   rgb           U8  [V, S, S, 3]      on white
//   object        U8  [V, B]            bits of the object's mask (pixel_mask.h)
//   parts         U8  [P, V, B]         bits of the part masks
//   view          I32 [V]               number of the rendered view (train/<view>.png)
//   point_offsets I64 [V + 1]           the points of view v are rows offsets[v] … offsets[v + 1] − 1 of:
//   point_ids     I32 [M]               surface points that the view shows inside some part, ascending
//   point_pixels  U16 [M]               and their pixels (crop_index)
//   shared_points I32 [P, V, V]         points that lie inside the part in both views
// with metadata format "funcorr-shard-1", uid, category and parts (JSON: [{"name", "functions"}]).
class Shard {
 public:
  // Maps the file. Throws std::runtime_error that names it and what does not fit. Thread-safe once made.
  explicit Shard(const std::filesystem::path& file);

  const std::string& uid() const { return uid_; }
  const std::string& category() const { return category_; }
  const std::vector<ShardPart>& parts() const { return parts_; }
  int views() const { return static_cast<int>(view_.size()); }
  int view_number(int v) const { return view_[static_cast<std::size_t>(v)]; }

  std::span<const std::uint8_t> rgb(int v) const;  // [kCropSize, kCropSize, 3]
  PixelMaskView object(int v) const;
  PixelMaskView part(int p, int v) const;
  std::span<const std::int32_t> point_ids(int v) const;
  std::span<const PixelIndex> point_pixels(int v) const;
  int shared_points(int p, int v, int w) const;
  const std::filesystem::path& file() const { return tensors_.file(); }

 private:
  void read_metadata();
  void map_tensors();

  SafetensorsFile tensors_;
  std::string uid_, category_;
  std::vector<ShardPart> parts_;
  std::span<const std::int32_t> view_, point_ids_, shared_points_;
  std::span<const std::int64_t> point_offsets_;
  std::span<const std::uint8_t> rgb_, object_bits_, part_bits_;
  std::span<const PixelIndex> point_pixels_;
};

// What a shard is written from.
struct ShardContent {
  struct View {
    int number = 0;
    std::vector<std::uint8_t> rgb;  // [kCropSize, kCropSize, 3]
    CropMask object;
    std::vector<CropMask> in_parts;  // one per part
    VisiblePoints points;            // of the crop; ids ascend
  };
  std::string uid, category;
  std::vector<ShardPart> parts;
  std::vector<View> views;
};
// Points outside of all parts are left out: no sample uses them. Equal content gives equal bytes. Throws
// std::invalid_argument where sizes do not fit, std::runtime_error where the file cannot be written.
void write_shard(const std::filesystem::path& file, const ShardContent& content);

}  // namespace funcorr
