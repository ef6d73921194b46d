#include "pipeline/stage.h"

#include <stdexcept>

#include "db/format/hash.h"

namespace funcorr {

std::uint64_t item_seed(std::uint64_t global_seed, const std::string& stage, const std::string& key) {
  const std::string text = std::to_string(global_seed) + '\n' + stage + '\n' + key;
  return std::stoull(sha256_hex(text, 16), nullptr, 16);
}

ItemResult Stage::work(StageContext&, const std::string&, const nlohmann::json&) {
  throw std::logic_error("stage " + name() + " has neither work() nor run_in_process()");
}

void Stage::run_in_process(StageContext& context, const std::vector<Claimed>& items,
                           const std::function<void(const std::string& key, ItemResult)>& finish) {
  for (const Claimed& item : items) {
    if (context.stop_requested()) return;
    finish(item.key, work(context, item.key, item.job));
  }
}

}  // namespace funcorr
