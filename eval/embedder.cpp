#include "eval/embedder.h"

#include "train/model/predictor.h"

namespace funcorr {

struct Embedder::Impl {
  Predictor predictor;
};

Embedder::Embedder(const std::filesystem::path& run_folder)
    : impl_(std::make_unique<Impl>(Impl{Predictor(run_folder)})) {}
Embedder::~Embedder() = default;
Embedder::Embedder(Embedder&&) noexcept = default;
Embedder& Embedder::operator=(Embedder&&) noexcept = default;

std::vector<std::filesystem::path> Embedder::folders_needed(const std::filesystem::path& run_folder) {
  return Predictor::folders_needed(run_folder);
}

Embedding Embedder::embed(const std::vector<std::uint8_t>& rgb, const std::string& function) const {
  PixelEmbeddings all = impl_->predictor.embed(rgb, function);
  return {{all.channels, std::move(all.values)}, std::move(all.mask_probability)};
}

DenseFeatures Embedder::embed_plain(const std::vector<std::uint8_t>& rgb) const {
  PixelEmbeddings all = impl_->predictor.embed_plain(rgb);
  return {all.channels, std::move(all.values)};
}

}  // namespace funcorr
