#include "tests/train/run_on_disk.h"

#include "tests/train/small_run.h"

namespace funcorr::tests {

void write_run_on_disk(const std::filesystem::path& folder, bool mask_head) {
  ModelConfig config = small_config();
  config.head.mask = mask_head;
  std::filesystem::create_directories(folder);
  write_small_run(folder, config);
}

}  // namespace funcorr::tests
