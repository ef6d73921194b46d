#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/transform.h"

namespace funcorr {

// Oriented box around a functional part, in the annotation's world.
struct PartBox {
  Transform world_from_box;
  Vec3d half_extents{};
  bool contains(const Vec3d& world_point) const;
};

// Two objects aligned for a function. Object frames are the normalised object space (y up, |coordinate| ≤
// 0.5); the world is whatever common frame the annotator worked in.
struct PairAnnotation {
  std::string function, object_1, object_2, label;  // objects: asset uids
  Transform world_from_object_1, world_from_object_2;
  PartBox box_1, box_2;

  // "<function>/<uid 1>|||<uid 2>|||<label>"
  std::string key() const;
};

// [{"function","object_1","object_2","label","pose_1":[16],"pose_2":[16],"box_1":{"pose":[16],
// "half_extents":[3]},"box_2":{…}}, …]; poses are row-major 4×4 and invertible, half extents positive. Throws
// std::runtime_error that names the file, the entry and the field.
std::vector<PairAnnotation> read_annotations(const std::filesystem::path& file);
PairAnnotation annotation_from_json(const nlohmann::json& entry);
nlohmann::json to_json(const PairAnnotation& annotation);

}  // namespace funcorr
