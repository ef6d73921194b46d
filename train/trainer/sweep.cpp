#include "train/trainer/sweep.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/dataset/workspace.h"
#include "db/format/hash.h"

namespace funcorr {
namespace {

constexpr const char* kSeed = "seed";
constexpr std::size_t kLongestName = 160;  // bytes: a file's name has 255 at most

struct Axis {
  std::string key;
  std::vector<std::string> values;  // canonical
};

struct NamedSetting {
  std::string name;  // for people
  RunSpec spec;
};

std::vector<std::string> words_of(const std::vector<std::string>& entries) {
  std::vector<std::string> words;
  for (const std::string& entry : entries)
    for (std::size_t at = 0; at <= entry.size();) {
      const std::size_t end = std::min(entry.find(',', at), entry.size());
      if (end > at) words.push_back(entry.substr(at, end - at));
      at = end + 1;
    }
  return words;
}

void refuse_seed(const std::string& key) {
  if (key == kSeed) throw UsageError("train: a sweep's seeds are given by the option seeds, not as a key");
}

std::vector<Axis> axes_of(const std::vector<std::string>& grid) {
  std::vector<Axis> axes;
  for (const std::string& word : words_of(grid)) {
    const std::size_t sign = word.find('=');
    if (sign != std::string::npos) {
      const std::string key = word.substr(0, sign);
      refuse_seed(key);
      if (std::ranges::any_of(axes, [&](const Axis& axis) { return axis.key == key; }))
        throw UsageError("train: grid holds " + key + " twice");
      axes.push_back({key, {}});
    }
    if (axes.empty()) throw UsageError("train: grid begins with \"" + word + "\"; key=value is expected");
    axes.back().values.push_back(
        canonical_value(axes.back().key, sign == std::string::npos ? word : word.substr(sign + 1)));
  }
  return axes;
}

// All combinations; one without any override where there are no axes.
std::vector<RunSpec> combinations(const std::vector<Axis>& axes) {
  std::vector<RunSpec> specs(1);
  for (const Axis& axis : axes) {
    std::vector<RunSpec> longer;
    for (const RunSpec& spec : specs)
      for (const std::string& value : axis.values) {
        longer.push_back(spec);
        longer.back().overrides[axis.key] = value;
      }
    specs = std::move(longer);
  }
  return specs;
}

void leave_out_base_values(RunSpec& spec, const TrainingConfig& base) {
  for (auto& [key, value] : spec.overrides) {
    refuse_seed(key);
    value = canonical_value(key, value);
  }
  // A kind of run changes values itself: what is set on top of it counts.
  if (spec.kind == RunKind::kFull)
    std::erase_if(spec.overrides, [&](const auto& one) { return one.second == value_in(base, one.first); });
}

std::string joined(const RunSpec& spec, const char* sign, const char* between) {
  std::string text(spec.kind == RunKind::kFull ? "" : to_string(spec.kind));
  for (const auto& [key, value] : spec.overrides) text += (text.empty() ? "" : between) + key + sign + value;
  return text.empty() ? kBaseSetting : text;
}

// Within what names of runs and files may be.
std::string short_name(const std::string& text) {
  std::string name = encode_file_name(text);
  std::ranges::replace(name, ' ', '_');
  if (name.size() <= kLongestName) return name;
  return name.substr(0, kLongestName) + "." + sha256_hex(text, 12);
}

std::vector<NamedSetting> settings_of(const SweepOptions& options, const TrainingConfig& base) {
  std::vector<NamedSetting> all{{kBaseSetting, {}}};
  for (RunSpec& spec : combinations(axes_of(options.grid))) {
    leave_out_base_values(spec, base);
    all.push_back({joined(spec, "=", ", "), std::move(spec)});
  }
  for (const std::string& entry : options.settings) {
    RunSpec spec = parse_run(entry);
    if (spec.name == kBaseSetting)
      throw UsageError("train: settings holds \"" + entry + "\": base is the configuration as it is");
    leave_out_base_values(spec, base);
    all.push_back({spec.name, std::move(spec)});
  }
  std::set<std::string> changes, names;
  std::erase_if(all, [&](const NamedSetting& one) { return !changes.insert(one.spec.changes()).second; });
  for (const NamedSetting& one : all)
    if (!names.insert(one.name).second)
      throw UsageError("train: two settings of the sweep are called " + one.name);
  return all;
}

}  // namespace

const OptionList<SweepOptions>& SweepOptions::options() {
  static const OptionList<SweepOptions> list{
      option("sweep", &SweepOptions::name)
          .help(
              "train the runs of the sweep of this name in place of those that runs lists; see funcorr sweep")
          .leaves_results(),
      option("grid", &SweepOptions::grid)
          .help("a sweep's grid, all combinations: spatial_weight=1,3,temperature=0.05,0.07; keys as in runs")
          .leaves_results(),
      option("settings", &SweepOptions::settings)
          .help("a sweep's named settings, written as runs are: wide=full:hidden_dimension=512")
          .leaves_results(),
      option("seeds", &SweepOptions::seeds)
          .help("seeds of weights and batches that a sweep trains every setting with; empty: the run's own")
          .leaves_results()};
  return list;
}

std::vector<SweepPoint> expand_sweep(const SweepOptions& options, const TrainingConfig& base) {
  const std::vector<NamedSetting> settings = settings_of(options, base);
  std::vector<std::string> seeds;
  for (const std::string& word : words_of(options.seeds)) {
    const std::string seed = canonical_value(kSeed, word);
    if (std::ranges::find(seeds, seed) == seeds.end()) seeds.push_back(seed);
  }
  if (settings.size() == 1 && seeds.empty())
    throw UsageError("train: the sweep " + options.name +
                     " has nothing to compare; give a grid, settings or seeds");
  if (seeds.empty()) seeds.emplace_back();
  std::vector<SweepPoint> points;
  for (const NamedSetting& setting : settings)
    for (const std::string& seed : seeds) {
      SweepPoint point{setting.spec, setting.name, seed};
      point.spec.name = std::string(kSweepPrefix) + short_name(joined(setting.spec, "-", "."));
      if (!seed.empty()) {
        point.spec.name += ".seed-" + seed;
        point.spec.overrides[kSeed] = seed;
      }
      TrainingConfig tried = base;
      apply(point.spec, tried);
      points.push_back(std::move(point));
    }
  return points;
}

std::string sweep_text(const std::vector<SweepPoint>& points) {
  std::vector<std::string> settings;
  for (const SweepPoint& point : points)
    if (settings.empty() || settings.back() != point.setting) settings.push_back(point.setting);
  const std::size_t seeds = settings.empty() ? 0 : points.size() / settings.size();
  return fmt::format("{} settings × {} {}: {}", settings.size(), seeds, seeds == 1 ? "seed" : "seeds",
                     fmt::join(settings, "; "));
}

}  // namespace funcorr
