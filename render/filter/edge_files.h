#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Edge probabilities that were made elsewhere, by a network for example, in a folder, by the assets' uids:
//   <uid>.npy
//       numbers [N], of the points of points.npz in their order
//   <uid>---<category>.glb/primitives/, as the published release leaves those of SED-Net
//       results/edge.txt: a line "off;on" for every row of
//       sampled_point_cloud.npy: [M, 3], normalised object space, points of its own
class EdgeFiles {
 public:
  // Reads the folder's list; an empty path: of no asset. Throws UsageError where there is no such folder.
  explicit EdgeFiles(const std::filesystem::path& folder);

  // Those of an asset; none where the folder has nothing for it. Of several, <uid>.npy, else the
  // first by name.
  std::vector<std::filesystem::path> of(const std::string& uid) const;

 private:
  std::map<std::string, std::filesystem::path> entries_;  // by uid
};

// From such files, of points in normalised object space, [N]. Points of the release's own cloud give theirs
// to those they are nearest to, as in the release. Throws std::runtime_error that names the file and what is
// wrong: another number of values than there are points, a value that is not in 0 … 1, a cloud that leaves
// out some of the surface.
std::vector<float> load_edges(const std::vector<std::filesystem::path>& files,
                              const std::vector<Vec3f>& positions);

}  // namespace funcorr
