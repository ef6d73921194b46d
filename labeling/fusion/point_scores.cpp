#include "labeling/fusion/point_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>

#include "labeling/fusion/box_evidence.h"

namespace funcorr {
namespace {

// Shares of the greatest score.
constexpr std::array kThresholds{0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60,
                                 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.93, 0.96, 0.98};
constexpr double kMostBoxes = 4;  // of a view that count
constexpr double kNoBoxes = 1e-6;

// One labelling view with its boxes and how sound each seems.
struct View {
  const VisiblePoints* visible;
  std::vector<RealSides> boxes;
  std::vector<double> weights;
  int width = 0, height = 0;  // of what is looked at

  double weight() const { return std::accumulate(weights.begin(), weights.end(), 0.0); }
  // Of the boxes with the one that is expected here.
  double agreement(const std::optional<RealSides>& expected) const {
    if (!expected) return 0;
    double sum = 0;
    for (std::size_t b = 0; b < boxes.size(); ++b)
      sum += weights[b] * intersection_over_union(boxes[b], *expected);
    return sum / weight();
  }
};

View view_of(const LabelledView& labelled, std::size_t points) {
  View view{&labelled.visible, {}, std::vector<double>(labelled.boxes.size(), 1.0)};
  for (const PixelBox& box : labelled.boxes) view.boxes.push_back(real_box(box));
  for (std::size_t i = 0; i < labelled.visible.ids.size(); ++i) {
    const auto id = labelled.visible.ids[i];
    const Pixel& pixel = labelled.visible.pixels.at(i);
    if (id < 0 || static_cast<std::size_t>(id) >= points || pixel.x < 0 || pixel.y < 0)
      throw std::out_of_range("visible point " + std::to_string(id) + " of " + std::to_string(points) +
                              " surface points: the view was rendered from other points");
    view.width = std::max(view.width, pixel.x + 1);
    view.height = std::max(view.height, pixel.y + 1);
  }
  return view;
}

using Scores = std::vector<float>;  // [N] by point id

// Mean over the views that show a point; `confidences`: how many boxes that were.
void mean_chances(const std::vector<View>& views, double jitter, Scores& scores, Scores& confidences) {
  std::ranges::fill(scores, 0.0F);
  std::ranges::fill(confidences, 0.0F);
  std::vector<float> chances;
  for (const View& view : views) {
    const double weight = view.weight();
    if (weight < kNoBoxes) continue;
    const auto& [ids, pixels] = *view.visible;
    chances.assign(ids.size(), 0.0F);
    for (std::size_t b = 0; b < view.boxes.size(); ++b) {
      if (view.weights[b] < 1e-3) continue;
      const SoftSides box(view.boxes[b], jitter, view.width, view.height);
      const auto share = static_cast<float>(view.weights[b] / weight);
      for (std::size_t i = 0; i < ids.size(); ++i)
        chances[i] += share * box.columns[static_cast<std::size_t>(pixels[i].x)] *
                      box.rows[static_cast<std::size_t>(pixels[i].y)];
    }
    const auto boxes = static_cast<float>(std::min(weight, kMostBoxes));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = static_cast<std::size_t>(ids[i]);
      scores[id] += boxes * chances[i];
      confidences[id] += boxes;
    }
  }
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (confidences[i] > 0) scores[i] /= confidences[i];
}

using Expected = std::vector<std::optional<RealSides>>;  // of every view

// Of the points above each threshold. [thresholds][views]
std::vector<Expected> expected_boxes(const std::vector<View>& views, const Scores& scores,
                                     std::span<const double> thresholds) {
  std::vector<std::uint8_t> level(scores.size());  // thresholds that a point is above
  for (std::size_t i = 0; i < scores.size(); ++i)
    level[i] = static_cast<std::uint8_t>(
        std::ranges::lower_bound(thresholds, static_cast<double>(scores[i])) - thresholds.begin());
  std::vector<Expected> expected(thresholds.size(), Expected(views.size()));
  for (std::size_t v = 0; v < views.size(); ++v) {
    const View& view = views[v];
    if (view.boxes.empty()) continue;
    std::vector<ExtentCount> counts(thresholds.size() + 1, ExtentCount(view.width, view.height));
    const auto& [ids, pixels] = *view.visible;
    for (std::size_t i = 0; i < ids.size(); ++i)
      counts[level[static_cast<std::size_t>(ids[i])]].add(pixels[i].x, pixels[i].y);
    for (std::size_t t = thresholds.size(); t-- > 0;) {
      if (t + 1 < thresholds.size()) counts[t + 1].add(counts[t + 2]);
      expected[t][v] = counts[t + 1].box();
    }
  }
  return expected;
}

// A view with little left that is sound counts less.
double agreement_of(const std::vector<View>& views, const Expected& expected) {
  double sum = 0, all = 0;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const double weight = std::min(views[v].weight(), 1.0);
    if (weight < kNoBoxes) continue;
    sum += weight * views[v].agreement(expected[v]);
    all += weight;
  }
  return all > 0 ? sum / all : 0;
}

// Chance that a box is sound: normal about the expected one, against any box of the view. `spread`: how far
// the expected box may be from the truth, as a share of its extent.
double soundness(const RealSides& box, const RealSides& expected, double jitter, double spread) {
  constexpr double kSound = 0.8, kPixels = 1.5, kViewSize = 490;
  const double share = std::hypot(jitter, spread);
  const double width = share * std::max(expected.width(), 4.0) + kPixels;
  const double height = share * std::max(expected.height(), 4.0) + kPixels;
  const double x1 = (box.x1 - expected.x1) / width, x2 = (box.x2 - expected.x2) / width;
  const double y1 = (box.y1 - expected.y1) / height, y2 = (box.y2 - expected.y2) / height;
  const double log_sound = -0.5 * (x1 * x1 + x2 * x2 + y1 * y1 + y2 * y2) - 2 * std::log(width * height) -
                           2 * std::log(2 * std::numbers::pi);
  const double log_any = std::log(4.0) - 4 * std::log(kViewSize);
  return 1 / (1 + std::exp(std::clamp(std::log((1 - kSound) / kSound) + log_any - log_sound, -50.0, 50.0)));
}

std::vector<std::vector<double>> soundness_of(const std::vector<View>& views, const Expected& expected,
                                              double jitter, double spread) {
  constexpr double kUnexpected = 0.05;  // where nothing of the part is to be seen
  std::vector<std::vector<double>> weights;
  for (std::size_t v = 0; v < views.size(); ++v) {
    weights.emplace_back(views[v].boxes.size(), kUnexpected);
    if (!expected[v]) continue;
    for (std::size_t b = 0; b < views[v].boxes.size(); ++b)
      weights[v][b] = soundness(views[v].boxes[b], *expected[v], jitter, spread);
  }
  return weights;
}

// Takes whole pieces of the surface into the part or out of it, the largest first.
class Snap {
 public:
  // `piece_of` [N] the piece of every point, counted from 0; `inside` [N] is changed.
  Snap(const std::vector<View>& views, const std::vector<std::int32_t>& piece_of, std::vector<bool>& inside)
      : views_(views), piece_of_(piece_of), inside_(inside) {
    choose_pieces();
    for (const View& view : views) {
      counts_.emplace_back(view.width, view.height);
      agreements_.push_back(0);
      shown_.emplace_back(pieces_.size());
      if (view.weight() < kNoBoxes) continue;
      const auto& [ids, pixels] = *view.visible;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto id = static_cast<std::size_t>(ids[i]);
        if (const int slot = slot_of(id); slot >= 0)
          shown_.back()[static_cast<std::size_t>(slot)].push_back(static_cast<std::uint32_t>(i));
        if (inside[id]) counts_.back().add(pixels[i].x, pixels[i].y);
      }
      agreements_.back() = view.agreement(counts_.back().box());
    }
  }

  // Of the pieces: 1 taken in, −1 taken out, 0 left. [pieces]
  std::vector<int> run() {
    constexpr double kIn = 0.75, kOut = 1 - kIn, kTolerance = 0.02;
    std::vector<int> moved(slots_.size(), 0);
    double best = agreement();
    for (std::size_t slot = 0; slot < pieces_.size(); ++slot) {
      const auto& [piece, points, inner] = pieces_[slot];
      const double share = static_cast<double>(inner) / static_cast<double>(points);
      if (inner == 0 || inner == points || (share > kOut && share < kIn)) continue;
      const bool in = share > 0.5;
      const auto agreements = agreements_;
      const auto counts = counts_;
      move(slot, in);
      const double after = agreement();
      if (after < best - kTolerance) {
        agreements_ = agreements;
        counts_ = counts;
        continue;
      }
      best = std::max(best, after);
      moved[piece] = in ? 1 : -1;
    }
    for (std::size_t i = 0; i < piece_of_.size(); ++i)
      if (const int move = moved[static_cast<std::size_t>(piece_of_[i])]; move != 0) inside_[i] = move > 0;
    return moved;
  }

 private:
  struct Piece {
    std::size_t piece, points = 0, inner = 0;
  };

  int slot_of(std::size_t point) const { return slots_[static_cast<std::size_t>(piece_of_[point])]; }

  void choose_pieces() {
    const auto count =
        static_cast<std::size_t>(piece_of_.empty() ? 0 : *std::ranges::max_element(piece_of_) + 1);
    for (std::size_t piece = 0; piece < count; ++piece) pieces_.push_back({piece});
    for (std::size_t i = 0; i < piece_of_.size(); ++i) {
      Piece& piece = pieces_[static_cast<std::size_t>(piece_of_[i])];
      ++piece.points;
      piece.inner += inside_[i] ? 1 : 0;
    }
    std::ranges::stable_sort(pieces_, std::greater(), &Piece::points);
    if (pieces_.size() > kMostPieces) pieces_.resize(kMostPieces, {0});
    slots_.assign(count, -1);
    for (std::size_t slot = 0; slot < pieces_.size(); ++slot)
      slots_[pieces_[slot].piece] = static_cast<int>(slot);
  }

  void move(std::size_t slot, bool in) {
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (shown_[v][slot].empty()) continue;
      const auto& [ids, pixels] = *views_[v].visible;
      for (const std::uint32_t i : shown_[v][slot])
        if (inside_[static_cast<std::size_t>(ids[i])] != in)
          counts_[v].add(pixels[i].x, pixels[i].y, in ? 1 : -1);
      agreements_[v] = views_[v].agreement(counts_[v].box());
    }
  }

  double agreement() const {
    double sum = 0, all = 0;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      const double weight = std::min(views_[v].weight(), 1.0);
      if (weight < kNoBoxes) continue;
      sum += weight * agreements_[v];
      all += weight;
    }
    return all > 0 ? sum / all : 0;
  }

  static constexpr std::size_t kMostPieces = 60;
  const std::vector<View>& views_;
  const std::vector<std::int32_t>& piece_of_;
  std::vector<bool>& inside_;
  std::vector<Piece> pieces_;        // largest first
  std::vector<int> slots_;           // by piece: its place in `pieces_`; −1: too small
  std::vector<ExtentCount> counts_;  // [views] of the points inside
  std::vector<double> agreements_;   // [views]
  std::vector<std::vector<std::vector<std::uint32_t>>> shown_;  // [views][pieces] rows of visible points
};

// Margins of a piece that was moved become those of its points that were there already.
void follow_moves(const std::vector<int>& moved, const std::vector<std::int32_t>& piece_of,
                  std::vector<float>& margins) {
  std::vector<double> sum(moved.size()), count(moved.size());
  const auto piece = [&](std::size_t i) { return static_cast<std::size_t>(piece_of[i]); };
  const auto agrees = [&](std::size_t i) { return static_cast<float>(moved[piece(i)]) * margins[i] > 0; };
  for (std::size_t i = 0; i < margins.size(); ++i)
    if (agrees(i)) {
      sum[piece(i)] += static_cast<double>(margins[i]);
      count[piece(i)] += 1;
    }
  for (std::size_t i = 0; i < margins.size(); ++i)
    if (moved[piece(i)] != 0 && !agrees(i)) margins[i] = static_cast<float>(sum[piece(i)] / count[piece(i)]);
}

}  // namespace

PointScores score_points(const SurfacePoints& points, const SurfaceGraph& graph,
                         std::span<const LabelledView> labelled, bool is_edge) {
  const std::size_t n = points.positions.size();
  if (graph.size() != n) throw std::invalid_argument("score_points: the graph is of other points");
  PointScores result;
  result.margins.assign(n, -1);
  std::vector<View> views;
  std::vector<std::vector<RealSides>> boxes;
  for (const LabelledView& view : labelled) {
    views.push_back(view_of(view, n));
    boxes.push_back(views.back().boxes);
  }
  if (std::ranges::all_of(boxes, [](const auto& of_view) { return of_view.empty(); })) return result;
  result.has_boxes = true;
  result.jitter = estimate_jitter(boxes);

  constexpr std::array kSpreads{0.30, 0.20, 0.12};     // of the rounds: the first labelling is rough
  constexpr float kStrength = 3, kFullConfidence = 8;  // boxes
  constexpr int kSweeps = 16;
  Scores scores(n), confidences(n), smoothed;
  double threshold = 0;
  for (std::size_t round = 0;; ++round) {
    mean_chances(views, result.jitter, scores, confidences);
    if (is_edge)
      for (std::size_t i = 0; i < n; ++i) scores[i] *= points.edges[i];
    for (float& confidence : confidences)
      confidence = std::min(confidence, kFullConfidence) / kFullConfidence + 1e-3F;
    smoothed = scores;
    graph.smooth(scores, confidences, kStrength, kSweeps, smoothed);
    const auto most = static_cast<double>(*std::ranges::max_element(smoothed));
    if (!(most > 0)) return result;
    for (float& score : smoothed) score /= static_cast<float>(most);
    const std::vector<Expected> expected = expected_boxes(views, smoothed, kThresholds);
    std::vector<double> agreements;
    for (const Expected& of_threshold : expected) agreements.push_back(agreement_of(views, of_threshold));
    const auto best = static_cast<std::size_t>(std::ranges::max_element(agreements) - agreements.begin());
    threshold = kThresholds[best];
    result.agreement = agreements[best];
    if (round == kSpreads.size()) break;
    const auto weights = soundness_of(views, expected[best], result.jitter, kSpreads[round]);
    double sound = 0;
    for (const auto& of_view : weights) sound += std::accumulate(of_view.begin(), of_view.end(), 0.0);
    if (sound < 2) break;
    for (std::size_t v = 0; v < views.size(); ++v) views[v].weights = weights[v];
  }
  for (const View& view : views) result.sound_boxes += view.weight();
  std::vector<bool> inside(n);
  for (std::size_t i = 0; i < n; ++i) {
    result.margins[i] = smoothed[i] - static_cast<float>(threshold);
    inside[i] = result.margins[i] > 0;
  }
  if (!is_edge) follow_moves(Snap(views, points.components, inside).run(), points.components, result.margins);
  return result;
}

}  // namespace funcorr
