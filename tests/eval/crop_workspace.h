#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "db/dataset/crop_file.h"
#include "db/dataset/pair_file.h"
#include "db/dataset/record/pair.h"
#include "db/dataset/workspace.h"
#include "db/format/artifact.h"
#include "tests/temporary_folder.h"

namespace funcorr::tests {

// A workspace of assets of which crops are all there is: a coloured square of 60 px each, at a place of its
// own.
class CropWorkspace {
 public:
  Workspace workspace() const { return Workspace{folder_.path()}; }

  static std::string uid(char letter) { return std::string(32, letter); }

  // `side` 0: an object without a pixel.
  void add_object(const std::string& uid, int left, int top, int side = 60) const {
    Image8 rgb(kCropSize, kCropSize, 3), object(kCropSize, kCropSize, 1);
    std::fill(rgb.pixels.begin(), rgb.pixels.end(), std::uint8_t{255});
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        std::uint8_t* pixel = rgb.at(left + x, top + y);
        pixel[0] = static_cast<std::uint8_t>(4 * x);
        pixel[1] = static_cast<std::uint8_t>(4 * y);
        pixel[2] = static_cast<std::uint8_t>(2 * x + y);
        *object.at(left + x, top + y) = 255;
      }
    write_artifact(crop_path(workspace().asset(uid), 0),
                   [&](const std::filesystem::path& file) { save_crop(file, rgb, object); });
  }

  // Stores the pixels and returns the row.
  Pair add_pair(const std::string& function, const std::string& uid_1, const std::string& uid_2,
                const std::vector<PixelPair>& truth) const {
    const std::string annotated = annotated_pair(function, uid_1, uid_2, "test");
    const std::filesystem::path path = pair_path(annotated, 0);
    write_artifact(workspace().root / path,
                   [&](const std::filesystem::path& file) { save_pair_file(file, truth); });
    return {pair_id(annotated, 0),
            function,
            uid_1,
            uid_2,
            "mug",
            "mug",
            "test",
            0,
            0,
            0,
            static_cast<std::int64_t>(truth.size()),
            0,
            path.string()};
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace funcorr::tests
