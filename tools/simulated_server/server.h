#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/simulated_server/batches.h"
#include "tools/simulated_server/box_noise.h"
#include "tools/simulated_server/faults.h"

namespace funcorr {

struct SimulatedServerOptions {
  std::filesystem::path workspace;  // whose truth is answered from; empty: nothing is ever found
  std::uint64_t seed = 0;
  std::string model = "simulated";  // requests for any other get "model_not_found"
  std::string box_format = "cogvlm";
  std::string api_key;  // empty: none is asked for
  AnswerNoise noise;
  Faults faults;
  BatchPace batches;
  std::vector<std::string> habits{};  // of habit.h, for chats that are not in a batch
  int threads = 256;                  // as many requests are answered at the same time; others wait
};

// What the server would have on its bill.
struct SimulatedBill {
  std::int64_t requests = 0;          // chat requests that arrived, one by one or in batches
  std::int64_t batches = 0;           // that were created
  std::int64_t billed_requests = 0;   // answers were written, delivered or not
  std::int64_t answers = 0;           // choices of those
  std::int64_t repeated_answers = 0;  // choices for a body that was billed before
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  std::map<std::string, std::int64_t> faults;  // "429", "500", "hang", "drop"
};

// An OpenAI-compatible server on loopback without a model: GET /health, /v1/models, /billing; POST
// /v1/chat/completions, /v1/embeddings, Anthropic's /v1/messages with their batches; files and batches of
// chats (/v1/files, /v1/batches; of the faults a batch's lines know 500 alone). An answer depends on the
// seed, the request's body (its `seed` too) and the index of the choice alone; what goes wrong on the way,
// also on how often the same body came before. So results do not depend on the order of arrival.
class SimulatedServer {
 public:
  explicit SimulatedServer(SimulatedServerOptions options);
  ~SimulatedServer();
  SimulatedServer(const SimulatedServer&) = delete;
  SimulatedServer& operator=(const SimulatedServer&) = delete;

  // Takes a port of 127.0.0.1 (0: any free one) and returns it. Throws std::runtime_error naming the port
  // when it cannot be had.
  int bind(int port);
  void serve();  // after bind(); returns after stop()
  void stop();   // any thread; requests under way are cut off
  SimulatedBill bill() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
