#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "db/format/transform.h"
#include "db/format/vector.h"
#include "tools/sample_objects/paint.h"

namespace funcorr {

// One triangle of a part, counter-clockwise seen from outside. Normals are derived at the end
// (see shade_smoothly), so that shapes which meet in a smooth seam are shaded as one.
struct SampleTriangle {
  std::array<Vec3d, 3> position;  // object space: y up, metres
  std::array<Vec2d, 3> uv;
};

struct SampleMaterial {
  std::string name;
  Picture base_color;  // sRGB
  double metallic = 0;
  double roughness = 0.5;
};

struct SamplePart {
  std::string name;
  int material = 0;
  std::vector<SampleTriangle> triangles;
};

// How an object performs a function: with which of its parts, and from where. `object_from_function` maps
// function space (function_frame.h) into object space; it is a similarity. Parts are true parts of the
// object, or aliases.
struct SampleFunction {
  std::vector<std::string> parts;
  Transform object_from_function;
};

// A made-up object with everything that is known of it.
struct SampleObject {
  explicit SampleObject(std::string category_name) : category(std::move(category_name)) {}

  std::string category;
  std::string caption;  // "a red mug with a wide handle"
  std::vector<SampleMaterial> materials;
  std::vector<SamplePart> parts;
  std::map<std::string, std::vector<std::string>> part_aliases;  // taxonomy name → true parts
  std::map<std::string, SampleFunction> functions;               // "pour-with" → …

  int add_material(SampleMaterial material);
  // Index of a new part.
  int add_part(std::string name, int material);
};

// Moves every point of the object through `warp`, and every functional frame with it: the origin exactly,
// the axes by the warp's derivative, made orthogonal again (x kept), unit length by the derivative along x.
void warp_object(SampleObject& object, const std::function<Vec3d(const Vec3d&)>& warp);

// A part as it is written to a file: indexed, with unit normals.
struct ShadedPart {
  std::vector<Vec3d> positions, normals;
  std::vector<Vec2d> uvs;
  std::vector<std::array<std::uint32_t, 3>> triangles;  // as many, and in the order of, the part's own
};
// Triangles that meet in a point (within 1e-9 m) share a normal where their planes differ by less than
// `crease_degrees`, whichever parts they belong to. Result: one ShadedPart per part.
std::vector<ShadedPart> shade_smoothly(const SampleObject& object, double crease_degrees = 40);

// Drops triangles without area (poles of lathes, pinched borders).
void drop_degenerate_triangles(SampleObject& object);

}  // namespace funcorr
