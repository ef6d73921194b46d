#include "render/integrator/path_tracer.h"

#include <cmath>
#include <numbers>

#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/render/shapes.h"

using namespace funcorr;
using namespace funcorr::tests;

namespace {

constexpr double kPi = std::numbers::pi;

Environment uniform_environment(float radiance = 1) {
  ImageF map(8, 4, 3);
  for (float& value : map.pixels) value = radiance;
  return Environment(map);
}

// Radiance `upper` above the horizon, `lower` below it.
Environment two_halves(float upper, float lower) {
  ImageF map(64, 32, 1);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x) map.at(x, y)[0] = y < 16 ? upper : lower;
  return Environment(map);
}

Camera camera_at(const Vec3d& eye, int size = 16) {
  Camera camera = intrinsics_50mm(size);
  camera.cam_from_world = look_at(eye, {0, 0, 0}, {0, 1, 0.01});
  return camera;
}

// The environment's zenith is +y of the world.
Lighting lit_by(const Environment& environment) { return {&environment, release_world_from_object()}; }

Vec3d mean_of(const ImageF& image, int x0, int y0, int x1, int y1) {
  Vec3d sum;
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x)
      for (int c = 0; c < 3; ++c) sum[c] += static_cast<double>(image.at(x, y)[c]);
  return sum / static_cast<double>((x1 - x0) * (y1 - y0));
}

// Mean of the middle quarter of the picture.
double middle(const Scene& scene, const Camera& camera, const Environment& environment,
              RenderSettings settings) {
  const ImageF image = PathTracer(scene, 1).radiance(camera, lit_by(environment), settings);
  const int size = camera.width;
  return mean_of(image, 3 * size / 8, 3 * size / 8, 5 * size / 8, 5 * size / 8).y;
}

Material lambert(double grey) {
  Material material = surface(grey, 0, 1);
  material.specular = 0;
  return material;
}

RenderSettings with_samples(int samples) {
  RenderSettings settings;
  settings.samples = samples;
  return settings;
}

}  // namespace

TEST_CASE("white furnace: a white ball vanishes before a white sky, of any material") {
  const Environment white = uniform_environment();
  RenderSettings settings = with_samples(128);
  settings.max_bounces = settings.max_transmission_bounces = settings.max_glossy_bounces = 64;
  const auto vanishes = [&](const Material& material, double tolerance) {
    const Scene scene = scene_of(sphere_mesh(0.5), material);
    const ImageF image = PathTracer(scene, 1).radiance(camera_at({0, 0.5, 2}, 24), lit_by(white), settings);
    INFO("metallic " << material.metallic << ", roughness " << material.roughness << ", transmission "
                     << material.transmission << ", thickness " << material.thickness);
    double radiance = 0, alpha = 0;
    for (int i = 0; i < 24 * 24; ++i) {
      radiance += static_cast<double>(image.at(i % 24, i / 24)[0]);
      alpha += static_cast<double>(image.at(i % 24, i / 24)[3]);
    }
    CHECK_THAT(radiance / alpha, Catch::WithinAbs(1, tolerance));
  };
  for (const double roughness : {0.0, 0.25, 0.6, 1.0}) {
    vanishes(surface(1, 0, roughness), 0.005);
    vanishes(surface(1, 1, roughness), 0.005);
    Material glass = surface(1, 0, roughness);
    glass.transmission = 1;
    vanishes(glass, 0.02);
    glass.thickness = 1;
    vanishes(glass, 0.02);
  }
}

TEST_CASE("a Lambert surface under half a sky has its form factor's radiance") {
  const Environment sky = two_halves(1, 0);
  for (const double tilt : {0.0, 0.6, 1.2, 2.2}) {  // of the normal from the zenith, towards the camera
    Mesh square = square_mesh(1);
    transform_mesh(square, Transform::rotate_x(tilt - kPi / 2));
    const Scene scene = scene_of(square, lambert(0.5));
    const Vec3d normal{0, std::cos(tilt), std::sin(tilt)};
    const double found = middle(scene, camera_at(normal * 1.5 + Vec3d{0.3, 0, 0}), sky, with_samples(256));
    // Bilinear interpolation blurs the horizon by a texel.
    CHECK_THAT(found, Catch::WithinAbs(0.5 * (1 + std::cos(tilt)) / 2, 0.004));
  }
}

TEST_CASE("a small sun lights a Lambert surface by the cosine") {
  ImageF map(512, 256, 1);
  for (float& value : map.pixels) value = 1e-9F;
  for (int y = 100; y < 104; ++y)
    for (int x = 200; x < 204; ++x) map.at(x, y)[0] = 1000;
  double irradiance = 0;
  const auto direction = [](double x, double y) {  // world (y up) of a map position
    const double phi = (0.5 - x / 512) * 2 * kPi, theta = y / 256 * kPi;
    return release_world_from_object().inverse().direction(
        {std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)});
  };
  const Vec3d normal = normalized(Vec3d{-0.3, 0.8, -0.2} + direction(202, 102));
  for (int y = 100; y < 104; ++y)
    irradiance += 4 * 1000 * (std::cos(kPi * y / 256) - std::cos(kPi * (y + 1) / 256)) * 2 * kPi / 512 *
                  dot(direction(202, y + 0.5), normal);
  Mesh square = square_mesh(1);
  const Vec3d right = normalized(cross(Vec3d{0, 0, 1}, normal)), up = cross(normal, right);
  for (Vec3d& p : square.positions) p = right * p.x + up * p.y;
  for (Vec3f& n : square.normals)
    n = {static_cast<float>(normal.x), static_cast<float>(normal.y), static_cast<float>(normal.z)};
  const Environment sun(map);
  const double found =
      middle(scene_of(square, lambert(0.8)), camera_at(normal * 1.5), sun, with_samples(256));
  CHECK_THAT(found, Catch::WithinRel(0.8 / kPi * irradiance, 0.01));
}

TEST_CASE("inside a glowing Lambert box, radiance is that of the geometric series") {
  Material glowing = lambert(0.6);
  glowing.emissive = {0.2, 0.2, 0.2};
  const Scene scene = scene_of(cube_mesh(0.5), glowing);
  RenderSettings settings = with_samples(256);
  settings.max_bounces = settings.max_diffuse_bounces = 64;
  const double found = middle(scene, camera_at({0.1, 0.2, 0.3}), uniform_environment(), settings);
  CHECK_THAT(found, Catch::WithinRel(0.2 / (1 - 0.6), 0.01));
  settings.max_bounces = 2;
  CHECK_THAT(middle(scene, camera_at({0.1, 0.2, 0.3}), uniform_environment(), settings),
             Catch::WithinRel(0.2 * (1 + 0.6 + 0.36 + 0.216), 0.01));
}

namespace {

// Radiance along a ray by uniform sampling of the hemisphere alone: what importance sampling must agree with.
Vec3f brute_force(const PathTracer& tracer, const Environment& environment, const Ray& ray, int bounces,
                  Random& random) {
  RayHit hit;
  if (!tracer.rays().intersect(ray, hit)) {
    const Vec3f d = normalized(ray.direction);
    const Vec3d turned = release_world_from_object().direction({d.x, d.y, d.z});
    return environment.radiance(
        Vec3f{static_cast<float>(turned.x), static_cast<float>(turned.y), static_cast<float>(turned.z)});
  }
  if (bounces < 0) return {};
  const Vec3f viewer = -normalized(ray.direction);
  const SurfacePoint point = tracer.shader().shade(hit.triangle, hit.u, hit.v, viewer);
  const Frame frame(point.shading_normal);
  const Bsdf bsdf(point.material, frame.to_local(viewer));
  const auto cosine = static_cast<float>(random.uniform());
  const double azimuth = 2 * kPi * random.uniform(),
               sine = std::sqrt(1 - static_cast<double>(cosine) * static_cast<double>(cosine));
  const Vec3f wi{static_cast<float>(sine * std::cos(azimuth)), static_cast<float>(sine * std::sin(azimuth)),
                 cosine};
  const Vec3f weight = bsdf.at(wi).scattered * static_cast<float>(2 * kPi);
  const Vec3f direction = frame.to_world(wi);
  if (dot(direction, point.geometric_normal) <= 0) return {};
  return weight * brute_force(tracer, environment,
                              {point.position + point.geometric_normal * 1e-5F, direction}, bounces - 1,
                              random);
}

}  // namespace

TEST_CASE("multiple importance sampling agrees with brute force") {
  ImageF map(32, 16, 3);
  Random random(3);
  for (float& value : map.pixels) value = static_cast<float>(std::pow(random.uniform(), 4));
  for (int c = 0; c < 3; ++c) map.at(9, 4)[c] = 30;
  const Environment environment(map);
  for (const double roughness : {0.4, 0.8}) {
    Scene scene = scene_of(sphere_mesh(0.3), surface(0.8, 0.5, roughness));
    scene.materials.push_back(surface(0.6, 0, 0.7));
    Mesh floor = square_mesh(0.6);
    transform_mesh(floor, Transform::translate({0, -0.35, 0}) * Transform::rotate_x(-kPi / 2));
    append_mesh(scene.mesh, floor, 1);
    const PathTracer tracer(scene, 1);
    const Camera camera = camera_at({0, 1, 1.6}, 8);
    RenderSettings settings = with_samples(1024);
    settings.max_bounces = 2;
    settings.filter_glossy = 0;
    settings.filter_radius_px = 0;
    const ImageF image = tracer.radiance(camera, lit_by(environment), settings);
    Vec3d expected;
    constexpr int kPaths = 40000;
    for (int i = 0; i < kPaths; ++i) {
      const double x = 2 + 4 * random.uniform(), y = 2 + 4 * random.uniform();
      const Vec3d center = camera.center(), d = camera.ray_direction(x, y);
      const Ray ray{
          {static_cast<float>(center.x), static_cast<float>(center.y), static_cast<float>(center.z)},
          {static_cast<float>(d.x), static_cast<float>(d.y), static_cast<float>(d.z)}};
      RayHit hit;
      if (!tracer.rays().intersect(ray, hit)) continue;
      const Vec3f value = brute_force(tracer, environment, ray, 2, random);
      for (int c = 0; c < 3; ++c) expected[c] += static_cast<double>(value[c]) / kPaths;
    }
    const Vec3d found = mean_of(image, 2, 2, 6, 6);
    INFO("roughness " << roughness);
    for (int c = 0; c < 3; ++c) CHECK_THAT(found[c], Catch::WithinRel(expected[c], 0.03));
  }
}

TEST_CASE("small lamps in a glossy floor have the radiance of a quadrature over directions") {
  ImageF map(64, 32, 3);
  Random random(3);
  for (float& value : map.pixels) value = static_cast<float>(std::pow(random.uniform(), 4));
  for (int c = 0; c < 3; ++c) map.at(18, 8)[c] = 600;
  map.at(40, 4)[0] = 3000;
  map.at(47, 9)[2] = 900;
  const Environment environment(map);
  REQUIRE(environment.has_small_lamps());
  Mesh floor = square_mesh(2);
  transform_mesh(floor, Transform::rotate_x(-kPi / 2));
  const auto [roughness, coat] = GENERATE(std::pair{0.2, 0.0}, std::pair{0.45, 0.0}, std::pair{0.9, 1.0});
  Material material = surface(0.6, 0.3, roughness);
  material.clearcoat = coat;
  material.clearcoat_roughness = 0.3;
  const Scene scene = scene_of(floor, material);
  const PathTracer tracer(scene, 1);
  const Camera camera = camera_at({0.3, 1, -0.8}, 8);
  RenderSettings settings = with_samples(16384);
  settings.filter_radius_px = 0;
  const Vec3d found = mean_of(tracer.radiance(camera, lit_by(environment), settings), 3, 3, 5, 5);

  Vec3d expected;
  constexpr int kPlaces = 30, kCosines = 300, kAzimuths = 600;
  for (int place = 0; place < kPlaces; ++place) {
    const Vec3d center = camera.center(),
                d = camera.ray_direction(3 + 2 * random.uniform(), 3 + 2 * random.uniform());
    const Ray ray{{static_cast<float>(center.x), static_cast<float>(center.y), static_cast<float>(center.z)},
                  {static_cast<float>(d.x), static_cast<float>(d.y), static_cast<float>(d.z)}};
    RayHit hit;
    REQUIRE(tracer.rays().intersect(ray, hit));
    const Vec3f viewer = -normalized(ray.direction);
    const SurfacePoint point = tracer.shader().shade(hit.triangle, hit.u, hit.v, viewer);
    const Frame frame(point.shading_normal);
    const Bsdf bsdf(point.material, frame.to_local(viewer), frame.to_local(point.coat_normal));
    REQUIRE(bsdf.is_narrow());
    for (int i = 0; i < kCosines; ++i)
      for (int k = 0; k < kAzimuths; ++k) {
        const double cosine = (i + 0.5) / kCosines, sine = std::sqrt(1 - cosine * cosine),
                     azimuth = 2 * kPi * (k + 0.5) / kAzimuths;
        const Vec3f wi{static_cast<float>(sine * std::cos(azimuth)),
                       static_cast<float>(sine * std::sin(azimuth)), static_cast<float>(cosine)};
        const Vec3f direction = frame.to_world(wi);
        const Vec3d seen = release_world_from_object().direction({direction.x, direction.y, direction.z});
        const Vec3f light = bsdf.at(wi).scattered *
                            environment.radiance({static_cast<float>(seen.x), static_cast<float>(seen.y),
                                                  static_cast<float>(seen.z)});
        for (int c = 0; c < 3; ++c)
          expected[c] += static_cast<double>(light[c]) * 2 * kPi / (kCosines * kAzimuths) / kPlaces;
      }
  }
  INFO("roughness " << roughness << ", coat " << coat);
  for (int c = 0; c < 3; ++c) CHECK_THAT(found[c], Catch::WithinRel(expected[c], 0.01));
}

TEST_CASE("pictures do not depend on the number of threads, but on the seed") {
  Scene scene = scene_of(sphere_mesh(0.4), surface(0.7, 0.3, 0.4));
  append_mesh(scene.mesh, cube_mesh(0.25), 0);
  const Environment environment = two_halves(2, 0.3F);
  RenderSettings settings = with_samples(8);
  const auto render = [&](int threads, std::uint64_t seed) {
    settings.threads = threads;
    settings.seed = seed;
    return PathTracer(scene, threads)
        .radiance(camera_at({0.3, 0.7, 1.5}, 50), lit_by(environment), settings)
        .pixels;
  };
  const std::vector<float> one = render(1, 7);
  CHECK(render(2, 7) == one);
  CHECK(render(5, 7) == one);
  CHECK(render(1, 8) != one);
}

TEST_CASE(
    "blended, masked and opaque surfaces have their alpha, and what shines through is what lies behind") {
  const Environment white = uniform_environment();
  Scene scene = scene_of(square_mesh(1), lambert(1));
  Material& material = scene.materials[0];
  material.base_color[3] = 0.25;
  const auto pixel = [&](AlphaMode mode) {
    material.alpha_mode = mode;
    const ImageF image =
        PathTracer(scene, 1).radiance(camera_at({0, 0, 1}), lit_by(white), with_samples(256));
    double alpha = 0;
    for (int i = 0; i < 16; ++i) alpha += static_cast<double>(image.at(6 + i % 4, 6 + i / 4)[3]) / 16;
    return std::array{mean_of(image, 6, 6, 10, 10).x, alpha};
  };
  CHECK_THAT(pixel(AlphaMode::kBlend)[1], Catch::WithinAbs(0.25, 0.01));
  CHECK_THAT(pixel(AlphaMode::kBlend)[0], Catch::WithinAbs(0.25, 0.01));
  CHECK(pixel(AlphaMode::kMask)[1] == 0);
  CHECK_THAT(pixel(AlphaMode::kOpaque)[1], Catch::WithinAbs(1, 1e-6));
  // A half transparent roof lets half of the light through.
  scene.materials = {lambert(0.5), lambert(0.0)};
  scene.materials[1].base_color[3] = 0.5;
  scene.materials[1].alpha_mode = AlphaMode::kBlend;
  Mesh roof = square_mesh(50);
  transform_mesh(roof, Transform::translate({0, 0, 0.5}));
  append_mesh(scene.mesh, roof, 1);
  const ImageF below =
      PathTracer(scene, 1).radiance(camera_at({0, 0, 0.4}), lit_by(white), with_samples(256));
  CHECK_THAT(below.at(8, 8)[0], Catch::WithinAbs(0.25, 0.01));
}

TEST_CASE("thin glass casts tinted, straight shadows") {
  const Environment white = uniform_environment();
  Material glass = surface(1, 0, 0);
  glass.base_color = {1, 0.5, 0.25, 1};
  glass.transmission = 1;
  glass.specular = 0;  // no reflection
  Scene scene = scene_of(square_mesh(1), lambert(0.5));
  scene.materials.push_back(glass);
  Mesh pane = square_mesh(50);
  transform_mesh(pane, Transform::translate({0, 0, 0.5}));
  append_mesh(scene.mesh, pane, 1);
  const ImageF below =
      PathTracer(scene, 1).radiance(camera_at({0, 0, 0.4}), lit_by(white), with_samples(1024));
  CHECK_THAT(below.at(8, 8)[0] / 0.5, Catch::WithinAbs(1.0, 0.01));
  CHECK_THAT(below.at(8, 8)[1] / below.at(8, 8)[0], Catch::WithinAbs(0.5, 0.01));
  CHECK_THAT(below.at(8, 8)[2] / below.at(8, 8)[0], Catch::WithinAbs(0.25, 0.01));
}

TEST_CASE("a solid absorbs by the length of the way through it") {
  Material jelly = surface(1, 0, 0);
  jelly.transmission = 1;
  jelly.thickness = 1;
  jelly.ior = 1.01;  // hardly reflects
  jelly.attenuation_color = {0.5, 0.25, 1};
  jelly.attenuation_distance = 0.5;
  const Scene scene = scene_of(cube_mesh(0.5), jelly);  // 1 thick
  const ImageF image =
      PathTracer(scene, 1).radiance(camera_at({0, 0, 3}), lit_by(uniform_environment()), with_samples(64));
  const float* pixel = image.at(8, 8);
  CHECK_THAT(pixel[0], Catch::WithinAbs(0.25, 0.01));
  CHECK_THAT(pixel[1], Catch::WithinAbs(0.0625, 0.01));
  CHECK_THAT(pixel[2], Catch::WithinAbs(1, 0.01));
}

TEST_CASE("unlit surfaces show their colour, emissive ones their light") {
  Scene scene = scene_of(square_mesh(1), surface(0.4, 0, 1));
  scene.materials[0].unlit = true;
  CHECK_THAT(middle(scene, camera_at({0, 0, 1}), uniform_environment(5), with_samples(4)),
             Catch::WithinAbs(0.4, 1e-5));
  scene.materials[0] = lambert(0);
  scene.materials[0].emissive = {3, 3, 3};
  CHECK_THAT(middle(scene, camera_at({0, 0, 1}), uniform_environment(), with_samples(4)),
             Catch::WithinAbs(3, 1e-4));
}

TEST_CASE("the backdrop is transparent, a colour or the environment") {
  const Scene scene = scene_of(square_mesh(0.05), lambert(0.5));
  const Environment environment = uniform_environment(0.75F);  // exact in half precision
  RenderSettings settings = with_samples(4);
  const PathTracer tracer(scene, 1);
  const auto corner = [&](Backdrop backdrop) {
    settings.backdrop = backdrop;
    const ImageF image = tracer.radiance(camera_at({0, 0, 2}), lit_by(environment), settings);
    return std::vector<float>(image.at(0, 0), image.at(0, 0) + 4);
  };
  settings.backdrop_color = {0.1F, 0.2F, 0.3F};
  CHECK(corner(Backdrop::kTransparent) == std::vector<float>{0, 0, 0, 0});
  CHECK_THAT(corner(Backdrop::kColor)[1], Catch::WithinAbs(0.2, 1e-5));
  CHECK_THAT(corner(Backdrop::kEnvironment)[2], Catch::WithinAbs(0.75, 1e-4));
  CHECK_THAT(corner(Backdrop::kEnvironment)[3], Catch::WithinAbs(1, 1e-5));
}

TEST_CASE("textures stand upright and unmirrored, and tint the light") {
  Scene scene = scene_of(square_mesh(0.5), lambert(1));
  Texture texture;
  texture.image = Image8(2, 2, 3);
  texture.image.pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};  // red, green / blue, white
  scene.textures = {texture};
  scene.materials[0].base_color_texture.texture = 0;
  const ImageF image = PathTracer(scene, 1).radiance(camera_at({0, 0, 2}, 32), lit_by(uniform_environment()),
                                                     with_samples(16));
  const auto color = [&](int x, int y) {
    const float* p = image.at(x, y);
    return std::array{p[0] > 0.5F, p[1] > 0.5F, p[2] > 0.5F};
  };
  CHECK(color(12, 12) == std::array{true, false, false});
  CHECK(color(20, 12) == std::array{false, true, false});
  CHECK(color(12, 20) == std::array{false, false, true});
  CHECK(color(20, 20) == std::array{true, true, true});
}

TEST_CASE("normal maps bend the light: +x to the right of the texture, +y up") {
  const Environment sky = two_halves(1, 0);
  Scene scene = scene_of(square_mesh(0.5), lambert(1));  // faces +z, texture's up is +y
  Texture map;
  map.image = Image8(1, 1, 3);
  scene.materials[0].normal_texture.texture = 0;
  const auto lit = [&](std::uint8_t x, std::uint8_t y, std::uint8_t z) {
    map.image.pixels = {x, y, z};
    scene.textures = {map};
    return middle(scene, camera_at({0, 0, 2}), sky, with_samples(256));
  };
  CHECK_THAT(lit(128, 128, 255), Catch::WithinAbs(0.5, 0.01));
  const double up = lit(128, 218, 218), down = lit(128, 37, 218);  // 45° up, down
  // Half spaces of sky and of the bent normal, less what the geometry itself hides.
  CHECK_THAT(up, Catch::WithinAbs(std::cos(kPi / 4), 0.015));
  CHECK_THAT(down, Catch::WithinAbs((1 - std::cos(kPi / 4)) / 2, 0.015));
  CHECK_THAT(lit(218, 128, 218), Catch::WithinAbs((1 + std::cos(kPi / 4)) / 4, 0.015));
  // A mirrored texture turns x, not y.
  for (Vec2f& uv : scene.mesh.uvs[0]) uv.x = 1 - uv.x;
  CHECK_THAT(lit(128, 218, 218), Catch::WithinAbs(up, 0.01));
}

TEST_CASE("adaptive sampling goes where alpha is noisy, however dark the surface") {
  Material black = lambert(0);
  Scene scene = scene_of(square_mesh(0.45), black);
  black.alpha_mode = AlphaMode::kBlend;
  black.base_color[3] = 0.37;
  scene.materials.push_back(black);
  Mesh veil = square_mesh(0.15);
  transform_mesh(veil, Transform::translate({0.65, 0, 0}));
  append_mesh(scene.mesh, veil, 1);
  const PathTracer tracer(scene, 1);
  const Environment light = uniform_environment();
  const Camera camera = camera_at({0, 0, 3}, 48);
  const Vec3d middle_of_veil = camera.project({0.65, 0, 0});
  const auto squared_error = [&](bool adaptive) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      RenderSettings settings = with_samples(16);
      settings.adaptive = adaptive;
      settings.filter_radius_px = 0;
      settings.seed = seed;
      const ImageF image = tracer.radiance(camera, lit_by(light), settings);
      for (int y = -1; y <= 1; ++y)
        for (int x = -1; x <= 1; ++x)
          sum += std::pow(static_cast<double>(image.at(static_cast<int>(middle_of_veil.x) + x,
                                                       static_cast<int>(middle_of_veil.y) + y)[3]) -
                              0.37,
                          2);
    }
    return sum;
  };
  CHECK(squared_error(true) < 0.5 * squared_error(false));
}

TEST_CASE("adaptive sampling keeps the mean and lowers the error where noise is uneven") {
  ImageF map(64, 32, 3);
  for (float& value : map.pixels) value = 0.2F;
  for (int c = 0; c < 3; ++c) map.at(20, 8)[c] = 2000;
  const Environment environment(map);
  Scene scene = scene_of(sphere_mesh(0.45), lambert(0.7));
  scene.materials.push_back(surface(0.7, 1, 0.3));
  append_mesh(scene.mesh, torus_mesh(0.48, 0.03, 64, 32), 1);  // a shiny ring around a dull ball
  const PathTracer tracer(scene, 1);
  const Camera camera = camera_at({0.4, 1.2, 1.6}, 32);
  const auto render = [&](bool adaptive, int samples, std::uint64_t seed) {
    RenderSettings settings = with_samples(samples);
    settings.adaptive = adaptive;
    settings.seed = seed;
    return tracer.radiance(camera, lit_by(environment), settings);
  };
  const ImageF reference = render(false, 2048, 99);
  double even_error = 0, adaptive_error = 0, bias = 0, even_bias = 0, total = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const ImageF even = render(false, 128, seed), adaptive = render(true, 128, seed);
    for (std::size_t i = 0; i < reference.pixels.size(); ++i) {
      const auto truth = static_cast<double>(reference.pixels[i]), scale = truth * truth + 0.01;
      even_error += std::pow(static_cast<double>(even.pixels[i]) - truth, 2) / scale;
      adaptive_error += std::pow(static_cast<double>(adaptive.pixels[i]) - truth, 2) / scale;
      bias += static_cast<double>(adaptive.pixels[i]) - truth;
      even_bias += static_cast<double>(even.pixels[i]) - truth;
      total += truth;
    }
  }
  INFO("evenly " << even_bias / total);
  CHECK(adaptive_error < 0.8 * even_error);
  CHECK(std::abs(bias) < 0.005 * total);
}
