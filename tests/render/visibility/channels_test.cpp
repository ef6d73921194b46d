// Geometry channels and visible points against closed forms: sphere, box, torus.
#include "render/visibility/channels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "db/format/random.h"
#include "render/geometry/sampling.h"
#include "render/visibility/visible_points.h"
#include "tests/catch.h"
#include "tests/render/shapes.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;

Vec3d to_double(const Vec3f& v) {
  return {static_cast<double>(v.x), static_cast<double>(v.y), static_cast<double>(v.z)};
}

// A shape as an implicit function: negative inside.
struct Shape {
  Scene scene;
  std::function<double(const Vec3d&)> inside;  // signed, Lipschitz ≤ 1
  std::function<Vec3d(const Vec3d&)> normal;   // at a point of the surface
};

constexpr double kRing = 0.35, kTube = 0.15;

Shape sphere() {
  return {scene_of(sphere_mesh(0.5, 1024, 512), surface(0.5, 0, 1)),
          [](const Vec3d& p) { return length(p) - 0.5; }, [](const Vec3d& p) { return normalized(p); }};
}

Shape box() {
  return {scene_of(cube_mesh(0.5), surface(0.5, 0, 1)),
          [](const Vec3d& p) {
            return std::max({std::abs(p.x), std::abs(p.y), std::abs(p.z)}) - 0.5;
          },
          [](const Vec3d& p) {
            Vec3d n;
            for (int axis = 0; axis < 3; ++axis)
              if (std::abs(std::abs(p[axis]) - 0.5) < 1e-6) n[axis] = p[axis] > 0 ? 1 : -1;
            return n;
          }};
}

Vec3d ring_center(const Vec3d& p) { return normalized(Vec3d{p.x, 0, p.z}) * kRing; }

Shape torus() {
  return {scene_of(torus_mesh(kRing, kTube, 1024, 512), surface(0.5, 0, 1)),
          [](const Vec3d& p) { return length(p - ring_center(p)) - kTube; },
          [](const Vec3d& p) { return normalized(p - ring_center(p)); }};
}

// First point of a ray on the surface, by sphere tracing; t counts lengths of `direction`.
std::optional<double> first_hit(const Shape& shape, const Vec3d& origin, const Vec3d& direction,
                                double t_max = 4) {
  double t = 0;
  for (int step = 0; step < 4000 && t < t_max; ++step) {
    const double distance = shape.inside(origin + direction * t);
    if (distance < 1e-10) return t;
    t += distance / length(direction);
  }
  return std::nullopt;
}

std::vector<Camera> some_cameras() {
  std::vector<Camera> cameras = training_cameras(3, 96, 5);
  cameras[1].fx = 150;  // neither square pixels nor a central principal point
  cameras[1].cx = 40.25;
  cameras[2].width = 64;
  return cameras;
}

const std::vector<ChannelGroup> kSurface{ChannelGroup::kDepth, ChannelGroup::kNormal,
                                         ChannelGroup::kShadingNormal, ChannelGroup::kPosition,
                                         ChannelGroup::kPart};

// Checks every pixel whose neighbours agree that the surface is there (silhouettes belong to both).
void check_geometry(const Shape& shape, double tolerance, double angle) {
  const PathTracer tracer(shape.scene, 1);
  for (const Camera& camera : some_cameras()) {
    const ImageF image = view_channels(tracer, camera, {}, kSurface, 1);
    REQUIRE(image.channels == 11);
    double worst_depth = 0, worst_position = 0, worst_normal = 0, worst_shading = 0;
    int hits = 0, disagreements = 0;
    for (int y = 0; y < camera.height; ++y)
      for (int x = 0; x < camera.width; ++x) {
        const float* pixel = image.at(x, y);
        const auto truth = first_hit(shape, camera.center(), camera.ray_direction(x + 0.5, y + 0.5));
        if (truth.has_value() != (pixel[0] > 0)) {
          ++disagreements;
          continue;
        }
        CHECK(pixel[10] == -1);  // no named part
        if (!truth) continue;
        const Vec3d point = camera.unproject(x + 0.5, y + 0.5, *truth);
        const Vec3d normal = shape.normal(point);
        if (dot(normal, normalized(camera.center() - point)) < 0.1)
          continue;  // grazing: depth is ill-conditioned
        ++hits;
        const Vec3d stored{static_cast<double>(pixel[7]), static_cast<double>(pixel[8]),
                           static_cast<double>(pixel[9])};
        const auto cosine = [&](int at) {
          return std::clamp(normal.x * static_cast<double>(pixel[at]) +
                                normal.y * static_cast<double>(pixel[at + 1]) +
                                normal.z * static_cast<double>(pixel[at + 2]),
                            -1.0, 1.0);
        };
        worst_depth = std::max(worst_depth, std::abs(static_cast<double>(pixel[0]) - *truth));
        worst_position = std::max(worst_position, length(stored - point));
        worst_normal = std::max(worst_normal, std::acos(cosine(1)));
        worst_shading = std::max(worst_shading, std::acos(cosine(4)));
      }
    CHECK(hits > 500);
    CHECK(disagreements <= 12);  // pixels on the silhouette
    CHECK(worst_depth < tolerance);
    CHECK(worst_position < tolerance);
    CHECK(worst_normal < angle);
    CHECK(worst_shading < angle);
  }
}

Image8 mask_of(const PathTracer& tracer, const Camera& camera) {
  const ImageF depth = view_channels(tracer, camera, {}, {ChannelGroup::kDepth}, 1);
  Image8 rgba(camera.width, camera.height, 4);
  for (int y = 0; y < camera.height; ++y)
    for (int x = 0; x < camera.width; ++x) rgba.at(x, y)[3] = *depth.at(x, y) > 0 ? 255 : 0;
  return rgba;
}

// A point is visible where nothing lies before it; points seen at grazing angles or on silhouettes may go
// either way.
void check_visibility(const Shape& shape) {
  const PathTracer tracer(shape.scene, 1);
  const SurfacePoints points = sample_surface(shape.scene.mesh, 2000, 8);
  const Camera camera = training_cameras(1, 128, 3)[0];
  const Image8 mask = mask_of(tracer, camera);
  const VisiblePoints visible = visible_points(tracer, camera, points.positions, points.triangles, mask, 1);
  std::vector<bool> seen(points.positions.size(), false);
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(visible.ids[i]);
    seen[id] = true;
    const Vec3d pixel = camera.project(to_double(points.positions[id]));
    CHECK((visible.pixels[i] ==
           Pixel{static_cast<int>(std::floor(pixel.x)), static_cast<int>(std::floor(pixel.y))}));
  }
  int judged = 0, wrong = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Vec3d point = to_double(points.positions[i]), to_point = point - camera.center();
    const double facing = -dot(normalized(to_point), to_double(points.normals[i]));
    if (std::abs(facing) < 0.1) continue;
    const auto first = first_hit(shape, camera.center(), to_point, 1.01);
    const Vec3d pixel = camera.project(point);
    const bool in_frame = pixel.x >= 0 && pixel.x < camera.width && pixel.y >= 0 && pixel.y < camera.height;
    const bool in_mask = in_frame && mask.at(static_cast<int>(pixel.x), static_cast<int>(pixel.y))[3] > 127;
    const bool is_first = in_mask && facing > 0 && (!first || *first > 1 - 1e-3);
    ++judged;
    if (is_first != seen[i]) ++wrong;
  }
  CHECK(judged > 1500);
  CHECK(wrong <= judged / 200);  // silhouettes of nearer parts
}

}  // namespace

TEST_CASE("depth, normals and positions of a sphere, a box and a torus are those of their equations",
          "[channels]") {
  SECTION("sphere") { check_geometry(sphere(), 1e-4, 0.01); }
  SECTION("box") { check_geometry(box(), 1e-6, 1e-3); }
  SECTION("torus") { check_geometry(torus(), 1e-4, 0.02); }
}

TEST_CASE("visible points of a sphere, a box and a torus are those that nothing hides", "[channels]") {
  SECTION("sphere") { check_visibility(sphere()); }
  SECTION("box") { check_visibility(box()); }
  SECTION("torus") { check_visibility(torus()); }
}

TEST_CASE("a pixel's depth, unprojected, is its position", "[channels]") {
  const Shape shape = torus();
  const PathTracer tracer(shape.scene, 1);
  for (const Camera& camera : some_cameras()) {
    const ImageF image =
        view_channels(tracer, camera, {}, {ChannelGroup::kPosition, ChannelGroup::kDepth}, 1);
    double worst = 0;
    for (int y = 0; y < camera.height; ++y)
      for (int x = 0; x < camera.width; ++x) {
        const float* pixel = image.at(x, y);  // Z, P
        if (!(pixel[0] > 0)) continue;
        const Vec3d point = camera.unproject(x + 0.5, y + 0.5, static_cast<double>(pixel[0]));
        worst = std::max(worst, length(point - to_double({pixel[1], pixel[2], pixel[3]})));
      }
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("parts are told apart, and nothing is part −1", "[channels]") {
  Mesh mesh = square_mesh(0.2);
  for (Vec3d& p : mesh.positions) p.x -= 0.25;
  Mesh other = square_mesh(0.2);
  for (Vec3d& p : other.positions) p.x += 0.25;
  append_mesh(mesh, other, 0);
  mesh.uvs = {};
  mesh.triangle_part = {0, 0, 3, 3};
  const Scene scene = scene_of(mesh, surface(0.5, 0, 1));
  const PathTracer tracer(scene, 1);
  Camera camera = intrinsics_50mm(100);
  camera.cam_from_world = look_at({0, 0, 2}, {0, 0, 0}, {0, 1, 0});
  const ImageF image = view_channels(tracer, camera, {}, {ChannelGroup::kPart}, 1);
  const auto part_at = [&](double x) { return *image.at(static_cast<int>(camera.project({x, 0, 0}).x), 50); };
  CHECK(part_at(-0.25) == 0);
  CHECK(part_at(0.25) == 3);
  CHECK(part_at(0) == -1);
}

TEST_CASE("colour and coverage are the radiance's own", "[channels]") {
  const Scene scene = scene_of(sphere_mesh(0.5), surface(0.5, 0, 1));
  const PathTracer tracer(scene, 1);
  const Camera camera = training_cameras(1, 32, 1)[0];
  ImageF radiance(32, 32, 4);
  for (std::size_t i = 0; i < radiance.pixels.size(); ++i) radiance.pixels[i] = static_cast<float>(i);
  const std::vector<ChannelGroup> groups{ChannelGroup::kCoverage, ChannelGroup::kDepth, ChannelGroup::kColor};
  const ImageF all = view_channels(tracer, camera, radiance, groups, 1);
  REQUIRE(channel_names(groups) == std::vector<std::string>{"R", "G", "B", "A", "Z"});
  CHECK(std::equal(all.at(7, 9), all.at(7, 9) + 4, radiance.at(7, 9)));
  CHECK(*view_channels(tracer, camera, radiance, {ChannelGroup::kCoverage}, 1).at(7, 9) ==
        radiance.at(7, 9)[3]);
  CHECK_THROWS_WITH(view_channels(tracer, camera, {}, {ChannelGroup::kCoverage}, 1),
                    Catch::Matchers::ContainsSubstring("radiance"));
}

TEST_CASE("channels do not depend on the number of threads", "[channels]") {
  const Shape shape = torus();
  const PathTracer tracer(shape.scene, 2);
  const Camera camera = training_cameras(1, 96, 2)[0];
  CHECK(view_channels(tracer, camera, {}, kSurface, 1).pixels ==
        view_channels(tracer, camera, {}, kSurface, 4).pixels);
}

TEST_CASE("an EXR keeps channels by name, in half precision where asked for", "[channels]") {
  const TemporaryFolder folder;
  ImageF image(3, 2, 5);
  Random random(4);
  for (float& value : image.pixels) value = static_cast<float>(4 * random.uniform() - 2);
  save_exr(folder / "a.exr", image, {"R", "G", "B", "A", "Z"}, {"R", "G", "B", "A"});
  const ImageF depth = load_exr_channels(folder / "a.exr", {"Z"});
  const ImageF color = load_exr_channels(folder / "a.exr", {"R", "G", "B", "A"});
  bool is_half = false;
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x) {
      CHECK(*depth.at(x, y) == image.at(x, y)[4]);
      for (int c = 0; c < 4; ++c) {
        CHECK_THAT(color.at(x, y)[c], Catch::WithinRel(image.at(x, y)[c], 1e-3F));
        is_half = is_half || color.at(x, y)[c] != image.at(x, y)[c];
      }
    }
  CHECK(is_half);
}

TEST_CASE("a camera file may give R and t, one K for all views, and matrices as rows", "[channels]") {
  const TemporaryFolder folder;
  folder.write("cams.json", R"({"width": 40, "height": 30, "K": [[50, 0, 20], [0, 60, 15], [0, 0, 1]],
    "normalized_from_asset": [[2,0,0,0],[0,2,0,0],[0,0,2,1],[0,0,0,1]],
    "views": [{"R": [[1,0,0],[0,-1,0],[0,0,-1]], "t": [0, 0, 2]},
              {"cam_from_world": [1,0,0,0, 0,-1,0,0, 0,0,-1,3], "width": 20, "K": [9,0,1, 0,9,2, 0,0,1]}]})");
  const CameraFile cameras = read_camera_file(folder / "cams.json");
  REQUIRE(cameras.views.size() == 2);
  CHECK(cameras.views[0].fy == 60);
  CHECK(cameras.views[0].project({0.1, 0.2, 0}) == Vec3d{22.5, 9, 2});
  CHECK(cameras.views[1].width == 20);
  CHECK(cameras.views[1].height == 30);
  CHECK(cameras.views[1].cx == 1);
  CHECK(cameras.normalized_from_asset->point({1, 0, 0}) == Vec3d{2, 0, 1});
  const auto error_of = [&](const std::string& view) {
    folder.write("bad.json", R"({"width":4,"height":4,"K":[1,0,1,0,1,1,0,0,1],"views":[)" + view + "]}");
    try {
      read_camera_file(folder / "bad.json");
      return std::string();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
  };
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(error_of(R"({"R":[1,0,0,0,1,0,0,0,-1],"t":[0,0,0]})"), ContainsSubstring("mirroring"));
  CHECK_THAT(error_of(R"({"R":[2,0,0,0,2,0,0,0,2],"t":[0,0,0]})"), ContainsSubstring("orthonormal"));
  CHECK_THAT(error_of(R"({"R":[1,0,0,0,1,0,0,0,1]})"), ContainsSubstring("cam_from_world is missing"));
  CHECK_THAT(error_of("7"), ContainsSubstring("object"));
  CHECK_THAT(error_of(R"({"R":[1,0,0,0,1,0,0,0,"x"],"t":[0,0,0]})"),
             ContainsSubstring("R should hold numbers"));
}

}  // namespace funcorr
