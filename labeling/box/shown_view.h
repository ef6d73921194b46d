#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/view.h"
#include "db/format/image.h"

namespace funcorr {

// Which pixels of which view a model is shown: the whole view, or the crop of the zoomed pass.
struct ShownView {
  std::string uid;
  int view = 0;
  PixelBox crop;                  // pixels of the view
  ViewSet set = ViewSet::kLabel;  // kTrain: as evaluation takes it, see picture_path()
  bool operator==(const ShownView&) const = default;
};

// The picture for the request: the crop of `rgba` on white, padded to a square, as JPEG. It says which view
// it is in a comment segment ("funcorr uid/view x1,y1,x2,y2"; "funcorr uid/train/view …"), so that a stored
// or forwarded request explains itself; decoders skip it. Throws std::out_of_range for a crop outside the
// view, std::invalid_argument for an image without alpha.
std::vector<std::uint8_t> shown_jpeg(const Image8& rgba, const ShownView& shown, int quality);

// RGBA of a view: of the labelling views, or of those that evaluation takes, where an asset of a published
// evaluation set has nothing but its stored crop.
std::filesystem::path picture_path(const std::filesystem::path& asset_folder, ViewSet set, int view);

// What the comment of such a JPEG says; nothing for any other data.
std::optional<ShownView> shown_view_of(std::string_view jpeg);

}  // namespace funcorr
