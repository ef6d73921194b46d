#include "labeling/client/lane.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "db/format/error.h"
#include "labeling/client/base_url.h"
#include "labeling/client/clock.h"
#include "labeling/client/wire.h"

namespace funcorr {
namespace {

constexpr int kLargestLookahead = 256;

constexpr int kInFlightToLearn = 4;  // requests that may go out before it is known what an image counts

// The value of an environment variable, what it is for being said where it is not there.
std::string secret_of(const Provider& provider, const std::string& variable, const std::string& what) {
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0')
    throw UsageError(fmt::format("provider {}: the environment variable {}, which should hold {}, is not set",
                                 provider.name, variable, what));
  return value;
}

std::string key_of(const Provider& provider) {
  std::string key = secret_of(provider, provider.key_variable, "its API key");
  if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    throw UsageError(fmt::format("provider {}: the API key in {} has blanks or line ends in it",
                                 provider.name, provider.key_variable));
  return key;
}

HttpHeaders headers_of(const Provider& provider) {
  HttpHeaders headers{wire_of(provider.wire_format).headers(), {}};
  auto& [lines, secrets] = headers;
  if (!provider.key_variable.empty()) {
    secrets.push_back(key_of(provider));
    const bool has_scheme = provider.key_header.find(':') != std::string::npos;
    lines.push_back(provider.key_header + (has_scheme ? " " : ": ") + secrets.back());
  }
  for (const std::string& header : provider.headers) {
    const std::size_t colon = header.find(": ");
    const std::string variable = header.substr(colon + 2), name = header.substr(0, colon);
    secrets.push_back(secret_of(provider, variable, "the value of the header " + name));
    if (std::ranges::any_of(secrets.back(), [](char c) { return static_cast<unsigned char>(c) < ' '; }))
      throw UsageError(
          fmt::format("provider {}: the header value in {} has line ends in it", provider.name, variable));
    lines.push_back(header.substr(0, colon + 2) + secrets.back());
  }
  return headers;
}

Provider checked(Provider provider) {
  understand_servers(provider);
  provider.check();
  return provider;
}

}  // namespace

Lane::Lane(Provider its, const nlohmann::json& learned)
    : provider(checked(std::move(its))),
      access(headers_of(provider), provider.ca_file.string()),
      pace(provider.limits, now_s()),
      pool(provider, learned.value("concurrency", nlohmann::json::object())),
      image_tokens(provider.image.tokens, provider.image.detail,
                   learned.value("image_tokens", nlohmann::json::object())),
      has_budget(provider.budget > 0) {
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

bool Lane::must_learn(const Ask& ask) const {
  return has_budget && !image_tokens.is_known(ask.model()) && ask.tokens({0}, provider).images > 0;
}

bool Lane::may_claim(const Ask& ask) const {
  if (must_learn(ask)) return claiming + static_cast<int>(ready.size()) + in_flight < kInFlightToLearn;
  return probes == 0 || ask.tokens({0}, provider).images == 0;
}

bool Lane::may_send(const Call& call) const {
  return in_flight < kInFlightToLearn || !must_learn(*call.part.ask);
}

TokenBound Lane::tokens(const Ask& ask, const std::vector<int>& slots) const {
  TokenBound bound = ask.tokens(slots, provider);
  const std::int64_t images = bound.images * image_tokens.of(ask.model());
  bound.in_at_most += images;
  bound.in_likely += images;
  return bound;
}

double Lane::most(const Ask& ask, const std::vector<int>& slots) const {
  const TokenBound bound = tokens(ask, slots);
  return cost(ask.model(), bound.in_at_most, bound.out_at_most, goes_by_batch(ask));
}

double Lane::most(const Call& call) const {
  double sum = 0;
  for (const int slot : call.part.slots) sum += most(*call.part.ask, {slot});
  return sum;
}

bool Lane::reserves_enough(const Call& call) const {
  return !has_budget || most(call) <= call.reserved * (1 + 1e-9);
}

void Lane::learn(const Call& call, std::int64_t tokens_in) {
  if (!call.part.ask) return;
  const TokenBound bound = call.part.ask->tokens(call.part.slots, provider);
  if (bound.images > 0) image_tokens.learn(call.model, tokens_in, bound.in_likely);
}

std::string Lane::warning(const Call& call, double cost) {
  if (has_warned || cost <= call.reserved * (1 + 1e-9)) return {};
  has_warned = true;
  std::string text =
      fmt::format("provider {}: a call of {} cost {:.6g}, more than the {:.6g} that was reserved for it",
                  provider.name, call.model, cost, call.reserved);
  if (call.part.ask && call.part.ask->tokens({0}, provider).images > 0)
    text += fmt::format(
        "; an image counts {} tokens there (image_tokens = {} was the guess); that is reserved from now on",
        image_tokens.of(call.model), provider.image.tokens);
  return text;
}

std::string Lane::request_url(const Server& server, const Ask& ask) const {
  return funcorr::request_url(provider, server, ask.path(provider));
}

std::string Lane::health_url(const Server& server) const {
  const std::string& path = provider.health_path;
  // "/models" is below the base URL; "//health" of the server's root.
  if (path.starts_with("//")) return origin_of(server.base_url) + path.substr(1);
  return funcorr::request_url(provider, server, path);
}

nlohmann::json Lane::learned() const {
  nlohmann::json learned = pace.to_json();
  learned["concurrency"] = pool.to_json();
  learned["image_tokens"] = image_tokens.to_json();
  return learned;
}

}  // namespace funcorr
