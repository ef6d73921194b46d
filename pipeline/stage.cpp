#include "pipeline/stage.h"

#include <stdexcept>

namespace funcorr {

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
