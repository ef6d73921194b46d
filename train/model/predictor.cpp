#include "train/model/predictor.h"

#include <algorithm>
#include <stdexcept>

#include "db/dataset/run_folder.h"
#include "train/backbone/backbone.h"
#include "train/backbone/shifted.h"
#include "train/model/crop_embedding.h"
#include "train/model/device.h"
#include "train/model/functional_model.h"
#include "train/model/release_checkpoint.h"
#include "train/model/run_config.h"
#include "train/text/function_name.h"
#include "train/text/function_text.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

struct RunFiles {
  fs::path config, checkpoint;
  bool is_lone = false;  // a checkpoint without config.json
};

RunFiles find_run(const fs::path& run) {
  const bool is_folder = fs::is_directory(run);
  if (!is_folder && !fs::exists(run)) throw std::runtime_error(run.string() + ": there is no such run");
  const fs::path folder = is_folder ? run : run.parent_path();
  const fs::path config = run_config_path(folder);
  return {config, is_folder ? newest_checkpoint(run) : run, !is_folder && !fs::exists(config)};
}

// By config.json, or by what a lone checkpoint tells itself; with what is given instead.
ModelConfig model_config(const RunFiles& found, const PretrainedFiles& given) {
  ModelConfig config =
      found.is_lone ? release_model_config(found.checkpoint, given) : read_model_config(found.config);
  const auto put = [](const auto& value, auto& member) {
    if (value != std::decay_t<decltype(value)>()) member = value;
  };
  put(given.weights, config.backbone.weights);
  put(given.heads, config.backbone.heads);
  put(given.text_weights, config.text.weights);
  put(given.vocabulary, config.text.vocabulary);
  put(given.text_heads, config.text.heads);
  return config;
}

// Sizes that a config tells of must be those of the frozen networks' files.
void check_size(const char* what, int of_run, int of_file, const fs::path& file) {
  if (of_run > 0 && of_run != of_file)
    throw std::runtime_error("the model takes " + std::to_string(of_run) + " numbers of " + what + ", " +
                             file.string() + " gives " + std::to_string(of_file));
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
  torch::Device device = torch::kCPU;

  // [D]; of functions that the run was not trained for too, where CLIP tells them apart.
  Tensor text_of(const std::string& function) {
    const std::vector<std::string>& known = model->functions();
    if (text.kind == TextKind::kClip && std::find(known.begin(), known.end(), function) == known.end())
      return function_text_features(text, {function})[0].to(device);
    return model->text(torch::tensor({model->function_index(function)}, torch::kInt64).to(device))[0];
  }
};

Predictor::Predictor(const fs::path& run, const PretrainedFiles& given, const PredictorOptions& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->device = device_from_name(options.device.name);
  const RunFiles files = find_run(run);
  ModelConfig config = model_config(files, given);
  impl_->text = config.text;
  impl_->backbone = make_backbone(config.backbone);
  const std::string identity = impl_->backbone->identity();
  if (!config.backbone_identity.empty() && config.backbone_identity != identity)
    throw std::runtime_error(files.config.string() + ": the run was trained on the backbone " +
                             config.backbone_identity + ", here is " + identity);
  check_size("a patch", config.backbone_channels, impl_->backbone->channels(), config.backbone.weights);
  config.backbone_channels = impl_->backbone->channels();
  config.backbone_layers = impl_->backbone->layers();
  try {
    const StateDict tensors = load_head(files.checkpoint, config);
    if (files.is_lone)
      check_size("a function's text", config.text.dimension,
                 static_cast<int>(tensors.at("function_text").size(1)), config.text.weights);
    impl_->model = FunctionalModel(config, tensors.at("function_text"));
    load_tensors(*impl_->model, tensors);
    for (const auto& [name, tensor] : named_tensors(*impl_->model)) check_finite(tensor, name);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const std::string name = files.checkpoint.string();
    throw std::runtime_error(what.starts_with(name) ? what : name + ": " + what);
  }
  impl_->model->eval();
  impl_->model->to(impl_->device);
  if (options.shifts > 1)
    impl_->backbone = std::make_unique<ShiftedBackbone>(std::move(impl_->backbone), options.shifts);
  impl_->backbone->to(impl_->device);
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

std::string Predictor::function_meant(const std::string& written) const {
  const std::vector<std::string> meant = functions_meant(written, functions());
  if (meant.size() == 1) return meant.front();
  if (meant.empty() && impl_->text.kind == TextKind::kClip) return written;
  if (meant.empty()) impl_->model->function_index(written);  // throws
  std::string names;
  for (const std::string& name : meant) names += (names.empty() ? "" : ", ") + name;
  throw std::runtime_error("function \"" + written + "\" may be one of several: " + names);
}

PixelEmbeddings Predictor::embed(const std::vector<std::uint8_t>& rgb, const std::string& function,
                                 const std::vector<std::int32_t>& pixels) const {
  return embed_crop(*impl_->backbone, impl_->model, impl_->text_of(function), rgb, pixels);
}

PixelEmbeddings Predictor::embed_plain(const std::vector<std::uint8_t>& rgb,
                                       const std::vector<std::int32_t>& pixels) const {
  const torch::NoGradGuard no_gradients;
  const torch::Device& device = impl_->device;
  const Tensor tokens = plain_tokens(impl_->backbone->forward(crop_tensor(rgb).to(device)));
  const Tensor at = pixel_tensor(pixels).unsqueeze(0).to(device);
  const Tensor descriptors = plain_descriptors(tokens, at).squeeze(0);
  return {static_cast<int>(descriptors.size(1)), to_vector(descriptors), {}, device.str()};
}

}  // namespace funcorr
