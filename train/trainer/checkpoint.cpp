#include "train/trainer/checkpoint.h"

#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "db/dataset/run_folder.h"
#include "db/format/safetensors.h"
#include "train/trainer/tensor_file.h"

namespace funcorr {
namespace {

using torch::Tensor;

// The optimiser's map has the parameters' addresses as keys: as text in LibTorch 1, as pointers in 2.
template <typename Map>
auto state_key(const Map&, const Tensor& parameter) {
  if constexpr (std::is_same_v<typename Map::key_type, std::string>) {
    std::ostringstream text;
    text << parameter.unsafeGetTensorImpl();
    return text.str();
  } else {
    return static_cast<void*>(parameter.unsafeGetTensorImpl());
  }
}

using AdamWState = torch::optim::AdamWParamState;

// Nothing before the first step, or where the parameter has had no gradient yet.
AdamWState* find_state(torch::optim::AdamW& optimizer, const Tensor& parameter) {
  auto& states = optimizer.state();
  const auto found = states.find(state_key(states, parameter));
  return found == states.end() ? nullptr : static_cast<AdamWState*>(found->second.get());
}

void load_optimizer(const SafetensorsFile& file, const std::string& name, const Tensor& parameter,
                    torch::optim::AdamW& optimizer) {
  const std::string prefix = "optimizer." + name;
  if (!file.contains(prefix + ".exp_avg")) return;
  auto state = std::make_unique<AdamWState>();
  state->exp_avg(read_tensor_like(file, prefix + ".exp_avg", parameter));
  state->exp_avg_sq(read_tensor_like(file, prefix + ".exp_avg_sq", parameter));
  state->step(file.at(prefix + ".step", TensorType::kI64, {1}).as<std::int64_t>()[0]);
  auto& states = optimizer.state();
  states[state_key(states, parameter)] = std::move(state);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const TrainingState& state,
                     const std::string& config) {
  NamedTensors tensors = named_tensors(*state.model);
  for (const auto& item : state.model->named_parameters()) {
    const AdamWState* moments = find_state(state.optimizer, item.value());
    if (moments == nullptr) continue;
    const std::string prefix = "optimizer." + item.key();
    tensors.emplace_back(prefix + ".exp_avg", moments->exp_avg());
    tensors.emplace_back(prefix + ".exp_avg_sq", moments->exp_avg_sq());
    tensors.emplace_back(prefix + ".step", torch::tensor({moments->step()}, torch::kInt64));
  }
  tensors.emplace_back("random.state", at::globalContext().defaultGenerator(torch::kCPU).get_state());
  tensors.emplace_back("curve.window", state.window);
  tensors.emplace_back("loss.scale", state.loss_scale);
  write_tensors(file, tensors, checkpoint_metadata({state.step, config}));
}

void save_model(const std::filesystem::path& file, const FunctionalModelImpl& model, std::int64_t step,
                const std::string& config) {
  write_tensors(file, named_tensors(model), checkpoint_metadata({step, config}));
}

void load_checkpoint(const std::filesystem::path& path, TrainingState& state) {
  const SafetensorsFile file(path);
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : named_tensors(*state.model))
    tensors[name] = read_tensor_like(file, name, tensor);
  load_tensors(*state.model, tensors);
  for (const auto& item : state.model->named_parameters())
    load_optimizer(file, item.key(), item.value(), state.optimizer);
  auto generator = at::globalContext().defaultGenerator(torch::kCPU);
  generator.set_state(read_tensor_like(file, "random.state", generator.get_state()));
  state.window.copy_(read_tensor_like(file, "curve.window", state.window));
  state.loss_scale.copy_(read_tensor_like(file, "loss.scale", state.loss_scale));
  state.step = checkpoint_facts(file).step;
}

}  // namespace funcorr
