#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "train/weights/state_dict.h"

namespace funcorr {

// One tensor's name as we read it, and in another layout.
struct Rename {
  const char *ours, *theirs;
};

// The tensors of one model, each checked as it is read: a std::runtime_error names one that is missing, holds
// values that are not finite, or has another shape.
class WeightReader {
 public:
  // `model`: its name in messages. Refers to `tensors`.
  WeightReader(const StateDict& tensors, std::string model);

  bool has(const std::string& name) const { return tensors_.contains(name); }
  const torch::Tensor& need(const std::string& name) const;
  // Of that shape, where −1 takes any length.
  const torch::Tensor& read(const std::string& name, const std::vector<std::int64_t>& shape) const;
  // Several, one behind the other along the first axis.
  torch::Tensor joined(const std::vector<std::string>& names) const;
  // Puts what stands here as `from` + theirs into `others` as `to` + ours.
  void rename(std::span<const Rename> names, const std::string& from, const std::string& to,
              StateDict& others) const;

 private:
  const StateDict& tensors_;
  std::string model_;
};

}  // namespace funcorr
