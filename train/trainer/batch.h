#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <torch/torch.h>

#include "train/data/sampler.h"
#include "train/loss/losses.h"
#include "train/trainer/image_source.h"

namespace funcorr {

// A batch in main memory: the draw and everything that has to travel to the device.
struct HostBatch {
  BatchDraw draw;
  HostImages functional, spatial;              // images 1 of all pairs, then images 2
  torch::Tensor functions, spatial_functions;  // [P], [S] int64
  torch::Tensor functional_xy;  // [4, P, N, 2] float: positive 1, negative 1, positive 2, negative 2
  torch::Tensor spatial_xy;     // [2, S, N, 2] float
};

HostBatch gather_batch(const TrainingSet& set, const ImageSource& source, BatchDraw draw);
// Kinds of pairs that the batch has none of stay undefined.
TrainingBatch to_device(const HostBatch& batch, ImageSource& source, const torch::Device& device);

// Draws and gathers the batches of consecutive micro-steps ahead of the trainer, on several threads. What
// comes is the same whatever their number: batch m is drawn by slots of step m / accumulation.
class BatchLoader {
 public:
  struct Order {
    std::int64_t first_step = 0, last_step = 0;  // [first, last)
    int accumulation = 1;                        // micro-batches of a step
    int rank = 0, processes = 1;                 // which share of every batch
  };
  BatchLoader(const Sampler& sampler, const ImageSource& source, const Order& order, int threads);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  // The next micro-batch, in order. Throws what drawing it threw.
  HostBatch next();

 private:
  void work();
  HostBatch make(std::int64_t micro_step) const;

  const Sampler& sampler_;
  const ImageSource& source_;
  Order order_;
  std::int64_t ahead_, next_to_make_, next_to_give_, end_;
  std::map<std::int64_t, HostBatch> ready_;
  std::exception_ptr failure_;
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace funcorr
