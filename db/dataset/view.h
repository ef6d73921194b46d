#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "db/format/image.h"
#include "db/format/named_enum.h"

namespace funcorr {

// The rendered views of an asset, in folders of its own: A/label, A/train. What the numbers in the files of a
// view mean stands in render/visibility/channels.h.
enum class ViewSet {
  kLabel,  // for the labelling of parts
  kTrain,  // for training and evaluation
};
constexpr auto names_of(ViewSet) {
  return std::to_array<EnumName<ViewSet>>({{ViewSet::kLabel, "label"}, {ViewSet::kTrain, "train"}});
}

std::filesystem::path view_folder(const std::filesystem::path& asset_folder, ViewSet set);

// What all files of a view are called: "0007".
std::string view_name(int view);
// The view that is called so; nothing for any other text.
std::optional<int> view_of_name(std::string_view name);

// NNNN.png: RGBA, 8 bit, straight alpha.
std::filesystem::path view_image_path(const std::filesystem::path& view_folder, int view);
void save_view_image(const std::filesystem::path& file, const Image8& rgba);
// Throws std::runtime_error that names the file where it cannot be read or has no alpha channel.
Image8 load_view_image(const std::filesystem::path& file);

// NNNN.exr: channels by name (save_exr(), load_exr_channels()).
std::filesystem::path view_channels_path(const std::filesystem::path& view_folder, int view);

// Removes the files of views from number `first` on that lie in a folder.
void remove_views_from(const std::filesystem::path& folder, int first);

}  // namespace funcorr
