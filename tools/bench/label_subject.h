#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "db/dataset/cameras.h"
#include "db/dataset/points.h"
#include "db/dataset/record/box.h"
#include "db/dataset/visible_points.h"
#include "db/format/image.h"

namespace funcorr {

// A generated object as the stages that label it see it, and the truth.
struct LabelSubject {
  struct Part {
    std::string name;
    bool is_small = false, is_edge = false;
    std::set<std::int16_t> ids;                      // of its true parts
    std::vector<std::optional<PixelBox>> boxes;      // around what each labelling view shows of it
    std::vector<std::vector<std::uint8_t>> masks{};  // of the training views; [H, W] 0 or 1
  };
  struct TrainingView {
    Camera camera;
    VisiblePoints visible;
    ImageF surface;  // [H, W, 4] z-depth and geometric normal
    Image8 object;   // [H, W, 1]
  };
  std::string category;
  SurfacePoints points;
  std::vector<Vec3d> label_eyes;  // where the labelling views look from
  std::vector<VisiblePoints> label_views;
  std::vector<PixelBox> object_boxes;                              // of the labelling views
  std::vector<std::vector<std::optional<PixelBox>>> true_parts{};  // [labelling views][true parts]
  std::vector<TrainingView> training_views;
  std::vector<Part> parts;  // those of the category that the object has
};

struct LabelSubjectOptions {
  int views = 19, training_views = 6, size_px = 490;
  std::uint64_t seed = 1;
};

// Object number `variant` of a family: generated, written, filtered and looked at by rays alone. `taxonomy`
// file of the parts. Files go to `folder`.
LabelSubject make_label_subject(const std::string& category, int variant, const LabelSubjectOptions& options,
                                const std::filesystem::path& taxonomy, const std::filesystem::path& folder);

}  // namespace funcorr
