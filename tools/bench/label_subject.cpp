#include "tools/bench/label_subject.h"

#include <algorithm>
#include <stdexcept>

#include "db/dataset/geometry.h"
#include "labeling/taxonomy/taxonomy.h"
#include "render/camera.h"
#include "render/filter/asset_filter.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/channels.h"
#include "render/visibility/visible_points.h"
#include "tools/sample_objects/families.h"
#include "tools/sample_objects/generate.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
constexpr int kLeastPoints = 8;  // of a part that a model can see

const SampleFamily& family_of(const std::string& category) {
  const auto& families = sample_families();
  const auto found = std::ranges::find(families, category, &SampleFamily::category);
  if (found == families.end()) throw std::invalid_argument("no objects are generated of " + category);
  return *found;
}

// Around the visible points of some parts; of all without `ids`.
std::optional<PixelBox> box_around(const VisiblePoints& visible, const std::vector<std::int16_t>& part_of,
                                   const std::set<std::int16_t>* ids) {
  PixelBox box{1 << 30, 1 << 30, 0, 0};
  int points = 0;
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    if (ids != nullptr && !ids->contains(part_of[static_cast<std::size_t>(visible.ids[i])])) continue;
    const auto [x, y] = visible.pixels[i];
    box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
    ++points;
  }
  return points >= kLeastPoints ? std::optional(box) : std::nullopt;
}

LabelSubject::TrainingView training_view(const PathTracer& tracer, const Camera& camera,
                                         const SurfacePoints& points, std::vector<int>& part_of_pixel) {
  using enum ChannelGroup;
  const ImageF channels = view_channels(tracer, camera, {}, {kDepth, kNormal, kPart}, 1);
  LabelSubject::TrainingView view{
      camera, {}, ImageF(camera.width, camera.height, 4), Image8(camera.width, camera.height, 1)};
  Image8 rgba(camera.width, camera.height, 4);
  for (std::size_t i = 0; i < view.object.pixels.size(); ++i) {
    const float* pixel = &channels.pixels[5 * i];  // Z, N.X, N.Y, N.Z, part.id
    std::copy_n(pixel, 4, &view.surface.pixels[4 * i]);
    part_of_pixel.push_back(static_cast<int>(pixel[4]));
    view.object.pixels[i] = rgba.pixels[4 * i + 3] = pixel[0] > 0 ? 255 : 0;
  }
  view.visible = visible_points(tracer, camera, points.positions, points.triangles, rgba, 1);
  return view;
}

}  // namespace

LabelSubject make_label_subject(const std::string& category, int variant, const LabelSubjectOptions& options,
                                const fs::path& taxonomy, const fs::path& folder) {
  const fs::path glb =
      write_sample_object(generate_object(family_of(category), options.seed, variant), folder, variant);
  const std::string path = glb.lexically_relative(folder).string();
  const AssetSource source{folder, path, fs::path(path).replace_extension(".json").string(), "y"};
  const fs::path asset_folder = glb.parent_path() / glb.stem();
  const auto number = static_cast<std::uint64_t>(variant);
  filter_asset(source, {}, item_seed(options.seed, "filter", path), asset_folder);
  Scene scene = import_asset(source);
  normalize(scene);
  const PathTracer tracer(scene, 1);

  LabelSubject subject;
  subject.category = category;
  subject.points = load_points(points_path(asset_folder));
  Image8 everywhere(options.size_px, options.size_px, 4);
  std::ranges::fill(everywhere.pixels, std::uint8_t{255});
  const std::uint64_t seed = item_seed(options.seed + number, "labels", category);
  for (const Camera& camera : labelling_cameras(options.views, options.size_px, seed)) {
    subject.label_eyes.push_back(camera.center());
    subject.label_views.push_back(
        visible_points(tracer, camera, subject.points.positions, subject.points.triangles, everywhere, 1));
  }
  std::vector<std::vector<int>> part_of_pixel;
  for (const Camera& camera : training_cameras(options.training_views, options.size_px, seed + 1))
    subject.training_views.push_back(
        training_view(tracer, camera, subject.points, part_of_pixel.emplace_back()));

  for (const VisiblePoints& view : subject.label_views) {
    subject.object_boxes.push_back(box_around(view, subject.points.parts, nullptr).value_or(PixelBox{}));
    auto& boxes = subject.true_parts.emplace_back();
    for (std::size_t id = 0; id < scene.part_names.size(); ++id) {
      const std::set<std::int16_t> one{static_cast<std::int16_t>(id)};
      boxes.push_back(box_around(view, subject.points.parts, &one));
    }
  }
  const Geometry geometry = load_geometry(geometry_path(asset_folder));
  const Taxonomy known = read_taxonomy(taxonomy);
  const auto entry = known.categories.find(category);
  if (entry == known.categories.end()) return subject;
  for (const auto& [name, described] : entry->second.parts) {
    LabelSubject::Part part{name, described.is_small, described.is_edge, geometry.part_ids(name), {}};
    if (part.ids.empty()) continue;
    for (const VisiblePoints& view : subject.label_views)
      part.boxes.push_back(box_around(view, subject.points.parts, &part.ids));
    for (const std::vector<int>& pixels : part_of_pixel) {
      auto& mask = part.masks.emplace_back();
      for (const int id : pixels) mask.push_back(part.ids.contains(static_cast<std::int16_t>(id)) ? 1 : 0);
    }
    subject.parts.push_back(std::move(part));
  }
  return subject;
}

}  // namespace funcorr
