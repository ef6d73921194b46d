// What is sent, and what the simulated server answers, satisfies OpenAI's published description: by our own
// check of schemas, by python3-jsonschema, and by the mock server @stoplight/prism-cli, which refuses what
// does not.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "labeling/client/json_schema.h"
#include "tests/golden.h"
#include "tests/labeling/client/engine_fixture.h"
#include "tests/labeling/client/server_process.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

struct Named {
  std::string schema;
  json value;
};

// With all that a chat can have.
ChatRequest full_chat() {
  ChatRequest request = chat("parts?", 3);
  request.messages.insert(request.messages.begin(),
                          {{"system", "be brief"}, {"user", "a"}, {"assistant", "b"}});
  request.image = RequestImage::jpeg([] { return Image8(4, 4, 3); });
  request.schema =
      json::parse(R"({"type":"object","properties":{"parts":{"type":"array","items":{"type":"string"}}}})");
  request.sampling.seed = 5;
  request.sampling.stop = {"\n\n"};
  return request;
}

EmbeddingRequest full_embedding() {
  return {.provider = "p", .model = "m", .inputs = {"a", "b"}, .dimensions = 8, .tag = {}};
}

Provider full_provider(const std::string& url) {
  Provider provider = provider_at(url);
  provider.max_n = 8;
  provider.json_schema = true;
  provider.image.detail = "high";
  return provider;
}

// Bodies as they are sent: two chats, an embedding, a batch's creation and the lines of its file.
std::vector<Named> sent() {
  std::mutex mutex;
  std::string file;
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    if (request.path == "/v1/files") {
      file = request.get_file_value("file").content;
      return reply(response, {{"id", "file-1"}});
    }
    reply(response, api_error("enough"), 404);
  });
  const auto ask = [](Asking& asking) {
    asking.submit(full_chat());
    asking.submit(chat("a cup"));
    asking.engine.submit(full_embedding(), [](const TextEmbedding&) {});
    asking.run();
  };
  Asking asking(full_provider(server.url()));
  ask(asking);
  Provider by_batch = full_provider(server.url());
  by_batch.transport = Transport::kBatch;
  Asking batches(by_batch);
  ask(batches);
  std::vector<Named> all;
  for (const std::string& text : server.bodies()) {
    const json body = json::parse(text, nullptr, false);
    if (!body.is_object()) continue;  // the form with the file
    all.push_back({body.contains("messages") ? "CreateChatCompletionRequest"
                   : body.contains("input")  ? "CreateEmbeddingRequest"
                                             : "CreateBatchRequest",
                   body});
  }
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);)
    all.push_back({"CreateChatCompletionRequest", json::parse(line).at("body")});
  return all;
}

// What no server should take.
std::vector<Named> broken(const json& whole_chat) {
  json narrator = whole_chat, many = whole_chat, no_picture = whole_chat;
  narrator["messages"][0]["role"] = "narrator";
  many["n"] = 200;
  no_picture["messages"].back()["content"][0]["image_url"].erase("url");
  return {{"CreateChatCompletionRequest", narrator},
          {"CreateChatCompletionRequest", many},
          {"CreateChatCompletionRequest", no_picture},
          {"CreateEmbeddingRequest", {{"model", "m"}}},
          {"CreateBatchRequest", {{"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}}}};
}

json whole_chat_of(const std::vector<Named>& values) {
  for (const Named& each : values)
    if (each.value.contains("messages") && each.value["messages"].size() == 4) return each.value;
  throw std::runtime_error("no chat with all that a chat can have was sent");
}

// By our own check.
std::string violation(const fs::path& folder, const Named& named) {
  std::ifstream file(folder / "openapi.json");
  json schema = json::parse(file);
  schema["$ref"] = "#/components/schemas/" + named.schema;
  return schema_violation(schema, named.value);
}

bool has_validator() {
  return std::system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") == 0;  // NOLINT
}

// By python3-jsonschema, one line for each.
std::vector<std::string> violations(const fs::path& openai, const std::vector<Named>& values) {
  const TemporaryFolder folder;
  json input = json::array();
  for (const Named& each : values) input.push_back({each.schema, each.value});
  std::ofstream(folder.path() / "values.json") << input;
  const fs::path script = source_dir() / "tests/labeling/client/openai_schema.py";
  const std::string command = "/usr/bin/python3 '" + script.string() + "' '" +
                              (openai / "openapi.json").string() + "' < '" +
                              (folder.path() / "values.json").string() + "'";
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), count);
  REQUIRE(pclose(pipe) == 0);
  return json::parse(output);
}

// Answers of the simulated server to all that it knows.
std::vector<Named> simulated_answers(const std::string& url) {
  httplib::Client client(url.substr(0, url.rfind("/v1")));
  const auto body = [](const httplib::Result& result) {
    if (!result) throw std::runtime_error("no answer");
    return json::parse(result->body);
  };
  const auto post = [&](const char* path, const json& value) {
    return body(client.Post(path, value.dump(), "application/json"));
  };
  const json chat = {{"model", "m"}, {"n", 2}, {"messages", {{{"role", "user"}, {"content", "a cup"}}}}};
  const std::string line =
      json{{"custom_id", "a"}, {"method", "POST"}, {"url", "/v1/chat/completions"}, {"body", chat}}.dump();
  const json file = body(client.Post(
      "/v1/files", {{"purpose", "batch", "", ""}, {"file", line + "\n", "a.jsonl", "text/plain"}}));
  const json batch = post("/v1/batches", {{"input_file_id", file["id"]},
                                          {"endpoint", "/v1/chat/completions"},
                                          {"completion_window", "24h"},
                                          {"metadata", {{"a", "b"}}}});
  const std::string path = "/v1/batches/" + batch["id"].get<std::string>();
  return {{"CreateChatCompletionResponse", post("/v1/chat/completions", chat)},
          {"CreateEmbeddingResponse", post("/v1/embeddings", {{"model", "m"}, {"input", {"a", "b"}}})},
          {"ErrorResponse", post("/v1/chat/completions", {{"model", "m"}})},
          {"ListModelsResponse", body(client.Get("/v1/models"))},
          {"OpenAIFile", file},
          {"Batch", batch},
          {"Batch", body(client.Get(path))},
          {"ListBatchesResponse", body(client.Get("/v1/batches"))},
          {"Batch", body(client.Post(path + "/cancel", "", "application/json"))}};
}

// The mock server's program: $FUNCORR_PRISM, else `prism` of the search path.
std::optional<std::string> prism() {
  if (const char* set = std::getenv("FUNCORR_PRISM")) return set;
  const char* folders = std::getenv("PATH");
  std::istringstream path(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(path, folder, ':');)
    if (fs::exists(fs::path(folder) / "prism")) return (fs::path(folder) / "prism").string();
  return std::nullopt;
}

}  // namespace

TEST_CASE("Requests satisfy the published schema") {
  FUNCORR_OPENAI_OR_SKIP(folder);
  const std::vector<Named> values = sent();
  REQUIRE(values.size() == 2 + 1 + 1 + 1 + 2);  // embeddings go singly in any case
  for (const Named& each : values) {
    INFO(each.value.dump());
    CHECK(violation(folder, each) == "");
  }
  // The check itself notices what is wrong.
  for (const Named& each : broken(whole_chat_of(values))) CHECK(violation(folder, each) != "");
}

TEST_CASE("A validator that is not ours finds requests, and the simulated server's answers, in order") {
  FUNCORR_OPENAI_OR_SKIP(folder);
  if (!has_validator()) {
    skip("no python3-jsonschema");
    return;
  }
  const std::vector<Named> values = sent();
  for (const std::string& line : violations(folder, values)) CHECK(line == "");
  for (const std::string& line : violations(folder, broken(whole_chat_of(values)))) CHECK(line != "");
  const SimulatedServerProcess server({"--model", "m"});
  for (const std::string& line : violations(folder, simulated_answers(server.url()))) CHECK(line == "");
}

TEST_CASE("A server that is not ours takes what is sent, and its answers are read") {
  FUNCORR_OPENAI_OR_SKIP(folder);
  const auto program = prism();
  if (!program) {
    skip("no prism (npm's @stoplight/prism-cli); set FUNCORR_PRISM to its program");
    return;
  }
  const int port = free_port();
  const ServerProcess server(
      {*program, "mock", "-h", "127.0.0.1", "-p", std::to_string(port), (folder / "openapi.json").string()},
      false);
  REQUIRE(wait_for(port, 60));
  const std::string url = "http://127.0.0.1:" + std::to_string(port);  // its paths lack "/v1"
  setenv("FUNCORR_TEST_KEY", "sk-test", 1);
  Provider provider = full_provider(url + "/.");
  provider.key_variable = "FUNCORR_TEST_KEY";
  provider.timeouts = {10, 30, 30, 60};
  EngineOptions options = quick_options();
  options.backoff.max_attempts = 1;
  Asking asking(provider, options);
  asking.submit(chat("a cup"));
  ChatRequest whole = full_chat();
  whole.n = 1;  // its example has one choice
  asking.submit(whole);
  std::vector<TextEmbedding> embeddings;
  EmbeddingRequest one = full_embedding();
  one.inputs.resize(1);
  asking.engine.submit(one, [&](const TextEmbedding& embedding) { embeddings.push_back(embedding); });
  const RunEnd end = asking.run();
  unsetenv("FUNCORR_TEST_KEY");
  INFO(end.error);
  CHECK(end.kind == RunEnd::Kind::kDone);
  REQUIRE(asking.answers.size() == 2);
  for (const Answer& answer : asking.answers) {
    INFO(answer.error);
    CHECK(answer.answered);
    CHECK_FALSE(answer.text.empty());
  }
  REQUIRE(embeddings.size() == 1);
  INFO(embeddings[0].error);
  CHECK(embeddings[0].answered);
  // It does refuse what breaks the schema.
  httplib::Client client(url);
  client.set_bearer_token_auth("sk-test");
  const auto refused =
      client.Post("/chat/completions", broken(whole_chat_of(sent()))[0].value.dump(), "application/json");
  REQUIRE(refused);
  CHECK(refused->status == 422);
}

}  // namespace funcorr
