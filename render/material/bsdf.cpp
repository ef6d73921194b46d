#include "render/material/bsdf.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kSmallest = 1e-6F;  // keeps quotients of vanishing losses finite
constexpr float kCoatF0 = 0.04F;

// Share of the light in the multiple-scattering lobe that survives the bounces between microfacets.
float surviving_multiple_scattering(float f0, float f90, float white_average) {
  const float fresnel_average = f0 + (f90 - f0) / 21.0F;
  return fresnel_average * fresnel_average * white_average /
         (1.0F - fresnel_average * (1.0F - white_average));
}

float mean(const Vec3f& c) { return (c.x + c.y + c.z) * (1.0F / 3.0F); }
float largest(const Vec3f& c) { return std::max({c.x, c.y, c.z}); }
Vec3f mirrored(const Vec3f& w) { return {w.x, w.y, -w.z}; }

Vec3f cosine_hemisphere(const Vec2f& u) {
  const float radius = std::sqrt(u.x), phi = 2.0F * kPi * u.y;
  return {radius * std::cos(phi), radius * std::sin(phi), std::sqrt(std::max(kSmallest, 1.0F - u.x))};
}

Vec3f reflected(const Vec3f& wo, const Vec3f& half) { return half * (2.0F * dot(wo, half)) - wo; }

}  // namespace

Vec3f straight_transmittance(const MaterialPoint& m, float cosine) {
  const float grazing = schlick_weight(cosine), f0 = largest(m.dielectric_f0);
  const float coat = m.clearcoat * (kCoatF0 + (1.0F - kCoatF0) * grazing);
  const float passing = (1.0F - coat) * (1.0F - f0 - (m.dielectric_f90 - f0) * grazing);
  return m.base_color * ((1.0F - m.metallic) * m.transmission * passing);
}

Bsdf::Bsdf(const MaterialPoint& m, const Vec3f& wo, const Vec3f& coat_normal)
    : roughness_(m.roughness), alpha_(alpha_from_roughness(m.roughness)), wo_(wo) {
  const SpecularAlbedoTable& table = SpecularAlbedoTable::instance();
  const SpecularAlbedo seen = table.at(wo.z, roughness_), average = table.average(roughness_);
  lambda_o_ = ggx_lambda(wo, alpha_);
  const float dielectric = 1.0F - m.metallic;
  const float solid = m.boundary != nullptr ? m.transmission : 0.0F;  // share of the dielectric
  const float plain = dielectric * (1.0F - solid);

  dielectric_f0_ = largest(m.dielectric_f0);
  dielectric_f90_ = m.dielectric_f90;
  dielectric_multiple_ = surviving_multiple_scattering(dielectric_f0_, dielectric_f90_, average.white());
  for (int c = 0; c < 3; ++c) {
    f0_[c] = plain * m.dielectric_f0[c] + m.metallic * m.base_color[c];
    multiple_scattering_[c] =
        plain * surviving_multiple_scattering(m.dielectric_f0[c], dielectric_f90_, average.white()) +
        m.metallic * surviving_multiple_scattering(m.base_color[c], 1.0F, average.white());
  }
  f90_ = plain * dielectric_f90_ + m.metallic;
  lost_o_ = std::max(0.0F, 1.0F - seen.white());
  lost_average_ = std::max(kSmallest, 1.0F - average.white());
  const auto under = [&](const SpecularAlbedo& albedo) {
    return 1.0F - albedo.of(dielectric_f0_, dielectric_f90_) - dielectric_multiple_ * (1.0F - albedo.white());
  };
  under_o_ = std::max(0.0F, under(seen));
  under_average_ = std::max(kSmallest, under(average));
  diffuse_color_ = m.base_color * (dielectric * (1.0F - m.transmission));

  p_specular_ = mean(f0_) * seen.base + f90_ * seen.grazing;
  p_cosine_ = mean(diffuse_color_) * under_o_ + mean(multiple_scattering_) * lost_o_;
  if (dielectric * m.transmission > 0.0F) {
    if (m.boundary != nullptr) {
      tint_ = m.base_color;
      boundary_ = m.boundary;
      boundary_specular_ = m.boundary_specular;
      boundary_share_ = largest(m.boundary_specular);
      eta_ = m.from_inside ? 1.0F / m.ior : m.ior;
      boundary_weight_ = dielectric * solid;
      boundary_scale_ = boundary_weight_ / m.boundary->at(wo.z, roughness_, m.from_inside);
      p_boundary_ = boundary_weight_;
    } else if (!m.clear_wall) {
      tint_ = m.base_color * (dielectric * m.transmission);
      p_thin_ = mean(*tint_) * (seen.white() - seen.of(dielectric_f0_, dielectric_f90_));
      p_thin_cosine_ = mean(*tint_) * (1.0F - dielectric_multiple_) * lost_o_;
    }
  }
  const float base = p_specular_ + p_cosine_ + p_thin_ + p_thin_cosine_ + p_boundary_;
  if (m.clearcoat > 0.0F) {
    coat_ = m.clearcoat;
    coat_alpha_ = alpha_from_roughness(m.clearcoat_roughness);
    coat_frame_ = Frame(coat_normal);
    coat_wo_ = coat_frame_->to_local(wo);
    coat_wo_.z = std::max(coat_wo_.z, 1e-3F);
    coat_albedo_ = coat_ * table.at(coat_wo_.z, m.clearcoat_roughness).of(kCoatF0, 1.0F);
    p_coat_ = coat_albedo_ / (coat_albedo_ + base * (1.0F - coat_albedo_) + kSmallest);
  }
  const float rest = base > 0.0F ? (1.0F - p_coat_) / base : 0.0F;
  for (float* probability : {&p_specular_, &p_cosine_, &p_thin_, &p_thin_cosine_, &p_boundary_})
    *probability *= rest;
}

void Bsdf::add_reflection(const Vec3f& wi, Value& value) const {
  const Vec3f half = normalized(wo_ + wi);
  const float fresnel = schlick_weight(dot(half, wo_));
  const float distribution = ggx_distribution(half, alpha_) / (4.0F * wo_.z);
  const float facets = distribution / (1.0F + lambda_o_ + ggx_lambda(wi, alpha_));
  const SpecularAlbedo leaving = SpecularAlbedoTable::instance().at(wi.z, roughness_);
  const float lost_i = std::max(0.0F, 1.0F - leaving.white());
  const float under_i =
      std::max(0.0F, 1.0F - leaving.of(dielectric_f0_, dielectric_f90_) - dielectric_multiple_ * lost_i);
  const float cosine = wi.z * (1.0F / kPi);
  const float lost = cosine * lost_o_ * lost_i / lost_average_;
  const float under = cosine * under_o_ * under_i / under_average_;
  const float grazing = f90_ * fresnel * facets;
  value.scattered += f0_ * ((1.0F - fresnel) * facets) + Vec3f{grazing, grazing, grazing} +
                     multiple_scattering_ * lost + diffuse_color_ * under;
  value.pdf += p_specular_ * distribution / (1.0F + lambda_o_) + p_cosine_ * cosine;
}

// The reflection of a white surface less that of the dielectric, to the other side.
void Bsdf::add_thin_transmission(const Vec3f& wi, Value& value) const {
  const Vec3f half = normalized(wo_ + wi);
  const float fresnel = schlick_weight(dot(half, wo_));
  const float passing = 1.0F - dielectric_f0_ * (1.0F - fresnel) - dielectric_f90_ * fresnel;
  const float distribution = ggx_distribution(half, alpha_) / (4.0F * wo_.z);
  const float facets = distribution / (1.0F + lambda_o_ + ggx_lambda(wi, alpha_));
  const float lost_i = std::max(0.0F, 1.0F - SpecularAlbedoTable::instance().at(wi.z, roughness_).white());
  const float cosine = wi.z * (1.0F / kPi);
  const float lost = (1.0F - dielectric_multiple_) * cosine * lost_o_ * lost_i / lost_average_;
  value.scattered += *tint_ * (passing * facets + lost);
  value.pdf += p_thin_ * distribution / (1.0F + lambda_o_) + p_thin_cosine_ * cosine;
}

// Of a microfacet of the solid, in its most reflected colour; 1: total reflection.
float Bsdf::boundary_reflectance(float cosine) const {
  const float fresnel = fresnel_dielectric(cosine, eta_);
  return fresnel < 1.0F ? boundary_share_ * fresnel : 1.0F;
}

void Bsdf::add_boundary(const Vec3f& wi, Value& value) const {
  if (wi.z > 0.0F) {
    const Vec3f half = normalized(wo_ + wi);
    const float fresnel = boundary_reflectance(dot(half, wo_));
    const float distribution = ggx_distribution(half, alpha_) / (4.0F * wo_.z);
    const float facets = fresnel * distribution / (1.0F + lambda_o_ + ggx_lambda(wi, alpha_));
    const bool colored = fresnel < 1.0F && boundary_share_ > 0.0F;
    value.scattered +=
        (colored ? boundary_specular_ / boundary_share_ : Vec3f{1, 1, 1}) * (boundary_scale_ * facets);
    value.pdf += p_boundary_ * fresnel * distribution / (1.0F + lambda_o_);
    return;
  }
  Vec3f half = normalized(wo_ + wi * eta_);
  if (half.z < 0.0F) half = -half;
  const float cosine_o = dot(wo_, half), cosine_i = dot(wi, half);
  if (cosine_o <= 0.0F || cosine_i >= 0.0F) return;
  const float passing = 1.0F - boundary_reflectance(cosine_o);
  const float root = (cosine_o + eta_ * cosine_i) / eta_;
  const float distribution =
      ggx_distribution(half, alpha_) * cosine_o * -cosine_i / (wo_.z * root * root * (1.0F + lambda_o_));
  value.scattered += *tint_ * (boundary_scale_ * passing * distribution / (1.0F + ggx_lambda(wi, alpha_)));
  value.pdf += p_boundary_ * passing * distribution;
}

void Bsdf::add_coat(const Vec3f& wi, Value& value) const {
  value.scattered *= 1.0F - coat_albedo_;
  const Vec3f local = coat_frame_->to_local(wi);
  if (local.z <= 0.0F || wi.z <= 0.0F) return;
  const Vec3f half = normalized(coat_wo_ + local);
  const float fresnel = schlick_weight(dot(half, coat_wo_));
  const float distribution = ggx_distribution(half, coat_alpha_) / (4.0F * coat_wo_.z);
  const float outgoing = ggx_lambda(coat_wo_, coat_alpha_);
  const float reflected_share = coat_ * (kCoatF0 + (1.0F - kCoatF0) * fresnel) * distribution /
                                (1.0F + outgoing + ggx_lambda(local, coat_alpha_));
  value.scattered += Vec3f{1, 1, 1} * reflected_share;
  value.pdf += p_coat_ * distribution / (1.0F + outgoing);
}

Bsdf::Value Bsdf::at(const Vec3f& wi) const {
  Value value;
  if (wi.z > 0.0F)
    add_reflection(wi, value);
  else if (wi.z < 0.0F && tint_ && boundary_ == nullptr)
    add_thin_transmission(mirrored(wi), value);
  if (boundary_ != nullptr && wi.z != 0.0F) add_boundary(wi, value);
  if (coat_ > 0.0F) add_coat(wi, value);
  return value;
}

Vec3f Bsdf::sample_boundary(float choice, const Vec2f& u, Bounce& bounce) const {
  const Vec3f half = sample_visible_normal(wo_, alpha_, u);
  const float fresnel = boundary_reflectance(dot(wo_, half));
  if (choice < fresnel) {
    bounce = Bounce::kGlossy;
    return reflected(wo_, half);
  }
  bounce = Bounce::kTransmission;
  return refract(wo_, half, eta_);
}

Bsdf::Sample Bsdf::sample(float lobe, const Vec2f& u) const {
  Sample sample;
  float side = 1;  // of the surface, which the lobe scatters to
  const auto chosen = [&lobe](float probability) {
    if (lobe < probability) return true;
    lobe -= probability;
    return false;
  };
  if (chosen(p_specular_)) {
    sample.bounce = Bounce::kGlossy;
    sample.wi = reflected(wo_, sample_visible_normal(wo_, alpha_, u));
  } else if (chosen(p_cosine_)) {
    sample.wi = cosine_hemisphere(u);
  } else if (chosen(p_thin_)) {
    sample.bounce = Bounce::kTransmission;
    sample.wi = mirrored(reflected(wo_, sample_visible_normal(wo_, alpha_, u)));
    side = -1;
  } else if (chosen(p_thin_cosine_)) {
    sample.bounce = Bounce::kTransmission;
    sample.wi = mirrored(cosine_hemisphere(u));
    side = -1;
  } else if (chosen(p_boundary_)) {
    sample.wi = sample_boundary(lobe / p_boundary_, u, sample.bounce);
    side = sample.bounce == Bounce::kTransmission ? -1 : 1;
  } else if (p_coat_ > 0.0F) {
    sample.bounce = Bounce::kGlossy;
    sample.wi = coat_frame_->to_world(reflected(coat_wo_, sample_visible_normal(coat_wo_, coat_alpha_, u)));
  } else {
    return sample;
  }
  if (sample.wi.z * side <= 0.0F) return sample;  // lost between the facets
  const Value value = at(sample.wi);
  sample.pdf = value.pdf;
  if (value.pdf > 0.0F && std::isfinite(value.pdf)) sample.weight = value.scattered / value.pdf;
  return sample;
}

}  // namespace funcorr
