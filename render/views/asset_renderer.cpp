#include "render/views/asset_renderer.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "db/dataset/cameras.h"
#include "db/format/artifact.h"
#include "db/format/random.h"
#include "render/film/denoise.h"
#include "render/film/view_transform.h"
#include "render/integrator/path_tracer.h"
#include "render/views/view_files.h"
#include "render/visibility/view_quality.h"
#include "render/visibility/visible_points.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

SurfacePoints points_on(const Mesh& mesh, const fs::path& file) {
  SurfacePoints points = load_points(file);
  for (const std::int32_t triangle : points.triangles)
    if (triangle < 0 || static_cast<std::size_t>(triangle) >= mesh.triangles.size())
      throw std::runtime_error(
          file.string() + " does not fit the mesh; was the asset changed since filter? (funcorr filter)");
  return points;
}

}  // namespace

// What is rendered, and who writes what came of it.
struct AssetRenderer::Subject {
  const PathTracer& tracer;
  const SurfacePoints& points;
  ViewWriter& writer;
};

AssetRenderer::AssetRenderer(const ViewOptions& options, int threads) : options_(options), threads_(threads) {
  ViewOptions::options().check(options_);
}

std::vector<std::string> AssetRenderer::check_inputs() {
  if (options_.settings.denoise) require_denoiser();
  const std::vector<std::string> environments = environment_names(options_.hdri);
  std::vector<std::string> notices;
  for (const std::string& name : environments)
    if (std::string notice = environment_notice(name, environments_.load(name)); !notice.empty())
      notices.push_back(std::move(notice));
  view_sets(options_, {environments.front(), 0, 0}, threads_);
  return notices;
}

std::vector<View> AssetRenderer::render(const AssetSource& source, const ViewDraw& draw,
                                        const fs::path& asset_folder) {
  Scene scene = import_asset(source, ImportLimits::widest());  // filter has applied its limits already
  normalize(scene);
  const SurfacePoints points = points_on(scene.mesh, points_path(asset_folder));
  const PathTracer tracer(scene, threads_);
  ViewWriter writer;
  std::vector<View> views;
  for (const ViewsToRender& set : view_sets(options_, draw, threads_)) {
    const fs::path folder = view_folder(asset_folder, set.set);
    const int count = static_cast<int>(set.cameras.views.size());
    remove_surplus_views(folder, count, options_.files);
    for (int i = 0; i < count; ++i)
      views.push_back(render_view({tracer, points, writer}, set, i, draw, folder));
    writer.finish();
    write_artifact(cameras_path(folder), [&](const fs::path& file) { write_camera_file(file, set.cameras); });
  }
  const auto is_blank = [](const View& view) { return view.coverage == 0; };
  if (!views.empty() && std::ranges::all_of(views, is_blank))
    throw ImportError("blank_renders", "no view shows anything: is the whole object transparent?");
  return views;
}

View AssetRenderer::render_view(const Subject& subject, const ViewsToRender& set, int index,
                                const ViewDraw& draw, const fs::path& folder) {
  const PathTracer& tracer = subject.tracer;
  const Camera& camera = set.cameras.views[static_cast<std::size_t>(index)];
  RenderSettings settings = set.settings;
  settings.seed = mix64(settings.seed + static_cast<std::uint64_t>(index));
  const Environment& environment = environments_.load(draw.environment);
  ImageF radiance = tracer.radiance(camera, {&environment, set.environment_from_world}, settings);
  Image8 rgba = develop(radiance, settings.stops_in(environment), settings.view_transform);
  VisiblePoints visible =
      visible_points(tracer, camera, subject.points.positions, subject.points.triangles, rgba, threads_);
  const ViewQuality quality = assess_view(rgba);
  View row;
  row.set = set.set;
  row.index = index;
  row.hdri = environment_title(draw.environment);
  row.hdri_rotation_deg = draw.rotation_deg;
  row.coverage = quality.coverage;
  row.visible_points = static_cast<std::int64_t>(visible.ids.size());
  row.flags = quality.flags;
  subject.writer.start([this, &tracer, camera, folder, index,
                        release_world_from_object = *set.cameras.release_world_from_object,
                        radiance = std::move(radiance), rgba = std::move(rgba),
                        visible = std::move(visible)] {
    write_view(folder, index, options_.files, tracer, camera, radiance, rgba, threads_);
    if (options_.files.reference)
      write_reference_view(folder, index, tracer, camera, release_world_from_object, threads_);
    write_visible_points(folder, index, visible);
  });
  return row;
}

}  // namespace funcorr
