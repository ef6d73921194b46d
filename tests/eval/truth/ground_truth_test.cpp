#include "eval/truth/ground_truth.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "eval/truth/annotation.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr double kPi = std::numbers::pi;

// Points of a sphere of radius 0.5, evenly spread (Fibonacci); normals point outward.
ObjectViews sphere(std::size_t n) {
  ObjectViews object;
  for (std::size_t i = 0; i < n; ++i) {
    const double y = 1 - (2 * static_cast<double>(i) + 1) / static_cast<double>(n);
    const double angle = static_cast<double>(i) * kPi * (3 - std::sqrt(5.0));
    const double r = std::sqrt(1 - y * y);
    object.normals.push_back({r * std::cos(angle), y, r * std::sin(angle)});
    object.points.push_back(object.normals.back() * 0.5);
  }
  return object;
}

Camera camera_at(double azimuth) {
  Camera camera = intrinsics_50mm(490);
  camera.cam_from_world = look_at({2 * std::sin(azimuth), 0, 2 * std::cos(azimuth)}, {}, {0, 1, 0});
  return camera;
}

// A ray to a sphere's point is free exactly if the point faces the eye.
bool faces(const Vec3d& point, const Vec3d& eye) { return dot(point, eye - point) > 0; }

ObjectViews turntable(int views) {
  ObjectViews object = sphere(20'000);
  for (int v = 0; v < views; ++v) {
    object.cameras.push_back(camera_at(2 * kPi * v / views));
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < object.points.size(); ++i)
      if (faces(object.points[i], object.cameras.back().center()))
        ids.push_back(static_cast<std::int32_t>(i));
    object.visible_ids.push_back(ids);
  }
  return object;
}

int steps_apart(int a, int b, int views) {
  const int d = std::abs(a - b) % views;
  return std::min(d, views - d);
}

std::string refusal(const nlohmann::json& entry) {
  try {
    checked_annotation(entry);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("points seen from a camera: the near side of a sphere, with and without normals") {
  const ObjectViews object = sphere(50'000);
  const Camera camera = camera_at(0.7);
  for (const bool with_normals : {true, false}) {
    const auto seen = points_seen_from(camera, Transform::scale(1.2), object.points,
                                       with_normals ? object.normals : std::vector<Vec3d>{});
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < seen.size(); ++i)
      wrong += seen[i] != faces(object.points[i] * 1.2, camera.center()) ? 1 : 0;
    INFO("with normals: " << with_normals);
    CHECK(static_cast<double>(wrong) / 50'000 < (with_normals ? 0.01 : 0.05));  // errors sit at the rim
  }
}

TEST_CASE("points behind another surface are not seen") {
  // A plate of side 0.4 hides the middle of a plate of side 0.8 behind it: 0.4·2.3/1.7 of its side.
  std::vector<Vec3d> points;
  Random random(4);
  for (int i = 0; i < 40'000; ++i) {
    const double x = random.uniform() - 0.5, y = random.uniform() - 0.5;
    points.push_back(i % 4 == 0 ? Vec3d{0.4 * x, 0.4 * y, 0.3} : Vec3d{0.8 * x, 0.8 * y, -0.3});
  }
  const auto seen = points_seen_from(camera_at(0), Transform{}, points, {});
  const double shadow = 0.2 * 2.3 / 1.7, border = 0.03;  // border: one cell
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double reach = std::max(std::abs(points[i].x), std::abs(points[i].y));
    if (points[i].z > 0 || reach > shadow + border) CHECK(seen[i]);
    if (points[i].z < 0 && reach < shadow - border) CHECK_FALSE(seen[i]);
  }
}

TEST_CASE("view 2 is chosen through image 1's camera, not through object 2's of the same index") {
  const int views = 12;
  const ObjectViews object = turntable(views);
  const std::vector<bool> all(object.points.size(), true);
  // Object 2 turned by four steps about y: camera v of object 1 sees of it what its own camera v − 4 sees.
  const Transform object_1_from_object_2 = Transform::rotate_y(4 * 2 * kPi / views);
  Random random(5);
  const auto chosen = choose_views(object, all, object, all, object_1_from_object_2, 20, random);
  CHECK(chosen.size() == 20);
  for (const ViewPair& pair : chosen) {
    INFO("views " << pair.view_1 << " and " << pair.view_2);
    CHECK(steps_apart(pair.view_2, (pair.view_1 + views - 4) % views, views) <= 2);
  }
}

TEST_CASE("views that see nothing of a part are never chosen, and draws do not repeat") {
  const int views = 12;
  const ObjectViews object = turntable(views);
  std::vector<bool> cap(object.points.size());  // a small cap that faces camera 0
  for (std::size_t i = 0; i < cap.size(); ++i) cap[i] = object.points[i].z > 0.49;
  Random random(6);
  const auto chosen = choose_views(object, cap, object, cap, Transform{}, 6, random);
  CHECK(chosen.size() == 6);
  for (const ViewPair& pair : chosen) {
    CHECK(steps_apart(pair.view_1, 0, views) <= 2);
    CHECK(steps_apart(pair.view_2, 0, views) <= 3);
    CHECK(std::count(chosen.begin(), chosen.end(), pair) == 1);
  }
  const std::vector<bool> none(object.points.size(), false);
  CHECK(choose_views(object, none, object, cap, Transform{}, 6, random).empty());
  CHECK(choose_views(object, cap, object, none, Transform{}, 6, random).empty());
}

TEST_CASE("farthest pixels: each is as far as can be from those before") {
  Random random(8);
  std::vector<Pixel> pixels;
  for (int i = 0; i < 400; ++i)
    pixels.push_back(
        {static_cast<std::int32_t>(random.below(224)), static_cast<std::int32_t>(random.below(224))});
  const auto chosen = farthest_pixels(pixels, 60, 17);
  REQUIRE(chosen.size() == 60);
  CHECK(chosen.front() == 17);
  for (std::size_t c = 1; c < chosen.size(); ++c) {
    const auto nearest = [&](std::size_t i) {
      std::int64_t best = 1'000'000;
      for (std::size_t b = 0; b < c; ++b)
        best = std::min(best, squared_distance(pixels[i], pixels[chosen[b]]));
      return best;
    };
    for (std::size_t i = 0; i < pixels.size(); ++i) CHECK(nearest(i) <= nearest(chosen[c]));
  }
  const auto every = farthest_pixels(pixels, pixels.size(), 0);
  CHECK(std::set<std::size_t>(every.begin(), every.end()).size() == pixels.size());
}

TEST_CASE("matching two views of the same aligned points finds the same points") {
  Random random(9);
  std::vector<SeenPoint> view_1, view_2;
  for (int i = 0; i < 900; ++i) {
    const Pixel pixel{i % 30 * 4, i / 30 * 5};
    const Vec3d position{random.uniform(), random.uniform(), random.uniform()};
    view_1.push_back({pixel, position});
    view_2.push_back({{223 - pixel.y, pixel.x}, position});
  }
  view_1.push_back({{4, 5}, {9, 9, 9}});  // a second point of a taken pixel is dropped
  const GroundTruth found = match_views(view_1, view_2, 10'000, random);
  REQUIRE(found.pairs.size() == 900);
  CHECK_THAT(found.mean_distance, Catch::WithinAbs(0, 1e-12));
  for (const PixelPair& pair : found.pairs) CHECK(pair.second == Pixel{223 - pair.first.y, pair.first.x});
}

TEST_CASE("matching brings both views to the same number of distinct pixels, within the cap") {
  Random random(10);
  const auto view = [&](std::size_t n) {
    std::vector<SeenPoint> points(n);
    for (SeenPoint& point : points)
      point = {{static_cast<std::int32_t>(random.below(60)), static_cast<std::int32_t>(random.below(60))},
               {random.uniform(), random.uniform(), 0}};
    return points;
  };
  for (const std::size_t cap : {std::size_t{10'000}, std::size_t{150}}) {
    const auto few = view(300), many = view(2'000);
    const GroundTruth found = match_views(few, many, cap, random);
    std::set<std::pair<int, int>> first, second, distinct;
    for (const SeenPoint& point : few) distinct.insert({point.pixel.x, point.pixel.y});
    for (const PixelPair& pair : found.pairs) {
      first.insert({pair.first.x, pair.first.y});
      second.insert({pair.second.x, pair.second.y});
    }
    CHECK(found.pairs.size() == std::min(cap, distinct.size()));
    CHECK(first.size() == found.pairs.size());
    CHECK(second.size() == found.pairs.size());
  }
  CHECK(match_views({}, view(5), 100, random).pairs.empty());
}

TEST_CASE("annotations survive a round trip and say what is wrong with them") {
  const PairAnnotation annotation{
      std::string("pour-with"),
      std::string("aa"),
      std::string("bb"),
      std::string("rim"),
      Transform::rotate_x(0.3),
      {},
      {Transform::translate({1, 2, 3}) * Transform::rotate_z(kPi / 4), {1, 0.5, 0.25}},
      {{}, {1, 1, 1}}};
  const auto again = nlohmann::json(annotation).get<PairAnnotation>();
  CHECK(again.key() == "pour-with/aa|||bb|||rim");
  CHECK(nlohmann::json(again) == nlohmann::json(annotation));
  CHECK(nlohmann::json(checked_annotation(nlohmann::json(annotation))) == nlohmann::json(annotation));
  // Along the box's own x axis, 45° from the world's: 1 is inside, 1.1 is not; across it only 0.5 is.
  const double s = std::sqrt(0.5);
  CHECK(again.box_1.contains(Vec3d{1 + 0.99 * s, 2 + 0.99 * s, 3}));
  CHECK_FALSE(again.box_1.contains(Vec3d{1 + 1.1 * s, 2 + 1.1 * s, 3}));
  CHECK_FALSE(again.box_1.contains(Vec3d{1 - 0.6 * s, 2 + 0.6 * s, 3}));
  auto broken = nlohmann::json(annotation);
  broken["box_1"]["half_extents"] = {1, 0, 1};
  CHECK(refusal(broken).find("box_1") != std::string::npos);
  CHECK(refusal(broken).find("positive") != std::string::npos);
  broken = nlohmann::json(annotation);
  broken["pose_2"][0] = 0;
  broken["pose_2"][1] = 0;
  broken["pose_2"][2] = 0;
  CHECK(refusal(broken).find("pose_2") != std::string::npos);
  broken = nlohmann::json(annotation);
  broken["label"] = "../x";
  CHECK_THROWS_AS(checked_annotation(broken), std::runtime_error);
}

}  // namespace funcorr
