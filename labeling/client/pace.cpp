#include "labeling/client/pace.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "db/format/backoff.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

constexpr double kBurstSeconds = 3;  // of a rate that may be taken at once
constexpr double kLongestHold = 60;  // a reset farther away is the whole window's, not the next request's
constexpr double kFirstConcurrency = 16;
constexpr int kRefusalsToHold = 4;
constexpr double kFirstHold = 0.25;  // seconds

double number(const std::map<std::string, std::string>& headers, const std::string& name, double otherwise) {
  const auto found = headers.find(name);
  if (found == headers.end()) return otherwise;
  const auto value = number_in<double>(found->second);
  return value && std::isfinite(*value) ? *value : otherwise;
}

double tighter(double set, double learned) {
  if (set <= 0) return learned;
  return learned > 0 ? std::min(set, learned) : set;
}

}  // namespace

ConcurrencyWindow::ConcurrencyWindow(int largest, double learned)
    : size_(std::min<double>(learned > 0 ? learned : kFirstConcurrency, largest)),
      largest_(largest),
      doubling_(learned <= 0) {}

void ConcurrencyWindow::ended(bool overloaded, bool was_full) {
  ++answers_;
  refused_ += overloaded ? 1 : 0;
  full_ = full_ || was_full;
  if (answers_ < size()) return;
  const double share = static_cast<double>(refused_) / answers_;
  if (refused_ > 0) {
    size_ = std::max(1.0, size_ * (1 - share / 2));
    doubling_ = false;
  }
  if (full_ && share < 0.5) size_ = std::min(largest_, doubling_ ? 2 * size_ : size_ + 1);
  answers_ = refused_ = 0;
  full_ = false;
}

void RateLimit::set(double per_minute, double now) {
  if (per_minute == per_minute_) return;
  const bool first = per_minute_ == 0;
  level_ = level(now);
  updated_ = now;
  per_minute_ = per_minute;
  const double burst = std::max(1.0, per_minute / 60 * kBurstSeconds);
  level_ = first ? burst : std::min(level_, burst);
}

double RateLimit::level(double now) const {
  const double burst = std::max(1.0, per_minute_ / 60 * kBurstSeconds);
  return std::min(burst, level_ + (now - updated_) * per_minute_ / 60);
}

double RateLimit::ready_at(double now) const {
  double ready = held_until_;
  if (per_minute_ > 0) ready = std::max(ready, now - std::min(level(now), 0.0) / (per_minute_ / 60));
  return ready;
}

void RateLimit::take(double amount, double now) {
  if (per_minute_ <= 0) return;
  level_ = level(now) - amount;
  updated_ = now;
}

Pace::Pace(const Limits& limits, double now) : limits_(limits) { apply(now); }

void Pace::apply(double now) {
  requests_.set(tighter(limits_.requests_per_minute, learned_requests_), now);
  tokens_.set(tighter(limits_.tokens_per_minute, learned_tokens_), now);
}

double Pace::ready_at(double now) const { return std::max(requests_.ready_at(now), tokens_.ready_at(now)); }

void Pace::take(double tokens, double now) {
  requests_.take(1, now);
  tokens_.take(tokens, now);
}

void Pace::settle(double reserved_tokens, double tokens) { tokens_.give_back(reserved_tokens - tokens); }

void Pace::refused(int window, double retry_after_s, double now) {
  if (++refusals_in_a_row_ < std::max(window, kRefusalsToHold)) return;
  refusals_in_a_row_ = 0;
  const double pause = doubled_delay({kFirstHold, kLongestHold}, ++holds_in_a_row_);
  requests_.hold_until(now + std::max(pause, retry_after_s));
}

void Pace::learn(const std::map<std::string, std::string>& headers, double now, bool told_when) {
  for (const bool of_tokens : {false, true}) {
    const std::string what = of_tokens ? "tokens" : "requests";
    const double limit = number(headers, "x-ratelimit-limit-" + what, 0);
    double& learned = of_tokens ? learned_tokens_ : learned_requests_;
    if (limit > 0) learned = limit;
    const auto reset = headers.find("x-ratelimit-reset-" + what);
    if (limit <= 0 || reset == headers.end() || number(headers, "x-ratelimit-remaining-" + what, 1) != 0)
      continue;
    const double pause = std::min(parse_duration(reset->second), kLongestHold);
    if (pause > 0 && !told_when) (of_tokens ? tokens_ : requests_).hold_until(now + pause);
  }
  apply(now);
}

double Pace::requests_per_second() const {
  return requests_.per_minute() > 0 ? requests_.per_minute() / 60 : 1e9;
}

nlohmann::json Pace::to_json() const {
  return {{"requests_per_minute", learned_requests_}, {"tokens_per_minute", learned_tokens_}};
}

void Pace::restore(const nlohmann::json& learned, double now) {
  learned_requests_ = learned.value("requests_per_minute", 0.0);
  learned_tokens_ = learned.value("tokens_per_minute", 0.0);
  apply(now);
}

double parse_duration(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  double seconds = 0;
  if (at == end) return -1;
  while (at != end) {
    double value = 0;
    const auto parsed = std::from_chars(at, end, value, std::chars_format::fixed);
    if (parsed.ec != std::errc() || value < 0) return -1;
    at = parsed.ptr;
    const char* unit = at;
    while (at != end && std::isalpha(static_cast<unsigned char>(*at)) != 0) ++at;
    const std::string_view name(unit, static_cast<std::size_t>(at - unit));
    if (name == "ms")
      seconds += value / 1000;
    else if (name == "s" || (name.empty() && at == end))
      seconds += value;
    else if (name == "m")
      seconds += value * 60;
    else if (name == "h")
      seconds += value * 3600;
    else if (name == "d")
      seconds += value * 86400;
    else
      return -1;
  }
  return seconds;
}

}  // namespace funcorr
