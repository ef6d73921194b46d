#pragma once

#include <cstdint>

#include <torch/torch.h>

namespace funcorr::tests {

// A device that is none of this machine's: its memory can be neither read nor written by the host but through
// a copy, and its kernels are the CPU's. What runs on it unchanged, with the copies back counted, takes no
// detour over the host on a GPU either. LibTorch's PrivateUse1 from 2.0 on; before, whose modules cannot be
// moved there, XPU, which Debian's LibTorch lacks.
torch::Device foreign_device();

// Since the process began: copies from the device to the host that were asked for, scalars that were read
// among them; not those of a kernel's own.
std::int64_t copies_to_host();

}  // namespace funcorr::tests
