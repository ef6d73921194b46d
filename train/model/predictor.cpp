#include "train/model/predictor.h"

#include <algorithm>
#include <stdexcept>

#include "db/dataset/run_folder.h"
#include "train/backbone/backbone.h"
#include "train/model/crop_embedding.h"
#include "train/model/functional_model.h"
#include "train/model/run_config.h"
#include "train/text/function_text.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

struct RunFiles {
  fs::path config, checkpoint;
};

RunFiles find_run(const fs::path& run) {
  const bool is_folder = fs::is_directory(run);
  if (!is_folder && !fs::exists(run)) throw std::runtime_error(run.string() + ": there is no such run");
  const fs::path folder = is_folder ? run : run.parent_path();
  return {run_config_path(folder), is_folder ? newest_checkpoint(run) : run};
}

// The head's tensors and the functions' text features, which the release's checkpoints leave to CLIP.
StateDict load_head(const fs::path& checkpoint, const ModelConfig& config) {
  StateDict tensors = load_checkpoint_tensors(checkpoint);
  if (!tensors.contains("function_text") && config.text.kind == TextKind::kClip)
    tensors["function_text"] = function_text_features(config.text, config.functions);
  if (!tensors.contains("function_text")) throw std::runtime_error("tensor \"function_text\" is missing");
  return tensors;
}

}  // namespace

struct Predictor::Impl {
  std::unique_ptr<Backbone> backbone;
  FunctionalModel model = nullptr;
  TextConfig text;

  // [D]; of functions that the run was not trained for too, where CLIP tells them apart.
  Tensor text_of(const std::string& function) {
    const std::vector<std::string>& known = model->functions();
    if (text.kind == TextKind::kClip && std::find(known.begin(), known.end(), function) == known.end())
      return function_text_features(text, {function})[0];
    return model->text(torch::tensor({model->function_index(function)}, torch::kInt64))[0];
  }
};

Predictor::Predictor(const fs::path& run) : impl_(std::make_unique<Impl>()) {
  const RunFiles files = find_run(run);
  ModelConfig config = read_model_config(files.config);
  impl_->text = config.text;
  impl_->backbone = make_backbone(config.backbone);
  const std::string identity = impl_->backbone->identity();
  if (!config.backbone_identity.empty() && config.backbone_identity != identity)
    throw std::runtime_error(files.config.string() + ": the run was trained on the backbone " +
                             config.backbone_identity + ", here is " + identity);
  config.backbone_channels = impl_->backbone->channels();
  config.backbone_layers = impl_->backbone->layers();
  try {
    const StateDict tensors = load_head(files.checkpoint, config);
    impl_->model = FunctionalModel(config, tensors.at("function_text"));
    load_tensors(*impl_->model, tensors);
    for (const auto& [name, tensor] : named_tensors(*impl_->model)) check_finite(tensor, name);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const std::string name = files.checkpoint.string();
    throw std::runtime_error(what.starts_with(name) ? what : name + ": " + what);
  }
  impl_->model->eval();
}

Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

std::vector<fs::path> Predictor::folders_needed(const fs::path& run) {
  const ModelConfig config = read_model_config(find_run(run).config);
  std::vector<fs::path> folders;
  for (const fs::path& file :
       {config.backbone.weights, config.backbone.script_file(), config.text.weights, config.text.vocabulary})
    if (!file.empty()) folders.push_back(fs::absolute(file).parent_path());
  return folders;
}

const std::vector<std::string>& Predictor::functions() const { return impl_->model->functions(); }
bool Predictor::has_mask_head() const { return impl_->model->has_mask_head(); }

PixelEmbeddings Predictor::embed(const std::vector<std::uint8_t>& rgb, const std::string& function,
                                 const std::vector<std::int32_t>& pixels) const {
  return embed_crop(*impl_->backbone, impl_->model, impl_->text_of(function), rgb, pixels);
}

PixelEmbeddings Predictor::embed_plain(const std::vector<std::uint8_t>& rgb,
                                       const std::vector<std::int32_t>& pixels) const {
  const torch::NoGradGuard no_gradients;
  const Tensor tokens = plain_tokens(impl_->backbone->forward(crop_tensor(rgb)));
  const Tensor descriptors = plain_descriptors(tokens, pixel_tensor(pixels).unsqueeze(0)).squeeze(0);
  return {static_cast<int>(descriptors.size(1)), to_vector(descriptors), {}};
}

}  // namespace funcorr
