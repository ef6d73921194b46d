#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "db/format/safetensors.h"

namespace funcorr {

// Python's pickle format, as far as PyTorch's weight files need it: plain values, tuples, lists, dicts,
// OrderedDict, tensors and their storages. Nothing is ever called: every other class or function is refused
// by its name.

struct PickleValue;
using PickleRef = PickleValue*;

struct PickleNone {};
struct PickleSequence {
  std::vector<PickleRef> items;
};
struct PickleDict {  // also the attributes of an object of a TorchScript class
  std::vector<std::pair<PickleRef, PickleRef>> items;
};
struct PickleGlobal {
  std::string name;  // "collections.OrderedDict"
};
// Where a tensor's bytes are: ('storage', torch.FloatStorage, key, device, number of elements).
struct PickleStorage {
  TensorType type = TensorType::kF32;
  std::string key;
  std::int64_t elements = 0;
};
struct PickleTensor {
  PickleStorage storage;
  std::int64_t offset = 0;  // elements
  std::vector<std::int64_t> shape, strides;
};

struct PickleValue {
  std::variant<PickleNone, bool, std::int64_t, double, std::string, PickleSequence, PickleDict, PickleGlobal,
               PickleStorage, PickleTensor>
      data;
};

// Values refer to each other, also in circles: the document owns them all.
struct PickleDocument {
  std::deque<PickleValue> values;
  PickleRef root = nullptr;
  std::size_t bytes_read = 0;  // up to the end of the STOP opcode
};

struct PickleLimits {
  bool script_classes = false;  // take objects of classes named __torch__.… as dicts of their attributes
};

// Throws std::runtime_error "<name>: …" for what is malformed, truncated or refused. Memory is at most some
// 200 bytes per byte of input.
PickleDocument read_pickle(std::span<const std::byte> bytes, const std::string& name,
                           const PickleLimits& limits = {});

}  // namespace funcorr
