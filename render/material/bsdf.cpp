#include "render/material/bsdf.h"

#include <cmath>
#include <numbers>

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kDielectricF0 = 0.04F;
constexpr float kSmallest = 1e-6F;  // keeps quotients of vanishing losses finite

// Share of the light in the multiple-scattering lobe that survives the bounces between microfacets.
float surviving_multiple_scattering(float f0, float white_average) {
  const float fresnel_average = f0 + (1.0F - f0) / 21.0F;
  return fresnel_average * fresnel_average * white_average /
         (1.0F - fresnel_average * (1.0F - white_average));
}

float mean(const Vec3f& c) { return (c.x + c.y + c.z) / 3.0F; }

Vec3f cosine_hemisphere(const Vec2f& u) {
  const float radius = std::sqrt(u.x), phi = 2.0F * kPi * u.y;
  return {radius * std::cos(phi), radius * std::sin(phi), std::sqrt(std::max(kSmallest, 1.0F - u.x))};
}

}  // namespace

Bsdf::Bsdf(const Vec3f& base_color, float metallic, float roughness, const Vec3f& wo)
    : roughness_(roughness), alpha_(alpha_from_roughness(roughness)), wo_(wo) {
  const SpecularAlbedoTable& table = SpecularAlbedoTable::instance();
  const SpecularAlbedo seen = table.at(wo.z, roughness), average = table.average(roughness);
  dielectric_multiple_scattering_ = surviving_multiple_scattering(kDielectricF0, average.white());
  for (int c = 0; c < 3; ++c) {
    base_specular_[c] = kDielectricF0 + metallic * (base_color[c] - kDielectricF0);
    multiple_scattering_[c] = (1.0F - metallic) * dielectric_multiple_scattering_ +
                              metallic * surviving_multiple_scattering(base_color[c], average.white());
  }
  diffuse_color_ = base_color * (1.0F - metallic);
  lost_o_ = std::max(0.0F, 1.0F - seen.white());
  lost_average_ = std::max(kSmallest, 1.0F - average.white());
  const auto dielectric_albedo = [&](const SpecularAlbedo& albedo) {
    return kDielectricF0 * albedo.base + albedo.grazing +
           dielectric_multiple_scattering_ * (1.0F - albedo.white());
  };
  under_o_ = std::max(0.0F, 1.0F - dielectric_albedo(seen));
  under_average_ = std::max(kSmallest, 1.0F - dielectric_albedo(average));
  const float specular = mean(base_specular_) * seen.base + seen.grazing;
  const float cosine_lobe = mean(diffuse_color_) * under_o_ + mean(multiple_scattering_) * lost_o_;
  specular_probability_ = specular / (specular + cosine_lobe + kSmallest);
}

Vec3f Bsdf::evaluate(const Vec3f& wi) const {
  if (wi.z <= 0.0F) return {};
  const Vec3f half = normalized(wo_ + wi);
  const float fresnel = schlick_weight(dot(half, wo_));
  const float facets =
      ggx_distribution(half, alpha_) * ggx_masking_shadowing(wo_, wi, alpha_) / (4.0F * wo_.z * wi.z);
  const SpecularAlbedo leaving = SpecularAlbedoTable::instance().at(wi.z, roughness_);
  const float lost_i = std::max(0.0F, 1.0F - leaving.white());
  const float under_i = std::max(0.0F, 1.0F - (kDielectricF0 * leaving.base + leaving.grazing +
                                               dielectric_multiple_scattering_ * (1.0F - leaving.white())));
  const float lost = lost_o_ * lost_i / (kPi * lost_average_);
  const float under = under_o_ * under_i / (kPi * under_average_);
  const Vec3f schlick = base_specular_ * (1.0F - fresnel) + Vec3f{fresnel, fresnel, fresnel};
  return schlick * facets + multiple_scattering_ * lost + diffuse_color_ * under;
}

float Bsdf::pdf(const Vec3f& wi) const {
  if (wi.z <= 0.0F) return 0.0F;
  const Vec3f half = normalized(wo_ + wi);
  const float specular = ggx_masking(wo_, alpha_) * ggx_distribution(half, alpha_) / (4.0F * wo_.z);
  return specular_probability_ * specular + (1.0F - specular_probability_) * wi.z / kPi;
}

Bsdf::Sample Bsdf::sample(float lobe, const Vec2f& u) const {
  Sample sample;
  if (lobe < specular_probability_) {
    const Vec3f half = sample_visible_normal(wo_, alpha_, u);
    sample.wi = half * (2.0F * dot(wo_, half)) - wo_;
  } else {
    sample.wi = cosine_hemisphere(u);
  }
  sample.pdf = pdf(sample.wi);
  if (sample.pdf > 0.0F && std::isfinite(sample.pdf))
    sample.weight = evaluate(sample.wi) * (sample.wi.z / sample.pdf);
  return sample;
}

}  // namespace funcorr
