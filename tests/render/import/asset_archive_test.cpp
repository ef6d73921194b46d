// A mesh in a zip is the mesh that the unpacked files give, and the archive leads nowhere else.
#include "render/import/asset_archive.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "db/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/wedge_files.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;
using tests::triangles_of;
using tests::Wedge;
using tests::wedge_files::obj_text;

using Files = std::map<std::string, std::string>;

std::string zip_of(const Files& files, bool compress = true) {
  std::map<std::string, std::vector<std::byte>> members;
  for (const auto& [name, content] : files) {
    const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
    members[name] = {bytes, bytes + content.size()};
  }
  const std::vector<std::byte> zip = write_zip(members, compress);
  return {reinterpret_cast<const char*>(zip.data()), zip.size()};
}

Files textured_obj(const TemporaryFolder& folder, const std::string& texture) {
  Image8 picture(2, 1, 3);
  picture.pixels = {200, 10, 20, 30, 40, 50};
  save_png(folder / "picture.png", picture);
  return {{"meshes/model.obj", "mtllib model.mtl\nusemtl m\n" + obj_text(Wedge{})},
          {"meshes/model.mtl", "newmtl m\nmap_Kd texture.png\n"},
          {texture, tests::read_text(folder / "picture.png")}};
}

Scene import_file(const TemporaryFolder& folder, const std::string& name, const std::string& up = "y") {
  return import_asset({folder.path(), name, {}, up});
}

std::string rejection(const TemporaryFolder& folder, const std::string& zip,
                      const ImportLimits& limits = {}) {
  folder.write("a.zip", zip);
  try {
    import_asset({folder.path(), "a.zip", {}, "y"}, limits);
    return "";
  } catch (const ImportError& error) {
    UNSCOPED_INFO(error.what());
    return error.kind;
  }
}

// Which mesh an archive of these names is about, or the kind of the error.
std::string mesh_of(const std::vector<std::string>& names) {
  const TemporaryFolder folder;
  Files files;
  for (const std::string& name : names) files[name] = "content";
  folder.write("a.zip", zip_of(files));
  const DiskFolder root(folder.path(), 1 << 20);
  try {
    return AssetArchive(root, "a.zip", 1 << 20).mesh();
  } catch (const ImportError& error) {
    return error.kind;
  }
}

}  // namespace

TEST_CASE("a mesh in a zip is read with its textures as its unpacked files are", "[import][zip]") {
  const TemporaryFolder folder;
  // Beside the mesh, one level up, and as Google Scanned Objects have it: the library names none of these
  // folders, so all but the first are told.
  const auto& [texture, warnings] =
      GENERATE(std::pair{"meshes/texture.png", 0}, std::pair{"meshes/textures/texture.png", 1},
               std::pair{"textures/texture.png", 1}, std::pair{"materials/textures/texture.png", 1});
  INFO(texture);
  const Files files = textured_obj(folder, texture);
  for (const auto& [name, content] : files) folder.write("unpacked/" + name, content);
  const Scene unpacked = import_asset({folder / "unpacked", "meshes/model.obj", {}, "y"});
  for (const bool compress : {false, true}) {
    folder.write("model.zip", zip_of(files, compress));
    const Scene scene = import_file(folder, "model.zip");
    CHECK(triangles_of(scene.mesh) == triangles_of(Wedge{}));
    REQUIRE(scene.textures.size() == 1);
    CHECK(scene.textures[0].image.pixels == std::vector<std::uint8_t>{200, 10, 20, 30, 40, 50});
    CHECK(scene.warnings.size() == static_cast<std::size_t>(warnings));
    CHECK(scene.warnings == unpacked.warnings);
  }
}

TEST_CASE("a glTF in a zip finds its buffer, and its own up axis holds", "[import][zip]") {
  const TemporaryFolder folder;
  const tests::GltfBuilder gltf = tests::wedge_files::gltf_of(Wedge{});
  const Files files{{"scene.gltf", gltf.gltf("data/a%20buffer.bin")},
                    {"data/a buffer.bin", gltf.buffer()},
                    {"license.txt", "CC-BY"}};
  folder.write("model.ZIP", zip_of(files));
  const Scene scene = import_file(folder, "model.ZIP", "z");
  CHECK(triangles_of(scene.mesh) == triangles_of(Wedge{}));
  CHECK(scene.warnings ==
        std::vector<std::string>{"up = \"z\" is ignored: the format says itself which way is up"});
  folder.write("model.zip", zip_of({{"model.obj", obj_text(Wedge{})}}));
  CHECK(triangles_of(import_file(folder, "model.zip", "z").mesh) != triangles_of(Wedge{}));
}

TEST_CASE("an archive is about the mesh of least depth and first format", "[import][zip]") {
  CHECK(mesh_of({"a/b/c.glb", "a/d.obj"}) == "a/d.obj");
  CHECK(mesh_of({"d.obj", "d.mtl", "d.glb", "d.fbx"}) == "d.glb");
  CHECK(mesh_of({"__MACOSX/._chair.obj", "chair/Chair.OBJ"}) == "chair/Chair.OBJ");
  CHECK(mesh_of({"old\\windows\\a.obj", "readme.txt"}) == "old/windows/a.obj");
  CHECK(mesh_of({"one.glb", "two.glb"}) == "several_meshes");
  CHECK(mesh_of({"readme.txt", "source/model.zip"}) == "no_mesh_in_archive");
  CHECK(mesh_of({"../a.obj", "/b.obj"}) == "no_mesh_in_archive");  // they lead out
  CHECK(mesh_of({"a.obj", "x/../a.obj"}) == "bad_archive");        // two of one path
}

TEST_CASE("what an archive names outside itself is not read", "[import][zip]") {
  const TemporaryFolder folder;
  Files files = textured_obj(folder, "meshes/other.png");
  folder.write("texture.png", files["meshes/other.png"]);
  folder.write("meshes/texture.png", files["meshes/other.png"]);
  for (const std::string& name :
       {std::string("../texture.png"), std::string("../../texture.png"), (folder / "texture.png").string()}) {
    INFO(name);
    files["meshes/model.mtl"] = "newmtl m\nmap_Kd " + name + "\n";
    folder.write("a.zip", zip_of(files));
    const Scene scene = import_file(folder, "a.zip");
    CHECK(scene.textures.empty());
    CHECK(scene.statistics.textures_missing == 1);
  }
}

TEST_CASE("an archive that cannot be read is rejected with the reason", "[import][zip]") {
  const TemporaryFolder folder;
  const std::string zip = zip_of({{"a.obj", obj_text(Wedge{})}}, false);
  CHECK(rejection(folder, zip) == "");
  CHECK(rejection(folder, zip.substr(0, zip.size() / 2)) == "bad_archive");
  CHECK(rejection(folder, "") == "bad_archive");
  CHECK(rejection(folder, "<html>not found</html>") == "bad_archive");
  std::string changed = zip;
  changed[zip.find("# a wedge")] = '!';  // its CRC no longer fits
  CHECK(rejection(folder, changed) == "bad_archive");
  std::string encrypted = zip;
  encrypted[zip.find("PK\x01\x02") + 8] |= 1;
  CHECK(rejection(folder, encrypted) == "bad_archive");
  ImportLimits limits;
  limits.max_file_mb = 1;
  const std::string bomb = zip_of({{"a.obj", std::string(2 << 20, '\n')}});
  REQUIRE(bomb.size() < 10'000);
  CHECK(rejection(folder, bomb, limits) == "too_large");
  CHECK_THROWS_AS(import_file(folder, "missing.zip"), ImportError);
}

}  // namespace funcorr
