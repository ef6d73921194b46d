#include "render/filter/edge_files.h"

#include <limits>

#include "db/format/error.h"
#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;

const std::vector<Vec3f> kPoints{{0, 0, 0}, {0.5F, 0, 0}, {0.49F, 0, 0}};

// As the release leaves SED-Net's: two points of its own near kPoints.
fs::path write_release(const TemporaryFolder& folder, const std::string& lines,
                       const std::vector<float>& cloud = {0.5F, 0.01F, 0, 0, 0.01F, 0}) {
  const std::string object = "edges/ab12---mug.glb/primitives/";
  folder.write(object + "results/edge.txt", lines);
  save_npy(folder / (object + "sampled_point_cloud.npy"), NpyArray::from(cloud, {cloud.size() / 3, 3}));
  return folder / "edges";
}

std::vector<float> load(const fs::path& folder, const std::string& uid = "ab12") {
  return load_edges(EdgeFiles(folder).of(uid), kPoints);
}

template <typename Value>
fs::path write_npy(const TemporaryFolder& folder, const std::vector<Value>& values) {
  fs::create_directories(folder / "edges");
  save_npy(folder / "edges/ab12.npy", NpyArray::from(values, {values.size()}));
  return folder / "edges";
}

}  // namespace

TEST_CASE("edge probabilities are read from uid.npy, of any type of number", "[filter]") {
  const TemporaryFolder folder;
  CHECK(load(write_npy(folder, std::vector<float>{0, 0.25F, 1})) == std::vector<float>{0, 0.25F, 1});
  CHECK(load(write_npy(folder, std::vector<double>{0, 0.5, 1})) == std::vector<float>{0, 0.5F, 1});
  CHECK(load(write_npy(folder, std::vector<std::uint8_t>{0, 1, 1})) == std::vector<float>{0, 1, 1});
}

TEST_CASE("edge probabilities are read as the release keeps them, each point's from the nearest",
          "[filter]") {
  const TemporaryFolder folder;
  const fs::path edges = write_release(folder, "0.2500;0.7500\n0.9000;0.1000\n");
  CHECK(load(edges) == std::vector<float>{0.1F, 0.75F, 0.75F});
  CHECK(EdgeFiles(edges).of("ab1").empty());
  CHECK(EdgeFiles(edges).of("ab12---mug").empty());
  write_npy(folder, std::vector<float>{1, 1, 1});  // one's own come first
  CHECK(load(edges) == std::vector<float>{1, 1, 1});
}

TEST_CASE("edge probabilities that do not fit are refused, with the file and what is wrong", "[filter]") {
  const TemporaryFolder folder;
  const auto complaint = [&](const fs::path& edges) -> std::string {
    try {
      load(edges);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK_THAT(complaint(write_npy(folder, std::vector<float>{0, 1})),
             ContainsSubstring("ab12.npy: 2 edge probabilities for the 3 points of points.npz"));
  CHECK_THAT(complaint(write_npy(folder, std::vector<float>{0, 1.5F, 0})),
             ContainsSubstring("ab12.npy: value 1 is 1.5"));
  CHECK_THAT(complaint(write_npy(folder, std::vector<float>{0, 0, std::numeric_limits<float>::quiet_NaN()})),
             ContainsSubstring("value 2 is nan"));
  save_npy(folder / "edges/ab12.npy", NpyArray::from(std::vector<float>{0, 1, 0}, {3, 1}));
  CHECK_THAT(complaint(folder / "edges"), ContainsSubstring("ab12.npy: an array of shape [N] is wanted"));
  fs::remove(folder / "edges/ab12.npy");
  CHECK_THAT(complaint(write_release(folder, "0;1\n0;1\n0;1\n")),
             ContainsSubstring("edge.txt: 3 edge probabilities for the 2 points of "));
  CHECK_THAT(complaint(write_release(folder, "0;1\n0.5\n")), ContainsSubstring("line 2 is \"0.5\""));
  CHECK_THAT(complaint(write_release(folder, "0;1\n0;-0.1\n")), ContainsSubstring("value 1 is -0.1"));
  CHECK_THAT(complaint(write_release(folder, "0;1\n", {0, 0, 0})),  // half of the surface left out
             ContainsSubstring("no point within 0.1 of (0.5, 0, 0)"));
  CHECK_THAT(complaint(write_release(folder, "0;1\n", {0, 0, 40})),
             ContainsSubstring("point 0 does not lie in normalised object space"));
  CHECK_THAT(complaint(write_release(folder, "0;1\n", {0, std::numeric_limits<float>::quiet_NaN(), 0})),
             ContainsSubstring("point 0 does not lie in normalised object space"));
}

TEST_CASE("a folder of edge probabilities must be there, and none is needed", "[filter]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(EdgeFiles(folder / "none"), UsageError);
  CHECK(EdgeFiles("").of("ab12").empty());
  CHECK(EdgeFiles(folder.path()).of("ab12").empty());
}

TEST_CASE("entries of a folder of edge probabilities that hold none are left out, of two the first counts",
          "[filter]") {
  const TemporaryFolder folder;
  const fs::path edges = write_release(folder, "0;1\n0;1\n");
  fs::create_directories(edges / "cd34.npy");
  fs::create_directories(edges / "ef56---cup.glb/primitives/results");
  folder.write("edges/ef56---cup.glb/primitives/results/edge.txt", "0;1\n");  // without its cloud
  CHECK(EdgeFiles(edges).of("cd34").empty());
  CHECK(EdgeFiles(edges).of("ef56").empty());
  fs::copy(edges / "ab12---mug.glb", edges / "ab12---cup.glb", fs::copy_options::recursive);
  CHECK(EdgeFiles(edges).of("ab12").front() == edges / "ab12---cup.glb/primitives/results/edge.txt");
}

}  // namespace funcorr
