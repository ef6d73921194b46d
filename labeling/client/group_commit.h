#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "labeling/client/ledger.h"

namespace funcorr {

// Writes to the ledger on a thread of its own: all that has gathered while one transaction ran goes into the
// next, so that one fsync serves many requests. What follows from a write runs back on the owner's thread, in
// run_completions(). While the ledger is busy, all waits here, in its order; records, which may hold paid
// answers, are set aside as they come, and the write is tried again and again.
class GroupCommit {
 public:
  // `wake` is called from the ledger's thread when there is something to run.
  GroupCommit(RequestLedger& ledger, std::function<void()> wake);
  ~GroupCommit();  // waits until all is written, or set aside
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

  // The ledger is busy, and since when by now_s(): nothing new should be sent. 0: it is not.
  double busy_since() const { return busy_since_; }
  // How many records were set aside, and why others could not be (empty: all could).
  struct Aside {
    std::size_t records = 0;
    std::string error{};
  };
  Aside aside() const;
  // Leaves it at that while the ledger is busy, if every record is set aside: nothing is written any more,
  // and run_completions() throws LedgerBusy from then on.
  bool leave();

 private:
  struct Batch {
    LedgerWork work;
    std::vector<std::function<void()>> recorded;
    std::vector<std::pair<std::size_t, std::function<void(std::vector<Claim>)>>>
        claims;  // how many, then what
    std::deque<Action> actions;
    std::size_t set_aside = 0;  // of its records, the first so many
    bool empty() const;
    bool has_work() const;
  };
  using Completions = std::vector<std::function<void()>>;

  void write_all();
  // Until it is written: false where it is left.
  bool write_patiently(Batch& batch, Completions& completions);
  void write(Batch& batch, Completions& completions);  // and takes out of it what is written
  void set_aside(Batch& batch);                        // with what gathers meanwhile
  bool may_be_left() const;

  RequestLedger& ledger_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable ready_, written_;
  Batch gathering_;
  bool writing_ = false, ending_ = false, left_ = false;
  std::atomic<double> busy_since_ = 0;
  std::size_t unsafe_ = 0;  // records that are neither committed nor set aside
  Aside aside_;
  std::vector<std::function<void()>> completions_;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace funcorr
