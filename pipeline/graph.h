#pragma once

#include <string>
#include <vector>

namespace funcorr {

// One stage of the line as the driver sees it: the executable funcorr-<name>.
struct StageNode {
  std::string name;
  std::vector<std::string> upstream;  // stages whose results it reads directly
  std::string summary;                // one line for --help
  bool optional = false;              // runs where it is asked for by name or set up in the configuration
};

// Every stage, upstream ones first: the one list of them, which CMake reads too.
const std::vector<StageNode>& stage_graph();

// Names that may be sections of funcorr.toml: the stages, and programs that have options but no items.
std::vector<std::string> section_names();

bool is_stage(const std::string& name);
// Whether a stage's option `name` tells runs of it apart; the section [<stage>.<name>] holds for one alone.
bool has_named_runs(const std::string& stage);
const StageNode& stage_node(const std::string& name);  // throws UsageError for a name that is no stage

// The stage and all it depends on, upstream first. Throws UsageError for a name that is no stage.
std::vector<std::string> with_upstream(const std::string& stage);

// "filter..mask", "..mask", "pack..", "mask", "" (all): the stages from the first to the last, in the graph's
// order, both ends included. Throws UsageError.
std::vector<std::string> stage_range(const std::string& text);

}  // namespace funcorr
