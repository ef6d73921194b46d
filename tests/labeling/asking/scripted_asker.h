#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "labeling/client/asker.h"

namespace funcorr::tests {

inline Answer said(std::string text) {
  Answer answer;
  answer.answered = true;
  answer.text = std::move(text);
  answer.finish_reason = "stop";
  return answer;
}
inline Answer refused(std::string why) {
  Answer answer = said("");
  answer.refusal = std::move(why);
  return answer;
}
inline Answer failed(std::string kind, std::string error) {
  Answer answer;
  answer.error_kind = std::move(kind);
  answer.error = std::move(error);
  return answer;
}

// Has questions answered by a function, without servers, ledger and threads: the last one that was submitted
// first, since nobody may count on an order.
class ScriptedAsker : public Asker {
 public:
  std::function<Answer(const ChatRequest& request, int sample)> chat;
  std::function<std::vector<float>(const std::string& text)> embed;
  RunEnd end{};           // how runs end, from run `ends_at` on without an answer
  int ends_at = 1 << 30;  // 0: the first one

  std::vector<ChatRequest> chats;  // as submitted
  std::vector<std::string> texts;  // that were embedded
  int runs = 0;

  void submit(ChatRequest request, OnAnswer on_answer) override {
    chats.push_back(request);
    open_.emplace_back([this, request = std::move(request), on_answer = std::move(on_answer)] {
      for (int i = 0; i < request.n; ++i) {
        Answer answer = chat(request, request.first_sample + i);
        answer.sample = request.first_sample + i;
        answer.request_id = ++answered_;
        on_answer(answer);
      }
    });
  }
  void submit(EmbeddingRequest request, OnEmbedding on_embedding) override {
    texts.insert(texts.end(), request.inputs.begin(), request.inputs.end());
    open_.emplace_back([this, request = std::move(request), on_embedding = std::move(on_embedding)] {
      for (std::size_t i = 0; i < request.inputs.size(); ++i) {
        TextEmbedding embedding;
        embedding.input = static_cast<int>(i);
        embedding.vector = embed(request.inputs[i]);
        embedding.answered = !embedding.vector.empty();
        if (!embedding.answered) embedding.error_kind = embedding.error = "no vector";
        on_embedding(embedding);
      }
    });
  }
  RunEnd run(const std::function<bool()>&, const std::function<bool()>&) override {
    if (runs++ >= ends_at) {
      open_.clear();
      return end;
    }
    while (!open_.empty()) {
      const std::function<void()> last = std::move(open_.back());
      open_.pop_back();
      last();
    }
    return {};
  }

 private:
  std::deque<std::function<void()>> open_;
  std::int64_t answered_ = 0;
};

}  // namespace funcorr::tests
