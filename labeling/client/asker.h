#pragma once

#include <functional>
#include <string>

#include "labeling/client/request.h"

namespace funcorr {

// How a run ended.
struct RunEnd {
  enum class Kind {
    kDone,     // every sample was answered or failed
    kStopped,  // stop_requested
    kFatal,    // no more sense in asking: no credit, wrong key, budget used up, ledger not writable …
  };
  Kind kind = Kind::kDone;
  std::string error_kind, error;  // of kFatal
};

// Who has questions answered: the engine, or in tests something simpler.
class Asker {
 public:
  virtual ~Asker() = default;

  // Queues a request; cheap, nothing is encoded yet. Before run() or from a callback. Throws
  // std::invalid_argument for what no server can answer (unknown provider, no messages, n < 1 …).
  virtual void submit(ChatRequest request, OnAnswer on_answer) = 0;
  virtual void submit(EmbeddingRequest request, OnEmbedding on_embedding) = 0;

  // Runs until everything is answered; all callbacks come from here, and their exceptions end the run and
  // pass through. `refill`, where given, is called when the queue runs low; it submits some more and returns
  // false once there is no more: so a million requests need not wait in memory. After stop_requested, what
  // was not sent is dropped without a callback.
  virtual RunEnd run(const std::function<bool()>& stop_requested,
                     const std::function<bool()>& refill = {}) = 0;
};

}  // namespace funcorr
