#include "eval/truth/annotation.h"

#include <array>
#include <cmath>
#include <stdexcept>

#include "db/format/json.h"

namespace funcorr {
namespace {

std::string text_field(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
    throw std::runtime_error(std::string("field \"") + name + "\" must be a string that is not empty");
  return found->get<std::string>();
}

template <std::size_t N>
std::array<double, N> numbers_field(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  bool good = found != entry.end() && found->is_array() && found->size() == N;
  std::array<double, N> values{};
  for (std::size_t i = 0; good && i < N; ++i) {
    good = (*found)[i].is_number();
    if (good) values[i] = (*found)[i].get<double>();
    good = good && std::isfinite(values[i]);
  }
  if (!good)
    throw std::runtime_error(std::string("field \"") + name + "\" must be a list of " + std::to_string(N) +
                             " finite numbers");
  return values;
}

Transform pose_field(const nlohmann::json& entry, const char* name) {
  try {
    const Transform pose = Transform::from_matrix(numbers_field<16>(entry, name));
    if (!(std::abs(pose.determinant()) > 0)) throw std::invalid_argument("it is singular");
    return pose;
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(std::string("field \"") + name +
                             "\" must be an invertible row-major 4×4 pose: " + error.what());
  }
}

PartBox box_field(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_object())
    throw std::runtime_error(std::string("field \"") + name + "\" must hold \"pose\" and \"half_extents\"");
  try {
    const auto half = numbers_field<3>(*found, "half_extents");
    if (!(half[0] > 0 && half[1] > 0 && half[2] > 0))
      throw std::runtime_error("field \"half_extents\" must be positive");
    return {pose_field(*found, "pose"), {half[0], half[1], half[2]}};
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("in \"") + name + "\": " + error.what());
  }
}

}  // namespace

void to_json(nlohmann::json& out, const Transform& pose) { out = pose.matrix(); }
void from_json(const nlohmann::json& in, Transform& pose) {
  pose = Transform::from_matrix(in.get<std::array<double, 16>>());
}
void to_json(nlohmann::json& out, const Vec3d& vector) { out = {vector.x, vector.y, vector.z}; }
void from_json(const nlohmann::json& in, Vec3d& vector) {
  const auto numbers = in.get<std::array<double, 3>>();
  vector = {numbers[0], numbers[1], numbers[2]};
}

bool PartBox::contains(const Vec3d& world_point) const {
  const Vec3d p = world_from_box.inverse().point(world_point);
  return std::abs(p.x) <= half_extents.x && std::abs(p.y) <= half_extents.y &&
         std::abs(p.z) <= half_extents.z;
}

PairAnnotation checked_annotation(const nlohmann::json& entry) {
  if (!entry.is_object()) throw std::runtime_error("an annotation must be a JSON object");
  PairAnnotation annotation;
  annotation.function = text_field(entry, "function");
  annotation.object_1 = text_field(entry, "object_1");
  annotation.object_2 = text_field(entry, "object_2");
  annotation.label = text_field(entry, "label");
  annotation.world_from_object_1 = pose_field(entry, "pose_1");
  annotation.world_from_object_2 = pose_field(entry, "pose_2");
  annotation.box_1 = box_field(entry, "box_1");
  annotation.box_2 = box_field(entry, "box_2");
  for (const std::string* name :
       {&annotation.function, &annotation.object_1, &annotation.object_2, &annotation.label})
    if (name->find('/') != std::string::npos || name->find("|||") != std::string::npos || *name == "..")
      throw std::runtime_error("the name \"" + *name + "\" must not hold '/' or '|||': it becomes a path");
  return annotation;
}

std::vector<PairAnnotation> read_annotations(const std::filesystem::path& file) {
  const nlohmann::json entries = read_json(file);
  if (!entries.is_array())
    throw std::runtime_error("pair annotations " + file.string() + ": a list is expected at the top");
  std::vector<PairAnnotation> annotations;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    try {
      annotations.push_back(checked_annotation(entries[i]));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("pair annotations " + file.string() + ", entry " + std::to_string(i) + ": " +
                               error.what());
    }
  }
  return annotations;
}

}  // namespace funcorr
