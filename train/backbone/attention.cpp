#include "train/backbone/attention.h"

#include <algorithm>
#include <cmath>

namespace funcorr {

torch::Tensor blockwise_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                  std::int64_t most_weights) {
  const auto width = q.size(3), queries = q.size(2), keys = k.size(2);
  const torch::Tensor scaled = (q / std::sqrt(static_cast<double>(width))).reshape({-1, queries, width});
  const torch::Tensor keys_t = k.reshape({-1, keys, width}).transpose(1, 2),
                      values = v.reshape({-1, keys, width});
  const auto rows = std::max<std::int64_t>(1, most_weights / (scaled.size(0) * keys));
  if (rows >= queries)
    return torch::bmm(torch::bmm(scaled, keys_t).softmax(-1), values)
        .view({q.size(0), q.size(1), queries, width});
  torch::Tensor result = torch::empty_like(scaled);
  for (std::int64_t first = 0; first < queries; first += rows) {
    const auto count = std::min(rows, queries - first);
    const torch::Tensor weights = torch::bmm(scaled.narrow(1, first, count), keys_t).softmax(-1);
    result.narrow(1, first, count).copy_(torch::bmm(weights, values));
  }
  return result.view({q.size(0), q.size(1), queries, width});
}

torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
#if TORCH_VERSION_MAJOR >= 2
  return at::scaled_dot_product_attention(q, k, v);
#else
  return blockwise_attention(q, k, v);
#endif
}

}  // namespace funcorr
