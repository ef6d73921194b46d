#pragma once

#include <functional>
#include <vector>

#include "db/manifest/items.h"
#include "pipeline/attempt.h"
#include "pipeline/retry.h"
#include "pipeline/runtime_stage.h"

namespace funcorr {

// Collects ended attempts and writes them in groups: the stage's rows and the items' outcomes in one
// transaction. Should a commit() of the stage throw, its group is rolled back and written again item by item,
// and that item counts as a broken attempt. Not thread-safe; uses the manifest of `context` only.
class Committer {
 public:
  // Told of every outcome after it is in the manifest.
  using OnCommitted = std::function<void(const Attempt& attempt, const ItemOutcome& outcome)>;

  Committer(RuntimeStage& stage, StageContext& context, Items& items, RetryPolicy policy,
            OnCommitted on_committed);

  void add(Attempt attempt);
  bool due() const;  // the group is large enough, or its oldest one waits long enough
  bool empty() const { return group_.empty(); }
  void flush();  // throws ManifestError, EnvironmentError; what was not written stays in the group

 private:
  ItemOutcome outcome_of(const Attempt& attempt) const;
  void write(const std::vector<Attempt>& attempts, std::vector<ItemOutcome>& outcomes);
  void write_each();

  RuntimeStage& stage_;
  StageContext& context_;
  Items& items_;
  RetryPolicy policy_;
  OnCommitted on_committed_;
  std::vector<Attempt> group_;
  Clock::time_point oldest_;
};

}  // namespace funcorr
