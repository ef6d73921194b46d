#include "train/text/function_text.h"

#include <stdexcept>

#include "db/dataset/function_phrase.h"
#include "train/text/clip_text.h"
#include "train/text/clip_tokenizer.h"
#include "train/weights/state_dict.h"

namespace funcorr {

torch::Tensor function_text_features(const TextConfig& config, const std::vector<std::string>& functions) {
  if (config.kind == TextKind::kLearned) return {};
  if (config.weights.empty() || config.vocabulary.empty())
    throw std::runtime_error("text clip: the text tower's weights and its vocabulary are needed");
  const ClipTokenizer tokenizer(config.vocabulary);
  std::vector<torch::Tensor> tokens;
  for (const std::string& function : functions)
    tokens.push_back(torch::tensor(tokenizer.encode(function_phrase(function)), torch::kInt64));
  const StateDict tensors = load_state_dict(config.weights);
  try {
    const ClipTextTower tower(clip_text_weights(tensors), config.heads);
    return torch::nn::functional::normalize(tower.forward(torch::stack(tokens)));
  } catch (const std::exception& error) {
    throw std::runtime_error(config.weights.string() + ": " + error.what());
  }
}

}  // namespace funcorr
