#include "train/model/release_checkpoint.h"

#include <stdexcept>

#include "train/model/functional_model.h"

namespace funcorr {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

torch::Tensor matrix(const Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.dim() != 2)
    throw std::runtime_error(
        "there is no config.json beside it, and it is no checkpoint of the release: no matrix \"" + name +
        "\"");
  return found->second;
}

bool has_backbone(const Tensors& tensors) {
  const auto first = tensors.lower_bound("image_embedder.dino_vit.");
  return first != tensors.end() && first->first.starts_with("image_embedder.dino_vit.");
}

ModelConfig config_of(const Tensors& tensors, const std::filesystem::path& checkpoint,
                      const PretrainedFiles& files) {
  if (tensors.contains("function_text"))
    throw std::runtime_error("config.json is missing beside it, which a checkpoint of funcorr needs");
  const torch::Tensor projection = matrix(tensors, "image_embedder.lin_proj.weight"),
                      first = matrix(tensors, "mlp_conditioner.mlp.0.weight"),
                      last = matrix(tensors, "mlp_conditioner.mlp.4.weight");
  if (!tensors.contains("image_embedder.w"))
    throw std::runtime_error("tensor \"image_embedder.w\" is missing");
  if (files.weights.empty() && !has_backbone(tensors))
    throw std::runtime_error("it holds no backbone; --weights must name DINOv2's");
  if (files.text_weights.empty() || files.vocabulary.empty())
    throw std::runtime_error(
        "a checkpoint of the release needs CLIP's text model: --text-weights (ViT-B-32.pt) and --vocabulary "
        "(bpe_simple_vocab_16e6.txt.gz)");
  if (files.functions.empty()) throw std::runtime_error("the functions it was trained for are not told");
  ModelConfig config;
  config.backbone.kind = "dinov2";
  config.backbone.weights = checkpoint;
  config.backbone.layers = static_cast<int>(tensors.at("image_embedder.w").numel());
  config.backbone_channels = static_cast<int>(projection.size(1));
  config.head = {static_cast<int>(projection.size(0)), static_cast<int>(first.size(0)),
                 static_cast<int>(last.size(0)), tensors.contains("mask_projection.weight")};
  config.text.kind = TextKind::kClip;
  config.text.dimension = static_cast<int>(first.size(1) - projection.size(0));
  config.functions = files.functions;
  return config;
}

}  // namespace

const OptionList<PretrainedFiles>& PretrainedFiles::options() {
  using F = PretrainedFiles;
  static const OptionList<F> list{
      option("weights", &F::weights)
          .help("the backbone's weights, where neither the checkpoint holds them nor its config.json finds "
                "them"),
      option("heads", &F::heads)
          .range(0, 64)
          .help("attention heads of the backbone; 0: as config.json says, else as its files tell"),
      option("text_weights", &F::text_weights)
          .help("CLIP's text model (ViT-B-32.pt), for the release's epoch_0100.pt or where config.json does "
                "not find it"),
      option("vocabulary", &F::vocabulary)
          .help("CLIP's vocabulary (bpe_simple_vocab_16e6.txt.gz), likewise")};
  return list;
}

ModelConfig release_model_config(const std::filesystem::path& checkpoint, const PretrainedFiles& files) {
  const Tensors tensors = load_checkpoint_tensors(checkpoint);
  try {
    return config_of(tensors, checkpoint, files);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(checkpoint.string() + ": " + error.what());
  }
}

}  // namespace funcorr
