#include "render/material/ggx.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kCosines = 64, kRoughnesses = 32;
constexpr int kSamplesU = 16, kSamplesV = 16;  // per table entry
constexpr int kBoundaryCosines = 32, kBoundaryRoughnesses = 16, kBoundarySamples = 32;

SpecularAlbedo integrate(float cosine, float alpha) {
  const Vec3f wo{std::sqrt(std::max(0.0F, 1.0F - cosine * cosine)), 0.0F, cosine};
  const float outgoing = ggx_lambda(wo, alpha);
  double base = 0, grazing = 0;
  for (int i = 0; i < kSamplesU; ++i)
    for (int j = 0; j < kSamplesV; ++j) {
      const Vec2f u{(static_cast<float>(i) + 0.5F) / kSamplesU, (static_cast<float>(j) + 0.5F) / kSamplesV};
      const Vec3f half = sample_visible_normal(wo, alpha, u);
      const float cosine_half = dot(wo, half);
      const Vec3f wi = half * (2.0F * cosine_half) - wo;
      if (wi.z <= 0.0F) continue;
      const float weight = (1.0F + outgoing) / (1.0F + outgoing + ggx_lambda(wi, alpha));
      const float fresnel = schlick_weight(cosine_half);
      base += static_cast<double>(weight * (1.0F - fresnel));
      grazing += static_cast<double>(weight * fresnel);
    }
  constexpr double kCount = kSamplesU * kSamplesV;
  return {static_cast<float>(base / kCount), static_cast<float>(grazing / kCount)};
}

// Share of light that leaves the boundary after one scattering, reflected or refracted.
float integrate_boundary(float cosine, float alpha, float eta) {
  const Vec3f wo{std::sqrt(std::max(0.0F, 1.0F - cosine * cosine)), 0.0F, cosine};
  const float outgoing = ggx_lambda(wo, alpha);
  double sum = 0;
  for (int i = 0; i < kBoundarySamples; ++i)
    for (int j = 0; j < kBoundarySamples; ++j) {
      const Vec2f u{(static_cast<float>(i) + 0.5F) / kBoundarySamples,
                    (static_cast<float>(j) + 0.5F) / kBoundarySamples};
      const Vec3f half = sample_visible_normal(wo, alpha, u);
      const float cosine_half = dot(wo, half), fresnel = fresnel_dielectric(cosine_half, eta);
      const Vec3f reflected = half * (2.0F * cosine_half) - wo;
      if (reflected.z > 0.0F)
        sum += static_cast<double>(fresnel * (1.0F + outgoing) /
                                   (1.0F + outgoing + ggx_lambda(reflected, alpha)));
      if (fresnel >= 1.0F) continue;
      const Vec3f refracted = refract(wo, half, eta);
      if (refracted.z < 0.0F)
        sum += static_cast<double>((1.0F - fresnel) / (1.0F + ggx_lambda(refracted, alpha)));
    }
  return static_cast<float>(sum / (kBoundarySamples * kBoundarySamples));
}

SpecularAlbedo mix(const SpecularAlbedo& a, const SpecularAlbedo& b, float t) {
  return {a.base + t * (b.base - a.base), a.grazing + t * (b.grazing - a.grazing)};
}

// Cell and position in it of a value in 0…1 on a grid of `count` nodes.
struct GridPosition {
  std::size_t cell;
  float t;
};
GridPosition on_grid(float value, int count) {
  const float x = std::clamp(value, 0.0F, 1.0F) * static_cast<float>(count - 1);
  const int cell = std::min(static_cast<int>(x), count - 2);
  return {static_cast<std::size_t>(cell), x - static_cast<float>(cell)};
}

}  // namespace

float fresnel_dielectric(float cosine, float eta) {
  const float c = std::abs(cosine);
  const float g_squared = eta * eta - 1.0F + c * c;
  if (g_squared <= 0.0F) return 1.0F;
  const float g = std::sqrt(g_squared);
  const float a = (g - c) / (g + c), b = (c * (g + c) - 1.0F) / (c * (g - c) + 1.0F);
  return std::min(1.0F, 0.5F * a * a * (1.0F + b * b));
}

Vec3f sample_visible_normal(const Vec3f& wo, float alpha, const Vec2f& u) {
  const Vec3f stretched = normalized(Vec3f{alpha * wo.x, alpha * wo.y, wo.z});
  const float phi = 2.0F * kPi * u.x;
  const float z = (1.0F - u.y) * (1.0F + stretched.z) - stretched.z;
  const float sine = std::sqrt(std::clamp(1.0F - z * z, 0.0F, 1.0F));
  const Vec3f half = Vec3f{sine * std::cos(phi), sine * std::sin(phi), z} + stretched;
  return normalized(Vec3f{alpha * half.x, alpha * half.y, std::max(half.z, 1e-7F)});
}

Vec3f refract(const Vec3f& wo, const Vec3f& half, float eta) {
  const float cosine = dot(wo, half);
  const float beyond = std::sqrt(std::max(0.0F, 1.0F - (1.0F - cosine * cosine) / (eta * eta)));
  return half * (cosine / eta - beyond) - wo / eta;
}

BoundaryAlbedoTable::BoundaryAlbedoTable(float ior) {
  for (int r = 0; r < kBoundaryRoughnesses; ++r) {
    const float alpha = alpha_from_roughness(static_cast<float>(r) / (kBoundaryRoughnesses - 1));
    for (int c = 0; c < kBoundaryCosines; ++c) {
      const float cosine = std::max(static_cast<float>(c) / (kBoundaryCosines - 1), 1e-3F);
      outside_.push_back(integrate_boundary(cosine, alpha, ior));
      inside_.push_back(integrate_boundary(cosine, alpha, 1.0F / ior));
    }
  }
}

float BoundaryAlbedoTable::at(float cosine, float roughness, bool from_inside) const {
  const GridPosition r = on_grid(roughness, kBoundaryRoughnesses), c = on_grid(cosine, kBoundaryCosines);
  const std::vector<float>& table = from_inside ? inside_ : outside_;
  const auto row = [&](std::size_t index) {
    const float* first = &table[index * kBoundaryCosines + c.cell];
    return first[0] + c.t * (first[1] - first[0]);
  };
  return row(r.cell) + r.t * (row(r.cell + 1) - row(r.cell));
}

SpecularAlbedoTable::SpecularAlbedoTable() {
  for (int r = 0; r < kRoughnesses; ++r) {
    const float alpha = alpha_from_roughness(static_cast<float>(r) / (kRoughnesses - 1));
    for (int c = 0; c < kCosines; ++c)
      directional_.push_back(integrate(std::max(static_cast<float>(c) / (kCosines - 1), 1e-3F), alpha));
    // ∫ 2μ E(μ) dμ of the piecewise linear table, exactly.
    SpecularAlbedo sum;
    constexpr double kStep = 1.0 / (kCosines - 1);
    double base = 0, grazing = 0;
    for (int c = 0; c + 1 < kCosines; ++c) {
      const SpecularAlbedo& a = directional_[directional_.size() - kCosines + static_cast<std::size_t>(c)];
      const SpecularAlbedo& b =
          directional_[directional_.size() - kCosines + static_cast<std::size_t>(c) + 1];
      const double m = c * kStep;
      const double weight_a = kStep * (m + kStep / 3.0), weight_b = kStep * (m + 2.0 * kStep / 3.0);
      base += weight_a * static_cast<double>(a.base) + weight_b * static_cast<double>(b.base);
      grazing += weight_a * static_cast<double>(a.grazing) + weight_b * static_cast<double>(b.grazing);
    }
    sum.base = static_cast<float>(base);
    sum.grazing = static_cast<float>(grazing);
    average_.push_back(sum);
  }
}

const SpecularAlbedoTable& SpecularAlbedoTable::instance() {
  static const SpecularAlbedoTable table;
  return table;
}

SpecularAlbedo SpecularAlbedoTable::at(float cosine, float roughness) const {
  const GridPosition r = on_grid(roughness, kRoughnesses), c = on_grid(cosine, kCosines);
  const auto row = [&](std::size_t index) {
    const SpecularAlbedo* first = &directional_[index * kCosines + c.cell];
    return mix(first[0], first[1], c.t);
  };
  return mix(row(r.cell), row(r.cell + 1), r.t);
}

SpecularAlbedo SpecularAlbedoTable::average(float roughness) const {
  const GridPosition r = on_grid(roughness, kRoughnesses);
  return mix(average_[r.cell], average_[r.cell + 1], r.t);
}

}  // namespace funcorr
