#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/workspace.h"
#include "labeling/box/shown_view.h"

namespace funcorr {

// A picture that a model was shown, with the boxes that each of the formats reads from its answer.
struct PilotTile {
  ShownView shown;
  std::vector<std::vector<PixelBox>> boxes;  // by format, pixels of the crop
};

// A contact sheet (PNG) of the first 24 different views, each format's boxes in its colour, with the formats'
// names above. Makes the folder. A view whose picture is gone is left white.
void write_pilot_picture(const std::filesystem::path& file, const Workspace& workspace,
                         const std::vector<std::string>& formats, const std::vector<PilotTile>& tiles);

}  // namespace funcorr
