#pragma once

#include <string>
#include <vector>

#include "labeling/client/engine.h"
#include "labeling/client/provider.h"
#include "pipeline/options.h"

namespace funcorr {

// What differs between the stages that ask a model over HTTP.
struct AskingDefaults {
  std::string model;  // its help says what kind of model is meant
  std::string model_help;
  double temperature = 0.9, top_p = 0.95;
  int max_tokens = 512;
  int samples_per_request = 1;
  bool has_images = false;
  bool has_embeddings = false;
};

// Options of the server, its limits, prices and budget, and of sampling. Only what an answer depends on makes
// items stale.
OptionTable asking_options(const AskingDefaults& defaults);

// Throw UsageError naming the option and what would be right.
Provider provider_from(const Options& options);
EngineOptions engine_options_from(const Options& options, std::uint64_t seed);
Sampling sampling_from(const Options& options);
// Items that a stage is to ask for at the same time: with the batch transport, of which a round may take a
// day, as many as memory bears.
int items_at_once(const Options& options, int by_http);
bool has_embedding_options(const Options& options);
// The provider, and where embeddings come from other servers the one of these behind it.
std::vector<Provider> with_embedding_provider(const Provider& provider, const Options& options);

}  // namespace funcorr
