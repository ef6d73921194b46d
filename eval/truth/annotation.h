#pragma once

#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/pair.h"
#include "db/format/members.h"
#include "db/format/transform.h"

namespace funcorr {

// As JSON a pose is its row-major 4×4 matrix, a vector its three numbers.
void to_json(nlohmann::json& out, const Transform& pose);
void from_json(const nlohmann::json& in, Transform& pose);
void to_json(nlohmann::json& out, const Vec3d& vector);
void from_json(const nlohmann::json& in, Vec3d& vector);

// Oriented box around a functional part, in the annotation's world.
struct PartBox {
  Transform world_from_box;
  Vec3d half_extents{};
  bool contains(const Vec3d& world_point) const;
  static constexpr auto members() {
    return std::tuple{member("pose", &PartBox::world_from_box),
                      member("half_extents", &PartBox::half_extents)};
  }
};

// Two objects aligned for a function. Object frames are the normalised object space (y up, |coordinate| ≤
// 0.5); the world is whatever common frame the annotator worked in.
struct PairAnnotation {
  std::string function, object_1, object_2, label;  // objects: asset uids
  Transform world_from_object_1, world_from_object_2;
  PartBox box_1, box_2;

  std::string key() const { return annotated_pair(function, object_1, object_2, label); }
  static constexpr auto members() {
    using A = PairAnnotation;
    return std::tuple{member("function", &A::function),
                      member("object_1", &A::object_1),
                      member("object_2", &A::object_2),
                      member("label", &A::label),
                      member("pose_1", &A::world_from_object_1),
                      member("pose_2", &A::world_from_object_2),
                      member("box_1", &A::box_1),
                      member("box_2", &A::box_2)};
  }
};

// [{"function","object_1","object_2","label","pose_1":[16],"pose_2":[16],"box_1":{"pose":[16],
// "half_extents":[3]},"box_2":{…}}, …]; poses are invertible, half extents positive. Throws
// std::runtime_error that names the file, the entry and the field.
std::vector<PairAnnotation> read_annotations(const std::filesystem::path& file);
PairAnnotation checked_annotation(const nlohmann::json& entry);

}  // namespace funcorr
