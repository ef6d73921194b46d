#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "train/weights/state_dict.h"

namespace funcorr {

// What benches against PyTorch (model_peer.py) share: threads and rounds, inputs, comparison.
struct TorchSetting {
  // "threads" (default: all CPUs; LibTorch is set to them), "rounds" (3) and "peer_rounds" (2): the fastest
  // counts. Seeds LibTorch.
  explicit TorchSetting(const nlohmann::json& given);
  int rounds() const { return parameters["rounds"]; }
  nlohmann::json parameters;
};

// Seconds of the fastest round.
template <typename Work>
double timed(int rounds, Work&& work) {
  double best = 1e300;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

// The peer's answer on the given inputs, or why there is none under "skipped".
nlohmann::json run_torch_peer(const std::string& name, const TorchSetting& setting, const StateDict& inputs);
// Adds to `result`, which has "seconds" and the peer's answer as "pytorch", how many times faster it is, and
// by how much what it computed differs from the peer's answer's member `agreement`.
void add_comparison(nlohmann::json& result, const char* agreement, double ours);

double peak_memory_mb();
// L2-normalised along the last dimension.
torch::Tensor random_directions(const std::vector<std::int64_t>& shape);
// Random weights of a ViT of that width, under DINOv2's official names.
StateDict random_dinov2(std::int64_t width, int depth);

}  // namespace funcorr
