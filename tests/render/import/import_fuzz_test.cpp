// Files with bytes changed at random: each is imported or rejected; none crashes, hangs, or takes memory
// without bound.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "db/format/image.h"
#include "db/format/random.h"
#include "db/format/zip.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/meshopt_builder.h"
#include "tests/render/import/sound_scene.h"
#include "tests/render/import/wedge_files.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::GltfBuilder;
using tests::TemporaryFolder;
using tests::Wedge;

struct Seed {
  std::string name, content, mesh = name;  // mesh: what is imported; empty: it is read as a light
};

Image8 colorful(int width, int height, int channels) {
  Image8 picture(width, height, channels);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(37 * i);
  return picture;
}

std::string png_bytes(const TemporaryFolder& folder) {
  save_png(folder / "picture.png", colorful(5, 4, 4));
  return tests::read_text(folder / "picture.png");
}

std::string jpeg_bytes() {
  const std::vector<std::uint8_t> bytes = encode_jpeg(colorful(20, 17, 3), 80);
  return {bytes.begin(), bytes.end()};
}

std::string exr_bytes(const TemporaryFolder& folder) {
  ImageF light(16, 8, 3);
  for (std::size_t i = 0; i < light.pixels.size(); ++i) light.pixels[i] = static_cast<float>(i % 50);
  save_exr(folder / "light.exr", light, {"R", "G", "B"}, {"R", "G", "B"});
  return tests::read_text(folder / "light.exr");
}

std::string meshopt_bytes() {
  Random random(3);
  return tests::packed_file(tests::random_mesh(random, 40, 60), 4, true, 2).glb();
}

// An obj, its library and its picture.
std::string zip_bytes(const std::string& mesh, const std::string& picture) {
  const auto bytes_of = [](const std::string& text) {
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return std::vector<std::byte>(bytes, bytes + text.size());
  };
  const std::vector<std::byte> zip = write_zip({{"in/a.obj", bytes_of(mesh)},
                                                {"in/a.mtl", bytes_of("newmtl m\nmap_Kd picture.png\n")},
                                                {"in/picture.png", bytes_of(picture)}},
                                               true);
  return {reinterpret_cast<const char*>(zip.data()), zip.size()};
}

// A triangle whose material library is of its name.
std::string triangle(const std::string& library) {
  return "mtllib " + library + "\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl m\nf 1 2 3\n";
}

// Textured, skinned, morphed, instanced: as much of the reader as one file can reach.
GltfBuilder rich_gltf(const std::string& png) {
  GltfBuilder file = tests::wedge_files::gltf_of(Wedge{});
  const int uv = file.accessor(std::vector<float>{0, 0, 1, 0, 0, 1, 1, 1}, "VEC2");
  const int joints = file.accessor(std::vector<std::uint8_t>(16, 0), "VEC4");
  const int weights = file.accessor(std::vector<float>(16, 0.25f), "VEC4");
  const int shift = file.accessor(std::vector<float>(12, 0.5f), "VEC3");
  auto& primitive = file.document["meshes"][0]["primitives"][0];
  primitive["attributes"].update({{"TEXCOORD_0", uv}, {"JOINTS_0", joints}, {"WEIGHTS_0", weights}});
  primitive["targets"] = {{{"POSITION", shift}}};
  primitive["material"] = 0;
  file.document["meshes"][0]["weights"] = {0.5};
  const int image = file.view(std::vector<char>(png.begin(), png.end()));
  file.document["images"] = {{{"bufferView", image}, {"mimeType", "image/png"}}};
  file.document["textures"] = {{{"source", 0}}};
  file.document["materials"] = {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
  file.document["skins"] = {{{"joints", {0}}}};
  file.node({{"mesh", 0}, {"skin", 0}});
  file.node({{"mesh", 0},
             {"extensions", {{"EXT_mesh_gpu_instancing", {{"attributes", {{"TRANSLATION", shift}}}}}}}});
  return file;
}

constexpr const char* kLibrary =
    "newmtl m\nKd 1 0 0\nd 0.5\nmap_Kd -s 2 2 1 -o 0.5 0.5 0 -mm 0.1 0.9 -clamp on picture.png\n"
    "map_d -imfchan r picture.png\nmap_Bump -bm 0.5 picture.png\nmap_Ke -texres 64 picture.png\n";

std::vector<Seed> seeds(const TemporaryFolder& folder) {
  using namespace tests::wedge_files;
  const Wedge wedge;
  const std::string png = png_bytes(folder);
  const std::string faces = "mtllib a.mtl\nusemtl m\n" + obj_text(wedge) + "f 1/1/1 2// 3 4\n";
  return {{"a.obj", faces},
          {"ascii.stl", ascii_stl(wedge)},
          {"binary.stl", binary_stl(wedge)},
          {"ascii.ply", ply(wedge, false)},
          {"binary.ply", ply(wedge, true)},
          {"a.off", off(wedge)},
          {"a.dae", dae(wedge, "Z_UP", 1)},
          {"a.fbx", ascii_fbx(wedge, 2)},
          {"b.mtl", kLibrary, "b.obj"},
          {"t.jpg", jpeg_bytes(), "jpg.obj"},
          {"t.exr", exr_bytes(folder), "exr.obj"},
          {"sun.exr", exr_bytes(folder), ""},
          {"meshopt.glb", meshopt_bytes()},
          {"a.zip", zip_bytes(faces, png)},
          {"a.glb", rich_gltf(png).glb()},
          {"a.gltf", rich_gltf(png).gltf("data:;base64," + tests::base64_of(rich_gltf(png).buffer()))}};
}

std::string mutated(std::string bytes, Random& random) {
  static const std::vector<std::string> words{
      "-1",   "99999999999", "nan", "1e39", "{", "}", "\"", std::string(4, '\xff'), std::string(4, '\0'),
      "\x7f", "4294967295",  "<",   "\n"};
  const auto place = [&] { return static_cast<std::size_t>(random.below(bytes.size() + 1)); };
  const std::uint64_t changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t at = place(), length = static_cast<std::size_t>(random.below(24));
    switch (random.below(6)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 2:
        bytes.insert(at, words[random.below(words.size())]);
        break;
      case 3: {
        const std::string& word = words[random.below(words.size())];
        bytes.replace(at, std::min(word.size(), bytes.size() - at), word);
        break;
      }
      case 4:
        bytes.erase(at, length);
        break;
      default:
        bytes.insert(place(), bytes.substr(at, length));
    }
  }
  if (random.below(10) == 0) bytes.resize(place());
  return bytes;
}

// Throws ImportError of what is not to be used; of a light any std::runtime_error is that.
void read(const TemporaryFolder& folder, const Seed& seed) {
  if (!seed.mesh.empty()) {
    tests::require_sound(import_asset({folder.path(), seed.mesh, {}, "y"}));
    return;
  }
  try {
    const ImageF light = load_image_float(folder / seed.name);
    if (light.pixels.empty()) throw std::logic_error("a light without pixels");
  } catch (const std::runtime_error& error) {
    throw ImportError("unreadable", error.what());
  }
}

// While it lives, this process takes at most 2 GiB more, and `restart` gives it 60 s of its processors more;
// beyond that it aborts, as Catch reports with the mutant.
class Limits {
 public:
  Limits() {
    getrlimit(RLIMIT_AS, &memory_);
    getrlimit(RLIMIT_CPU, &time_);
    std::signal(SIGXCPU, [](int) { std::abort(); });
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    set(RLIMIT_AS, memory_, pages_in_use() * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{2} << 30));
#endif
  }
  ~Limits() {
    setrlimit(RLIMIT_AS, &memory_);
    setrlimit(RLIMIT_CPU, &time_);
    std::signal(SIGXCPU, SIG_DFL);
  }
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;
  void restart() { set(RLIMIT_CPU, time_, static_cast<rlim_t>(std::clock() / CLOCKS_PER_SEC) + 60); }

 private:
  static rlim_t pages_in_use() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages;
  }
  static void set(int resource, rlimit limit, rlim_t most) {
    limit.rlim_cur = std::min(limit.rlim_max, most);
    setrlimit(resource, &limit);
  }
  rlimit memory_{}, time_{};
};

}  // namespace

// In one process: a fork of one whose image library has threads would wait for them for ever.
TEST_CASE("files with bytes changed at random are imported or rejected", "[import][fuzz]") {
  const char* more = std::getenv("FUNCORR_FUZZ");
  const int count = more != nullptr ? std::atoi(more) : 150;
  const TemporaryFolder folder;
  folder.write("a.mtl", "newmtl m\nmap_Kd picture.png\nKd 1 0 0\n");
  folder.write("b.obj", triangle("b.mtl"));
  for (const std::string format : {"jpg", "exr"}) {
    folder.write(format + ".obj", triangle(format + ".mtl"));
    folder.write(format + ".mtl", "newmtl m\nmap_Kd t." + format + "\n");
  }
  for (const Seed& seed : seeds(folder)) {
    DYNAMIC_SECTION(seed.name) {
      Limits limits;
      int accepted = 0;
      for (int i = 0; i < count; ++i) {
        INFO("mutant " << i);
        limits.restart();
        Random random(mix64(static_cast<std::uint64_t>(i)));
        folder.write(seed.name, mutated(seed.content, random));
        try {
          read(folder, seed);
          ++accepted;
        } catch (const ImportError&) {
        }
      }
      // Both happen, or the mutants are none; what a mesh refers to is no reason to reject it.
      CHECK(accepted > 0);
      if (seed.mesh == seed.name || seed.mesh.empty()) CHECK(accepted < count);
    }
  }
}

}  // namespace funcorr
