#include "render/material/bsdf.h"

#include <cmath>
#include <numbers>

#include "db/format/random.h"
#include "render/integrator/sampler.h"
#include "tests/catch.h"
#include "tests/render/sampling_statistics.h"

using namespace funcorr;
using namespace funcorr::tests;

namespace {

constexpr double kPi = std::numbers::pi;

Vec3f at_angle(double cosine, double azimuth) {
  const double sine = std::sqrt(1 - cosine * cosine);
  return {static_cast<float>(sine * std::cos(azimuth)), static_cast<float>(sine * std::sin(azimuth)),
          static_cast<float>(cosine)};
}

Vec3f random_direction(Random& random) {
  return at_angle(0.02 + 0.98 * random.uniform(), 2 * kPi * random.uniform());
}

MaterialPoint white(float metallic, float roughness) {
  MaterialPoint material;
  material.metallic = metallic;
  material.roughness = roughness;
  return material;
}

MaterialPoint thin_glass(float roughness) {
  MaterialPoint material = white(0, roughness);
  material.transmission = 1;
  return material;
}

MaterialPoint solid_glass(float roughness, bool from_inside) {
  static const BoundaryAlbedoTable table(1.5F);
  MaterialPoint material = thin_glass(roughness);
  material.boundary = &table;
  material.from_inside = from_inside;
  return material;
}

MaterialPoint coated(float roughness, float coat_roughness) {
  MaterialPoint material = white(0.3F, roughness);
  material.clearcoat = 0.8F;
  material.clearcoat_roughness = coat_roughness;
  return material;
}

// Share of light from `wo` that is reflected or passed, by sampling.
Vec3f albedo(const Bsdf& bsdf, int samples) {
  PixelSampler sampler(1, 0, 0, 1);
  Vec3f sum;
  for (int i = 0; i < samples; ++i) {
    sampler.start_sample(i);
    const float lobe = sampler.next_2d().x;
    sum += bsdf.sample(lobe, sampler.next_2d()).weight;
  }
  return sum / static_cast<float>(samples);
}

// Share of the light from `wo` that stays on its side of the surface, by sampling.
Vec3f reflected_share(const Bsdf& bsdf, int samples) {
  PixelSampler sampler(1, 0, 0, 1);
  Vec3f sum;
  for (int i = 0; i < samples; ++i) {
    sampler.start_sample(i);
    const float lobe = sampler.next_2d().x;
    const Bsdf::Sample sample = bsdf.sample(lobe, sampler.next_2d());
    if (sample.wi.z > 0) sum += sample.weight;
  }
  return sum / static_cast<float>(samples);
}

// χ² of directions drawn over the whole sphere against the density, which must not exceed 1 in total.
void check_density(const Bsdf& bsdf, std::uint64_t seed) {
  constexpr int kCosines = 48, kAzimuths = 24, kSamples = 100000, kFine = 12;
  Random random(seed);
  std::vector<double> observed(kCosines * kAzimuths + 1), expected(kCosines * kAzimuths + 1);
  for (int i = 0; i < kSamples; ++i) {
    const auto u = [&] { return static_cast<float>(random.uniform()); };
    const float lobe = u();
    const float u0 = u(), u1 = u();
    const Bsdf::Sample sample = bsdf.sample(lobe, {u0, u1});
    if (!(sample.pdf > 0)) {
      observed.back() += 1;
      continue;
    }
    const double azimuth = std::atan2(sample.wi.y, sample.wi.x) / (2 * kPi) + 0.5;
    const double height = (static_cast<double>(sample.wi.z) + 1) / 2;
    const int row = std::min(static_cast<int>(height * kCosines), kCosines - 1);
    const int column = std::min(static_cast<int>(azimuth * kAzimuths), kAzimuths - 1);
    observed[static_cast<std::size_t>(row * kAzimuths + column)] += 1;
  }
  double total = 0;
  for (int row = 0; row < kCosines; ++row)
    for (int column = 0; column < kAzimuths; ++column) {
      double mass = 0;
      for (int i = 0; i < kFine * kFine; ++i) {
        const int fine_row = i / kFine;
        const double cosine = 2 * (row + (fine_row + 0.5) / kFine) / kCosines - 1;
        const double azimuth = ((column + (i % kFine + 0.5) / kFine) / kAzimuths - 0.5) * 2 * kPi;
        mass += static_cast<double>(bsdf.at(at_angle(cosine, azimuth)).pdf);
      }
      mass *= 4 * kPi / (kCosines * kAzimuths * kFine * kFine);
      expected[static_cast<std::size_t>(row * kAzimuths + column)] = mass * kSamples;
      total += mass;
    }
  expected.back() = std::max(0.0, 1 - total) * kSamples;
  INFO("density in total " << total);
  CHECK(total < 1.003);
  CHECK(chi_square_excess(observed, expected) < 6);
}

}  // namespace

TEST_CASE("white furnace: a white surface reflects all light, metal or dielectric, at any roughness") {
  for (const float metallic : {0.0F, 0.5F, 1.0F})
    for (const float roughness : {0.0F, 0.1F, 0.3F, 0.6F, 1.0F})
      for (const double cosine : {1.0, 0.7, 0.3, 0.1}) {
        const Bsdf bsdf(white(metallic, roughness), at_angle(cosine, 0.4));
        INFO("metallic " << metallic << ", roughness " << roughness << ", cosine " << cosine);
        CHECK_THAT(albedo(bsdf, 1 << 14).x, Catch::WithinAbs(1.0, 0.01));
      }
}

TEST_CASE(
    "a solid's reflection is weakened by KHR_materials_specular, what it leaves passes, total reflection "
    "stays") {
  for (const double cosine : {1.0, 0.5, 0.2}) {
    MaterialPoint glass = solid_glass(0, false);
    glass.boundary_specular = {0.5F, 0.25F, 0};
    const Bsdf bsdf(glass, at_angle(cosine, 0.4));
    const double fresnel = static_cast<double>(fresnel_dielectric(static_cast<float>(cosine), 1.5F));
    const Vec3f reflected = reflected_share(bsdf, 1 << 14);
    CHECK_THAT(reflected.x, Catch::WithinAbs(0.5 * fresnel, 0.003));
    CHECK_THAT(reflected.y, Catch::WithinAbs(0.25 * fresnel, 0.003));
    CHECK(reflected.z == 0);
    CHECK_THAT(albedo(bsdf, 1 << 14).x, Catch::WithinAbs(1.0, 0.01));
  }
  MaterialPoint inside = solid_glass(0, true);
  inside.boundary_specular = {0, 0, 0};
  CHECK_THAT(reflected_share(Bsdf(inside, at_angle(0.3, 0)), 1 << 12).x, Catch::WithinAbs(1.0, 0.01));
  CHECK(reflected_share(Bsdf(inside, at_angle(1, 0)), 1 << 12).x == 0);
}

TEST_CASE(
    "white furnace: clear glass reflects or passes all light, as a thin wall and from both sides of a "
    "solid") {
  for (const float roughness : {0.0F, 0.2F, 0.5F, 1.0F})
    for (const double cosine : {1.0, 0.7, 0.3, 0.1}) {
      const Vec3f wo = at_angle(cosine, 0.4);
      INFO("roughness " << roughness << ", cosine " << cosine);
      CHECK_THAT(albedo(Bsdf(thin_glass(roughness), wo), 1 << 14).x, Catch::WithinAbs(1.0, 0.01));
      CHECK_THAT(albedo(Bsdf(solid_glass(roughness, false), wo), 1 << 14).x, Catch::WithinAbs(1.0, 0.03));
      CHECK_THAT(albedo(Bsdf(solid_glass(roughness, true), wo), 1 << 14).x, Catch::WithinAbs(1.0, 0.03));
    }
}

TEST_CASE("white furnace: a clear coat takes no light") {
  for (const float roughness : {0.1F, 0.6F})
    for (const float coat_roughness : {0.0F, 0.4F})
      for (const double cosine : {1.0, 0.5, 0.2}) {
        const float share = albedo(Bsdf(coated(roughness, coat_roughness), at_angle(cosine, 0.4)), 1 << 14).x;
        INFO("roughness " << roughness << ", coat " << coat_roughness << ", cosine " << cosine);
        CHECK(share < 1.01F);
        CHECK(share >
              (coat_roughness > 0 ? 0.93F : 0.99F));  // a rough coat's own multiple scattering is left out
      }
}

TEST_CASE("no surface reflects more light than it receives") {
  Random random(4);
  for (int trial = 0; trial < 60; ++trial) {
    const auto u = [&] { return static_cast<float>(random.uniform()); };
    MaterialPoint material = trial % 3 == 0 ? solid_glass(u(), trial % 2 == 0) : white(u(), u());
    material.base_color = {u(), u(), u()};
    material.dielectric_f90 = u();
    material.dielectric_f0 = Vec3f{u(), u(), u()} * material.dielectric_f90;
    if (trial % 3 > 0) material.transmission = u();
    if (trial % 4 == 0) material.clearcoat = u();
    const Vec3f scattered = albedo(Bsdf(material, random_direction(random)), 4096);
    for (int c = 0; c < 3; ++c) CHECK((scattered[c] >= 0 && scattered[c] < 1.015F));
  }
}

TEST_CASE("light paths may be reversed: f(wo, wi) = f(wi, wo), reflected or through a thin wall") {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    const auto u = [&] { return static_cast<float>(random.uniform()); };
    const Vec3f wo = random_direction(random), wi = random_direction(random);
    MaterialPoint material = white(u(), u());
    material.base_color = {0.8F, 0.5F, 0.2F};
    material.transmission = trial % 2 == 0 ? 0.0F : 0.6F;
    const Vec3f through{wi.x, wi.y, -wi.z}, back_through{wo.x, wo.y, -wo.z};
    const Vec3f forth = Bsdf(material, wo).at(wi).scattered / wi.z;
    const Vec3f back = Bsdf(material, wi).at(wo).scattered / wo.z;
    const Vec3f forth_through = Bsdf(material, wo).at(through).scattered / wi.z;
    const Vec3f back_through_f = Bsdf(material, wi).at(back_through).scattered / wo.z;
    for (int c = 0; c < 3; ++c) {
      CHECK_THAT(forth[c], Catch::WithinRel(back[c], 1e-3F));
      CHECK_THAT(forth_through[c], Catch::WithinRel(back_through_f[c], 1e-3F));
    }
  }
}

TEST_CASE("BSDF samples follow their density (χ²)") {
  const Vec3f wo = at_angle(0.6, 0.3);
  for (const float roughness : {0.3F, 0.6F, 1.0F}) {
    INFO("roughness " << roughness);
    MaterialPoint opaque = white(0.0F, roughness);
    opaque.base_color = {0.7F, 0.7F, 0.7F};
    check_density(Bsdf(opaque, wo), 6);
    check_density(Bsdf(white(1.0F, roughness), wo), 7);
    MaterialPoint half_thin = thin_glass(roughness);
    half_thin.transmission = 0.5F;
    check_density(Bsdf(half_thin, wo), 8);
    check_density(Bsdf(solid_glass(roughness, false), wo), 9);
    check_density(Bsdf(solid_glass(roughness, true), wo), 10);
    check_density(Bsdf(coated(roughness, 0.4F), wo, at_angle(0.95, 1)), 11);
  }
}

TEST_CASE("the weight of a sample is its value over its density") {
  Random random(12);
  const Vec3f wo = at_angle(0.5, 1);
  for (const MaterialPoint& material : {white(0.4F, 0.5F), thin_glass(0.5F), solid_glass(0.4F, false),
                                        solid_glass(0.4F, true), coated(0.5F, 0.2F)}) {
    const Bsdf bsdf(material, wo);
    for (int i = 0; i < 200; ++i) {
      const auto u = [&] { return static_cast<float>(random.uniform()); };
      const float lobe = u(), u0 = u(), u1 = u();
      const Bsdf::Sample sample = bsdf.sample(lobe, {u0, u1});
      if (!(sample.pdf > 0)) continue;
      const Bsdf::Value value = bsdf.at(sample.wi);
      CHECK_THAT(value.pdf, Catch::WithinRel(sample.pdf, 1e-3F));
      CHECK_THAT(sample.weight.y * sample.pdf, Catch::WithinRel(value.scattered.y, 1e-3F));
    }
  }
}

TEST_CASE("a smooth metal mirrors, tinted by its base colour") {
  const Vec3f wo = at_angle(0.8, 0);
  MaterialPoint gold = white(1, 0);
  gold.base_color = {0.9F, 0.6F, 0.3F};
  const Bsdf mirror(gold, wo);
  PixelSampler sampler(2, 0, 0, 1);
  for (int i = 0; i < 64; ++i) {
    sampler.start_sample(i);
    const Bsdf::Sample sample = mirror.sample(0.5F, sampler.next_2d());
    CHECK_THAT(dot(sample.wi, Vec3f{-wo.x, -wo.y, wo.z}), Catch::WithinAbs(1.0, 1e-3));
    CHECK_THAT(sample.weight.y / sample.weight.x, Catch::WithinAbs(0.6 / 0.9, 0.01));
  }
}

TEST_CASE("smooth glass refracts by Snell's law, into the solid and out of it") {
  for (const bool from_inside : {false, true}) {
    const double eta = from_inside ? 1 / 1.5 : 1.5;
    const Vec3f wo = at_angle(0.8, 0);  // below the critical angle
    const Bsdf glass(solid_glass(0, from_inside), wo);
    PixelSampler sampler(3, 0, 0, 1);
    int refracted = 0;
    for (int i = 0; i < 64; ++i) {
      sampler.start_sample(i);
      const float lobe = sampler.next_2d().x;
      const Bsdf::Sample sample = glass.sample(lobe, sampler.next_2d());
      if (sample.wi.z > 0) continue;
      ++refracted;
      CHECK(sample.bounce == Bounce::kTransmission);
      CHECK_THAT(sample.wi.x, Catch::WithinAbs(-0.6 / eta, 5e-3));
    }
    CHECK(refracted > 48);
  }
}

TEST_CASE("Fresnel's reflectance has its known values") {
  CHECK_THAT(fresnel_dielectric(1, 1.5F), Catch::WithinAbs(0.04, 1e-6));
  CHECK_THAT(fresnel_dielectric(0, 1.5F), Catch::WithinAbs(1, 1e-6));
  const double brewster = std::cos(std::atan(1.5));  // only s-polarised light is reflected: half of rs²
  const double rs = (1 - 1.5 * 1.5) / (1 + 1.5 * 1.5);
  CHECK_THAT(fresnel_dielectric(static_cast<float>(brewster), 1.5F), Catch::WithinAbs(0.5 * rs * rs, 1e-5));
  CHECK(fresnel_dielectric(0.5F, 1 / 1.5F) == 1.0F);  // beyond the critical angle
}

TEST_CASE("clear walls pass what they do not reflect") {
  MaterialPoint wall = thin_glass(0);
  wall.clear_wall = true;
  wall.base_color = {1, 0.5F, 0};
  for (const double cosine : {1.0, 0.5, 0.2}) {
    const Vec3f passed = straight_transmittance(wall, static_cast<float>(cosine));
    const Vec3f reflected = albedo(Bsdf(wall, at_angle(cosine, 0)), 4096);
    CHECK_THAT(passed.x + reflected.x, Catch::WithinAbs(1, 0.01));
    CHECK_THAT(passed.y, Catch::WithinRel(0.5F * passed.x, 1e-5F));
    CHECK(passed.z == 0);
  }
}
