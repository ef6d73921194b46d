#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "render/integrator/render_settings.h"
#include "render/views/view_files.h"

namespace funcorr {

enum class HdriRotation { kRandom, kNone };
constexpr auto names_of(HdriRotation) {
  return std::to_array<EnumName<HdriRotation>>(
      {{HdriRotation::kRandom, "random"}, {HdriRotation::kNone, "none"}});
}

// Which views are made of an asset, in which light, and which files of each.
struct ViewOptions {
  int label_views = 19, train_views = 30;
  int size_px = 490;                                   // width and height
  std::filesystem::path label_cameras, train_cameras;  // camera files; empty: the standard positions
  int label_samples = 0;                               // 0: as many as settings.samples
  std::vector<std::filesystem::path> hdri{"builtin:studio", "builtin:sky"};
  HdriRotation hdri_rotation = HdriRotation::kRandom;
  ViewFiles files;
  RenderSettings settings;

  static const OptionList<ViewOptions>& options();

  std::vector<std::filesystem::path> camera_files() const;  // those that are given
};

}  // namespace funcorr
