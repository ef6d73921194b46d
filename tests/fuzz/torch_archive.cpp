// Weight files of PyTorch: pickles in a ZIP archive, or one behind the other.
#include "train/weights/torch_archive.h"

#include "tests/fuzz/fuzz.h"
#include "train/weights/pickle.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  if (!is_torch_file(bytes_of(input))) {
    read_pickle(bytes_of(input), "input", {.script_classes = true});
    return;
  }
  const TorchArchive archive(as_file(input, "input.pth"));
  for (const auto& [name, tensor] : archive.tensors()) {
    promise(tensor.shape.size() == tensor.strides.size(), "a stride for each side");
    tensor.is_contiguous();
    std::size_t sum = 0;
    for (const std::byte byte : tensor.bytes) sum += static_cast<std::size_t>(byte);
    promise(sum <= 255 * tensor.bytes.size(), "every byte can be read");
  }
}

}  // namespace funcorr::tests
