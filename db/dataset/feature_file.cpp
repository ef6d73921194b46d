#include "db/dataset/feature_file.h"

#include <algorithm>
#include <stdexcept>

#include "db/format/random.h"

namespace funcorr {
namespace {

constexpr const char* kFormat = "funcorr-features-1";

}  // namespace

FeatureFile::FeatureFile(const std::filesystem::path& file) : file_(file) {
  const auto& metadata = file_.metadata();
  const auto format = metadata.find("format"), identity = metadata.find("identity");
  if (format == metadata.end() || format->second != kFormat || identity == metadata.end())
    throw std::runtime_error(file.string() + " is no feature file: its format is not " + kFormat);
  tensor_ = &file_.at("features", TensorType::kF16, {-1, -1, -1, -1, -1, -1});
  if (std::any_of(tensor_->shape.begin() + 1, tensor_->shape.end(),
                  [](std::int64_t side) { return side < 1; }))
    throw std::runtime_error(file.string() + ": features of an empty shape");
  identity_ = identity->second;
  augmented_ = metadata.contains("backgrounds") && metadata.at("backgrounds") == "augmented";
  picture_bytes_ =
      tensor_->shape[0] == 0
          ? 0
          : tensor_->bytes.size() / static_cast<std::size_t>(tensor_->shape[0] * tensor_->shape[1]);
}

std::span<const std::byte> FeatureFile::picture(int view, int k) const {
  const auto row =
      static_cast<std::size_t>(view) * static_cast<std::size_t>(pictures()) + static_cast<std::size_t>(k);
  return tensor_->bytes.subspan(row * picture_bytes_, picture_bytes_);
}

void write_feature_file(const std::filesystem::path& file, const TensorView& features,
                        const std::string& identity, bool augmented) {
  write_safetensors(
      file, {{"features", features}},
      {{"format", kFormat}, {"identity", identity}, {"backgrounds", augmented ? "augmented" : "white"}});
}

std::uint64_t stored_background_seed(const Shard& shard, int view, int k) {
  std::uint64_t state = 0;
  for (const char c : shard.uid()) state = mix64(state ^ static_cast<unsigned char>(c));
  return mix64(mix64(state ^ static_cast<std::uint64_t>(shard.view_number(view))) ^
               static_cast<std::uint64_t>(k));
}

}  // namespace funcorr
