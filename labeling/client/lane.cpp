#include "labeling/client/lane.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "db/format/error.h"
#include "labeling/client/clock.h"

namespace funcorr {
namespace {

constexpr int kLargestLookahead = 256;

std::string key_of(const Provider& provider) {
  if (provider.key_variable.empty()) return {};
  const char* key = std::getenv(provider.key_variable.c_str());
  if (key == nullptr || *key == '\0')
    throw UsageError(
        fmt::format("provider {}: the environment variable {}, which should hold its API key, is not set",
                    provider.name, provider.key_variable));
  std::string text = key;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    throw UsageError(fmt::format("provider {}: the API key in {} has blanks or line ends in it",
                                 provider.name, provider.key_variable));
  return text;
}

Provider checked(Provider provider) {
  provider.check();
  return provider;
}

}  // namespace

Lane::Lane(Provider its, const nlohmann::json& learned)
    : provider(checked(std::move(its))),
      key(key_of(provider)),
      access(key, provider.ca_file.string()),
      pace(provider.limits, now_s()),
      pool(provider, learned.value("concurrency", nlohmann::json::object())) {
  pace.restore(learned, now_s());
}

bool Lane::busy() const {
  return claiming > 0 || !ready.empty() || in_flight > 0 || (batches && !batches->idle());
}

bool Lane::can_be_left() const {
  return claiming == 0 && ready.empty() && in_flight == 0 && (!batches || batches->can_be_left());
}

int Lane::lookahead() const {
  if (batches) return batches->accepts() ? kLargestLookahead : 0;
  const double by_pace = std::ceil(pace.requests_per_second());
  const double by_servers = pool.room() + std::min(pool.capacity(), kLargestLookahead);
  return static_cast<int>(std::max(1.0, std::min(by_pace, by_servers)));
}

bool Lane::asks_for_fewer(const Call& call, const Verdict& verdict) {
  constexpr int kEnough = 3;  // one may be short by chance
  const auto asked = static_cast<int>(call.part.slots.size());
  if (asked <= 1 || !call.part.ask->is_chat()) return false;
  if (verdict.action == Verdict::Action::kAccept) {
    short_answers_ = verdict.choices < asked ? short_answers_ + 1 : 0;
    samples_are_proven_ = samples_are_proven_ || verdict.choices >= asked;
    if (!samples_are_proven_ && short_answers_ >= kEnough) provider.max_n = std::max(1, verdict.choices);
    return false;
  }
  if (!verdict.may_be_of_n || samples_are_proven_) return false;
  provider.max_n = std::min(provider.max_n, asked / 2);
  return true;
}

double Lane::cost(const std::string& model, std::int64_t tokens_in, std::int64_t tokens_out,
                  bool by_batch) const {
  const Price& price = provider.price_of(model);
  return (static_cast<double>(tokens_in) * price.in_per_million +
          static_cast<double>(tokens_out) * price.out_per_million) *
         1e-6 * (by_batch ? 1 - provider.batch_discount : 1);
}

double Lane::most(const Ask& ask, const std::vector<int>& slots) const {
  const TokenBound bound = ask.tokens(slots, provider);
  return cost(ask.model(), bound.in_at_most, bound.out_at_most, goes_by_batch(ask));
}

std::string Lane::health_url(const Server& server) const {
  const std::string& path = provider.health_path;
  // "/models" is below the base URL; "//health" of the server's root.
  return path.starts_with("//") ? origin_of(server.base_url) + path.substr(1) : server.base_url + path;
}

nlohmann::json Lane::learned() const {
  nlohmann::json learned = pace.to_json();
  learned["concurrency"] = pool.to_json();
  return learned;
}

}  // namespace funcorr
