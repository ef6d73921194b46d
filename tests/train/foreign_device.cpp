#include "tests/train/foreign_device.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <new>

#include <ATen/EmptyTensor.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR >= 2
#define FUNCORR_FOREIGN PrivateUse1
#else
#define FUNCORR_FOREIGN XPU
#endif

namespace funcorr::tests {
namespace {

using torch::Tensor;

constexpr c10::DeviceType kType = c10::DeviceType::FUNCORR_FOREIGN;
constexpr std::size_t kMemory = std::size_t{4} << 30;  // reserved, not taken
constexpr std::size_t kAlignment = 64;

std::atomic<std::int64_t> to_host = 0;
thread_local int kernels_running = 0;

// One stretch of addresses, out of the host's reach while nothing of the device is at work.
class Memory {
 public:
  static Memory& get() {
    static auto* memory = new Memory;  // tensors outlive static objects
    return *memory;
  }

  void* take(std::size_t bytes) {
    const std::size_t size = std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
    const std::lock_guard lock(mutex_);
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      if (gap->second < size) continue;
      const auto [at, length] = *gap;
      gaps_.erase(gap);
      if (length > size) gaps_.emplace(at + size, length - size);
      sizes_.emplace(at, size);
      return start_ + at;
    }
    throw std::bad_alloc();
  }

  void give_back(void* address) {
    const std::lock_guard lock(mutex_);
    const auto taken = sizes_.find(static_cast<std::size_t>(static_cast<std::byte*>(address) - start_));
    auto gap = gaps_.emplace(*taken).first;
    sizes_.erase(taken);
    if (const auto next = std::next(gap); next != gaps_.end() && gap->first + gap->second == next->first) {
      gap->second += next->second;
      gaps_.erase(next);
    }
    if (gap == gaps_.begin()) return;
    const auto previous = std::prev(gap);
    if (previous->first + previous->second != gap->first) return;
    previous->second += gap->second;
    gaps_.erase(gap);
  }

  void open() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) mprotect(start_, kMemory, PROT_READ | PROT_WRITE);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) mprotect(start_, kMemory, PROT_NONE);
  }

 private:
  Memory() {
    void* start = mmap(nullptr, kMemory, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    start_ = static_cast<std::byte*>(start);
    gaps_.emplace(0, kMemory);
  }
  std::mutex mutex_;
  std::byte* start_ = nullptr;
  std::map<std::size_t, std::size_t> gaps_, sizes_;  // offset → bytes
  int users_ = 0;
};

struct Access {
  Access() { Memory::get().open(); }
  ~Access() { Memory::get().close(); }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
};

void release(void* address) {
  if (address != nullptr) Memory::get().give_back(address);
}

struct ForeignAllocator final : c10::Allocator {
#if TORCH_VERSION_MAJOR >= 2
  c10::DataPtr allocate(std::size_t bytes) override { return made(bytes); }
  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    const Access access;
    default_copy_data(target, source, bytes);
  }
#else
  c10::DataPtr allocate(std::size_t bytes) const override { return made(bytes); }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static c10::DataPtr made(std::size_t bytes) {
    void* address = bytes == 0 ? nullptr : Memory::get().take(bytes);
    return {address, address, &release, c10::Device(kType, 0)};
  }
};

c10::Allocator* allocator() {
  static ForeignAllocator one;
  return &one;
}

// One device, one stream, in the order of its calls.
struct ForeignGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return getDevice(); }
  c10::Device getDevice() const override { return {kType, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};

c10::DispatchKeySet keys() { return c10::DispatchKeySet(c10::DispatchKey::FUNCORR_FOREIGN); }

// The same memory as the CPU's kernels see it.
Tensor as_host(const Tensor& tensor) {
  if (tensor.device().type() != kType) return tensor;
  const auto options = torch::TensorOptions(torch::kCPU).dtype(tensor.scalar_type());
  return tensor.numel() == 0 ? torch::empty(tensor.sizes(), options)
                             : torch::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), options);
}

Tensor empty(at::IntArrayRef size, c10::optional<at::ScalarType> type, c10::optional<at::Layout>,
             c10::optional<at::Device>, c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, allocator(), keys(), c10::dtype_or_default(type), format);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef strides, c10::optional<at::ScalarType> type,
                     c10::optional<at::Layout>, c10::optional<at::Device>, c10::optional<bool>) {
  return at::detail::empty_strided_generic(size, strides, allocator(), keys(), c10::dtype_or_default(type));
}

Tensor copy_from(const Tensor& source, const Tensor& target, bool) {
  if (kernels_running == 0 && target.is_cpu()) ++to_host;
  const Access access;
  as_host(target).copy_(as_host(source));
  return target;
}

Tensor copy_from_and_resize(const Tensor& source, const Tensor& target) {
  target.resize_(source.sizes());
  return copy_from(source, target, false);
}

// Grown tensors hold nothing of what they held: only results are resized here.
const Tensor& resize(const Tensor& tensor, at::IntArrayRef size, c10::optional<at::MemoryFormat>) {
  if (tensor.sizes() != size)
    tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(
        torch::empty(size, tensor.options().requires_grad(false)).storage());
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous(size);
  return tensor;
}

c10::Scalar read_scalar(const Tensor& tensor) {
  if (kernels_running == 0) ++to_host;
  const Access access;
  return at::_local_scalar_dense(as_host(tensor));
}

// A device of its own is asked for convolutions by this name.
Tensor convolve(const Tensor& input, const Tensor& weight, const c10::optional<Tensor>& bias,
                at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                at::IntArrayRef output_padding, std::int64_t groups) {
  const Access access;
  const auto here = bias && bias->defined() ? c10::optional<Tensor>(as_host(*bias)) : c10::nullopt;
  const Tensor result = at::convolution(as_host(input), as_host(weight), here, stride, padding, dilation,
                                        transposed, output_padding, groups);
  return result.to(foreign_device());
}

void run_on_cpu(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
  ++kernels_running;
  try {
    at::native::cpu_fallback(operation, stack);
  } catch (...) {
    --kernels_running;
    throw;
  }
  --kernels_running;
}

C10_REGISTER_GUARD_IMPL(FUNCORR_FOREIGN, ForeignGuard)

TORCH_LIBRARY_IMPL(aten, FUNCORR_FOREIGN, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("_copy_from", &copy_from);
  library.impl("_copy_from_and_resize", &copy_from_and_resize);
  library.impl("resize_", &resize);
  library.impl("_local_scalar_dense", &read_scalar);
  library.impl("convolution_overrideable", &convolve);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("view", &at::native::view);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("unfold", &at::native::unfold);
}

TORCH_LIBRARY_IMPL(_, FUNCORR_FOREIGN, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_cpu>());
}

}  // namespace

torch::Device foreign_device() { return {kType, 0}; }

std::int64_t copies_to_host() { return to_host; }

}  // namespace funcorr::tests
