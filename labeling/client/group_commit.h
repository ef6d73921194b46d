#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "labeling/client/ledger.h"

namespace funcorr {

// Writes to the ledger on a thread of its own: all that has gathered while one transaction ran goes into the
// next, so that one fsync serves many requests. What follows from a write runs back on the owner's thread, in
// run_completions().
class GroupCommit {
 public:
  // `wake` is called from the ledger's thread when there is something to run.
  GroupCommit(RequestLedger& ledger, std::function<void()> wake);
  ~GroupCommit();  // waits until all is written
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  void claim(std::vector<Intent> intents, std::function<void(std::vector<Claim>)> then);
  void record(CallRecord record, std::function<void()> then);
  void withdraw(std::vector<std::int64_t> ids);
  // Anything else that the ledger does, in its thread, after what was written before.
  void run(std::function<void(RequestLedger&)> action);
  // The same; what it returns is then run back here.
  using Action = std::function<std::function<void()>(RequestLedger&)>;
  void run_then(Action action);

  // Rethrows what a write threw; nothing is written any more then.
  void run_completions();
  bool idle() const;  // nothing to write and nothing to run
  void wait();        // until nothing is to be written

 private:
  struct Batch {
    LedgerWork work;
    std::vector<std::function<void()>> recorded;
    std::vector<std::pair<std::size_t, std::function<void(std::vector<Claim>)>>>
        claims;  // how many, then what
    std::vector<Action> actions;
    bool empty() const;
  };

  void write_all();
  std::vector<std::function<void()>> write(Batch batch);

  RequestLedger& ledger_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable ready_, written_;
  Batch gathering_;
  bool writing_ = false, ending_ = false;
  std::vector<std::function<void()>> completions_;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace funcorr
