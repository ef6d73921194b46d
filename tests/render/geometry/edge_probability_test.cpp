#include "render/geometry/edge_probability.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "db/format/transform.h"
#include "render/geometry/sampling.h"
#include "tests/catch.h"
#include "tests/render/shapes.h"
#include "tools/sample_objects/surface.h"

namespace funcorr {
namespace {

Mesh box_mesh(const Vec3d& half) {
  Mesh box = tests::cube_mesh(1);
  for (Vec3d& p : box.positions) p = {p.x * half.x, p.y * half.y, p.z * half.z};
  return box;
}

SurfacePoints inside_out(SurfacePoints points) {
  for (Vec3f& n : points.normals) n = -n;
  return points;
}

// How far a point of a box of half side 0.5, or of one of its sides alone, lies from its face's border.
float to_border(const Vec3f& p, const Vec3f& normal) {
  float distance = 1;
  for (int axis = 0; axis < 3; ++axis)
    if (std::abs(normal[axis]) < 0.5F) distance = std::min(distance, 0.5F - std::abs(p[axis]));
  return distance;
}

// Mean probability of the points on faces across z that lie so far from the border; some must.
double mean_probability(const SurfacePoints& points, float low, float high) {
  const std::vector<float> probability = edge_probability(points);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < probability.size(); ++i) {
    const float distance = to_border(points.positions[i], points.normals[i]);
    if (std::abs(points.normals[i].z) < 0.5F || distance < low || distance > high) continue;
    sum += static_cast<double>(probability[i]);
    ++count;
  }
  REQUIRE(count > 20);
  return sum / static_cast<double>(count);
}

// Mean border at a radius of the points on faces across z that lie close to x = ±0.5, far from corners.
double mean_border(const SurfacePoints& points, std::size_t radius) {
  const std::vector<EdgeBorders> borders = edge_borders(points);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < borders.size(); ++i) {
    const Vec3f p = points.positions[i];
    if (std::abs(points.normals[i].z) < 0.5F || 0.5F - std::abs(p.x) > 0.02F * kEdgeRadii[radius] + 0.0005F ||
        0.5F - std::abs(p.y) < kEdgeRadii[radius])
      continue;
    sum += static_cast<double>(borders[i][radius]);
    ++count;
  }
  REQUIRE(count > 10);
  return sum / static_cast<double>(count);
}

// Probability that a point inside has a higher value than one outside.
double area_under_roc(const std::vector<float>& values, const std::vector<bool>& inside) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  double above = 0, outside = 0;
  for (const std::size_t i : order) inside[i] ? above += outside : ++outside;
  return above / (outside * (static_cast<double>(values.size()) - outside));
}

double area_of_part(const std::string& category, const std::string& part) {
  const auto family =
      std::ranges::find(sample_families(), category, [](const SampleFamily& f) { return f.category; });
  REQUIRE(family != sample_families().end());
  const GeneratedObject generated = generate_object(*family, 77, 0);  // no seed that the model was fitted to
  const std::set<std::int16_t> ids = part_ids(generated.object, part);
  const SurfacePoints points = sample_surface(normalized_mesh(generated), 6'000, 1);
  std::vector<bool> inside;
  for (const std::int16_t id : points.parts) inside.push_back(ids.contains(id));
  return area_under_roc(edge_probability(points), inside);
}

}  // namespace

TEST_CASE("the border is 1 on a plane's border, 0.5 on a crease and none in a hollow one", "[edges]") {
  const SurfacePoints square = sample_surface(tests::square_mesh(0.5), 20'000, 1);
  const SurfacePoints cube = sample_surface(tests::cube_mesh(0.5), 40'000, 1);
  for (std::size_t r = 1; r < kEdgeRadii.size(); ++r) {
    CAPTURE(kEdgeRadii[r]);
    CHECK_THAT(mean_border(square, r), Catch::WithinAbs(1, 0.12));
    CHECK_THAT(mean_border(cube, r), Catch::WithinAbs(0.5, 0.12));
    CHECK(mean_border(inside_out(cube), r) < 0.25);
  }
}

TEST_CASE("edges are told from faces: of a sheet, a plate and a cube, and of no ball", "[edges]") {
  const SurfacePoints square = sample_surface(tests::square_mesh(0.5), 15'000, 3);
  const SurfacePoints plate = sample_surface(box_mesh({0.5, 0.5, 0.005}), 15'000, 3);
  const SurfacePoints cube = sample_surface(tests::cube_mesh(0.5), 30'000, 3);
  for (const SurfacePoints* sheet : {&square, &plate}) {
    CHECK(mean_probability(*sheet, 0, 0.01F) > 0.75);
    CHECK(mean_probability(*sheet, 0.2F, 1) < 0.15);
  }
  const double crease = mean_probability(cube, 0, 0.01F);
  CHECK(crease < mean_probability(square, 0, 0.01F) - 0.1);  // less of an edge than a sheet's border
  CHECK(crease > 3 * mean_probability(cube, 0.2F, 1));
  CHECK(crease > 2 * mean_probability(inside_out(cube), 0, 0.01F));
  const std::vector<float> ball = edge_probability(sample_surface(tests::sphere_mesh(0.5), 10'000, 1));
  CHECK(std::accumulate(ball.begin(), ball.end(), 0.0) / static_cast<double>(ball.size()) < 0.12);
}

TEST_CASE("the edge parts of made-up objects are told from the rest of them", "[edges]") {
  const double areas[] = {area_of_part("mug", "rim"), area_of_part("knife", "edge"),
                          area_of_part("spoon", "rim"), area_of_part("axe", "edge")};
  for (const double area : areas) CHECK(area > 0.8);
  CHECK(std::accumulate(std::begin(areas), std::end(areas), 0.0) / 4 > 0.88);
}

TEST_CASE("turns change no edge probability but by rounding", "[edges]") {
  const SurfacePoints points = sample_surface(box_mesh({0.5, 0.3, 0.004}), 8'000, 1);
  const Transform turn = Transform::rotate_x(0.7) * Transform::rotate_y(1.9) * Transform::rotate_z(-2.6);
  SurfacePoints turned = points;
  for (std::vector<Vec3f>* vectors : {&turned.positions, &turned.normals})
    for (Vec3f& v : *vectors) {
      const Vec3d t = turn.direction({v.x, v.y, v.z});
      v = {static_cast<float>(t.x), static_cast<float>(t.y), static_cast<float>(t.z)};
    }
  const std::vector<float> straight = edge_probability(points), askew = edge_probability(turned);
  double change = 0;
  for (std::size_t i = 0; i < straight.size(); ++i)
    change += std::abs(static_cast<double>(straight[i]) - static_cast<double>(askew[i]));
  CHECK(change / static_cast<double>(straight.size()) < 1e-3);  // a neighbour at the radius itself
}

TEST_CASE("no points, one alone and many in one place have finite edge probabilities", "[edges]") {
  CHECK(edge_probability({}).empty());
  for (const std::size_t count : {1U, 2U, 1000U}) {
    SurfacePoints points;
    points.positions.assign(count, {0.1F, 0.2F, 0.3F});
    points.normals.assign(count, {0, 0, 1});
    const std::vector<float> probability = edge_probability(points);
    REQUIRE(probability.size() == count);
    for (const float p : probability) CHECK((p >= 0 && p < 0.5F));
  }
}

}  // namespace funcorr
