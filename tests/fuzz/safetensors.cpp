// Weights, and shards of training data.
#include "db/format/safetensors.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  const SafetensorsFile file(as_file(input, "input.safetensors"));
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors()) bytes += tensor.bytes.size();
  promise(bytes <= input.size(), "tensors lie within the file");
  const auto copy = as_file("", "copy.safetensors");
  write_safetensors(copy, file.tensors(), file.metadata());
  const SafetensorsFile again(copy);
  promise(again.metadata() == file.metadata() && again.tensors().size() == file.tensors().size(),
          "what is written is read again");
  for (const auto& [name, tensor] : file.tensors()) {
    const TensorView& other = again.at(name, tensor.type, tensor.shape);
    promise(std::ranges::equal(other.bytes, tensor.bytes), "a tensor that is written is read again");
  }
}

}  // namespace funcorr::tests
