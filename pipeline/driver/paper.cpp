#include "pipeline/driver/paper.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "db/dataset/record/sweep.h"
#include "pipeline/driver/sweep.h"

namespace funcorr {
namespace {

// The paper's rows that train without one of the losses (section 5.3).
constexpr std::array kAblations{"full-no-mask", "functional", "spatial"};

std::vector<std::string> values_in(const std::string& list) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (end > at) values.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return values;
}

// Whether one of the line's runs ("name", "name=kind", either with ":key=value") is measured as the row of
// that name: it must have it.
bool is_among(const std::vector<std::string>& runs, const std::string& name) {
  return std::ranges::any_of(runs, [&](const std::string& run) {
    const std::string head = run.substr(0, run.find(':'));
    return head == name || head == name + "=" + name;
  });
}

}  // namespace

std::vector<Step> plan_paper(const PaperWish& wish, const DriverOptions& options) {
  SweepWish sweep{kPaperSweep, {}, {}, {}};
  if (!wish.seeds.empty()) sweep.seeds = {wish.seeds};
  const auto runs = stage_option("train", "runs", options).get<std::vector<std::string>>();
  for (const char* name : kAblations)
    if (!is_among(runs, name)) sweep.settings.emplace_back(name);
  for (const auto& [key, values] :
       {std::pair<std::string, std::vector<std::string>>{"spatial_weight", values_in(wish.spatial_weights)},
        {"mask_weight", values_in(wish.mask_weights)}})
    for (const std::string& value : values)
      sweep.settings.push_back(key + "-" + value + "=full:" + key + "=" + value);
  std::vector<Step> steps = plan_stage("paper", options, wish.extra);
  if (sweep.settings.empty()) return steps;
  std::vector<Step> with_sweep;
  for (Step& step : steps) {
    const std::string stage = step.stage;
    with_sweep.push_back(std::move(step));
    for (Step& of_sweep : sweep_steps(sweep))
      if (of_sweep.stage == stage) with_sweep.push_back(std::move(of_sweep));
  }
  return with_sweep;
}

}  // namespace funcorr
