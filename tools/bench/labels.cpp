// Bench case "labels": part masks from noisy boxes against the truth.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/crop.h"
#include "db/format/hash.h"
#include "db/format/random.h"
#include "eval/metric/bootstrap.h"
#include "eval/metric/reliability.h"
#include "labeling/fusion/heat.h"
#include "labeling/fusion/posterior.h"
#include "labeling/grounding/first_pass.h"
#include "labeling/grounding/spread_order.h"
#include "labeling/mask/part_mask.h"
#include "labeling/mask/posterior_mask.h"
#include "pipeline/data_file.h"
#include "tools/bench/cases.h"
#include "tools/bench/label_calibration.h"
#include "tools/bench/label_subject.h"
#include "tools/bench/scratch_folder.h"
#include "tools/sample_objects/families.h"
#include "tools/simulated_server/box_noise.h"

namespace funcorr {
namespace {

constexpr int kSamples = 4;           // answers a view
constexpr std::size_t kStride = 37;   // of the surface points whose probabilities are measured
constexpr int kLeastTruePixels = 50;  // of a part in a training view that is measured
// Of this thread: what others do meanwhile does not count.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// What the simulated model answers of a part, view by view.
std::vector<LabelledView> answered_views(const LabelSubject& subject, const LabelSubject::Part& part,
                                         NoiseLevel level, int size_px, std::uint64_t seed) {
  const AnswerNoise noise = noise_of(level);
  std::vector<LabelledView> views;
  for (std::size_t v = 0; v < subject.label_views.size(); ++v) {
    PictureTruth truth{part.boxes[v], {}, subject.object_boxes[v], size_px, size_px};
    for (const auto& other : subject.true_parts[v])
      if (other && other != truth.part) truth.others.push_back(*other);
    const std::string picture = subject.category + "/" + part.name + "/" + std::to_string(v);
    LabelledView view{subject.label_views[v], {}};
    for (int sample = 0; sample < kSamples; ++sample) {
      Random own(item_seed(seed, "answer", picture + "/" + std::to_string(sample)));
      for (const PixelBox& box :
           noisy_answer(truth, noise, Random(item_seed(seed, "picture", picture)), own).boxes)
        if (box.width() > 0 && box.height() > 0) view.boxes.push_back(box);
    }
    views.push_back(std::move(view));
  }
  return views;
}

double mask_iou(const Image8& mask, const std::vector<std::uint8_t>& truth) {
  std::int64_t both = 0, either = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool a = mask.pixels[i] > kMaskThreshold, b = truth[i] != 0;
    both += a && b ? 1 : 0;
    either += a || b ? 1 : 0;
  }
  return either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 1;
}

struct Row {
  std::size_t subject;
  std::string part, level, kind, method;
  double iou;
  double doubt = -1;  // of a posterior
};

struct Measured {
  std::vector<Row> rows;
  std::map<std::string, Reliability> reliability;  // by level
  std::map<std::string, Cluster> asked;  // by level: the share of views that a first pass asks about
  CalibrationFit surface_fit, edge_fit;
  double seconds = 0;
  int parts = 0;
};

class Measurement {
 public:
  Measurement(const LabelSubject& subject, std::size_t number, const nlohmann::json& parameters,
              const LabelSubjectOptions& options)
      : subject_(subject),
        number_(number),
        parameters_(parameters),
        options_(options),
        graph_(subject.points),
        interpolator_(subject.points) {
    first_pass_.first_views = parameters.value("first_views", first_pass_.first_views);
    first_pass_.more_views = parameters.value("more_views", first_pass_.more_views);
    first_pass_.settled = parameters.value("settled", first_pass_.settled);
  }

  Measured run() {
    for (const std::string& level :
         parameters_.value("levels", std::vector<std::string>{"low", "medium", "high", "harsh", "harshest"}))
      measure(level);
    return std::move(measured_);
  }

 private:
  using Views = std::vector<LabelledView>;

  void measure(const std::string& level) {
    std::vector<Views> views;  // of every part
    for (const LabelSubject::Part& part : subject_.parts)
      views.push_back(answered_views(subject_, part, require_name<NoiseLevel>(level), options_.size_px,
                                     options_.seed * 1000 + number_));
    for (std::size_t p = 0; p < views.size(); ++p) {
      const LabelSubject::Part& part = subject_.parts[p];
      Heat heat = fuse_boxes(subject_.points.positions.size(), views[p], {HeatMode::kReference, 3});
      if (part.is_edge) multiply_by_edge_probability(heat.values, subject_.points.edges);
      const std::vector<double> scaled = scale_heat(heat.values);
      record(part, level, "reference", -1, [&](const LabelSubject::TrainingView& view) {
        return part_mask(scaled, view.visible, view.object, {part.is_small, part.is_edge}).mask;
      });
    }
    posterior(level, "posterior", views);
    std::vector<Views> some(views.size());
    for (const std::size_t count : parameters_.value("views", std::vector<std::size_t>{})) {
      for (std::size_t p = 0; p < views.size(); ++p) some[p] = first_views(views[p], count);
      posterior(level, "posterior " + std::to_string(count), some);
    }
    for (std::size_t p = 0; p < views.size(); ++p) {
      some[p] = first_pass(views[p], subject_.parts[p].is_edge);
      measured_.asked[level].sum +=
          static_cast<double>(some[p].size()) / static_cast<double>(views[p].size());
      measured_.asked[level].count += 1;
    }
    posterior(level, "first-pass", some);
  }

  // In the order in which ground asks about them.
  Views first_views(const Views& views, std::size_t count) const {
    Views some;
    for (const std::size_t v : spread_order(subject_.label_eyes))
      if (some.size() < count) some.push_back(views[v]);
    return some;
  }

  // Those that ground asks about by ask = "first-pass".
  Views first_pass(const Views& views, bool is_edge) const {
    Views asked = first_views(views, static_cast<std::size_t>(first_pass_.first_views));
    while (asked.size() < views.size() &&
           posterior_of(score_points(subject_.points, graph_, asked, is_edge), is_edge).doubt >
               first_pass_.settled)
      asked = first_views(views, asked.size() + static_cast<std::size_t>(first_pass_.more_views));
    return asked;
  }

  void posterior(const std::string& level, const std::string& method, const std::vector<Views>& views) {
    const double start = processor_seconds();
    std::vector<PointScores> scores;
    for (std::size_t p = 0; p < views.size(); ++p)
      scores.push_back(score_points(subject_.points, graph_, views[p], subject_.parts[p].is_edge));
    std::vector<Posterior> fused;
    for (std::size_t p = 0; p < views.size(); ++p)
      fused.push_back(posterior_of(scores[p], subject_.parts[p].is_edge));
    measured_.seconds += processor_seconds() - start;
    measured_.parts += static_cast<int>(views.size());
    for (std::size_t p = 0; p < views.size(); ++p) {
      const LabelSubject::Part& part = subject_.parts[p];
      const std::vector<float> posterior(fused[p].values.begin(), fused[p].values.end());
      record(part, level, method, fused[p].doubt, [&](const LabelSubject::TrainingView& view) {
        return posterior_mask(interpolator_.in_view(posterior, view.camera, view.surface), fused[p].threshold,
                              view.object);
      });
      if (method == "posterior") note_reliability(part, level, scores[p], fused[p]);
    }
  }

  void note_reliability(const LabelSubject::Part& part, const std::string& level, const PointScores& scores,
                        const Posterior& fused) {
    CalibrationFit& fit = part.is_edge ? measured_.edge_fit : measured_.surface_fit;
    for (std::size_t i = number_ % kStride; i < fused.values.size(); i += kStride) {
      const bool is_true = part.ids.contains(subject_.points.parts[i]);
      measured_.reliability[level].add(fused.values[i], is_true);
      if (scores.has_boxes) fit.add(static_cast<double>(scores.margins[i]), scores.agreement, is_true);
    }
  }

  template <typename MaskOf>
  void record(const LabelSubject::Part& part, const std::string& level, const std::string& method,
              double doubt, const MaskOf& mask_of) {
    double sum = 0;
    int count = 0;
    for (std::size_t v = 0; v < subject_.training_views.size(); ++v) {
      const auto& truth = part.masks[v];
      if (std::accumulate(truth.begin(), truth.end(), 0) < kLeastTruePixels) continue;
      sum += mask_iou(mask_of(subject_.training_views[v]), truth);
      ++count;
    }
    if (count == 0) return;
    measured_.rows.push_back({number_, part.name, level,
                              part.is_edge    ? "edge"
                              : part.is_small ? "small"
                                              : "large",
                              method, sum / count, doubt});
  }

  const LabelSubject& subject_;
  std::size_t number_;
  const nlohmann::json& parameters_;
  LabelSubjectOptions options_;
  FirstPassOptions first_pass_{.ask = AskedViews::kFirstPass};
  SurfaceGraph graph_;
  SurfaceInterpolator interpolator_;
  Measured measured_;
};

nlohmann::json table_of(const std::vector<Row>& rows) {
  std::map<std::string, std::map<std::string, std::map<std::string, std::pair<double, int>>>> sums;
  std::map<std::pair<std::size_t, std::string>, std::map<std::string, double>> by_part;  // of a level
  for (const Row& row : rows)
    for (const std::string& kind :
         {std::string("all"), row.kind, std::string(row.kind == "edge" ? "" : "surface")}) {
      if (kind.empty()) continue;
      auto& [sum, count] = sums[row.level][row.method][kind];
      sum += row.iou;
      ++count;
    }
  nlohmann::json table;
  for (const auto& [level, methods] : sums)
    for (const auto& [method, kinds] : methods)
      for (const auto& [kind, sum] : kinds)
        table[level][method][kind] = std::round(1e4 * sum.first / sum.second) / 1e4;
  return table;
}

// Paired over assets.
nlohmann::json gains_of(const std::vector<Row>& rows) {
  std::map<std::string, std::map<std::size_t, Cluster>> clusters;
  for (const Row& row : rows) {
    if (row.method != "posterior" && row.method != "reference") continue;
    Cluster& cluster = clusters[row.level][row.subject];
    cluster.sum += row.method == "posterior" ? row.iou : -row.iou;
    cluster.count += 0.5;
  }
  nlohmann::json gains;
  for (const auto& [level, of_level] : clusters) {
    std::vector<Cluster> all;
    for (const auto& [subject, cluster] : of_level) all.push_back(cluster);
    const Interval interval = bootstrap_mean(all, 1);
    gains[level] = {{"mean", interval.mean}, {"low", interval.low}, {"high", interval.high}};
  }
  return gains;
}

}  // namespace

// Objects are generated, every second category for tuning and calibration (held_out=false), the others to be
// measured. Boxes of 19 labelling views come from the simulated server's noise; masks of training views are
// compared with ray-cast truth. "iou": mean over parts of assets of the mean over their views, by level of
// noise, method and kind of part (surface: all but edges); "gain": of the posterior over the reference, and
// its 95 % interval by paired bootstrap over assets; "ece": expected calibration error of surface points.
// Parameters: "held_out" (default true), "seed" of the objects (default 2), "objects" of each category
// (default 1), "categories": the first so many (default all), "training_views" (default 6), "levels" (default
// all but none), "views": numbers of labelling views, spread, that the posterior is also made of (default
// none), "first_views", "more_views" and "settled" of a first pass (default ground's; "asked": the share of
// views, and so of calls, that it asks about), "threads" (default 2), "calibrate": also print the tables of
// labeling/fusion/posterior.cpp, "rows": also every part.
nlohmann::json bench_labels(const nlohmann::json& parameters) {
  LabelSubjectOptions options;
  options.seed = parameters.value("seed", std::uint64_t{2});
  options.training_views = parameters.value("training_views", 6);
  const int objects = parameters.value("objects", 1);
  const bool held_out = parameters.value("held_out", true);
  const ScratchFolder folder("funcorr-bench-labels");
  std::vector<std::pair<std::string, int>> wanted;
  for (std::size_t f = held_out ? 1 : 0; f < sample_families().size(); f += 2)
    for (int variant = 0; variant < objects; ++variant)
      wanted.emplace_back(sample_families()[f].category, variant);
  wanted.resize(std::min(wanted.size(),
                         parameters.value("categories", wanted.size()) * static_cast<std::size_t>(objects)));
  std::vector<Measured> measured(wanted.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < wanted.size(); i = next++) {
      const LabelSubject subject = make_label_subject(wanted[i].first, wanted[i].second, options,
                                                      data_file("taxonomy/taxonomy.json"), folder.path());
      measured[i] = Measurement(subject, i, parameters, options).run();
      std::fprintf(stderr, "%s %d\n", wanted[i].first.c_str(), wanted[i].second);
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < parameters.value("threads", 2); ++t) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  Measured all;
  for (const Measured& one : measured) {
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
    for (const auto& [level, reliability] : one.reliability) all.reliability[level] += reliability;
    for (const auto& [level, asked] : one.asked) {
      all.asked[level].sum += asked.sum;
      all.asked[level].count += asked.count;
    }
    all.surface_fit.add(one.surface_fit);
    all.edge_fit.add(one.edge_fit);
    all.seconds += one.seconds;
    all.parts += one.parts;
  }
  nlohmann::json result{{"iou", table_of(all.rows)}, {"gain", gains_of(all.rows)}};
  for (const auto& [level, reliability] : all.reliability)
    result["ece"][level] = reliability.expected_error();
  for (const auto& [level, asked] : all.asked) result["asked"][level] = asked.sum / asked.count;
  if (parameters.value("calibrate", false)) {
    const std::vector<double> agreements(kAgreements.begin(), kAgreements.end()),
        margins(kMargins.begin(), kMargins.end());
    result["surface_table"] = all.surface_fit.table(agreements, margins);
    result["edge_table"] = all.edge_fit.table(agreements, margins);
  }
  result["seconds_per_part"] = all.seconds / std::max(1, all.parts);
  result["assets"] = wanted.size();
  if (parameters.value("rows", false))
    for (const Row& row : all.rows)
      result["rows"].push_back(
          {wanted[row.subject].first, row.part, row.level, row.kind, row.method, row.iou, row.doubt});
  return result;
}

}  // namespace funcorr
