#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "labeling/taxonomy/taxonomy.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/generate.h"
#include "tools/sample_objects/glb.h"
#include "tools/sample_objects/shapes.h"

using funcorr::GeneratedObject;
using funcorr::SampleFamily;
using funcorr::SampleObject;
using funcorr::SamplePart;
using funcorr::SampleTriangle;
using funcorr::Transform;
using funcorr::Vec3d;

namespace {

constexpr std::uint64_t kSeed = 20;

const SampleFamily& family(const std::string& category) {
  for (const SampleFamily& candidate : funcorr::sample_families())
    if (candidate.category == category) return candidate;
  FAIL("no family " << category);
  throw std::logic_error("unreachable");
}

// True parts that a name stands for.
std::set<std::string> resolve(const SampleObject& object, const std::string& name) {
  const auto alias = object.part_aliases.find(name);
  if (alias != object.part_aliases.end()) return {alias->second.begin(), alias->second.end()};
  return {name};
}

// Middle of the named parts' surface, weighted by area.
Vec3d centroid(const SampleObject& object, const std::vector<std::string>& names) {
  std::set<std::string> wanted;
  for (const std::string& name : names) wanted.merge(resolve(object, name));
  Vec3d sum{};
  double area = 0;
  for (const SamplePart& part : object.parts) {
    if (!wanted.contains(part.name)) continue;
    for (const SampleTriangle& t : part.triangles) {
      const double a = length(cross(t.position[1] - t.position[0], t.position[2] - t.position[0]));
      sum += (t.position[0] + t.position[1] + t.position[2]) * (a / 3);
      area += a;
    }
  }
  return sum / area;
}

}  // namespace

TEST_CASE("there are at least twenty families, all of the shipped taxonomy") {
  const auto taxonomy =
      funcorr::read_taxonomy(funcorr::tests::source_dir() / "labeling/taxonomy/taxonomy.json");
  CHECK(funcorr::sample_families().size() >= 20);
  for (const SampleFamily& f : funcorr::sample_families()) {
    INFO(f.category);
    REQUIRE(taxonomy.categories.contains(f.category));
    const auto& category = taxonomy.categories.at(f.category);
    const SampleObject object = funcorr::generate_object(f, kSeed, 0).object;
    CHECK(object.category == f.category);
    CHECK_FALSE(object.functions.empty());
    std::set<std::string> true_parts;
    for (const SamplePart& part : object.parts) CHECK(true_parts.insert(part.name).second);
    for (const auto& [alias, parts] : object.part_aliases)
      for (const std::string& part : parts) {
        INFO("alias " << alias << " → " << part);
        CHECK(true_parts.contains(part));
      }
    for (const auto& [name, function] : object.functions) {
      INFO(name);
      CHECK(std::count(category.functions.begin(), category.functions.end(), name) == 1);
      // What performs the function is made of parts that the taxonomy links to it.
      std::set<std::string> linked;
      for (const auto& [part_name, part] : category.parts)
        if (std::count(part.functions.begin(), part.functions.end(), name) == 1)
          linked.merge(resolve(object, part_name));
      for (const std::string& part : function.parts)
        for (const std::string& true_part : resolve(object, part)) {
          INFO(part << " → " << true_part);
          CHECK(true_parts.contains(true_part));
          CHECK(linked.contains(true_part));
        }
    }
  }
}

TEST_CASE("files are read back with the sidecar's parts, face by face") {
  const funcorr::tests::TemporaryFolder folder;
  for (const SampleFamily& f : funcorr::sample_families()) {
    INFO(f.category);
    const GeneratedObject generated = funcorr::generate_object(f, kSeed, 1);
    const auto file = funcorr::write_sample_object(generated, folder.path(), 1);
    const std::string stem = f.category + "-001";
    const funcorr::AssetSource source{folder / f.category, stem + ".glb", stem + ".json"};
    const funcorr::Scene scene = funcorr::import_asset(source);
    const funcorr::Sidecar sidecar = funcorr::read_sidecar(source);

    std::int64_t triangles = 0;
    for (const auto& [part, count] : sidecar.part_of_face) triangles += count;
    CHECK(scene.statistics.source_triangles == triangles);
    CHECK(scene.statistics.degenerate_triangles == 0);
    CHECK(scene.warnings.empty());
    REQUIRE(sidecar.parts.size() == generated.object.parts.size());
    REQUIRE(scene.part_names == sidecar.parts);
    std::map<int, std::int64_t> imported;
    for (const std::int16_t part : scene.mesh.triangle_part) ++imported[part];
    for (const auto& [part, count] : sidecar.part_of_face) {
      INFO(sidecar.parts[static_cast<std::size_t>(part)]);
      CHECK(imported[part] == count);
      CHECK(count > 0);
    }
    CHECK_FALSE(scene.textures.empty());
    CHECK(scene.textures.front().image.width == funcorr::kTextureSize);

    // Where the object's triangles lie, the file's do: the root's transform is baked by the importer.
    std::size_t index = 0;
    double worst = 0;
    const double scale = length(generated.file_from_object.direction({1, 0, 0}));
    for (const SamplePart& part : generated.object.parts)
      for (const SampleTriangle& t : part.triangles) {
        for (std::size_t c = 0; c < 3; ++c) {
          const Vec3d expected = generated.file_from_object.point(t.position[c]);
          const Vec3d found = scene.mesh.positions[scene.mesh.triangles[index][c]];
          worst = std::max(worst, length(expected - found) / scale);
        }
        ++index;
      }
    CHECK(worst < 1e-6);  // metres: single precision
  }
}

TEST_CASE("functional frames are similarities that sit at their parts") {
  for (const SampleFamily& f : funcorr::sample_families())
    for (int variant = 0; variant < 3; ++variant) {
      const GeneratedObject generated = funcorr::generate_object(f, kSeed, variant);
      for (const auto& [name, function] : generated.object.functions) {
        INFO(f.category << "#" << variant << " " << name);
        const Transform frame = generated.file_from_object * function.object_from_function;
        const std::array<Vec3d, 3> axes{frame.direction({1, 0, 0}), frame.direction({0, 1, 0}),
                                        frame.direction({0, 0, 1})};
        const double unit = length(axes[0]);
        CHECK(unit > 0);
        for (std::size_t i = 0; i < 3; ++i) {
          CHECK_THAT(length(axes[i]) / unit, Catch::WithinAbs(1, 1e-9));
          CHECK_THAT(dot(axes[i], axes[(i + 1) % 3]) / (unit * unit), Catch::WithinAbs(0, 1e-9));
        }
        CHECK(frame.determinant() > 0);
        // The functional part lies around the origin of function space, some units at most away.
        const Vec3d part =
            function.object_from_function.inverse().point(centroid(generated.object, function.parts));
        INFO("part at " << part.x << " " << part.y << " " << part.z);
        CHECK(length(part) < 8);
      }
    }
}

TEST_CASE("pouring is aligned across categories: openings become the unit circle") {
  for (const char* category : {"mug", "bowl", "pan", "jug", "bucket", "glass", "bottle", "ladle"}) {
    const SampleObject object = funcorr::generate_object(family(category), kSeed, 2).object;
    const auto& function = object.functions.at("pour-with");
    const Transform function_from_object = function.object_from_function.inverse();
    double radius = 0;
    int count = 0;
    for (const SamplePart& part : object.parts) {
      if (!resolve(object, function.parts.front()).contains(part.name)) continue;
      for (const SampleTriangle& t : part.triangles)
        for (const Vec3d& p : t.position) {
          const Vec3d q = function_from_object.point(p);
          radius += std::hypot(q.x, q.z);
          ++count;
          INFO(category << " " << q.x << " " << q.y << " " << q.z);
          CHECK(std::abs(q.y) < 1.3);
        }
    }
    INFO(category);
    CHECK_THAT(radius / count, Catch::WithinAbs(1, 0.2));
  }
}

TEST_CASE("strikes go out of the face: nothing of the striking face lies beyond it") {
  for (const char* category : {"hammer", "mallet", "axe"}) {
    const SampleObject object = funcorr::generate_object(family(category), kSeed, 0).object;
    const auto& function = object.functions.at("pound-with");
    const Transform function_from_object = function.object_from_function.inverse();
    double highest = -1e9;
    for (const SamplePart& part : object.parts) {
      if (!resolve(object, function.parts.front()).contains(part.name)) continue;
      for (const SampleTriangle& t : part.triangles)
        for (const Vec3d& p : t.position) highest = std::max(highest, function_from_object.point(p).x);
    }
    INFO(category);
    CHECK_THAT(highest, Catch::WithinAbs(0, 0.15));
  }
}

TEST_CASE("the same seed gives the same bytes, another seed or variant does not") {
  const auto bytes = [](const SampleFamily& f, std::uint64_t seed, int variant) {
    const GeneratedObject g = funcorr::generate_object(f, seed, variant);
    return encode_glb(g.object, g.file_from_object) + sidecar_of(g.object, g.file_from_object).dump();
  };
  for (const SampleFamily& f : funcorr::sample_families()) {
    INFO(f.category);
    const std::string first = bytes(f, 7, 0);
    CHECK(first == bytes(f, 7, 0));
    CHECK(first != bytes(f, 7, 1));
    CHECK(first != bytes(f, 8, 0));
  }
}

TEST_CASE("solids are closed and oriented outwards") {
  SampleObject object("test");
  const int part = object.add_part("all", 0);
  constexpr double kPi = 3.14159265358979323846;
  const auto volume = [&] {
    double six = 0;
    for (const SampleTriangle& t : object.parts[0].triangles)
      six += dot(t.position[0], cross(t.position[1], t.position[2]));
    return six / 6;
  };
  SECTION("a lathed cylinder") {
    add_lathe(object, {{0, 0, part}, {2, 0, part}, {2, 3, part}, {0, 3, part}}, 256);
    CHECK_THAT(volume(), Catch::WithinRel(kPi * 4 * 3, 1e-3));
  }
  SECTION("a bent tube: area of the section times the length of its middle line") {
    std::vector<funcorr::TubeSection> sections;
    for (int i = 0; i <= 200; ++i) {
      const double angle = kPi * i / 200;
      sections.push_back({{5 * std::cos(angle), 5 * std::sin(angle), 0}, 0.5, 1, part});
    }
    add_tube(object, sections, {.up = {0, 0, 1}, .sides = 128});
    CHECK_THAT(volume(), Catch::WithinRel(kPi * 0.5 * 1 * kPi * 5, 1e-3));
  }
  SECTION("a hollow tube lacks its bore") {
    std::vector<funcorr::TubeSection> sections;
    for (int i = 0; i <= 4; ++i) sections.push_back({{1.0 * i, 0, 0}, 1, 1, part});
    add_tube(object, sections, {.sides = 256, .wall = 0.5, .bore = 2});
    CHECK_THAT(volume(), Catch::WithinRel(kPi * (4 - 0.25 * 2), 1e-3));
  }
  SECTION("a sheet is as thick as its sides are apart") {
    add_sheet(
        object, 3, 5,
        [](double u, double v, int side) {
          return Vec3d{2 * u, 0.05 * side, 3 * v};
        },
        [&](double, double, int) { return part; });
    CHECK_THAT(volume(), Catch::WithinRel(2 * 3 * 0.1, 1e-9));
  }
}

TEST_CASE("warping an object carries its frames along") {
  SampleObject object("test");
  object.functions["f"] = {{}, funcorr::function_frame({1, 2, 3}, {1, 0, 0}, {0, 1, 0}, 0.5)};
  const Transform move = Transform::translate({4, 5, 6}) * Transform::rotate_z(0.3) * Transform::scale(2);
  warp_object(object, [&](const Vec3d& p) { return move.point(p); });
  const Transform expected = move * funcorr::function_frame({1, 2, 3}, {1, 0, 0}, {0, 1, 0}, 0.5);
  for (std::size_t i = 0; i < 16; ++i)
    CHECK_THAT(object.functions["f"].object_from_function.matrix()[i],
               Catch::WithinAbs(expected.matrix()[i], 1e-9));
}

TEST_CASE("a functional frame needs two directions and a unit") {
  CHECK_THROWS_AS(funcorr::function_frame({}, {1, 0, 0}, {2, 0, 0}, 1), std::invalid_argument);
  CHECK_THROWS_AS(funcorr::function_frame({}, {1, 0, 0}, {0, 1, 0}, 0), std::invalid_argument);
}
