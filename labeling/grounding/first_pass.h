#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/workspace.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"

namespace funcorr {

// About how many of its labelling views a part is asked.
enum class AskedViews { kPaper, kFirstPass };
constexpr auto names_of(AskedViews) {
  return std::to_array<EnumName<AskedViews>>(
      {{AskedViews::kPaper, "paper"}, {AskedViews::kFirstPass, "first-pass"}});
}

struct FirstPassOptions {
  AskedViews ask = AskedViews::kPaper;
  int first_views = 6;    // of every part
  int more_views = 3;     // at a time, of a part that is not settled
  double settled = 0.25;  // the most doubt (posterior.h) of a part that is asked about no more

  // They leave results: what a part's boxes depend on is in question().
  static const OptionList<FirstPassOptions>& options();

  bool is_on() const { return ask == AskedViews::kFirstPass; }
  // How many of `views` are asked about at first; all where it is off.
  std::int64_t first_of(std::int64_t views) const;
  // Of the options, and whether the part is an edge, what its boxes depend on; empty where it is off.
  std::string question(bool is_edge) const;
};

// What a part's answers so far say.
struct PartSoFar {
  std::string uid;
  bool is_edge = false;
  std::vector<Box> boxes;
};
struct PartDoubt {
  double doubt = 1;
  std::string error;  // why it could not be told: files of the asset that cannot be read
};

// Asks about a few views of a part first, which look from all around, then about some more at a time as long
// as the posterior of the boxes is in doubt. Which views are asked about follows from the options and the
// answers alone, so that a run that goes on after another asks what that would have.
class FirstPass {
 public:
  // `stop_requested`: from any thread.
  FirstPass(FirstPassOptions options, const Workspace& workspace, std::function<bool()> stop_requested = {});

  const FirstPassOptions& options() const { return options_; }
  // The asset's labelling views `views` in the order in which they are asked about (spread_order()), and the
  // first ones of them; as they are where it is off. Throw what read_cameras() throws.
  std::vector<int> order(const std::string& uid, const std::vector<int>& views) const;
  std::vector<int> first(const std::string& uid, const std::vector<int>& views) const;
  // By the boxes that count and all surface points, as aggregate fuses them; assets side by side. Nothing
  // where it is to stop. [parts]
  std::vector<PartDoubt> doubts(const std::vector<PartSoFar>& parts) const;

 private:
  FirstPassOptions options_;
  const Workspace& workspace_;
  std::function<bool()> stop_requested_;
};

}  // namespace funcorr
