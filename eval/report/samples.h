#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/pair.h"
#include "db/dataset/workspace.h"
#include "eval/metric/results.h"

namespace funcorr {

// Which assets the page pictures: one of every category first, then a second of every category …
class AssetSample {
 public:
  explicit AssetSample(std::size_t most) : most_(most) {}
  void offer(const Asset& asset);
  std::vector<Asset> chosen() const;  // by category

 private:
  std::size_t most_;
  std::map<std::string, std::vector<Asset>> by_category_;
};

// Which rows' predictions it pictures, by their labels and in the page's order: the backbone's and, of every
// run, the full model's.
std::vector<std::string> pictured_rows(const Results& results);

// Which pairs it pictures: of every function the first ones that a run of the full model has predictions of,
// half of them across categories. A pair of objects is shown once.
class PairSample {
 public:
  PairSample(Workspace workspace, std::size_t most_of_function, std::vector<std::string> rows)
      : workspace_(std::move(workspace)), most_of_function_(most_of_function), rows_(std::move(rows)) {}
  void offer(const Pair& pair);
  const std::vector<Pair>& chosen() const { return chosen_; }

 private:
  struct OfFunction {
    std::size_t within = 0, across = 0;
    std::string last;
  };
  Workspace workspace_;
  std::size_t most_of_function_;
  std::vector<std::string> rows_;  // pictured_rows()
  std::map<std::string, OfFunction> of_function_;
  std::vector<Pair> chosen_;
};

}  // namespace funcorr
