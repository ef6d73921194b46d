#include "train/weights/weight_reader.h"

#include <stdexcept>
#include <utility>

namespace funcorr {

using torch::Tensor;

WeightReader::WeightReader(const StateDict& tensors, std::string model)
    : tensors_(tensors), model_(std::move(model)) {}

const Tensor& WeightReader::need(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    throw std::runtime_error("tensor \"" + name + "\" of " + model_ + " is missing");
  check_finite(found->second, name);
  return found->second;
}

const Tensor& WeightReader::read(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const Tensor& tensor = need(name);
  bool fits = tensor.dim() == static_cast<std::int64_t>(shape.size());
  for (std::size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] < 0 || tensor.size(static_cast<std::int64_t>(i)) == shape[i];
  if (!fits)
    throw std::runtime_error("tensor \"" + name + "\" of " + model_ + " has the shape " +
                             c10::str(tensor.sizes()) + " where " + c10::str(torch::IntArrayRef(shape)) +
                             " is expected");
  return tensor;
}

Tensor WeightReader::joined(const std::vector<std::string>& names) const {
  std::vector<Tensor> parts;
  for (const std::string& name : names) parts.push_back(need(name));
  return torch::cat(parts);
}

void WeightReader::rename(std::span<const Rename> names, const std::string& from, const std::string& to,
                          StateDict& others) const {
  for (const Rename& name : names) others[to + name.ours] = need(from + name.theirs);
}

}  // namespace funcorr
