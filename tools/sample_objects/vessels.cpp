#include <algorithm>
#include <cmath>
#include <optional>

#include "tools/sample_objects/families.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"

namespace funcorr {
namespace {

constexpr Vec3d kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

// The turned part of a vessel: walls of even thickness around a cavity, open at the top.
struct TurnedBody {
  std::vector<Vec2d> outer;  // control points (radius, height), from the foot's edge to the lip
  double wall = 0.004;
  double rim_height = 0.008;  // how far down from the lip the rim reaches, inside and outside
  int segments = 48;
};
struct BodyParts {
  int base, side, rim, inside;
};

double lip_radius(const TurnedBody& body) { return body.outer.back().x; }
double lip_height(const TurnedBody& body) { return body.outer.back().y; }
double foot_radius(const TurnedBody& body) { return body.outer.front().x; }

double radius_at(const TurnedBody& body, double height) {
  const auto curve = spline(body.outer, 8);
  for (std::size_t i = 0; i + 1 < curve.size(); ++i)
    if (curve[i].y <= height && height <= curve[i + 1].y && curve[i].y < curve[i + 1].y)
      return mix(curve[i].x, curve[i + 1].x, (height - curve[i].y) / (curve[i + 1].y - curve[i].y));
  return height < curve.front().y ? curve.front().x : curve.back().x;
}

std::vector<ProfilePoint> profile_of(const TurnedBody& body, const BodyParts& parts) {
  const std::vector<Vec2d> outer = spline(body.outer, 6);
  const double rim_begins = lip_height(body) - body.rim_height;
  std::vector<ProfilePoint> profile{{0, 0, parts.base}};
  for (const Vec2d& p : outer) profile.push_back({p.x, p.y, p.y >= rim_begins ? parts.rim : parts.side});
  std::vector<ProfilePoint> inner;
  for (std::size_t i = 0; i < outer.size(); ++i) {
    const Vec2d a = outer[i == 0 ? 0 : i - 1], b = outer[std::min(i + 1, outer.size() - 1)];
    const double run = std::hypot(b.x - a.x, b.y - a.y);
    const double r = outer[i].x - body.wall * (b.y - a.y) / run;
    const double y = outer[i].y + body.wall * (b.x - a.x) / run;
    inner.push_back({std::max(r, 1e-4), std::max(y, body.wall), y > rim_begins ? parts.rim : parts.inside});
  }
  // A rounded lip between the outer and the inner end.
  const Vec2d out = outer.back(), in{inner.back().radius, inner.back().height};
  profile.push_back({mix(out.x, in.x, 0.2), mix(out.y, in.y, 0.2) + 0.4 * body.wall, parts.rim});
  profile.push_back({mix(out.x, in.x, 0.8), mix(out.y, in.y, 0.8) + 0.4 * body.wall, parts.rim});
  profile.insert(profile.end(), inner.rbegin(), inner.rend());
  profile.push_back({0, body.wall, parts.inside});
  return profile;
}

// Pulls the wall outwards around +x near the lip, by `reach` at the lip itself.
Warp pinched_spout(double top, double depth, double reach, double half_angle) {
  return [=](const Vec3d& p) {
    const double angle = std::atan2(p.z, p.x) / half_angle;
    const double share = std::exp(-angle * angle) * smooth_step(top - depth, top, p.y);
    return p + Vec3d{reach * share, 0.25 * reach * share, -0.35 * p.z * share};
  };
}

std::vector<TubeSection> tube_along(const std::vector<Vec3d>& controls, int per_span, double start,
                                    double end, double flatness, int part) {
  std::vector<TubeSection> sections;
  const auto curve = spline(controls, per_span);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double r = mix(start, end, static_cast<double>(i) / static_cast<double>(curve.size() - 1));
    sections.push_back({curve[i], r * flatness, r, part});
  }
  return sections;
}

// A loop on the −x side between two heights. Gives the loop's middle and inner radius.
struct Loop {
  Vec3d middle;
  double inner_radius;
};
Loop add_side_handle(SampleObject& object, const TurnedBody& body, int part, double low, double high,
                     double reach, double thickness, Random& random) {
  const double sag = uniform(random, -0.12, 0.18) * (high - low);
  const double upper = -radius_at(body, high), lower = -radius_at(body, low);
  const double outermost = std::min(upper, lower) - reach;
  const std::vector<Vec3d> controls{{upper + body.wall / 2, high, 0},
                                    {mix(upper, outermost, 0.7), high + 0.05 * (high - low), 0},
                                    {outermost, mix(low, high, 0.6) + sag, 0},
                                    {mix(lower, outermost, 0.75), mix(low, high, 0.2) + sag / 2, 0},
                                    {lower + body.wall / 2, low, 0}};
  add_tube(object,
           tube_along(controls, 6, thickness, thickness * uniform(random, 0.75, 1.0),
                      uniform(random, 1.0, 1.7), part),
           {.up = kZ, .sides = 12, .squareness = uniform(random, 2.0, 3.5)});
  const double inner_edge = outermost + thickness;
  return {{(inner_edge + std::max(upper, lower)) / 2, (low + high) / 2, 0},
          std::max(reach - thickness, 0.3 * reach) / 2};
}

// Frames that every open vessel has.
void add_opening_functions(SampleObject& object, const TurnedBody& body, const std::string& rim) {
  const double r = lip_radius(body), h = lip_height(body);
  object.functions["pour-with"] = {{rim}, function_frame({0, h, 0}, kX, kY, r)};
  object.functions["scoop-with"] = {{rim}, function_frame({r, h, 0}, kX, kY, r)};
}
void add_base_function(SampleObject& object, const TurnedBody& body, const std::string& function) {
  object.functions[function] = {{"base"}, function_frame({0, 0, 0}, -kY, kX, foot_radius(body))};
}
void add_roll_function(SampleObject& object, const std::string& part, double low, double high,
                       double radius) {
  object.functions["roll-onto"] = {{part}, function_frame({0, (low + high) / 2, 0}, kX, kY, radius)};
}

SampleObject mug(Random& random) {
  SampleObject object("mug");
  const double r = uniform(random, 0.034, 0.048), h = uniform(random, 0.075, 0.115);
  const double belly = r * uniform(random, 0.94, 1.16), foot = r * uniform(random, 0.72, 1.0);
  const TurnedBody body{.outer = {{foot, 0},
                                  {mix(foot, belly, 0.8), 0.2 * h},
                                  {belly, 0.5 * h},
                                  {mix(belly, r, 0.7), 0.8 * h},
                                  {r, 0.93 * h},
                                  {r, h}},
                        .wall = uniform(random, 0.003, 0.005)};
  const Finish glaze = ceramic_finish(random), accent = ceramic_finish(random);
  const int outside = object.add_material(glaze.material), other = object.add_material(accent.material);
  const int accented = chance(random, 0.5) ? other : outside;
  const BodyParts parts{object.add_part("base", outside), object.add_part("body", outside),
                        object.add_part("rim", accented), object.add_part("interior", accented)};
  add_lathe(object, profile_of(body, parts), body.segments);
  const int handle = object.add_part("handle", chance(random, 0.5) ? other : outside);
  const Loop loop =
      add_side_handle(object, body, handle, h * uniform(random, 0.15, 0.28), h * uniform(random, 0.72, 0.88),
                      uniform(random, 0.022, 0.036), uniform(random, 0.0045, 0.007), random);
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  add_roll_function(object, "body", 0, h, belly);
  object.functions["hang-onto"] = {{"handle"}, function_frame(loop.middle, -kX, kZ, loop.inner_radius)};
  object.caption = "a " + glaze.words + " mug with a handle";
  return object;
}

SampleObject glass(Random& random) {
  SampleObject object("glass");
  const double r = uniform(random, 0.030, 0.042), h = uniform(random, 0.09, 0.16);
  const double foot = r * uniform(random, 0.6, 0.9);
  const TurnedBody body{.outer = {{foot, 0},
                                  {mix(foot, r, uniform(random, 0.3, 0.6)), 0.35 * h},
                                  {mix(foot, r, 0.8), 0.7 * h},
                                  {r, h}},
                        .wall = 0.0025};
  const Finish finish = plastic_finish(random), band = ceramic_finish(random);
  const int wall = object.add_material(finish.material), painted = object.add_material(band.material);
  const BodyParts parts{object.add_part("base", wall), object.add_part("body", painted),
                        object.add_part("rim", wall), object.add_part("bowl", wall)};
  add_lathe(object, profile_of(body, parts), body.segments);
  object.part_aliases["lip"] = {"rim"};
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  add_roll_function(object, "body", 0, h, mix(foot, r, 0.6));
  object.caption = "a tumbler glass, " + band.words;
  return object;
}

SampleObject bowl(Random& random) {
  SampleObject object("bowl");
  const double r = uniform(random, 0.06, 0.10), h = r * uniform(random, 0.5, 0.85);
  const double foot = r * uniform(random, 0.3, 0.5);
  const TurnedBody body{.outer = {{foot, 0},
                                  {foot, 0.06 * h},
                                  {r * uniform(random, 0.72, 0.82), 0.35 * h},
                                  {r * 0.94, 0.7 * h},
                                  {r, h}},
                        .wall = uniform(random, 0.003, 0.006)};
  const Finish outside = ceramic_finish(random), inside = ceramic_finish(random);
  const int outer = object.add_material(outside.material), inner = object.add_material(inside.material);
  const BodyParts parts{object.add_part("base", outer), object.add_part("side", outer),
                        object.add_part("rim", chance(random, 0.5) ? inner : outer),
                        object.add_part("interior", inner)};
  const bool has_lip = chance(random, 0.5);  // a pinched pouring lip
  add_lathe(object, profile_of(body, parts), body.segments,
            has_lip ? pinched_spout(h, 0.5 * h, 0.16 * r, 0.35) : Warp{});
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  add_base_function(object, body, "pound-with");
  object.caption = "a " + outside.words + " bowl" + (has_lip ? " with a pouring lip" : "");
  return object;
}

// Pots and pans: a round metal body with one long handle towards −x and a small spout towards +x.
SampleObject cooking_vessel(const std::string& category, double r, double h, Random& random) {
  SampleObject object(category);
  const double foot = r * uniform(random, 0.78, 0.92);
  const TurnedBody body{.outer = {{foot, 0},
                                  {mix(foot, r, 0.5), 0.12 * h},
                                  {mix(foot, r, 0.8), 0.5 * h},
                                  {r, 0.9 * h},
                                  {r * 1.01, h}},
                        .wall = uniform(random, 0.0025, 0.004),
                        .rim_height = std::min(0.012, 0.25 * h)};
  const Finish outside = chance(random, 0.5) ? metal_finish(random) : ceramic_finish(random);
  const Finish inside = metal_finish(random), grip = grip_finish(random);
  const int outer = object.add_material(outside.material), inner = object.add_material(inside.material);
  const bool is_pan = category == "pan";
  const BodyParts parts{object.add_part("base", outer), object.add_part("side", outer),
                        object.add_part("rim", inner), object.add_part(is_pan ? "bowl" : "interior", inner)};
  const int spout = object.add_part("spout", inner);
  const double half_angle = uniform(random, 0.16, 0.24);
  add_lathe(object, profile_of(body, parts), 64, pinched_spout(h, 0.6 * h, 0.1 * r, half_angle),
            [&](int part, double angle) {
              return part == parts.rim && std::abs(angle) < 1.3 * half_angle ? spout : part;
            });
  const int handle = object.add_part("handle", object.add_material(grip.material));
  const double y = h * 0.82, long_by = r * uniform(random, 1.3, 1.9), rise = uniform(random, 0.1, 0.4) * r;
  add_tube(object,
           tube_along({{-r + body.wall, y, 0},
                       {-r - 0.3 * long_by, y + 0.7 * rise, 0},
                       {-r - 0.7 * long_by, y + rise, 0},
                       {-r - long_by, y + rise * 0.9, 0}},
                      6, uniform(random, 0.006, 0.009), uniform(random, 0.009, 0.013),
                      uniform(random, 1.0, 1.5), handle),
           {.up = kZ, .sides = 12, .squareness = uniform(random, 2.0, 4.0)});
  object.part_aliases["rim"] = {"rim", "spout"};
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  add_base_function(object, body, "pound-with");
  object.caption = "a " + outside.words + " " + category + " with a " + grip.words + " handle";
  return object;
}

SampleObject bucket(Random& random) {
  SampleObject object("bucket");
  const double r = uniform(random, 0.13, 0.17), h = uniform(random, 0.22, 0.32);
  const double foot = r * uniform(random, 0.65, 0.85);
  const TurnedBody body{.outer = {{foot, 0},
                                  {mix(foot, r, 0.33), 0.33 * h},
                                  {mix(foot, r, 0.66), 0.66 * h},
                                  {mix(foot, r, 0.95), 0.94 * h},
                                  {r * 1.05, 0.97 * h},
                                  {r * 1.05, h}},
                        .wall = 0.004,
                        .rim_height = 0.02};
  const Finish outside = chance(random, 0.5) ? plastic_finish(random) : ceramic_finish(random);
  const Finish wire = metal_finish(random);
  const int wall = object.add_material(outside.material), metal = object.add_material(wire.material);
  const BodyParts parts{object.add_part("base", wall), object.add_part("body", wall),
                        object.add_part("rim", chance(random, 0.5) ? metal : wall),
                        object.add_part("interior", wall)};
  add_lathe(object, profile_of(body, parts), body.segments);
  // A bail from ear to ear, fallen towards −x by its own angle.
  const int handle = object.add_part("handle", metal);
  const double ear = r * 1.04, fall = uniform(random, 0.5, 1.2), top = r * uniform(random, 0.9, 1.15);
  std::vector<TubeSection> sections;
  for (int i = 0; i <= 24; ++i) {
    const double angle = 3.14159265358979323846 * i / 24, bow = std::sin(angle) * top;
    sections.push_back({{-bow * std::sin(fall), 0.93 * h + bow * std::cos(fall), ear * std::cos(angle)},
                        0.004,
                        0.004,
                        handle});
  }
  add_tube(object, sections, {.up = {std::cos(fall), std::sin(fall), 0}, .sides = 8});
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  object.caption = "a " + outside.words + " bucket with a wire handle";
  return object;
}

SampleObject jug(Random& random) {
  SampleObject object("jug");
  const double r = uniform(random, 0.038, 0.05), h = uniform(random, 0.15, 0.22);
  const double belly = r * uniform(random, 1.2, 1.6), foot = belly * uniform(random, 0.55, 0.8);
  const TurnedBody body{.outer = {{foot, 0},
                                  {mix(foot, belly, 0.8), 0.15 * h},
                                  {belly, 0.38 * h},
                                  {mix(belly, r, 0.75), 0.68 * h},
                                  {r * 0.94, 0.86 * h},
                                  {r, h}},
                        .wall = 0.004,
                        .rim_height = 0.012};
  const Finish glaze = ceramic_finish(random), accent = ceramic_finish(random);
  const int wall = object.add_material(glaze.material), other = object.add_material(accent.material);
  const BodyParts parts{object.add_part("base", wall), object.add_part("body", wall),
                        object.add_part("rim", other), object.add_part("interior", other)};
  const int spout = object.add_part("spout", other);
  const double half_angle = uniform(random, 0.3, 0.42);
  add_lathe(object, profile_of(body, parts), 64,
            pinched_spout(h, 0.25 * h, uniform(random, 0.35, 0.5) * r, half_angle),
            [&](int part, double angle) {
              return part == parts.rim && std::abs(angle) < 1.2 * half_angle ? spout : part;
            });
  add_side_handle(object, body, object.add_part("handle", chance(random, 0.5) ? other : wall),
                  h * uniform(random, 0.25, 0.38), h * uniform(random, 0.78, 0.9),
                  uniform(random, 0.03, 0.045), uniform(random, 0.006, 0.009), random);
  object.part_aliases["rim"] = {"rim", "spout"};
  add_opening_functions(object, body, "rim");
  add_base_function(object, body, "press-with");
  object.caption = "a " + glaze.words + " jug with a spout and a handle";
  return object;
}

// Where a spout's opening is, and which way it looks.
struct SpoutTip {
  Vec3d centre, outward;
  double radius;
};

// A hollow spout on the +x side from `root` of the wall to beyond the body; the last bands belong to `tip`.
SpoutTip add_spout(SampleObject& object, const TurnedBody& body, int spout, int tip, double root_height,
                   double tip_height, double reach, Random& random) {
  const double start = radius_at(body, root_height);
  const double root_radius = uniform(random, 0.013, 0.02), tip_radius = uniform(random, 0.008, 0.011);
  const std::vector<Vec3d> controls{{start - 3 * body.wall, root_height, 0},
                                    {start + 0.45 * reach, mix(root_height, tip_height, 0.25), 0},
                                    {start + 0.7 * reach, mix(root_height, tip_height, 0.7), 0},
                                    {start + reach, tip_height, 0}};
  auto sections = tube_along(controls, 6, root_radius, tip_radius, 1, spout);
  for (std::size_t i = sections.size() - 3; i < sections.size(); ++i) sections[i].part = tip;
  add_tube(object, sections, {.up = kZ, .sides = 16, .wall = 0.002, .bore = 3});
  const Vec3d end = sections.back().centre;
  return {end, normalized(end - sections[sections.size() - 2].centre), tip_radius};
}

// The jet leaves over the lower lip: forward, within the opening's plane.
void add_spout_function(SampleObject& object, const SpoutTip& tip, const std::string& part) {
  const Vec3d forward = kX - tip.outward * dot(kX, tip.outward);
  object.functions["pour-with"] = {{part}, function_frame(tip.centre, forward, tip.outward, tip.radius)};
}

// Body, lid and knob of a kettle or teapot, closed.
struct PotBody {
  TurnedBody body;
  int base, side, lid;
};
PotBody add_lidded_body(SampleObject& object, double r, double h, const Finish& finish, const Finish& accent,
                        Random& random) {
  const double foot = r * uniform(random, 0.6, 0.95), neck = r * uniform(random, 0.45, 0.6);
  const TurnedBody body{.outer = {{foot, 0},
                                  {r * 0.97, 0.2 * h},
                                  {r, uniform(random, 0.35, 0.5) * h},
                                  {mix(r, neck, 0.45), 0.85 * h},
                                  {neck, h}}};
  const int wall = object.add_material(finish.material), other = object.add_material(accent.material);
  PotBody pot{body, object.add_part("base", wall), object.add_part("body", wall),
              object.add_part("lid", chance(random, 0.5) ? other : wall)};
  std::vector<ProfilePoint> profile{{0, 0, pot.base}};
  for (const Vec2d& p : spline(body.outer, 6)) profile.push_back({p.x, p.y, pot.side});
  profile.back().part = pot.lid;
  const double knob = uniform(random, 0.009, 0.014), dome = uniform(random, 0.1, 0.22) * h;
  const std::vector<Vec2d> lid{
      {neck * 1.02, h + 0.003},      {neck * 0.7, h + 0.7 * dome},      {knob * 0.6, h + dome},
      {knob, h + dome + 1.2 * knob}, {knob * 0.7, h + dome + 2 * knob}, {0, h + dome + 2.2 * knob}};
  for (const Vec2d& p : spline(lid, 5)) profile.push_back({std::max(p.x, 0.0), p.y, pot.lid});
  add_lathe(object, profile, body.segments);
  return pot;
}

SampleObject teapot(Random& random) {
  SampleObject object("teapot");
  const double r = uniform(random, 0.055, 0.075), h = uniform(random, 0.085, 0.12);
  const Finish glaze = ceramic_finish(random), accent = ceramic_finish(random);
  const PotBody pot = add_lidded_body(object, r, h, glaze, accent, random);
  const int spout = object.add_part("spout", 0), tip = object.add_part("spout tip", 1);
  const SpoutTip opening = add_spout(object, pot.body, spout, tip, h * uniform(random, 0.25, 0.4),
                                     h * uniform(random, 0.9, 1.1), uniform(random, 0.045, 0.06), random);
  add_side_handle(object, pot.body, object.add_part("handle", chance(random, 0.5) ? 1 : 0), 0.22 * h,
                  0.85 * h, uniform(random, 0.03, 0.045), uniform(random, 0.005, 0.008), random);
  object.part_aliases["spout"] = {"spout", "spout tip"};
  add_spout_function(object, opening, "spout tip");
  add_base_function(object, pot.body, "press-with");
  object.caption = "a " + glaze.words + " teapot";
  return object;
}

SampleObject kettle(Random& random) {
  SampleObject object("kettle");
  const double r = uniform(random, 0.075, 0.1), h = uniform(random, 0.12, 0.17);
  const Finish metal = chance(random, 0.6) ? metal_finish(random) : ceramic_finish(random);
  const Finish grip = grip_finish(random);
  const PotBody pot = add_lidded_body(object, r, h, metal, grip, random);
  const int spout = object.add_part("spout", 0), mouth = object.add_part("mouth", 0);
  const SpoutTip opening = add_spout(object, pot.body, spout, mouth, h * uniform(random, 0.45, 0.6),
                                     h * uniform(random, 1.0, 1.2), uniform(random, 0.05, 0.075), random);
  // An arch over the lid, leaning to −x.
  const int handle = object.add_part("handle", 1);
  const double foot_x = 0.62 * r, top = h * uniform(random, 1.65, 1.95),
               lean = uniform(random, 0.1, 0.35) * r;
  add_tube(object,
           tube_along({{foot_x, 0.8 * h, 0},
                       {foot_x * 0.95 - 0.4 * lean, mix(h, top, 0.75), 0},
                       {-lean, top, 0},
                       {-foot_x * 1.05 - 0.6 * lean, mix(h, top, 0.7), 0},
                       {-foot_x, 0.8 * h, 0}},
                      7, 0.006, 0.0085, uniform(random, 1.0, 1.8), handle),
           {.up = kZ, .sides = 12, .squareness = uniform(random, 2.0, 3.5)});
  object.part_aliases["spout"] = {"spout", "mouth"};
  add_spout_function(object, opening, "mouth");
  add_base_function(object, pot.body, "press-with");
  object.caption = "a " + metal.words + " kettle with an arched handle";
  return object;
}

SampleObject bottle(Random& random) {
  SampleObject object("bottle");
  const double r = uniform(random, 0.03, 0.045), h = uniform(random, 0.19, 0.30);
  const double mouth_radius = r * uniform(random, 0.3, 0.45), shoulder = uniform(random, 0.5, 0.68);
  const double neck_from = shoulder + 0.16;
  const TurnedBody body{.outer = {{r * 0.92, 0},
                                  {r, 0.05 * h},
                                  {r * uniform(random, 0.88, 1.0), 0.3 * h},
                                  {r, shoulder * h},
                                  {mix(mouth_radius, r, 0.35), (neck_from - 0.05) * h},
                                  {mouth_radius, neck_from * h},
                                  {mouth_radius * 0.95, 0.96 * h},
                                  {mouth_radius * 1.15, 0.965 * h},
                                  {mouth_radius * 1.15, h}},
                        .wall = 0.0025,
                        .rim_height = 0.035 * h};
  const Finish wall = plastic_finish(random), label = ceramic_finish(random);
  const int plain = object.add_material(wall.material), printed = object.add_material(label.material);
  const BodyParts parts{object.add_part("base", plain), object.add_part("body", printed),
                        object.add_part("mouth", plain), object.add_part("interior", plain)};
  const int neck = object.add_part("neck", plain);
  auto profile = profile_of(body, parts);
  for (ProfilePoint& p : profile)
    if (p.part == parts.side && p.height > (neck_from - 0.07) * h) p.part = neck;
  add_lathe(object, profile, body.segments);
  object.part_aliases["side"] = {"body"};
  object.functions["pour-with"] = {{"mouth"}, function_frame({0, h, 0}, kX, kY, mouth_radius * 1.15)};
  add_base_function(object, body, "press-with");
  add_roll_function(object, "body", 0, shoulder * h, r);
  // Held by the neck, it strikes with its side.
  object.functions["pound-with"] = {{"body"}, function_frame({r, 0.5 * shoulder * h, 0}, kX, -kY, r)};
  object.caption = "a bottle of " + wall.words + " with a " + label.words + " label";
  return object;
}

}  // namespace

std::vector<SampleFamily> vessel_families() {
  return {{"mug", mug},
          {"glass", glass},
          {"bowl", bowl},
          {"pan",
           [](Random& random) {
             return cooking_vessel("pan", uniform(random, 0.10, 0.14), uniform(random, 0.035, 0.055), random);
           }},
          {"pot",
           [](Random& random) {
             return cooking_vessel("pot", uniform(random, 0.08, 0.11), uniform(random, 0.09, 0.13), random);
           }},
          {"bucket", bucket},
          {"jug", jug},
          {"teapot", teapot},
          {"kettle", kettle},
          {"bottle", bottle}};
}

}  // namespace funcorr
