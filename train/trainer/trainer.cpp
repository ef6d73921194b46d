#include "train/trainer/trainer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include "db/dataset/run_folder.h"
#include "db/format/json.h"
#include "train/backbone/backbone.h"
#include "train/loss/losses.h"
#include "train/model/crop_embedding.h"
#include "train/model/device.h"
#include "train/model/functional_model.h"
#include "train/text/function_text.h"
#include "train/trainer/batch.h"
#include "train/trainer/checkpoint.h"
#include "train/trainer/failed_batch_file.h"
#include "train/trainer/loss_options.h"
#include "train/trainer/loss_scale.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

// What a curve's point is the mean of; the window has their sums, then the count.
const std::vector<std::string> kCurveNames{"loss",
                                           "functional",
                                           "spatial",
                                           "mask",
                                           "positive_similarity",
                                           "negative_similarity",
                                           "cross_category_share"};

std::vector<std::string> curve_columns(const TrainingProbe& probe) {
  std::vector<std::string> columns = kCurveNames;
  for (const auto* names : {&kCurveNames, &probe.names})
    for (const std::string& name : *names) columns.push_back("held_out_" + name);
  return columns;
}

// [7] in the order of kCurveNames, NaN for what the batch has not. Float64, detached, on the losses' device.
Tensor values_of(const Losses& losses, const BatchDraw& draw, const TrainingSet& set) {
  const auto options = losses.total.options().dtype(torch::kFloat64).requires_grad(false);
  std::vector<Tensor> values;
  for (const Tensor& value : {losses.total, losses.functional, losses.spatial, losses.mask,
                              losses.positive_similarity, losses.negative_similarity})
    values.push_back(value.defined() ? value.detach().to(torch::kFloat64) : torch::full({}, NAN, options));
  const auto pairs = static_cast<double>(draw.functional.size());
  values.push_back(torch::full({}, pairs > 0 ? draw.cross_category_pairs(set) / pairs : NAN, options));
  return torch::stack(values);
}

void put_means(const Tensor& window, const std::string& prefix, CurvePoint& point) {
  const Tensor host = window.to(torch::kCPU);
  const auto* sums = host.data_ptr<double>();
  const double count = sums[kCurveNames.size()];
  for (std::size_t i = 0; i < kCurveNames.size(); ++i)
    if (!std::isnan(sums[i]) && count > 0) point.values[prefix + kCurveNames[i]] = sums[i] / count;
}

void add_to_window(Tensor& window, const Tensor& values) {
  const auto count = static_cast<std::int64_t>(kCurveNames.size());
  window.narrow(0, 0, count) += values;
  window.narrow(0, count, 1) += 1;
}

Tensor empty_window(const torch::Device& device) {
  return torch::zeros({static_cast<std::int64_t>(kCurveNames.size()) + 1},
                      torch::TensorOptions(device).dtype(torch::kFloat64));
}

// Kinds of pairs that no loss needs are not drawn.
BatchShape needed_batch(const TrainingConfig& config) {
  BatchShape shape = config.batch;
  if (config.functional_loss == FunctionalLoss::kNone && config.mask_weight == 0) shape.functional_pairs = 0;
  if (config.spatial_weight == 0) shape.spatial_pairs = 0;
  return shape;
}

// Equal shares make the mean of all shares' losses the loss of the whole batch.
void check_divisible(const BatchShape& batch, int processes, int accumulation) {
  const int shares = processes * accumulation;
  for (const auto& [name, pairs] :
       {std::pair{"pairs", batch.functional_pairs}, std::pair{"spatial_pairs", batch.spatial_pairs}})
    if (pairs % shares != 0)
      throw std::runtime_error(
          fmt::format("{} = {} does not divide into {} equal shares (processes {} × accumulation {}): give a "
                      "multiple, for example {}",
                      name, pairs, shares, processes, accumulation, (pairs / shares + 1) * shares));
}

std::uint64_t held_out_seed(std::uint64_t seed) { return ~seed; }

// What decides whether a checkpoint can be gone on with. A run may be made longer, but for one whose learning
// rate depends on where it ends.
std::string resume_key(const TrainingConfig& config) {
  nlohmann::json json = config;
  if (config.cooldown == 0) json["training"].erase("steps");
  return json.dump();
}

// None where it does not say: the release's.
std::vector<std::string> functions_of_checkpoint(const fs::path& checkpoint) {
  const std::string config = checkpoint_config(checkpoint);
  return config.empty() ? std::vector<std::string>{}
                        : nlohmann::json::parse(config).get<TrainingConfig>().model.functions;
}

class Trainer {
 public:
  Trainer(TrainingConfig config, const TrainingResources& resources, const TrainingFiles& files,
          fs::path run_folder, const TrainingHooks& hooks, ProcessGroup* group)
      : config_(std::move(config)),
        resources_(resources),
        folder_(std::move(run_folder)),
        hooks_(hooks),
        group_(group),
        device_(device_from_name(resources.device.name, group == nullptr ? 0 : group->local_rank())),
        losses_(loss_options(config_)),
        loss_scale_(device_, losses_.precision == torch::kFloat16),
        backbone_(make_backbone(config_.model.backbone)),
        train_(files.train, config_.model.functions, config_.rules),
        held_out_(files.held_out, config_.model.functions, config_.rules),
        sampler_(train_, needed_batch(config_), config_.seed) {
    check_precision();
    check_divisible(sampler_.shape(), processes(), config_.accumulation);
    backbone_->to(device_);
    config_.model.backbone_identity = backbone_->identity();
    config_.model.backbone_channels = backbone_->channels();
    config_.model.backbone_layers = backbone_->layers();
    source_ = make_source(train_, files);
    if (config_.validation_every > 0) make_validation(files);
    torch::manual_seed(config_.seed);
    model_ =
        FunctionalModel(config_.model, function_text_features(config_.model.text, config_.model.functions));
    if (!config_.initial.empty()) begin_with(config_.initial);
    model_->to(device_);
    optimizer_ = std::make_unique<torch::optim::AdamW>(
        model_->parameters(),
        torch::optim::AdamWOptions(config_.learning_rate).weight_decay(config_.weight_decay));
    window_ = empty_window(device_);
    tell_what_is_skipped();
  }

  TrainingOutcome run() {
    resume();
    std::optional<Curves> curves;
    if (writes()) {
      hooks_.write_artifact(run_config_path(folder_),
                            [&](const fs::path& temporary) { save_json(temporary, config_, 2); });
      curves.emplace(folder_, curve_columns(hooks_.probe), step_);
      const std::optional<CurvePoint>& last = curves->last_kept();
      if (last && last->values.contains("loss")) tell(*last);
    }
    BatchLoader loader(sampler_, *source_, {step_, config_.steps, config_.accumulation, rank(), processes()},
                       resources_.loader_threads);
    while (step_ < config_.steps) {
      train_step(loader);
      if (step_ % config_.log_every == 0 || step_ == config_.steps) add_point(curves);
      if (stop_requested()) {
        checkpoint();
        return {false, step_, last_loss_};
      }
      if (step_ % resources_.checkpoint_every == 0) checkpoint();
    }
    checkpoint();
    if (writes())
      hooks_.write_artifact(final_checkpoint_path(folder_), [&](const fs::path& temporary) {
        save_model(temporary, *model_, step_, resume_key(config_));
      });
    return {true, step_, last_loss_};
  }

 private:
  int rank() const { return group_ == nullptr ? 0 : group_->rank(); }
  int processes() const { return group_ == nullptr ? 1 : group_->processes(); }
  bool writes() const { return rank() == 0; }

  bool stop_requested() const {
    const bool here = hooks_.stop_requested && hooks_.stop_requested();
    return group_ == nullptr ? here : group_->any(here);
  }

  void check_precision() const {
    if (device_.is_cpu() && losses_.precision == torch::kFloat16)
      throw std::runtime_error("precision float16 needs a GPU; bfloat16 runs on the CPU too");
  }

  std::unique_ptr<ImageSource> make_source(const TrainingSet& set, const TrainingFiles& files) {
    if (files.features)
      return std::make_unique<StoredFeatures>(set, files.features, config_.model.backbone_identity);
    return std::make_unique<LiveImages>(*backbone_, config_.backgrounds);
  }

  void make_validation(const TrainingFiles& files) {
    try {
      held_out_sampler_.emplace(held_out_, sampler_.shape(), held_out_seed(config_.seed));
      held_out_source_ = make_source(held_out_, files);
    } catch (const std::runtime_error& error) {
      held_out_sampler_.reset();
      notice(std::string("no validation: in the held-out split, ") + error.what());
    }
  }

  // The checkpoint's head. Learned text features come along where they are of the same functions, a mask head
  // where there is one; else they begin as in any run.
  void begin_with(const fs::path& checkpoint) {
    StateDict tensors = load_checkpoint_tensors(checkpoint);
    config_.initial_identity = content_hash(tensors);
    const bool has_functions = config_.model.text.kind == TextKind::kLearned &&
                               functions_of_checkpoint(checkpoint) == config_.model.functions;
    for (const auto& [name, own] : named_tensors(*model_)) {
      if (name == "function_text" && !has_functions) tensors[name] = own;
      if (name.starts_with("mask_projection")) tensors.try_emplace(name, own);
    }
    try {
      load_tensors(*model_, tensors);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(checkpoint.string() + " cannot be begun with: " + error.what());
    }
    notice("begins with the weights of " + checkpoint.string());
  }

  void tell_what_is_skipped() const {
    const TrainingSet::Skipped& skipped = train_.skipped();
    notice(fmt::format("{} objects; {:.0f} % of the functional pairs cross categories", train_.shards(),
                       100 * train_.cross_category_share()));
    if (!skipped.functions.empty())
      notice(fmt::format("too few views for: {}", fmt::join(skipped.functions, ", ")));
    if (skipped.absent_parts + skipped.small_parts + skipped.single_view_assets > 0)
      notice(
          fmt::format("skipped: {} part masks without a pixel, {} with too few, {} objects of a single view",
                      skipped.absent_parts, skipped.small_parts, skipped.single_view_assets));
  }

  void notice(const std::string& text) const {
    if (hooks_.on_notice) hooks_.on_notice(text);
  }

  void resume() {
    load_last_checkpoint();
    if (group_ == nullptr) return;
    const std::string step = std::to_string(step_);
    if (const std::string first = group_->share(step); first != step)
      throw std::runtime_error(fmt::format(
          "process {} would go on at step {}, process 0 at step {}: the workspace must lie on a filesystem "
          "that all processes share",
          rank(), step, first));
  }

  void load_last_checkpoint() {
    const fs::path file = checkpoint_path(folder_);
    const std::string found = checkpoint_config(file);
    if (found.empty()) return;
    if (found != resume_key(config_)) {
      notice("the checkpoint there is of another config or other data: training starts anew");
      return;
    }
    if (const std::int64_t done = checkpoint_step(file); done > config_.steps) {
      notice(fmt::format("the checkpoint there is past the last step, at {}: training starts anew", done));
      return;
    }
    TrainingState state{model_, *optimizer_, window_, loss_scale_.state(), 0};
    load_checkpoint(file, state);
    step_ = state.step;
    notice(fmt::format("goes on at step {}", step_));
  }

  void train_step(BatchLoader& loader) {
    optimizer_->zero_grad();
    Tensor window = empty_window(device_);
    for (int micro = 0; micro < config_.accumulation; ++micro) {
      const HostBatch host = loader.next();
      const TrainingBatch batch = to_device(host, *source_, device_);
      const Losses losses = training_losses(model_, batch, losses_);
      loss_scale_.scaled(losses.total / config_.accumulation).backward();
      const Tensor values = values_of(losses, host.draw, train_);
      check_loss(values, batch);
      add_to_window(window, values);
    }
    update_gradients();
    average_window(window);
    window_ += window;
    set_learning_rate(learning_rate_at(config_, step_));
    optimizer_->step();
    ++step_;
  }

  void set_learning_rate(double rate) {
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
  }

  void update_gradients() {
    std::vector<Tensor> gradients;
    for (const Tensor& parameter : model_->parameters())
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    if (group_ != nullptr) group_->average(gradients);
    loss_scale_.unscale(gradients);
  }
  void average_window(const Tensor& window) {
    if (group_ != nullptr) group_->average({window});
  }

  // Reads the loss back: free on the CPU; elsewhere the device is waited for, so only where a point is due.
  void check_loss(const Tensor& values, const TrainingBatch& batch) const {
    if (!device_.is_cpu() && (step_ + 1) % config_.log_every != 0) return;
    const double total = values[0].item<double>();
    if (total <= config_.loss_limit) return;
    const fs::path file = failed_batch_path(folder_, step_, rank());
    hooks_.write_artifact(file, [&](const fs::path& temporary) {
      save_failed_batch(temporary, *model_, batch, step_, nlohmann::json(config_).dump());
    });
    throw TrainingDiverged(
        fmt::format("the loss of step {} is {:.6g}, allowed is {:.6g}", step_, total, config_.loss_limit),
        file);
  }

  void add_point(std::optional<Curves>& curves) {
    CurvePoint point{step_, {}};
    put_means(window_, "", point);
    window_.zero_();
    if (config_.validation_every > 0 && (step_ % config_.validation_every == 0 || step_ == config_.steps)) {
      if (held_out_sampler_) validate(point);
      if (hooks_.probe.measure) probe(point);
    }
    if (curves) curves->add(point);
    tell(point);
  }

  void tell(const CurvePoint& point) {
    last_loss_ = point.values.at("loss");
    if (hooks_.on_point) hooks_.on_point(point);
  }

  // The same batches every time.
  void validate(CurvePoint& point) {
    const torch::NoGradGuard no_gradients;
    Tensor window = empty_window(device_);
    for (int i = 0; i < config_.validation_batches; ++i) {
      const HostBatch host =
          gather_batch(held_out_, *held_out_source_, held_out_sampler_->batch(i, rank(), processes()));
      const Losses losses = training_losses(model_, to_device(host, *held_out_source_, device_), losses_);
      add_to_window(window, values_of(losses, host.draw, held_out_));
    }
    average_window(window);
    put_means(window, "held_out_", point);
  }

  void probe(CurvePoint& point) {
    const torch::NoGradGuard no_gradients;
    const CropEmbedder embed = [this](const std::vector<std::uint8_t>& rgb, const std::string& function) {
      const auto index = static_cast<std::int64_t>(model_->function_index(function));
      const Tensor text =
          model_->text(torch::full({1}, index, torch::TensorOptions(device_).dtype(torch::kInt64)));
      return embed_crop(*backbone_, model_, text[0], rgb, {});
    };
    const std::vector<double> values = hooks_.probe.measure(embed, step_);
    for (std::size_t i = 0; i < values.size(); ++i)
      point.values["held_out_" + hooks_.probe.names[i]] = values[i];
  }

  void checkpoint() {
    if (!writes()) return;
    hooks_.write_artifact(checkpoint_path(folder_), [&](const fs::path& temporary) {
      save_checkpoint(temporary, {model_, *optimizer_, window_, loss_scale_.state(), step_},
                      resume_key(config_));
    });
  }

  TrainingConfig config_;
  TrainingResources resources_;
  fs::path folder_;
  const TrainingHooks& hooks_;
  ProcessGroup* group_;  // null: this process trains alone
  torch::Device device_;
  LossOptions losses_;
  LossScale loss_scale_;
  std::unique_ptr<Backbone> backbone_;
  TrainingSet train_, held_out_;
  Sampler sampler_;
  std::optional<Sampler> held_out_sampler_;
  std::unique_ptr<ImageSource> source_, held_out_source_;
  FunctionalModel model_ = nullptr;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  Tensor window_;
  std::int64_t step_ = 0;
  double last_loss_ = 0;
};

}  // namespace

TrainingOutcome train_model(TrainingConfig config, const TrainingResources& resources,
                            const TrainingFiles& files, const fs::path& run_folder,
                            const TrainingHooks& hooks, ProcessGroup* group) {
  TrainingConfig::options().check(config);
  TrainingResources::options().check(resources);
  if (const int threads = resources.torch_threads(); threads > 0) torch::set_num_threads(threads);
  fs::create_directories(run_folder);
  const std::string advice = fmt::format(
      "out of memory: give fewer pairs and spatial_pairs (now {} and {}) or points ({}), or a higher "
      "accumulation ({}), which cuts batches into smaller ones without changing their sum",
      config.batch.functional_pairs, config.batch.spatial_pairs, config.batch.points, config.accumulation);
  try {
    return Trainer(std::move(config), resources, files, run_folder, hooks, group).run();
  } catch (const std::bad_alloc&) {
    throw std::runtime_error(advice);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("out of memory") != std::string::npos ||
        text.find("can't allocate memory") != std::string::npos)
      throw std::runtime_error(advice);
    throw std::runtime_error(text);
  }
}

}  // namespace funcorr
