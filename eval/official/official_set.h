#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/pair.h"
#include "db/dataset/record/part.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "eval/official/official_layout.h"

namespace funcorr {

// Annotated pairs of a published evaluation set: their pixels become ground truth as they are, and their
// crops become views of assets that have nothing else.

struct OfficialSetOptions {
  std::filesystem::path official_set, official_real_set, export_to;  // empty: none
  std::string official_split = "test";
  static const OptionList<OfficialSetOptions>& options();

  const std::filesystem::path& root(PairSet set) const {
    return set == PairSet::kReal ? official_real_set : official_set;
  }
  std::vector<std::filesystem::path> roots() const;  // that are set
};

// Uid of the asset that an object of such a set becomes.
std::string official_uid(const std::string& object);
std::string official_key(const OfficialPair& pair);  // "<function>/<uid 1>|||<uid 2>|||<label>"
// Moves when a file of the pair may have changed: names, sizes and times.
std::string official_fingerprint(const OfficialPair& pair);

// Of all roots, by key. `skipped`: folders that are no pairs. Throws UsageError where there is no such set,
// and for an object that stands in both: their crops would be one.
std::map<std::string, OfficialPair> list_official_set(const OfficialSetOptions& options,
                                                      std::vector<std::string>& skipped);

// What there is to know of a pair besides its files, for those who work on it elsewhere.
void to_json(nlohmann::json& out, const OfficialPair& pair);
void from_json(const nlohmann::json& in, OfficialPair& pair);

// Writes the ground truth of every trial, and the crops and part masks of its views. Returns the trials'
// rows; the cost is not known and 0.
std::vector<Pair> import_official_pair(const Workspace& workspace, const std::filesystem::path& root,
                                       const OfficialPair& pair);
// The assets that its objects become.
std::vector<Asset> official_assets(const std::filesystem::path& root, const OfficialPair& pair);

// Writes pairs, with the crops and part masks of their views, in the layout.
class OfficialExport {
 public:
  // masks_of: all masks of an asset's parts.
  using MasksOf = std::function<std::vector<MaskRecord>(const std::string& uid)>;
  OfficialExport(Workspace workspace, OfficialSetOptions options, MasksOf masks_of);
  void add(const Pair& pair);
  std::size_t pairs() const { return pairs_; }  // that were added

 private:
  void add_view(const std::string& uid, const std::string& object, int view);

  Workspace workspace_;
  OfficialSetOptions options_;
  MasksOf masks_of_;
  std::size_t pairs_ = 0;
  std::set<std::pair<std::string, int>> views_;
};

}  // namespace funcorr
