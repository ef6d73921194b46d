#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "db/format/vector.h"
#include "render/geometry/mesh.h"
#include "render/import/asset_folder.h"
#include "render/import/file_finder.h"
#include "render/import/scene_builder.h"

namespace funcorr {

// What a map statement of a material library says ("map_Kd -s 2 2 1 wood.png"): the options of the MTL format
// (Alias Wavefront, MTL material format, 1995, "Options for texture map statements").
struct MtlMap {
  std::string file;           // as written, blanks at its end included
  Vec2d offset{0, 0};         // -o: uv = offset + scale · uv, v upward
  Vec2d scale{1, 1};          // -s
  double base = 0, gain = 1;  // -mm: texture value = base + gain · stored value
  double bump = 1;            // -bm
  bool clamp = false;         // -clamp
  char channel = '\0';        // -imfchan: r, g, b, m (alpha), l (brightness); '\0': as is usual for the map
  std::vector<std::string> lost;  // options that cannot be followed: -t, -imfchan z

  // Lays `ref` as the options say.
  void apply_to(TextureRef& ref) const;
};

// Of what follows the statement's keyword. Options that have no effect here (-blendu, -blendv, -boost, -cc,
// -texres, -type) are read over; `file` is empty where no name follows.
MtlMap parse_mtl_map(std::string_view arguments);

// The material libraries of an OBJ, found where people keep them (file_finder.h), as Assimp is to read them:
// UTF-8, every map statement names its number in maps() instead of a file and options.
class MtlLibrary {
 public:
  // `base`: the OBJ, beneath the folder. Warnings go to the builder.
  MtlLibrary(const AssetFolder& folder, std::string base, SceneBuilder& builder);

  // The libraries that an mtllib statement names (one, or several with blanks between); where none is found,
  // that which is called as the OBJ is, with a warning. Each file is read once.
  void read(const std::string& names);
  // All that was read.
  const std::vector<std::byte>& text() const { return text_; }
  // Of all libraries read so far; the name that Assimp gives as a texture's is the index.
  const std::vector<MtlMap>& maps() const { return maps_; }

 private:
  bool append(const std::string& name);
  void append_statements(std::string_view text);
  void append_line(std::string_view line);

  const AssetFolder& folder_;
  std::string base_;
  SceneBuilder& builder_;
  FileFinder finder_;
  std::vector<MtlMap> maps_;
  std::set<std::string> read_;  // files
  std::vector<std::byte> text_;
};

}  // namespace funcorr
