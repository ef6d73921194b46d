#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "labeling/client/ledger.h"
#include "labeling/client/provider.h"
#include "labeling/client/request.h"

namespace funcorr {

// What tokens one call may take.
struct TokenBound {
  std::int64_t in_at_most = 0;   // of text: a token has at least one byte
  std::int64_t in_likely = 0;    // of text, four bytes a token
  int images = 0;                // besides; the lane knows what they count
  std::int64_t out_at_most = 0;  // of all slots together
};

// A request as the engine handles it: slots (the samples of a chat, the texts of an embedding request) that
// are keyed, bought and answered one by one, several of them by one call where the provider can.
class Ask {
 public:
  virtual ~Ask() = default;
  virtual const std::string& provider() const = 0;
  virtual const std::string& model() const = 0;
  virtual const RequestTag& tag() const = 0;
  virtual int slots() const = 0;
  virtual int slots_per_call(const Provider& provider) const = 0;
  virtual const char* path(const Provider& provider) const = 0;  // below the base URL
  virtual const char* list() const = 0;                          // where an answer holds its choices
  // May run the image's encoder, and throw what it throws.
  virtual std::string key(int slot, const Provider& provider) = 0;
  virtual std::string body(const std::vector<int>& slots, const Provider& provider) = 0;
  virtual bool is_chat() const { return false; }  // chats may go by batch, and ask for several samples
  virtual void forget_image() {}                  // its bytes are not needed for now
  virtual TokenBound tokens(const std::vector<int>& slots, const Provider& provider) const = 0;
  // Parses the slot's choice in the raw answer and tells who asked.
  virtual void deliver(int slot, const StoredAnswer& answer, bool from_ledger) = 0;
  virtual void fail(int slot, const std::string& kind, const std::string& error, std::int64_t request_id) = 0;
};

// Throw std::invalid_argument for what no server can answer.
std::shared_ptr<Ask> make_ask(ChatRequest request, OnAnswer on_answer);
std::shared_ptr<Ask> make_ask(EmbeddingRequest request, OnEmbedding on_embedding);

}  // namespace funcorr
