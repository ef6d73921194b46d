#include "train/trainer/failed_batch.h"

#include <map>

#include <fmt/format.h>
#include <torch/torch.h>

#include "db/dataset/run_folder.h"
#include "db/format/error.h"
#include "train/trainer/failed_batch_file.h"
#include "train/trainer/loss_options.h"
#include "train/trainer/tensor_file.h"
#include "train/trainer/training_config.h"

namespace funcorr {
namespace {

using torch::Tensor;

// Every tensor of a batch with its name.
template <typename Batch, typename Visit>
void for_each_field(Batch& batch, const Visit& visit) {
  const auto features = [&](const std::string& name, auto& of_images) {
    visit(name + ".maps", of_images.maps);
    visit(name + ".rows", of_images.rows);
    visit(name + ".bilinear", of_images.bilinear);
  };
  features("features_1", batch.features_1);
  features("features_2", batch.features_2);
  features("spatial_features_1", batch.spatial_features_1);
  features("spatial_features_2", batch.spatial_features_2);
  visit("functions", batch.functions);
  visit("positive_1_xy", batch.positive_1_xy);
  visit("negative_1_xy", batch.negative_1_xy);
  visit("positive_2_xy", batch.positive_2_xy);
  visit("negative_2_xy", batch.negative_2_xy);
  visit("spatial_functions", batch.spatial_functions);
  visit("spatial_1_xy", batch.spatial_1_xy);
  visit("spatial_2_xy", batch.spatial_2_xy);
}

std::string loss_text(const char* name, const Tensor& loss) {
  return loss.defined() ? fmt::format("{} {:.6g}\n", name, loss.item<double>()) : std::string();
}

bool is_finite(const Tensor& tensor) { return torch::isfinite(tensor).all().item<bool>(); }

Replay replay(const SafetensorsFile& file) {
  const CheckpointFacts facts = checkpoint_facts(file);
  const auto config = nlohmann::json::parse(facts.config).get<TrainingConfig>();
  const bool learned = config.model.text.kind == TextKind::kLearned;
  FunctionalModel model(config.model, learned ? Tensor() : tensor_from(file.at("function_text")));
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : named_tensors(*model))
    tensors[name] = read_tensor_like(file, name, tensor);
  load_tensors(*model, tensors);
  TrainingBatch batch;
  for_each_field(batch, [&](const std::string& name, Tensor& tensor) {
    if (file.contains("batch." + name)) tensor = tensor_from(file.at("batch." + name));
  });

  const Losses losses = training_losses(model, batch, loss_options(config));
  losses.total.backward();
  Replay replayed{facts.step, {}};
  replayed.text = loss_text("loss", losses.total) + loss_text("functional", losses.functional) +
                  loss_text("spatial", losses.spatial) + loss_text("mask", losses.mask);
  for (const auto& [name, tensor] : named_tensors(*model)) {
    if (!is_finite(tensor)) replayed.text += "not finite before the step: " + name + "\n";
    if (tensor.grad().defined() && !is_finite(tensor.grad()))
      replayed.text += "gradient not finite: " + name + "\n";
  }
  for_each_field(batch, [&](const std::string& name, const Tensor& tensor) {
    if (tensor.defined() && !is_finite(tensor)) replayed.text += "not finite in the batch: " + name + "\n";
  });
  return replayed;
}

}  // namespace

void save_failed_batch(const std::filesystem::path& file, const FunctionalModelImpl& model,
                       const TrainingBatch& batch, std::int64_t step, const std::string& config) {
  NamedTensors tensors = named_tensors(model);
  for_each_field(batch, [&](const std::string& name, const Tensor& tensor) {
    if (tensor.defined()) tensors.emplace_back("batch." + name, tensor);
  });
  write_tensors(file, tensors, checkpoint_metadata({step, config}));
}

Replay replay_batch(const std::filesystem::path& path) {
  try {
    return replay(SafetensorsFile(path));
  } catch (const std::exception& error) {
    throw UsageError(path.string() + " is no saved batch: " + error.what());
  }
}

}  // namespace funcorr
