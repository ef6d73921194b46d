#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "labeling/client/batch_queue.h"
#include "labeling/client/call.h"
#include "labeling/client/http_loop.h"
#include "labeling/client/image_tokens.h"
#include "labeling/client/pace.h"
#include "labeling/client/provider.h"
#include "labeling/client/server_pool.h"

namespace funcorr {

// One provider, how it is reached and at what pace, and all that waits for it: asks as they were submitted,
// then calls whose intents are durable.
struct Lane {
  // Reads the key and further headers from the environment. `learned`: pace, windows and what images count,
  // of earlier runs. Throws UsageError for a provider that cannot be, and for a missing key or value by the
  // name of its variable.
  Lane(Provider its, const nlohmann::json& learned);

  Provider provider;
  std::vector<std::string> secrets{};  // the key and the values of further headers; filled before `access`
  HttpAccess access;
  Pace pace;
  ServerPool pool;
  ImageTokens image_tokens;
  bool has_budget = false;               // the provider's, or the run's
  int probes = 0;                        // calls in flight that went before it was known what an image counts
  bool has_warned = false;               // that a call cost more than was reserved for it
  std::deque<AskPart> queue;             // as submitted
  std::multimap<double, AskPart> later;  // by the time from which they may be claimed
  int claiming = 0;                      // parts that the ledger is asked about
  std::deque<Call> ready;
  int in_flight = 0;
  std::unique_ptr<BatchQueue> batches;  // with the batch transport

  std::size_t waiting() const { return queue.size() + later.size(); }
  bool busy() const;
  bool can_be_left() const;  // by a run that ends early
  // With a budget, and as long as it is not known what an image counts, requests that show one go singly and
  // a few at a time, and no more follow before all of those have ended: what they can cost too much is the
  // most by which the budget is overshot.
  bool must_learn(const Ask& ask) const;
  bool may_claim(const Ask& ask) const;
  bool may_send(const Call& call) const;
  bool goes_by_batch(const Ask& ask) const { return batches && ask.can_go_by_batch() && !must_learn(ask); }
  int lookahead() const;  // parts that may be claimed ahead of their requests

  // Money, at the transport's price.
  double cost(const std::string& model, std::int64_t tokens_in, std::int64_t tokens_out, bool by_batch) const;
  double most(const Ask& ask, const std::vector<int>& slots) const;
  double most(const Call& call) const;  // of all its slots, each with the whole prompt
  bool reserves_enough(const Call& call) const;
  TokenBound tokens(const Ask& ask, const std::vector<int>& slots) const;  // images included
  // Of an answer that was paid for; tokens −1: it does not tell.
  void learn(const Call& call, std::int64_t tokens_in);
  // For people, the first time that a call cost more than was reserved for it; else empty.
  std::string warning(const Call& call, double cost);

  // What is kept or shown has no secret in it, though a server may echo it.
  std::string without_key(std::string text) const;
  std::string request_url(const Server& server, const Ask& ask) const;
  std::string health_url(const Server& server) const;
  nlohmann::json learned() const;
};

}  // namespace funcorr
