// Textures and material libraries where people keep them: each is found, and what is not where the file says
// is noted.
#include "render/import/file_finder.h"

#include <filesystem>
#include <string>

#include "db/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

// Where `reference` of set/chair/models/a.obj is found beneath the folder; "" for nowhere, "*" before what is
// not as named.
std::string found(const TemporaryFolder& folder, const std::string& reference) {
  const DiskFolder root(folder.path(), 1 << 20);
  const auto file = FileFinder(root).find("set/chair/models/a.obj", reference);
  if (!file) return "";
  return file->as_named ? file->path : std::string("*").append(file->path);
}

}  // namespace

TEST_CASE("a texture beneath the root is read where its path leads", "[import][textures]") {
  const TemporaryFolder folder;
  folder.write("set/chair/images/t.jpg", "");
  folder.write("shared/wood.png", "");
  CHECK(found(folder, "../images/t.jpg") == "set/chair/images/t.jpg");  // ShapeNetCore.v2, PartNet-Mobility
  CHECK(found(folder, "..\\images\\t.jpg") == "set/chair/images/t.jpg");
  CHECK(found(folder, "../../../shared/wood.png") == "shared/wood.png");
  const std::string absolute = (std::filesystem::canonical(folder.path()) / "shared/wood.png").string();
  CHECK(found(folder, absolute) == "shared/wood.png");
  CHECK(found(folder, "file://" + absolute) == "*shared/wood.png");
}

TEST_CASE("an asset's textures may lie anywhere beneath its catalogued root", "[import][textures]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "set/chair/images");
  save_png(folder / "set/chair/images/t.png", Image8(1, 1, 3));
  for (const char* models : {"set/chair/models", "set/chair/chair_parts"}) {
    folder.write(std::string(models) + "/a.mtl", "newmtl m\nmap_Kd ../images/t.png\n");
    folder.write(std::string(models) + "/a.obj",
                 "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl m\nf 1 2 3\n");
  }
  Asset asset;
  for (const char* path : {"set/chair/models/a.obj", "set/chair/chair_parts"}) {
    asset.path = path;
    asset.root = folder.path().string();
    const Scene scene = import_asset(source_of(asset));
    CHECK(scene.textures.size() == 1);
    CHECK(scene.warnings.empty());
  }
  asset.root = (folder / "set/chair/models").string();
  asset.path = "a.obj";
  CHECK(import_asset(source_of(asset)).statistics.textures_missing == 1);
}

TEST_CASE("a texture elsewhere is found by its base name beside the mesh and in the usual folders",
          "[import][textures]") {
  for (const char* place :
       {"set/chair/models", "set/chair/models/textures", "set/chair/models/images", "set/chair/models/maps",
        "set/chair/textures", "set/chair/images", "set/chair/maps", "set/chair/Textures"}) {
    INFO(place);
    const TemporaryFolder folder;
    folder.write(std::string(place) + "/wood.png", "");
    for (const char* name : {"C:\\Users\\someone\\tex\\wood.png", "C:\\\\Users\\\\someone\\\\wood.png",
                             "D:/artist/tex/wood.png", "/home/someone/tex/wood.png",
                             "file:///C:/artist/wood.png", "../../../../../wood.png", "//tex/wood.png"})
      CHECK(found(folder, name) == std::string("*").append(place).append("/wood.png"));
  }
  const TemporaryFolder folder;  // not further up, and not by any other name
  folder.write("set/wood.png", "");
  folder.write("set/textures/wood.png", "");
  folder.write("set/chair/models/woods.png", "");
  CHECK(found(folder, "D:/wood.png").empty());
  CHECK(found(folder, "wood.png").empty());
}

TEST_CASE("what other systems forgive in a name is forgiven", "[import][textures]") {
  const TemporaryFolder folder;
  folder.write("set/chair/models/wood grain.png", "");
  folder.write("set/chair/models/b\xc3\xbcro.png", "");  // büro, UTF-8
  folder.write(
      "set/chair/models/stra\xdf"
      "e.png",
      "");  // straße, Latin-1
  const std::string beside = "*set/chair/models/";
  for (const char* name : {"wood grain.png ", "\"wood grain.png\"", " 'wood grain.png'\t", "wood%20grain.png",
                           "Wood Grain.PNG", "./TEX/Wood Grain.PNG", "file:wood%20grain.png"})
    CHECK(found(folder, name) == beside + "wood grain.png");
  CHECK(found(folder, "wood grain.png") == "set/chair/models/wood grain.png");
  CHECK(found(folder, "b\xfcro.png") == beside + "b\xc3\xbcro.png");       // Latin-1
  CHECK(found(folder, "bu\xcc\x88ro.png") == beside + "b\xc3\xbcro.png");  // macOS
  CHECK(found(folder, "B\xc3\x9cRO.PNG") == beside + "b\xc3\xbcro.png");
  CHECK(found(folder,
              "stra\xc3\x9f"
              "e.png") == beside +
                              "stra\xdf"
                              "e.png");
}

TEST_CASE("a name that two files answer to is neither's", "[import][textures]") {
  const TemporaryFolder folder;
  folder.write("set/chair/models/Wood.png", "");
  folder.write("set/chair/models/WOOD.png", "");
  CHECK(found(folder, "wood.png").empty());
  CHECK(found(folder, "WOOD.png") == "set/chair/models/WOOD.png");
}

TEST_CASE("names that are no files' are nobody's", "[import][textures]") {
  const TemporaryFolder folder;
  folder.write("set/chair/models/textures/wood.png", "");
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("/"), std::string("textures/"),
        std::string("C:\\tex\\"), std::string("wood.png\0x", 10), std::string(1'000'000, '/'),
        std::string(5000, 'a')})
    CHECK(found(folder, name).empty());
}

TEST_CASE("material libraries are found likewise, and a missing one is warned of", "[import][textures]") {
  const TemporaryFolder folder;
  const std::string triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl m\nf 1 2 3\n";
  const auto import_with = [&](const std::string& mtllib) {
    folder.write("models/a.obj", "mtllib " + mtllib + "\n" + triangle);
    return import_asset({folder.path(), "models/a.obj", {}, "y"});
  };
  const auto green = [](const Scene& scene) {
    return scene.materials[static_cast<std::size_t>(scene.mesh.triangle_material[0])].base_color[1];
  };
  CHECK(import_with("none.mtl").warnings ==
        std::vector<std::string>{"material library 'none.mtl' is missing"});
  folder.write("models/Two Words.mtl", "newmtl m\nKd 0 0.25 0\n");
  CHECK(green(import_with("Two Words.mtl")) == 0.25);
  CHECK(import_with("Two Words.mtl").warnings.empty());
  CHECK(green(import_with("C:\\models\\two words.mtl")) == 0.25);
  folder.write("models/other.mtl", "newmtl n\nKd 0 0.5 0\n");
  CHECK(green(import_with("other.mtl \"Two Words.mtl\"")) != 0.25);  // names of a list have no blanks
  folder.write("models/m.mtl", "newmtl m\nKd 0 0.75 0\n");
  CHECK(green(import_with("other.mtl m.mtl")) == 0.75);
  folder.write("models/a.mtl", "newmtl m\nKd 0 0.5 0\n");
  const Scene scene = import_with("none.mtl");
  CHECK(green(scene) == 0.5);
  CHECK(scene.warnings ==
        std::vector<std::string>{"material library 'none.mtl' is missing: 'a.mtl' is read instead"});
}

}  // namespace funcorr
