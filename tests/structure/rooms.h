#pragma once

#include <string>
#include <vector>

namespace funcorr::tests {

// A folder of sources and the rooms whose headers it may include, besides its own.
struct Room {
  std::string folder;
  std::vector<std::string> knows;
};

// Who may know whom: the one table of it, lower rooms first. CMake's targets follow it; its test holds them
// to it.
inline const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {"db/format", {}},
      {"db/dataset", {"db/format"}},
      {"db/manifest", {"db/format", "db/dataset"}},
      {"render", {"db/format", "db/dataset"}},
      {"labeling", {"render", "db/format", "db/dataset"}},
      {"train", {"db/format", "db/dataset"}},
      {"eval", {"train", "labeling", "render", "db/format", "db/dataset"}},
      {"pipeline", {"db/format", "db/dataset", "db/manifest"}},
      {"stages/catalog", {"render", "pipeline", "db/format", "db/dataset", "db/manifest"}},
      {"stages/fetch",
       {"stages/catalog", "labeling", "render", "pipeline", "db/format", "db/dataset", "db/manifest"}},
      {"stages",
       {"stages/catalog", "stages/fetch", "pipeline", "eval", "train", "labeling", "render", "db/format",
        "db/dataset", "db/manifest"}},
      {"tools", {}},
      {"tools/sample_objects", {"pipeline", "render", "db/format", "db/dataset"}},
      {"tools/simulated_server",
       {"labeling", "render", "pipeline", "db/format", "db/dataset", "db/manifest"}},
      {"tools/example", {"eval", "train", "labeling", "render", "db/format", "db/dataset"}},
      {"tools/bench",
       {"tools/sample_objects", "tools/simulated_server", "stages", "stages/catalog", "stages/fetch",
        "pipeline", "eval", "train", "labeling", "render", "db/format", "db/dataset", "db/manifest"}},
      {"tests",
       {"tools/sample_objects", "tools/simulated_server", "stages", "stages/catalog", "stages/fetch",
        "pipeline", "eval", "train", "labeling", "render", "db/format", "db/dataset", "db/manifest"}},
  };
  return table;
}

// The room in which the file stands, given by its path from the root of the tree: the innermost one. Null:
// none.
inline const Room* room_of(const std::string& path) {
  const Room* found = nullptr;
  for (const Room& room : rooms())
    if (path.starts_with(room.folder + "/") && (!found || room.folder.size() > found->folder.size()))
      found = &room;
  return found;
}

}  // namespace funcorr::tests
