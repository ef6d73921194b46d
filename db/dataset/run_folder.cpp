#include "db/dataset/run_folder.h"

#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {

namespace fs = std::filesystem;

namespace {

constexpr const char *kStep = "step", *kConfig = "config";

}  // namespace

fs::path run_config_path(const fs::path& run_folder) { return run_folder / "config.json"; }
fs::path checkpoint_path(const fs::path& run_folder) { return run_folder / "checkpoint.safetensors"; }
fs::path final_checkpoint_path(const fs::path& run_folder) { return run_folder / "final.safetensors"; }
fs::path curves_path(const fs::path& run_folder) { return run_folder / "curves.csv"; }
fs::path event_file_path(const fs::path& run_folder) {
  return run_folder / "tensorboard" / "events.out.tfevents.funcorr";
}
fs::path match_picture_folder(const fs::path& run_folder) { return run_folder / "matches"; }

fs::path match_picture_path(const fs::path& run_folder, std::int64_t step) {
  return match_picture_folder(run_folder) / fmt::format("step-{:08}.png", step);
}

std::int64_t step_of_match_picture(const fs::path& file) {
  const std::string name = file.stem().string();
  return std::stoll(name.substr(name.find('-') + 1));
}

fs::path failed_batch_path(const fs::path& run_folder, std::int64_t step, int process) {
  const std::string of_process = process == 0 ? "" : fmt::format("-process-{}", process);
  return run_folder / fmt::format("failed-step-{}{}.safetensors", step, of_process);
}

fs::path newest_checkpoint(const fs::path& run_folder) {
  fs::path newest;
  for (const fs::path& file : {checkpoint_path(run_folder), final_checkpoint_path(run_folder)}) {
    if (!fs::exists(file)) continue;
    if (newest.empty() || fs::last_write_time(file) >= fs::last_write_time(newest)) newest = file;
  }
  if (newest.empty())
    throw std::runtime_error(fmt::format("{}: neither {} nor {} is there", run_folder.string(),
                                         final_checkpoint_path({}).string(), checkpoint_path({}).string()));
  return newest;
}

std::map<std::string, std::string> checkpoint_metadata(const CheckpointFacts& facts) {
  return {{"format", "pt"}, {kStep, std::to_string(facts.step)}, {kConfig, facts.config}};
}

CheckpointFacts checkpoint_facts(const SafetensorsFile& file) {
  const auto step = file.metadata().find(kStep), config = file.metadata().find(kConfig);
  if (step == file.metadata().end())
    throw std::runtime_error(file.file().string() + " is no checkpoint: no step");
  return {std::stoll(step->second), config == file.metadata().end() ? std::string() : config->second};
}

std::string checkpoint_config(const fs::path& file) {
  if (!fs::exists(file)) return {};
  try {
    const SafetensorsFile tensors(file);
    const auto config = tensors.metadata().find(kConfig);
    return config == tensors.metadata().end() ? std::string() : config->second;
  } catch (const std::runtime_error&) {
    return {};
  }
}

std::int64_t checkpoint_step(const fs::path& file) { return checkpoint_facts(SafetensorsFile(file)).step; }

}  // namespace funcorr
