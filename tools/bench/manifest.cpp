// Bench case "manifest": listing, claiming and committing items, and every statistics view, in a manifest of
// N assets. Parameters: {"assets": 1000000, "batch": 64, "committed": N, "folder": a local disk}.
#include "db/manifest/manifest.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/workspace.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/statistics.h"
#include "db/manifest/taxonomy.h"
#include "tools/bench/scratch_folder.h"

namespace funcorr {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Spread like a hash: neighbours in time are strangers in the index.
std::string uid_of(std::int64_t index) {
  std::uint64_t x = static_cast<std::uint64_t>(index) + 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(x ^ (x >> 31)),
                static_cast<unsigned long long>(index));
  return text;
}

constexpr int kCategories = 160;
constexpr int kTransactionRows = 10'000;

void fill_assets(Manifest& manifest, std::int64_t assets) {
  for (int category = 0; category < kCategories; ++category) {
    const std::string name = "category " + std::to_string(category);
    replace_category(manifest, name, {"hold"}, {{name, "handle", "", false, false, {"hold"}}});
  }
  for (std::int64_t begin = 0; begin < assets; begin += kTransactionRows) {
    Transaction transaction(manifest);
    for (std::int64_t i = begin; i < std::min<std::int64_t>(begin + kTransactionRows, assets); ++i) {
      Asset asset;
      asset.uid = uid_of(i);
      asset.name = "objaverse/" + asset.uid + ".glb";
      asset.root = "/objaverse";
      asset.path = asset.uid + ".glb";
      asset.format = "glb";
      asset.content_hash = asset.uid;
      asset.category = "category " + std::to_string(i % kCategories);
      upsert_asset(manifest, asset);
    }
    transaction.commit();
  }
}

double list_items(Manifest& manifest, Items& items) {
  const Stopwatch watch;
  items.begin_listing({});
  std::vector<WantedItem> batch;
  const auto flush = [&] {
    items.want(batch);
    batch.clear();
  };
  for_each_asset(manifest, [&](const Asset& asset) {
    batch.push_back({asset.uid, "0123456789ab:" + asset.content_hash});
    if (batch.size() == kTransactionRows) flush();
  });
  flush();
  items.end_listing();
  return watch.seconds();
}

// What a stage does: lease a batch, then store a row of each item and finish it in one transaction.
std::int64_t work(Manifest& manifest, Items& items, int batch, std::int64_t wanted) {
  const Owner owner = Owner::self();
  std::int64_t committed = 0;
  while (committed < wanted) {
    const std::vector<LeasedItem> leased = items.claim(batch, owner, 600);
    if (leased.empty()) break;
    std::vector<ItemOutcome> outcomes;
    Transaction transaction(manifest);
    for (const LeasedItem& item : leased) {
      const bool rejected = (committed + static_cast<std::int64_t>(outcomes.size())) % 50 == 0;
      if (!rejected)
        replace_masks(manifest, item.key, "handle", {{item.key, "handle", 0, 100, MaskBranch::kOtsu}});
      outcomes.push_back({item.key, rejected ? ItemState::kRejected : ItemState::kDone,
                          rejected ? "no triangles" : "", rejected ? "no_triangles" : "", 0.5, 1 << 20, 0});
    }
    items.finish(outcomes);
    transaction.commit();
    committed += static_cast<std::int64_t>(leased.size());
  }
  return committed;
}

}  // namespace

nlohmann::json bench_manifest(const nlohmann::json& parameters) {
  const std::int64_t assets = parameters.value("assets", std::int64_t{1'000'000});
  const std::int64_t wanted = parameters.value("committed", assets);
  const int batch = parameters.value("batch", 64);
  const std::filesystem::path parent =
      parameters.value("folder", std::filesystem::temp_directory_path().string());
  const ScratchFolder scratch("funcorr-bench-manifest", parent);
  const std::filesystem::path& folder = scratch.path();

  nlohmann::json result{{"assets", assets}, {"batch", batch}};
  {
    Manifest manifest(Workspace{folder}.manifest());
    const Stopwatch filling;
    fill_assets(manifest, assets);
    result["assets_per_second"] = static_cast<double>(assets) / filling.seconds();
    Items items(manifest, "mask");
    result["listed_new_items_per_second"] = static_cast<double>(assets) / list_items(manifest, items);

    const Stopwatch working;
    const std::int64_t committed = work(manifest, items, batch, wanted);
    result["committed"] = committed;
    result["claimed_and_committed_items_per_second"] = static_cast<double>(committed) / working.seconds();
    result["listed_known_items_per_second"] = static_cast<double>(assets) / list_items(manifest, items);

    for (const std::string& view : statistics_views()) {
      const Stopwatch watch;
      statistics(manifest, view);
      result["statistics_seconds"][view] = watch.seconds();
    }
    result["file_bytes"] = std::filesystem::file_size(manifest.file());
  }
  return result;
}

}  // namespace funcorr
