#include "stages/packing/shard_files.h"

#include <vector>

#include "db/manifest/items.h"

namespace funcorr {

void remove_surplus_files(Manifest& manifest, const std::filesystem::path& folder, const std::string& stage) {
  if (!std::filesystem::is_directory(folder)) return;
  std::vector<std::filesystem::path> surplus;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".safetensors" &&
        !done_fingerprint(manifest, stage, entry.path().stem().string()))
      surplus.push_back(entry.path());
  for (const std::filesystem::path& file : surplus) std::filesystem::remove(file);
}

}  // namespace funcorr
