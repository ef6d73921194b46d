#include "db/dataset/cameras.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace funcorr {
namespace {

using nlohmann::json;

// A matrix as one list or as a list of rows → its numbers, row by row.
std::vector<double> numbers_of(const json& value, const std::string& field) {
  std::vector<double> numbers;
  const auto add = [&](const json& entry) {
    if (!entry.is_number()) throw std::runtime_error(field + " should hold numbers");
    numbers.push_back(entry.get<double>());
    if (!std::isfinite(numbers.back())) throw std::runtime_error(field + " should hold finite numbers");
  };
  if (!value.is_array()) throw std::runtime_error(field + " should be a list of numbers");
  for (const json& entry : value) {
    if (entry.is_array())
      for (const json& number : entry) add(number);
    else
      add(entry);
  }
  return numbers;
}

std::vector<double> numbers_of(const json& value, const std::string& field, std::size_t count) {
  std::vector<double> numbers = numbers_of(value, field);
  if (numbers.size() != count)
    throw std::runtime_error(field + " has " + std::to_string(numbers.size()) + " numbers, " +
                             std::to_string(count) + " expected");
  return numbers;
}

Transform transform_of(const json& value, const std::string& field) {
  std::vector<double> numbers = numbers_of(value, field);
  if (numbers.size() == 12) numbers.insert(numbers.end(), {0, 0, 0, 1});
  if (numbers.size() != 16)
    throw std::runtime_error(field + " has " + std::to_string(numbers.size()) +
                             " numbers, 12 or 16 expected");
  std::array<double, 16> matrix{};
  std::copy(numbers.begin(), numbers.end(), matrix.begin());
  return Transform::from_matrix(matrix);
}

Transform pose_of(const json& view) {
  if (view.contains("cam_from_world")) return transform_of(view.at("cam_from_world"), "cam_from_world");
  if (!view.contains("R") || !view.contains("t"))
    throw std::runtime_error("cam_from_world is missing (or R and t in its place)");
  Transform cam_from_world;
  const std::vector<double> r = numbers_of(view.at("R"), "R", 9), t = numbers_of(view.at("t"), "t", 3);
  std::copy(r.begin(), r.end(), cam_from_world.linear.begin());
  cam_from_world.translation = {t[0], t[1], t[2]};
  return cam_from_world;
}

// Rotations only: a scaled or mirrored pose would give depths and normals that mean something else.
void check_rotation(const Transform& cam_from_world) {
  constexpr double kTolerance = 1e-4;
  const auto& r = cam_from_world.linear;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const double product = r[3 * i] * r[3 * j] + r[3 * i + 1] * r[3 * j + 1] + r[3 * i + 2] * r[3 * j + 2];
      if (std::abs(product - (i == j ? 1 : 0)) > kTolerance)
        throw std::runtime_error("the rotation of cam_from_world is not orthonormal");
    }
  if (cam_from_world.determinant() < 0)
    throw std::runtime_error("the rotation of cam_from_world is a mirroring");
}

int size_of(const json& view, const json& document, const char* field) {
  const json& holder = view.contains(field) ? view : document;
  if (!holder.contains(field) || !holder.at(field).is_number_integer())
    throw std::runtime_error(std::string(field) + " should be a whole number of pixels");
  const auto size = holder.at(field).get<std::int64_t>();
  if (size < 1 || size > 65'536)
    throw std::runtime_error(std::string(field) + " should be 1 to 65536 pixels");
  return static_cast<int>(size);
}

Camera camera_from_json(const json& view, const json& document) {
  if (!view.is_object()) throw std::runtime_error("a view should be an object");
  Camera camera;
  camera.width = size_of(view, document, "width");
  camera.height = size_of(view, document, "height");
  const json& holder = view.contains("K") ? view : document;
  if (!holder.contains("K")) throw std::runtime_error("K is missing");
  const std::vector<double> k = numbers_of(holder.at("K"), "K", 9);
  camera.fx = k[0];
  camera.cx = k[2];
  camera.fy = k[4];
  camera.cy = k[5];
  if (!(camera.fx > 0 && camera.fy > 0)) throw std::runtime_error("K should have positive focal lengths");
  if (k[1] != 0) throw std::runtime_error("K has a skew, which is not supported");
  camera.cam_from_world = pose_of(view);
  check_rotation(camera.cam_from_world);
  return camera;
}

std::optional<Transform> optional_transform(const json& document, const std::string& field) {
  if (!document.contains(field)) return std::nullopt;
  return transform_of(document.at(field), field);
}

}  // namespace

Vec3d Camera::center() const { return cam_from_world.inverse().translation; }

Vec3d Camera::project(const Vec3d& world_point) const {
  const Vec3d p = cam_from_world.point(world_point);
  return {cx + fx * p.x / p.z, cy + fy * p.y / p.z, p.z};
}

Vec3d Camera::unproject(double x, double y, double z_depth) const {
  return center() + ray_direction(x, y) * z_depth;
}

Vec3d Camera::ray_direction(double x, double y) const {
  return cam_from_world.inverse().direction({(x - cx) / fx, (y - cy) / fy, 1.0});
}

std::filesystem::path cameras_path(const std::filesystem::path& view_folder) {
  return view_folder / "cameras.json";
}

void write_camera_file(const std::filesystem::path& file, const CameraFile& cameras) {
  json views = json::array();
  for (const Camera& camera : cameras.views)
    views.push_back({{"width", camera.width},
                     {"height", camera.height},
                     {"K", {camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0}},
                     {"cam_from_world", camera.cam_from_world.matrix()}});
  json document = {
      {"convention", "OpenCV axes; pixel centres at +0.5; world = normalised object space, y up"},
      {"width", cameras.views.empty() ? 0 : cameras.views.front().width},
      {"height", cameras.views.empty() ? 0 : cameras.views.front().height},
      {"views", std::move(views)}};
  if (cameras.release_world_from_object)
    document["release_world_from_object"] = cameras.release_world_from_object->matrix();
  if (cameras.normalized_from_asset)
    document["normalized_from_asset"] = cameras.normalized_from_asset->matrix();
  std::ofstream out(file, std::ios::binary);
  out << document.dump(1) << '\n';
  out.close();
  if (!out) throw std::runtime_error("cannot write cameras to " + file.string());
}

CameraFile read_camera_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open cameras " + file.string());
  CameraFile cameras;
  try {
    const json document = json::parse(in);
    if (!document.is_object() || !document.contains("views") || !document.at("views").is_array())
      throw std::runtime_error("an object with a list \"views\" is expected");
    for (const json& view : document.at("views")) cameras.views.push_back(camera_from_json(view, document));
    cameras.release_world_from_object = optional_transform(document, "release_world_from_object");
    cameras.normalized_from_asset = optional_transform(document, "normalized_from_asset");
  } catch (const std::exception& error) {
    throw std::runtime_error("cameras " + file.string() + ", view " + std::to_string(cameras.views.size()) +
                             ": " + error.what());
  }
  return cameras;
}

}  // namespace funcorr
