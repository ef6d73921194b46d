#include "labeling/client/image_tokens.h"

#include <algorithm>
#include <utility>

namespace funcorr {

ImageTokens::ImageTokens(std::int64_t guess, std::string detail, const nlohmann::json& learned)
    : guess_(guess), detail_(std::move(detail)) {
  if (!learned.is_object()) return;
  for (const auto& [model, tokens] : learned.items())
    if (tokens.is_number_integer() && tokens >= 0) learned_[model] = tokens;
}

std::int64_t ImageTokens::of(const std::string& model) const {
  const auto found = learned_.find(name(model));
  return found == learned_.end() ? guess_ : found->second;
}

void ImageTokens::learn(const std::string& model, std::int64_t tokens_in, std::int64_t of_text) {
  const std::int64_t tokens = tokens_in < 0 ? guess_ : std::max<std::int64_t>(tokens_in - of_text, 0);
  const auto [at, is_first] = learned_.emplace(name(model), tokens);
  if (!is_first && tokens_in >= 0) at->second = std::max(at->second, tokens);
}

}  // namespace funcorr
