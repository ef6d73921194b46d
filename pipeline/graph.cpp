#include "pipeline/graph.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "db/format/error.h"

namespace funcorr {
namespace {

std::size_t index_of(const std::string& name) {
  const std::vector<StageNode>& graph = stage_graph();
  const auto found =
      std::find_if(graph.begin(), graph.end(), [&](const StageNode& stage) { return stage.name == name; });
  if (found != graph.end()) return static_cast<std::size_t>(found - graph.begin());
  std::string names;
  for (const StageNode& stage : graph) names += " " + stage.name;
  throw UsageError("'" + name + "' is no stage; the stages are:" + names);
}

}  // namespace

const std::vector<StageNode>& stage_graph() {
  static const std::vector<StageNode> graph = {
      {"taxonomy", {}, "ask a language model for functions, categories and their links", true},
      {"fetch", {}, "download assets from lists of URLs, for catalog to find", true},
      {"catalog", {"fetch"}, "find the assets of one or more folders"},
      {"select", {"taxonomy", "catalog"}, "ask a language model for the category of each asset", true},
      {"filter", {"catalog"}, "import, check and normalise every asset; sample its surface points"},
      {"render", {"filter"}, "render labelling and training views"},
      {"parts", {"taxonomy", "catalog", "select"}, "name the functional parts of each category"},
      {"ground", {"render", "parts"}, "ask a vision-language model for the parts' boxes"},
      {"aggregate", {"ground"}, "fuse the boxes into a probability for every surface point"},
      {"mask", {"aggregate"}, "turn point probabilities into part masks of the training views"},
      {"pack", {"mask", "render", "parts"}, "write the training shards"},
      {"features", {"pack"}, "store the frozen backbone's features of the shards, where asked to"},
      {"pair", {"pack", "render"}, "make dense ground-truth correspondences of annotated pairs"},
      {"locate", {"pair", "parts"}, "ask a vision-language model for the parts in the pairs' images", true},
      {"train", {"pack", "features", "pair"}, "train the head on the frozen backbone"},
      {"evaluate", {"pair", "pack", "locate", "train"}, "measure the model and the baselines"},
      {"report", {"evaluate", "train"}, "write the report page"},
      {"paper", {"evaluate", "train"}, "write the paper's tables and figures, its numbers beside ours", true},
  };
  return graph;
}

std::vector<std::string> section_names() {
  std::vector<std::string> names{"match"};
  for (const StageNode& stage : stage_graph()) names.push_back(stage.name);
  return names;
}

bool is_stage(const std::string& name) {
  return std::any_of(stage_graph().begin(), stage_graph().end(),
                     [&](const StageNode& stage) { return stage.name == name; });
}

bool has_named_runs(const std::string& stage) { return stage == "locate"; }

const StageNode& stage_node(const std::string& name) { return stage_graph()[index_of(name)]; }

// Walks the table backwards: an upstream stage always stands before those that need it.
std::vector<std::string> with_upstream(const std::string& stage) {
  const std::vector<StageNode>& graph = stage_graph();
  std::set<std::string> needed{stage};
  std::vector<std::string> order;
  for (std::size_t i = index_of(stage) + 1; i-- > 0;) {
    if (!needed.contains(graph[i].name)) continue;
    order.push_back(graph[i].name);
    needed.insert(graph[i].upstream.begin(), graph[i].upstream.end());
  }
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<std::string> stage_range(const std::string& text) {
  const std::vector<StageNode>& graph = stage_graph();
  const std::size_t dots = text.find("..");
  std::string first = text, last = text;
  if (dots != std::string::npos) {
    first = text.substr(0, dots);
    last = text.substr(dots + 2);
  }
  const std::size_t begin = first.empty() ? 0 : index_of(first);
  const std::size_t end = last.empty() ? graph.size() - 1 : index_of(last);
  if (begin > end) throw UsageError("range '" + text + "': " + first + " comes after " + last);
  std::vector<std::string> names;
  for (std::size_t i = begin; i <= end; ++i) names.push_back(graph[i].name);
  return names;
}

}  // namespace funcorr
