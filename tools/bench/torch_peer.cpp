#include "tools/bench/torch_peer.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/resource.h>

#include "db/dataset/crop.h"
#include "tools/bench/peer.h"
#include "tools/bench/scratch_folder.h"

namespace funcorr {

namespace fs = std::filesystem;
using nlohmann::json;
using torch::Tensor;

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

TorchSetting::TorchSetting(const json& given) : parameters(given) {
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  parameters["threads"] = given.value("threads", cpus);
  parameters["rounds"] = given.value("rounds", 3);
  parameters["peer_rounds"] = given.value("peer_rounds", 2);
  parameters["crop_px"] = kCropSize;
  torch::set_num_threads(parameters["threads"]);
  torch::manual_seed(1);
}

json run_torch_peer(const std::string& name, const TorchSetting& setting, const StateDict& inputs) {
  const ScratchFolder scratch("funcorr-bench");
  const fs::path& folder = scratch.path();
  std::map<std::string, TensorView> views;
  StateDict contiguous;
  for (const auto& [key, tensor] : inputs) {
    contiguous[key] = tensor.detach().to(torch::kFloat32).contiguous();
    views.emplace(key, to_view(contiguous[key]));
  }
  write_safetensors(folder / "inputs.safetensors", views);
  std::ofstream(folder / "parameters.json") << setting.parameters;
  return run_peer_script(setting.parameters.value("python", std::string("/usr/bin/python3")), "model_peer.py",
                         {name, (folder / "parameters.json").string(), folder.string()}, "python3-torch");
}

void add_comparison(json& result, const char* agreement, double ours) {
  const json& peer = result["pytorch"];
  if (!peer.contains("seconds")) return;
  result["times_faster"] = peer["seconds"].get<double>() / result["seconds"].get<double>();
  if (peer.contains("memory_mb") && result.contains("memory_mb"))
    result["times_less_memory"] =
        peer["memory_mb"].get<double>() / std::max(1.0, result["memory_mb"].get<double>());
  const double theirs = peer[agreement];
  result["relative_difference"] = std::abs(ours - theirs) / std::max(1e-12, std::abs(theirs));
}

torch::Tensor random_directions(const std::vector<std::int64_t>& shape) {
  return torch::nn::functional::normalize(torch::randn(shape),
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

StateDict random_dinov2(std::int64_t width, int depth) {
  StateDict w{{"cls_token", torch::randn({1, 1, width})},
              {"pos_embed", torch::randn({1, 1370, width}) * 0.02},
              {"patch_embed.proj.weight", torch::randn({width, 3, 14, 14}) * 0.02},
              {"patch_embed.proj.bias", torch::zeros({width})}};
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    w[name + ".weight"] = torch::randn({out, in}) / std::sqrt(static_cast<double>(in));
    w[name + ".bias"] = torch::randn({out}) * 0.02;
  };
  for (int i = 0; i < depth; ++i) {
    const std::string block = "blocks." + std::to_string(i) + ".";
    for (const char* norm : {"norm1", "norm2"}) {
      w[block + norm + ".weight"] = torch::ones({width});
      w[block + norm + ".bias"] = torch::zeros({width});
    }
    linear(block + "attn.qkv", 3 * width, width);
    linear(block + "attn.proj", width, width);
    linear(block + "mlp.fc1", 4 * width, width);
    linear(block + "mlp.fc2", width, 4 * width);
    w[block + "ls1.gamma"] = w[block + "ls2.gamma"] = torch::full({width}, 0.5);
  }
  return w;
}

}  // namespace funcorr
