#include "labeling/client/call_end.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr int kRefusalsPerAttempt = 6;  // a refused request is given up so much later than a failed one
constexpr int kMaxRedirections = 3;
constexpr std::size_t kStoredErrorBytes = 64 << 10;  // of a failed answer that are kept

}  // namespace

CallRecord record_of(const Lane& lane, const Call& call, const Verdict& verdict, HttpResult& result,
                     bool by_batch) {
  CallRecord record;
  record.ids = call.ids;
  const bool accepted = verdict.action == Verdict::Action::kAccept;
  record.state = accepted ? CallRecord::State::kAnswered
                          : (verdict.in_doubt ? CallRecord::State::kInDoubt : CallRecord::State::kFailed);
  record.choices = verdict.choices;
  record.http_status = result.status;
  record.error_code = verdict.code;
  record.raw = std::move(result.body);
  if (!accepted && record.raw.size() > kStoredErrorBytes) record.raw.resize(kStoredErrorBytes);
  if (!accepted && record.raw.empty()) record.raw = verdict.message;
  record.billed = verdict.billed;
  record.seconds = result.seconds;
  record.tokens_in = std::max<std::int64_t>(verdict.tokens_in, 0);
  record.tokens_out = std::max<std::int64_t>(verdict.tokens_out, 0);
  if (verdict.billed)  // what the server does not tell is booked at its most
    record.cost = verdict.tokens_in >= 0
                      ? lane.cost(call.model, record.tokens_in, record.tokens_out, by_batch)
                      : call.reserved;
  return record;
}

std::string final_kind(const Call& call, const Verdict& verdict, const EngineOptions& options) {
  const int most_attempts = options.backoff.max_attempts;
  switch (verdict.action) {
    case Verdict::Action::kFail:
      return verdict.code;
    case Verdict::Action::kStop:
      return {};
    case Verdict::Action::kAccept:
      return call.part.attempt >= most_attempts ? "missing_choice" : "";
    case Verdict::Action::kRetry:
      break;
  }
  if (verdict.in_doubt && options.in_doubt == InDoubtPolicy::kHold) return "in_doubt";
  if (!verdict.sent) return {};
  const bool last = verdict.refused ? call.part.refusals + 1 >= kRefusalsPerAttempt * most_attempts
                                    : call.part.attempt >= most_attempts;
  return last ? verdict.code : "";
}

std::string stop_message(const Lane& lane, const Verdict& verdict) {
  const std::string& variable = lane.provider.key_variable;
  std::string text = fmt::format("provider {}: {}", lane.provider.name, verdict.message);
  if (verdict.code == "invalid_api_key")
    text += variable.empty() ? " (no key was sent: name the environment variable that holds it)"
                             : fmt::format(" (is the key in {} right?)", variable);
  return text;
}

bool follow_redirection(const Lane& lane, Call& call, const HttpResult& result) {
  if (result.status != 307 && result.status != 308) return false;
  if (result.location.empty() || call.redirections >= kMaxRedirections) return false;
  if (call.url.starts_with("https:") && !result.location.starts_with("https:")) return false;
  const auto& hosts = lane.provider.redirect_hosts;
  const bool allowed = std::ranges::find(hosts, host_of(result.location)) != hosts.end();
  if (!allowed && origin_of(result.location) != origin_of(call.url)) return false;
  ++call.redirections;
  call.url = result.location;
  return true;
}

}  // namespace funcorr
