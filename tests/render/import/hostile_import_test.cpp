// Files that reach for what is not theirs, or promise more than they hold.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>

#include "db/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::GltfBuilder;
using tests::TemporaryFolder;
using tests::Wedge;

// A folder "asset" with a secret, a picture that must not be read, beside it.
struct Sandbox {
  TemporaryFolder outer;
  fs::path asset = outer / "asset";
  Sandbox() {
    fs::create_directories(asset);
    Image8 secret(2, 2, 3);
    save_png(outer / "secret.png", secret);
  }
  std::string rejection(const std::string& name) const {
    try {
      const Scene scene = import_asset({asset, name, {}, "y"});
      CHECK(scene.textures.empty());
      return "";
    } catch (const ImportError& error) {
      UNSCOPED_INFO(error.what());
      return error.kind;
    }
  }
};

std::string gltf_with_image(const std::string& uri) {
  const Wedge wedge;
  GltfBuilder file;
  file.document["images"] = {{{"uri", uri}}};
  file.document["textures"] = {{{"source", 0}}};
  file.document["materials"] = {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
  const int mesh = file.mesh({{"POSITION", file.accessor(wedge.positions, "VEC3")}},
                             file.accessor(wedge.indices, "SCALAR"));
  file.document["meshes"][0]["primitives"][0]["material"] = 0;
  file.node({{"mesh", mesh}});
  return file.glb();
}

constexpr const char* kTriangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl m\nf 1 2 3\n";

}  // namespace

TEST_CASE("a texture outside the root is missing, not read", "[import][hostile]") {
  const Sandbox sandbox;
  const auto is_missing = [&](const std::string& file) {
    const Scene scene = import_asset({sandbox.asset, file, {}, "y"});
    return scene.textures.empty() && scene.statistics.textures_named == 1 &&
           scene.statistics.textures_missing == 1 && scene.warnings.size() == 1 &&
           scene.warnings[0].ends_with("is missing");
  };
  const std::string absolute = (sandbox.outer / "secret.png").string();
  const std::vector<std::string> escapes{"../secret.png",
                                         "..\\secret.png",
                                         "a/../../secret.png",
                                         "../../../../../../../../etc/passwd",
                                         absolute,
                                         "file://" + absolute,
                                         "http://localhost/secret.png",
                                         "C:\\secret.png"};
  for (const std::string& name : escapes) {
    INFO(name);
    sandbox.outer.write("asset/a.glb", gltf_with_image(name));
    CHECK(is_missing("a.glb"));
    sandbox.outer.write("asset/m.mtl", "newmtl m\nmap_Kd " + name + "\n");
    sandbox.outer.write("asset/a.obj", std::string("mtllib m.mtl\n") + kTriangle);
    CHECK(is_missing("a.obj"));
  }
  sandbox.outer.write("asset/a.glb", gltf_with_image("%2e%2e/secret.png"));  // escaped dots are dots
  CHECK(is_missing("a.glb"));
}

TEST_CASE("a material library outside the root is missing, not read", "[import][hostile]") {
  const Sandbox sandbox;
  sandbox.outer.write("secret.mtl", "newmtl m\nKd 0 1 0\n");
  const std::string absolute = (sandbox.outer / "secret.mtl").string();
  for (const std::string& name : {std::string("../secret.mtl"), absolute, "file://" + absolute}) {
    sandbox.outer.write("asset/a.obj", "mtllib " + name + "\n" + kTriangle);
    const Scene scene = import_asset({sandbox.asset, "a.obj", {}, "y"});
    CHECK(scene.warnings == std::vector<std::string>{"material library '" + name + "' is missing"});
    for (const Material& material : scene.materials) CHECK(material.base_color[1] != 1);
  }
}

TEST_CASE("a buffer outside the folder is an error too", "[import][hostile]") {
  const Sandbox sandbox;
  const Wedge wedge;
  GltfBuilder file;
  const int mesh = file.mesh({{"POSITION", file.accessor(wedge.positions, "VEC3")}});
  file.node({{"mesh", mesh}});
  sandbox.outer.write("data.bin", file.buffer());
  sandbox.outer.write("asset/a.gltf", file.gltf("../data.bin"));
  CHECK(sandbox.rejection("a.gltf") == "escapes_folder");
  sandbox.outer.write("asset/a.gltf", file.gltf("data.bin"));
  CHECK(sandbox.rejection("a.gltf") == "missing_buffer");
}

TEST_CASE("links out of the folder are not followed, links within it are", "[import][hostile]") {
  const Sandbox sandbox;
  fs::create_symlink(sandbox.outer / "secret.png", sandbox.asset / "link.png");
  sandbox.outer.write("asset/a.glb", gltf_with_image("link.png"));
  CHECK(import_asset({sandbox.asset, "a.glb", {}, "y"}).statistics.textures_missing == 1);
  CHECK(sandbox.rejection("a.glb").empty());
  fs::create_directory_symlink(sandbox.outer.path(), sandbox.asset / "textures");  // a folder, too
  sandbox.outer.write("asset/a.glb", gltf_with_image("secret.png"));
  CHECK(import_asset({sandbox.asset, "a.glb", {}, "y"}).statistics.textures_missing == 1);
  sandbox.outer.write("asset/a.glb", gltf_with_image("link.png"));
  fs::remove(sandbox.asset / "link.png");
  fs::copy_file(sandbox.outer / "secret.png", sandbox.asset / "real.png");
  fs::create_symlink("real.png", sandbox.asset / "link.png");
  CHECK(import_asset({sandbox.asset, "a.glb", {}, "y"}).textures.size() == 1);
}

TEST_CASE("devices, pipes and folders are no textures", "[import][hostile]") {
  const Sandbox sandbox;
  fs::create_directories(sandbox.asset / "folder.png");
  sandbox.outer.write("asset/a.glb", gltf_with_image("folder.png"));
  CHECK(sandbox.rejection("a.glb") == "unreadable");
  REQUIRE(mkfifo((sandbox.asset / "pipe.png").c_str(), 0600) == 0);
  sandbox.outer.write("asset/a.glb", gltf_with_image("pipe.png"));
  CHECK(sandbox.rejection("a.glb") == "unreadable");
}

TEST_CASE("a file that changes while it is read is told from one that is broken", "[import][hostile]") {
  const Sandbox sandbox;
  const fs::path file = sandbox.outer.write("asset/a.glb", std::string(32 << 20, ' '));
  CHECK(sandbox.rejection("a.glb") == "bad_json");
  std::atomic<int> touches = 0;
  const std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      fs::last_write_time(file, fs::file_time_type() + std::chrono::seconds(++touches));
  });
  std::string kind;
  for (int before = -1; kind != "changed_while_read" && touches < 100'000'000;) {
    if (touches == before) continue;  // the writer has not run since
    before = touches;
    kind = sandbox.rejection("a.glb");
  }
  CHECK(kind == "changed_while_read");
}

TEST_CASE("missing and broken textures are warnings that name them", "[import][hostile]") {
  const Sandbox sandbox;
  sandbox.outer.write("asset/a.glb", gltf_with_image("none.png"));
  CHECK(import_asset({sandbox.asset, "a.glb", {}, "y"}).warnings ==
        std::vector<std::string>{"texture 'none.png' is missing"});
  sandbox.outer.write("asset/a.glb", gltf_with_image("text.png"));
  sandbox.outer.write("asset/text.png", "no picture");
  const Scene scene = import_asset({sandbox.asset, "a.glb", {}, "y"});
  REQUIRE(scene.warnings.size() == 1);
  CHECK_THAT(scene.warnings[0], Catch::Matchers::ContainsSubstring("text.png"));
}

TEST_CASE("a picture that promises too many pixels is refused before they are allocated",
          "[import][hostile]") {
  const Sandbox sandbox;
  // Signature, IHDR of 60000 × 60000 RGBA, and the beginning of IDAT.
  const std::string bomb = std::string("\x89PNG\r\n\x1a\n", 8) +
                           std::string("\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0", 21) +
                           std::string("\x80\xd2\x75\x42", 4) + std::string("\0\0\0\x10IDAT\x78\x9c", 10);
  sandbox.outer.write("asset/bomb.png", bomb);
  sandbox.outer.write("asset/a.glb", gltf_with_image("bomb.png"));
  CHECK(sandbox.rejection("a.glb") == "texture_too_large");
}

TEST_CASE("files beyond the limit are refused by their size", "[import][hostile]") {
  const Sandbox sandbox;
  sandbox.outer.write("asset/a.obj", kTriangle);
  fs::resize_file(sandbox.asset / "a.obj", 10'000'000'000);  // sparse: no disk is used
  ImportLimits limits;
  limits.max_file_mb = 1;
  try {
    import_asset({sandbox.asset, "a.obj", {}, "y"}, limits);
    FAIL("accepted");
  } catch (const ImportError& error) {
    CHECK(error.kind == "too_large");
  }
}

TEST_CASE("headers that promise more than the file holds are refused", "[import][hostile]") {
  const Sandbox sandbox;
  const auto check = [&](const std::string& name, const std::string& content) {
    INFO(name);
    sandbox.outer.write("asset/" + name, content);
    CHECK_FALSE(sandbox.rejection(name).empty());
  };
  std::string stl(84, '\0');
  stl[80] = stl[81] = stl[82] = stl[83] = '\xff';
  check("a.stl", stl);
  const std::string list = "property list uchar int vertex_indices\nend_header\n";
  const std::string xyz = "property float x\nproperty float y\nproperty float z\n";
  check("faces.ply", "ply\nformat ascii 1.0\nelement vertex 3\n" + xyz + "element face 4000000000\n" + list);
  check("vertices.ply", "ply\nformat binary_little_endian 1.0\nelement vertex 4000000000\n" + xyz +
                            "element face 1\n" + list);
  check("a.dae", R"(<?xml version="1.0"?><COLLADA version="1.4.1"><library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="a" count="4000000000">0 0 0</float_array></source></mesh></geometry>
</library_geometries></COLLADA>)");
}

TEST_CASE("Collada nodes nested without end are refused, not followed", "[import][hostile]") {
  const Sandbox sandbox;
  std::string nested =
      R"(<?xml version="1.0"?><COLLADA version="1.4.1"><library_visual_scenes><visual_scene id="s">)";
  for (int i = 0; i < 200'000; ++i) nested += "<node>";
  for (int i = 0; i < 200'000; ++i) nested += "</node>";
  nested += "</visual_scene></library_visual_scenes></COLLADA>";
  sandbox.outer.write("asset/a.dae", nested);
  CHECK(sandbox.rejection("a.dae") == "nested_too_deep");
  std::string quoted = nested.substr(0, nested.find("<node>"));
  for (int i = 0; i < 200'000; ++i) quoted += "<node name='/>'>";  // the first > ends no tag
  sandbox.outer.write("asset/a.dae", quoted + nested.substr(nested.find("</node>")));
  CHECK(sandbox.rejection("a.dae") == "nested_too_deep");
}

TEST_CASE("vertices of a ply in two pieces, whose attributes would not fit them, are refused",
          "[import][hostile]") {
  const Sandbox sandbox;
  const std::string xyz = "property float x\nproperty float y\nproperty float z\n";
  sandbox.outer.write("asset/a.ply", "ply\nformat ascii 1.0\nelement vertex 3\n" + xyz +
                                         "property float nx\nproperty float ny\nproperty float nz\n"
                                         "element vertex 3\n" +
                                         xyz +
                                         "element face 1\nproperty list uchar int vertex_indices\n"
                                         "property list uchar float texcoord\nend_header\n"
                                         "0 0 0 0 0 1\n1 0 0 0 0 1\n0 1 0 0 0 1\n0 0 0\n1 0 0\n0 1 0\n"
                                         "3 3 4 5 6 0 0 1 0 0 1\n");
  CHECK(sandbox.rejection("a.ply") == "bad_ply");
}

TEST_CASE("an obj at 1e8 keeps its shape, an stl there cannot", "[import][hostile]") {
  const Sandbox sandbox;
  sandbox.outer.write("asset/far.obj", "v 100000000.0 0 0\nv 100000001.0 0 0\nv 100000000.0 1 0\nf 1 2 3\n");
  const Vec3d extent = bounds_of(import_asset({sandbox.asset, "far.obj", {}, "y"}).mesh).extent();
  CHECK_THAT(extent.x, Catch::WithinAbs(1, 1e-7));
  sandbox.outer.write("asset/far.stl",
                      "solid s\nfacet normal 0 0 1\nouter loop\nvertex 100000000 0 0\nvertex 100000008 0 0\n"
                      "vertex 100000000 8 0\nendloop\nendfacet\nendsolid s\n");
  CHECK(sandbox.rejection("far.stl") == "precision_lost");
}

}  // namespace funcorr
