#pragma once

#include <torch/torch.h>

namespace funcorr {

// Softmax attention without dropout: q, k, v [B, heads, N, d] → [B, heads, N, d]. LibTorch's fused kernel
// where it has one (2.x); else blockwise over queries, so that at most about 64 MB of weights exist at once.
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v);
// The blockwise form, with at most `most_weights` attention weights (but at least one query's) at a time.
torch::Tensor blockwise_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                  std::int64_t most_weights = std::int64_t{1} << 24);

}  // namespace funcorr
