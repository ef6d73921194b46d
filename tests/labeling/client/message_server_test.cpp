// The simulated server speaks Anthropic's API too: what it refuses, answers and keeps in batches.
#include <fstream>
#include <map>
#include <sstream>

#include <httplib.h>

#include "labeling/client/ask.h"
#include "labeling/client/wire.h"
#include "tests/labeling/client/engine_fixture.h"
#include "tests/labeling/client/server_process.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

class Client {
 public:
  explicit Client(const std::string& url) : http_(url.substr(0, url.rfind("/v1"))) {}
  json post(const std::string& path, const json& body, int status = 200) {
    const auto result = http_.Post("/v1" + path, {{"anthropic-version", "2023-06-01"}, {"x-api-key", "sk"}},
                                   body.dump(), "application/json");
    REQUIRE(result);
    INFO(result->body);
    CHECK(result->status == status);
    return json::parse(result->body);
  }
  std::string get(const std::string& path) {
    const auto result = http_.Get("/v1" + path, {{"x-api-key", "sk"}});
    REQUIRE(result);
    return result->body;
  }

 private:
  httplib::Client http_;
};

json body_for(const std::string& text) {
  Provider provider;
  provider.wire_format = WireFormat::kAnthropic;
  ChatRequest request = chat(text);
  request.sampling.top_p.reset();
  return json::parse(make_ask(request, [](const Answer&) {})->body({0}, provider));
}

}  // namespace

TEST_CASE("Messages as they are sent are answered, and what the API does not take is refused in its words") {
  const SimulatedServerProcess server({"--model", "m", "--api-key", "sk", "--habit", "both"});
  Client client(server.url());
  const json answer = client.post("/messages", body_for("a cup"));
  CHECK(answer.at("type") == "message");
  CHECK(answer.at("content")[0].at("text").is_string());
  CHECK(answer.at("usage").at("input_tokens") > 0);
  json wrong = body_for("a cup");
  wrong.erase("max_tokens");
  CHECK(client.post("/messages", wrong, 400).at("error").at("message") == "max_tokens: Field required");
  wrong = body_for("a cup");
  wrong["top_p"] = 0.9;
  CHECK(client.post("/messages", wrong, 400).at("error").at("type") == "invalid_request_error");
  wrong = body_for("a cup");
  wrong["seed"] = 1;
  client.post("/messages", wrong, 400);
  wrong = body_for("a cup");
  wrong["model"] = "x";
  CHECK(client.post("/messages", wrong, 404).at("error").at("type") == "not_found_error");
}

TEST_CASE("A message batch is created, looked at and read, each as it is spelled by us") {
  const SimulatedServerProcess server({"--model", "m", "--api-key", "sk", "--batch-seconds", "0"});
  Client client(server.url());
  const Wire& wire = wire_of(WireFormat::kAnthropic);
  json unknown = body_for("a cup");
  unknown["model"] = "x";
  const TemporaryFolder folder;
  const auto file = folder / "lines";
  std::ofstream(file) << wire.batch_line("a", body_for("a cup").dump())
                      << wire.batch_line("b", unknown.dump());
  const json batch = client.post(wire.batches_path(), json::parse(wire.batch_creation(file, "", "")));
  const std::string path = std::string(wire.batches_path()) + "/" + batch.at("id").get<std::string>();
  const BatchStatus status = wire.batch_status(json::parse(client.get(path)));
  REQUIRE(status.is_over);
  std::istringstream lines(client.get(status.answers));
  std::map<std::string, HttpResult> results;
  for (std::string line; std::getline(lines, line);) {
    BatchAnswer answer = wire.batch_answer(json::parse(line));
    results[answer.custom_id] = answer.result;
  }
  REQUIRE(results.size() == 2);
  CHECK(json::parse(results.at("a").body).at("type") == "message");
  CHECK(results.at("b").status == 404);
}

}  // namespace funcorr
