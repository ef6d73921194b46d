#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "db/format/mapped_file.h"
#include "db/format/safetensors.h"

namespace funcorr {

// A tensor as PyTorch stores it: a strided window of a storage.
struct StridedView {
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape, strides;  // elements
  std::span<const std::byte> bytes;          // from the first element to the last; may be unaligned

  // C order, without gaps between elements.
  bool is_contiguous() const;
};

// The tensors of a file that torch.save wrote (.pth, .pt, .bin: a ZIP archive with a pickle, or, before
// PyTorch 1.6, pickles with the storages behind them), or of a TorchScript archive, of which no code is ever
// run. Members of nested containers get dotted names; what is no tensor is left aside. The file is mapped;
// views live as long as this. Free of LibTorch. Throws std::runtime_error that names the file and what is
// wrong or refused: classes other than tensors and plain containers, tensors that reach beyond their storage
// or repeat its elements, circular containers.
class TorchArchive {
 public:
  explicit TorchArchive(const std::filesystem::path& file);
  const std::map<std::string, StridedView>& tensors() const { return tensors_; }

 private:
  MappedFile mapping_;
  std::map<std::string, StridedView> tensors_;
};

// Does the file begin like one of these?
bool is_torch_file(std::span<const std::byte> bytes);

}  // namespace funcorr
