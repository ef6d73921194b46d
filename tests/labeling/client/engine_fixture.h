#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "labeling/client/engine.h"
#include "stages/manifest_ledger.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"
#include "tests/labeling/client/scripted_server.h"

namespace funcorr::tests {

inline Provider provider_at(const std::string& url) {
  Provider provider;
  provider.name = "p";
  provider.servers = {{url}};
  provider.timeouts = {2, 5, 2, 10};
  provider.prices = {{"m", {1e6, 2e6}}};  // 1 per token in, 2 per token out
  return provider;
}

inline EngineOptions quick_options() {
  EngineOptions options;
  options.backoff = {5, {0.01, 0.05}};
  options.unreachable_s = 30;
  options.drain_s = 2;
  return options;
}

inline ChatRequest chat(const std::string& text, int n = 1) {
  ChatRequest request{
      .provider = "p", .model = "m", .messages = {{"user", text}}, .n = n, .tag = {"ground", text, "mug"}};
  request.sampling.max_tokens = 20;
  return request;
}

// A workspace, an engine that asks one provider, and what it was answered.
class Asking {
 public:
  explicit Asking(Provider provider, EngineOptions options = quick_options())
      : ledger(folder / "manifest.sqlite"), engine(options, {std::move(provider)}, ledger) {}

  void submit(ChatRequest request) {
    engine.submit(std::move(request), [this](const Answer& answer) { answers.push_back(answer); });
  }
  RunEnd run() { return engine.run({}); }
  RunEnd ask(ChatRequest request) {
    submit(std::move(request));
    return run();
  }
  Ledger::Spend spend() {
    Manifest manifest(folder / "manifest.sqlite");
    return Ledger(manifest).spend();
  }
  std::optional<RequestRecord> row(std::int64_t id) {
    Manifest manifest(folder / "manifest.sqlite");
    return Ledger(manifest).find(id);
  }

  TemporaryFolder folder;
  ManifestLedger ledger;
  Engine engine;
  std::vector<Answer> answers;
};

}  // namespace funcorr::tests
