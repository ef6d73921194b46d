#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "render/geometry/mesh.h"
#include "render/import/asset_folder.h"
#include "render/import/file_finder.h"
#include "render/import/import.h"
#include "render/material/texture.h"

namespace funcorr {

// Decodes the textures an asset refers to, each once, within the limits. What is not found beneath the root
// or cannot be decoded is a warning and index −1, what is found elsewhere than named a warning
// (file_finder.h); what breaks a limit is an ImportError.
class TextureStore {
 public:
  TextureStore(const AssetFolder& folder, const ImportLimits& limits)
      : folder_(folder), finder_(folder), limits_(limits) {}

  // A file as the mesh file `base` names it (URI escapes already decoded). Floats (EXR, HDR) are linear: they
  // are encoded for the use, sRGB for colours, linear for what are numbers.
  int from_file(const std::string& base, const std::string& reference, Encoding use = Encoding::kSrgb);
  // An image within a file; `name` is unique to it.
  int from_memory(const std::string& name, std::span<const std::byte> encoded,
                  Encoding use = Encoding::kSrgb);

  // A texture that `make` derives from those read so far; `key` is unique to it. Counts against the limit of
  // pixels like others.
  int derived(const std::string& key, const std::function<Image8()>& make);
  const Image8& image(int index) const { return textures_[static_cast<std::size_t>(index)].image; }

  std::vector<Texture> take_textures() { return std::move(textures_); }
  const std::vector<std::string>& warnings() const { return warnings_; }
  int named() const { return static_cast<int>(index_.size()); }
  int missing() const {
    return static_cast<int>(
        std::ranges::count_if(index_, [](const auto& entry) { return entry.second < 0; }));
  }

 private:
  int find(const std::string& base, const std::string& reference, Encoding use);
  int add(const std::string& name, std::span<const std::byte> encoded, std::uint8_t (*code)(float));

  const AssetFolder& folder_;
  FileFinder finder_;
  ImportLimits limits_;
  std::map<std::tuple<std::string, std::string, Encoding>, int> found_;  // by mesh file, what it names, use
  std::map<std::string, int> index_;                                     // the files and images behind that
  std::map<std::string, int> derived_;                                   // what was made of them
  std::vector<Texture> textures_;
  std::vector<std::string> warnings_;
  std::int64_t pixels_ = 0;
};

}  // namespace funcorr
