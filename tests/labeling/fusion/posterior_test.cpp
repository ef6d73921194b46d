// The posterior of a ball's cap from boxes of its views.
#include "labeling/fusion/posterior.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "db/format/random.h"
#include "labeling/fusion/part_fusion.h"
#include "render/camera.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr int kSize = 300, kPoints = 12000;

bool in_cap(const Vec3f& p) { return p.y > 0.15F; }

// A ball of radius ½ whose cap is a piece of its own where `in_pieces`.
SurfacePoints ball(bool in_pieces = false) {
  SurfacePoints points;
  Random random(1);
  for (int i = 0; i < kPoints; ++i) {
    const Vec3f n = normalized(Vec3f{static_cast<float>(random.normal()), static_cast<float>(random.normal()),
                                     static_cast<float>(random.normal())});
    points.positions.push_back(n * 0.5F);
    points.normals.push_back(n);
    points.components.push_back(in_pieces && in_cap(points.positions.back()) ? 1 : 0);
  }
  points.edges.assign(kPoints, 1);
  points.triangles.assign(kPoints, 0);
  points.parts.assign(kPoints, -1);
  return points;
}

std::vector<LabelledView> views_of_ball(const SurfacePoints& points) {
  std::vector<LabelledView> views;
  for (const Camera& camera : training_cameras(12, kSize, 3)) {
    LabelledView view;
    const Vec3d eye = camera.center();
    for (std::size_t i = 0; i < points.positions.size(); ++i) {
      const auto& p = points.positions[i];
      const Vec3d at{static_cast<double>(p.x), static_cast<double>(p.y), static_cast<double>(p.z)};
      if (dot(eye - at, at) <= 0) continue;
      const Vec3d pixel = camera.project(at);
      view.visible.ids.push_back(static_cast<std::int32_t>(i));
      view.visible.pixels.push_back({static_cast<int>(pixel.x), static_cast<int>(pixel.y)});
    }
    views.push_back(std::move(view));
  }
  return views;
}

// Around the points of a view that are in the cap, or around all.
PixelBox box_of(const LabelledView& view, const SurfacePoints& points, bool whole = false) {
  PixelBox box{kSize, kSize, 0, 0};
  for (std::size_t i = 0; i < view.visible.ids.size(); ++i) {
    if (!whole && !in_cap(points.positions[static_cast<std::size_t>(view.visible.ids[i])])) continue;
    const auto [x, y] = view.visible.pixels[i];
    box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
  }
  return box;
}

double iou_with_cap(const SurfacePoints& points, const std::vector<double>& heat, double threshold) {
  double both = 0, either = 0;
  for (std::size_t i = 0; i < heat.size(); ++i) {
    const bool found = heat[i] > threshold, truth = in_cap(points.positions[i]);
    both += found && truth ? 1 : 0;
    either += found || truth ? 1 : 0;
  }
  return both / either;
}

std::vector<VisiblePoints> shown_of(const std::vector<LabelledView>& views) {
  std::vector<VisiblePoints> shown;
  for (const LabelledView& view : views) shown.push_back(view.visible);
  return shown;
}

const HeatOptions kPosteriorMode{HeatMode::kPosterior, 1};

}  // namespace

TEST_CASE("A part is found from one box a view, and from boxes of which a third show the whole object") {
  const SurfacePoints points = ball(GENERATE(false, true));
  const std::vector<LabelledView> views = views_of_ball(points);
  AssetFusion fusion(points, shown_of(views));
  std::vector<std::vector<PixelBox>> boxes;
  for (const LabelledView& view : views) boxes.push_back({box_of(view, points)});
  const FusedPart clean = fusion.fuse(boxes, false, kPosteriorMode);
  CHECK(iou_with_cap(points, clean.heat, best_cut(clean.heat).threshold) > 0.85);
  CHECK(clean.support.boxes == 12);
  CHECK(clean.support.views_used == 12);
  CHECK(clean.unused_boxes == 0);
  CHECK(clean.support.is_posterior());

  for (std::size_t v = 0; v < views.size(); ++v)
    boxes[v].assign(4, v % 3 == 0 ? box_of(views[v], points, true) : boxes[v].front());
  const FusedPart noisy = fusion.fuse(boxes, false, kPosteriorMode);
  const FusedPart reference = fusion.fuse(boxes, false, {HeatMode::kReference, 3});
  CHECK(iou_with_cap(points, noisy.heat, best_cut(noisy.heat).threshold) > 0.6);
  CHECK(iou_with_cap(points, noisy.heat, best_cut(noisy.heat).threshold) >
        iou_with_cap(points, share_of(reference), 0.5) + 0.05);
  CHECK(noisy.support.doubt > clean.support.doubt);
  CHECK_FALSE(reference.support.is_posterior());
}

TEST_CASE("A posterior lies between 0 and 1, and without boxes it is 0") {
  const SurfacePoints points = ball();
  const std::vector<LabelledView> views = views_of_ball(points);
  AssetFusion fusion(points, shown_of(views));
  const FusedPart none = fusion.fuse(std::vector<std::vector<PixelBox>>(12), false, kPosteriorMode);
  CHECK(std::ranges::all_of(none.heat, [](double p) { return p == 0; }));
  CHECK(none.support.doubt == 1);
  CHECK(none.support.positive_points == 0);
  std::vector<std::vector<PixelBox>> boxes(12);
  boxes[3] = {box_of(views[3], points), {0, 0, 20, 20}};
  const FusedPart some = fusion.fuse(boxes, GENERATE(false, true), kPosteriorMode);
  CHECK(std::ranges::all_of(some.heat, [](double p) { return p >= 0 && p <= 1; }));
  CHECK(std::ranges::max(some.heat) == some.support.heat_max);
  CHECK_THROWS_AS(fusion.fuse({}, false, kPosteriorMode), std::invalid_argument);
}

TEST_CASE("Boxes of views that have too few are counted") {
  const SurfacePoints points = ball();
  AssetFusion fusion(points, shown_of(views_of_ball(points)));
  std::vector<std::vector<PixelBox>> boxes(12);
  boxes[0].assign(2, {100, 100, 200, 200});
  boxes[1].assign(4, {100, 100, 200, 200});
  const auto unused = [&](const HeatOptions& options) {
    return fusion.fuse(boxes, false, options).unused_boxes;
  };
  CHECK(unused({HeatMode::kReference, 3}) == 2);
  CHECK(unused({HeatMode::kNormalized, 1}) == 0);
  CHECK(unused({HeatMode::kPosterior, 1}) == 0);
  CHECK(unused({HeatMode::kPosterior, 5}) == 6);
  // Those say nothing: nothing else is left of the third.
  const FusedPart fused = fusion.fuse(boxes, false, {HeatMode::kPosterior, 3});
  boxes[0].clear();
  CHECK(fused.heat == fusion.fuse(boxes, false, kPosteriorMode).heat);
}

TEST_CASE("The calibrated probability grows with the margin") {
  const bool is_edge = GENERATE(false, true);
  for (const double agreement : {0.0, 0.4, 0.6, 1.0}) {
    double before = 0;
    for (double margin = -1; margin <= 1; margin += 0.01) {
      const double p = calibrated(margin, agreement, is_edge);
      CHECK(p >= before);
      CHECK(p <= 1);
      before = p;
    }
    CHECK(calibrated(-1, agreement, is_edge) < 0.2);
    CHECK(before > 0.4);
  }
}

TEST_CASE("Probabilities are cut where most is to be hoped for") {
  CHECK(best_cut(std::vector<double>{1, 0, 1}).expected_iou == 1);
  CHECK(best_cut(std::vector<double>{1, 0, 1}).threshold == 0.5);
  // 0.4 alone: 0.4 / 1.8; with both of 0.3, which go together: 1 / 3.2; with all 1.2 / 5.
  const Cut unsure = best_cut(std::vector<double>{0.3, 0.4, 0.1, 0.3, 0.1, 0});
  CHECK_THAT(unsure.expected_iou, Catch::WithinAbs(1.0 / 3.2, 1e-12));
  CHECK_THAT(unsure.threshold, Catch::WithinAbs(0.2, 1e-12));
  CHECK(best_cut(std::vector<double>{0, 0}).threshold == 1);
  CHECK(best_cut({}).expected_iou == 0);
  // Of all cuts that there are, by trying them.
  Random random(9);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> p(30);
    for (double& one : p) one = random.uniform() * random.uniform();
    double best = 0;
    for (const double from : p) {
      double in = 0, out = 0, count = 0;
      for (const double one : p) {
        (one >= from ? in : out) += one;
        count += one >= from ? 1 : 0;
      }
      best = std::max(best, in / (count + out));
    }
    CHECK_THAT(best_cut(p).expected_iou, Catch::WithinAbs(best, 1e-9));
  }
}

TEST_CASE("Doubt is what the cut leaves to be hoped for") {
  PointScores scores;
  scores.has_boxes = true;
  scores.agreement = 0.7;
  scores.margins = {0.4F, 0.3F, -0.1F, -0.8F};
  const Posterior posterior = posterior_of(scores, false);
  CHECK(posterior.values[0] == calibrated(static_cast<double>(0.4F), 0.7, false));
  CHECK(posterior.doubt == 1 - best_cut(posterior.values).expected_iou);
  CHECK(posterior.threshold == best_cut(posterior.values).threshold);
}

}  // namespace funcorr
