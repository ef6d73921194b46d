#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "labeling/asking/pilot.h"
#include "labeling/client/engine.h"
#include "labeling/client/ledger.h"
#include "labeling/client/provider.h"
#include "labeling/client/request.h"

namespace funcorr {

// How a model is asked over HTTP: by which servers, at what price, within which budget, and with which
// sampling. Only what an answer depends on makes finished items stale.
struct AskingOptions {
  std::vector<std::string> servers = {"http://127.0.0.1:8000/v1"};  // base URLs, of one provider
  std::vector<double> server_weights{};                             // one for each server, or none: equal
  std::string model{};                                              // by the name its server knows
  Provider provider{};                                              // but its servers, images and prices
  Price price{};
  std::filesystem::path prices{};  // list prices of one's own, before those that come with funcorr
  EngineOptions engine{};
  bool estimate = false;  // only tell what a run would ask for
  PilotOptions pilot{};
  std::int64_t limit = 0;  // items that one run asks for at most; 0: all
  bool ask_again = false;  // an answer that cannot be read is complained of, once (complaint.h)
  Sampling sampling{};

  static const OptionList<AskingOptions>& options();
};

// Of the language model that is asked where there are no pictures.
AskingOptions language_model(Sampling sampling);

// How texts become vectors.
struct EmbeddingOptions {
  std::string model = "bge-large-en-v1.5";
  double price = -1;                   // per million tokens; −1: that of what the language model is sent
  std::vector<std::string> servers{};  // base URLs; empty: those of the language model

  static const OptionList<EmbeddingOptions>& options();
};

// Whom the engine asks: the provider of chats, and behind it that of embeddings where it has servers of its
// own. Throw UsageError naming the option and what would be right.
std::vector<Provider> providers_of(const AskingOptions& asking, const ImageOptions& images);
std::vector<Provider> providers_of(const AskingOptions& asking, const EmbeddingOptions& embedding);
// The name of the one that embeds texts.
std::string embedding_provider(const AskingOptions& asking, const EmbeddingOptions& embedding);

// Things to ask about at the same time: `by_http`, or as many as memory bears by the batch transport, of
// which a round may take a day.
int items_at_once(const AskingOptions& asking, int by_http);

// The engine of a process that asks. Files of batches on their way are kept in `batch_folder`, made where it
// is needed. Where a key is read, no core dump of the process is written from now on: it would hold the key.
// Throws UsageError for a missing key, and for options that no engine can have.
std::unique_ptr<Engine> make_engine(const AskingOptions& asking, std::vector<Provider> providers,
                                    const std::filesystem::path& batch_folder, std::uint64_t seed,
                                    RequestLedger& ledger);

}  // namespace funcorr
