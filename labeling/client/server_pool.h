#pragma once

#include <string>
#include <vector>

#include "labeling/client/pace.h"
#include "labeling/client/provider.h"
#include "labeling/client/verdict.h"

namespace funcorr {

// Keeps requests from a server that does not answer, or whose answers are of no use for a reason that will
// not change: after 5 failures or 8 such answers in a row none is sent, until a look at its health, after a
// pause that doubles from 1 s to 60 s, finds it back. Then it is on probation: it gets one request at a time
// until one succeeds; a failure opens the breaker again. Times as in pace.h.
class CircuitBreaker {
 public:
  bool closed() const { return !open_; }
  bool on_probation() const { return !open_ && times_opened_ > 0; }
  void succeeded();
  void failed(double now);
  void answered_uselessly(double now);
  // Also 3 requests on probation got answers of no use.
  bool is_useless() const { return useless_on_probation_ >= 3; }
  // Open, and the pause is over: the one who asks is to look, and then to call looks_well() or failed().
  bool wants_probe(double now);
  void looks_well();

 private:
  void open(double now);
  int failures_ = 0, useless_ = 0, useless_on_probation_ = 0, times_opened_ = 0;
  bool open_ = false, probing_ = false;
  double open_until_ = 0;
};

// The servers of one provider.
class ServerPool {
 public:
  struct Member {
    Server server;
    ConcurrencyWindow window;
    CircuitBreaker breaker{};
    int in_flight = 0;
    std::string last_error{};  // of the last request; empty: it was answered
    int room() const { return breaker.on_probation() ? 1 : window.size(); }  // that may be in flight
  };

  ServerPool(const Provider& provider, const nlohmann::json& learned);
  void sign_of_life(double now) { last_answer_ = now; }
  void be_patient_from(double now) { last_answer_ = last_well_ = now; }
  // The index of the server with the fewest requests in flight for its weight, among those that have room and
  // are not ill; −1: none. Counts one more in flight.
  int take();
  // `answered`: an HTTP answer of any kind came.
  void give_back(int index, const Verdict& verdict, bool answered, double now);
  int window(int index) const { return members_[static_cast<std::size_t>(index)].window.size(); }
  int room() const;      // requests that servers in health would take now
  int capacity() const;  // … and hold in all
  bool all_ill() const;
  bool all_useless() const;
  double last_answer() const { return last_answer_; }  // when a server last gave any sign of life
  double last_well() const { return last_well_; }      // when one last did what it is there for
  std::vector<Member>& members() { return members_; }
  const std::vector<Member>& members() const { return members_; }
  nlohmann::json to_json() const;  // widths of windows, by base URL

 private:
  std::vector<Member> members_;
  double last_answer_ = 0, last_well_ = 0;
};

}  // namespace funcorr
