#include "render/material/bsdf.h"

#include <cmath>
#include <numbers>

#include "render/geometry/random.h"
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

// Share of light from `wo` that is reflected, by sampling.
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

}  // namespace

TEST_CASE("white furnace: a white surface reflects all light, metal or dielectric, at any roughness") {
  for (const float metallic : {0.0F, 0.5F, 1.0F})
    for (const float roughness : {0.0F, 0.1F, 0.3F, 0.6F, 1.0F})
      for (const double cosine : {1.0, 0.7, 0.3, 0.1}) {
        const Bsdf bsdf({1, 1, 1}, metallic, roughness, at_angle(cosine, 0.4));
        INFO("metallic " << metallic << ", roughness " << roughness << ", cosine " << cosine);
        CHECK_THAT(albedo(bsdf, 1 << 14).x, Catch::WithinAbs(1.0, 0.01));
      }
}

TEST_CASE("no surface reflects more light than it receives") {
  Random random(4);
  for (int trial = 0; trial < 40; ++trial) {
    const auto u = [&] { return static_cast<float>(random.uniform()); };
    const Bsdf bsdf({u(), u(), u()}, u(), u(), random_direction(random));
    const Vec3f reflected = albedo(bsdf, 4096);
    for (int c = 0; c < 3; ++c) CHECK((reflected[c] >= 0 && reflected[c] < 1.01F));
  }
}

TEST_CASE("light paths may be reversed: f(wo, wi) = f(wi, wo)") {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    const Vec3f wo = random_direction(random), wi = random_direction(random);
    const auto metallic = static_cast<float>(random.uniform()),
               roughness = static_cast<float>(random.uniform());
    const Vec3f forth = Bsdf({0.8F, 0.5F, 0.2F}, metallic, roughness, wo).evaluate(wi);
    const Vec3f back = Bsdf({0.8F, 0.5F, 0.2F}, metallic, roughness, wi).evaluate(wo);
    for (int c = 0; c < 3; ++c) CHECK_THAT(forth[c], Catch::WithinRel(back[c], 1e-3F));
  }
}

TEST_CASE("BSDF samples follow their density (χ²)") {
  constexpr int kCosines = 24, kAzimuths = 24, kSamples = 200000, kFine = 12;
  Random random(6);
  for (const float roughness : {0.3F, 0.6F, 1.0F})
    for (const float metallic : {0.0F, 1.0F}) {
      const Bsdf bsdf({0.7F, 0.7F, 0.7F}, metallic, roughness, at_angle(0.6, 0.3));
      std::vector<double> observed(kCosines * kAzimuths + 1), expected(kCosines * kAzimuths + 1);
      for (int i = 0; i < kSamples; ++i) {
        const auto u = [&] { return static_cast<float>(random.uniform()); };
        const float lobe = u();
        const float u0 = u(), u1 = u();
        const Vec3f wi = bsdf.sample(lobe, {u0, u1}).wi;
        if (wi.z <= 0) {
          observed.back() += 1;
          continue;
        }
        const double azimuth = std::atan2(wi.y, wi.x) / (2 * kPi) + 0.5;
        const int row = std::min(static_cast<int>(static_cast<double>(wi.z) * kCosines), kCosines - 1);
        const int column = std::min(static_cast<int>(azimuth * kAzimuths), kAzimuths - 1);
        observed[static_cast<std::size_t>(row * kAzimuths + column)] += 1;
      }
      double above = 0;
      for (int row = 0; row < kCosines; ++row)
        for (int column = 0; column < kAzimuths; ++column) {
          double mass = 0;
          for (int i = 0; i < kFine * kFine; ++i) {
            const double cosine = (row + (i / kFine + 0.5) / kFine) / kCosines;
            const double azimuth = ((column + (i % kFine + 0.5) / kFine) / kAzimuths - 0.5) * 2 * kPi;
            mass += static_cast<double>(bsdf.pdf(at_angle(cosine, azimuth)));
          }
          mass *= 2 * kPi / (kCosines * kAzimuths * kFine * kFine);
          expected[static_cast<std::size_t>(row * kAzimuths + column)] = mass * kSamples;
          above += mass;
        }
      expected.back() = std::max(0.0, 1 - above) * kSamples;
      INFO("roughness " << roughness << ", metallic " << metallic << ", density above the surface " << above);
      CHECK(above < 1.002);
      CHECK(chi_square_excess(observed, expected) < 6);
    }
}

TEST_CASE("a smooth metal mirrors, tinted by its base colour") {
  const Vec3f wo = at_angle(0.8, 0);
  const Bsdf mirror({0.9F, 0.6F, 0.3F}, 1.0F, 0.0F, wo);
  PixelSampler sampler(2, 0, 0, 1);
  for (int i = 0; i < 64; ++i) {
    sampler.start_sample(i);
    const Bsdf::Sample sample = mirror.sample(0.5F, sampler.next_2d());
    CHECK_THAT(dot(sample.wi, Vec3f{-wo.x, -wo.y, wo.z}), Catch::WithinAbs(1.0, 1e-3));
    CHECK_THAT(sample.weight.y / sample.weight.x, Catch::WithinAbs(0.6 / 0.9, 0.01));
  }
}
