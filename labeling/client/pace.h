#pragma once

#include <algorithm>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "labeling/client/provider.h"

namespace funcorr {

// Times are seconds on a clock that the caller reads; no clock is read here.

// How many requests may be in flight: additive increase, multiplicative decrease. A window's worth of answers
// is one round. A round without overload widens the window by one (doubles it until the first overload) if it
// was used to the full; a round in which a share F was refused narrows it by F/2, as DCTCP does (Alizadeh et
// al. 2010): a few refusals at random cost little, a flood of them halves it.
class ConcurrencyWindow {
 public:
  explicit ConcurrencyWindow(int largest, double learned = 0);  // learned: size() of an earlier run
  int size() const { return static_cast<int>(size_); }
  bool has_met_overload() const { return !doubling_; }
  // `was_full`: as many were in flight as the window allows.
  void ended(bool overloaded, bool was_full);

 private:
  double size_, largest_;
  bool doubling_ = true, full_ = false;
  int answers_ = 0, refused_ = 0;
};

// At most so much per minute, a few seconds' worth at once. What is taken may exceed what is there: the next
// one waits the longer.
class RateLimit {
 public:
  void set(double per_minute, double now);  // 0: no limit
  double per_minute() const { return per_minute_; }
  double ready_at(double now) const;  // ≤ now: something may be taken
  void take(double amount, double now);
  void give_back(double amount) { level_ += amount; }
  void hold_until(double time) { held_until_ = std::max(held_until_, time); }

 private:
  double level(double now) const;
  double per_minute_ = 0, level_ = 0, updated_ = 0, held_until_ = 0;
};

// Requests and tokens per minute of one provider: what the user set, tightened by what the response headers
// tell.
class Pace {
 public:
  Pace(const Limits& limits, double now);
  double ready_at(double now) const;
  void take(double tokens, double now);
  // Once it is known what a request took.
  void settle(double reserved_tokens, double tokens);
  // A refusal (429), and an answer. When as many refusals come in a row as may be in flight, nobody gets
  // through: then nothing is sent for a while, twice as long every time, at least what the server asks for.
  void refused(int window, double retry_after_s, double now);
  void accepted() { refusals_in_a_row_ = holds_in_a_row_ = 0; }
  // x-ratelimit-{limit,remaining,reset}-{requests,tokens}; nonsense (0, negative) is ignored. Where the
  // server said itself when to come back (`told_when`: Retry-After), that counts, and not when its window is
  // over.
  void learn(const std::map<std::string, std::string>& headers, double now, bool told_when = false);
  double requests_per_second() const;  // 1e9: no limit

  nlohmann::json to_json() const;
  void restore(const nlohmann::json& learned, double now);

 private:
  void apply(double now);
  Limits limits_;
  double learned_requests_ = 0, learned_tokens_ = 0;  // per minute; 0: nothing
  RateLimit requests_, tokens_;
  int refusals_in_a_row_ = 0, holds_in_a_row_ = 0;
};

// "6m0s", "1.5s", "20ms", "1h2m3s", "7" (seconds) in seconds; −1 for anything else.
double parse_duration(const std::string& text);

}  // namespace funcorr
