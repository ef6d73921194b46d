// What is sent satisfies OpenAI's published description.
#include <fstream>

#include "labeling/client/json_schema.h"
#include "tests/golden.h"
#include "tests/labeling/client/engine_fixture.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

// Where a body breaks the schema of that name.
std::string violation(const std::filesystem::path& folder, const std::string& name, const json& body) {
  std::ifstream file(folder / "openapi.json");
  json schema = json::parse(file);
  schema["$ref"] = "#/components/schemas/" + name;
  return schema_violation(schema, body);
}

}  // namespace

TEST_CASE("Requests satisfy the published schema") {
  FUNCORR_OPENAI_OR_SKIP(folder);
  ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.path != "/v1/embeddings") return echo(request, response);
    reply(response, api_error("enough"), 400);
  });
  Provider provider = provider_at(server.url());
  provider.max_n = 8;
  provider.json_schema = true;
  provider.image_detail = "high";
  Asking asking(provider);
  ChatRequest request = chat("parts?", 3);
  request.messages.insert(request.messages.begin(),
                          {{"system", "be brief"}, {"user", "a"}, {"assistant", "b"}});
  request.image = RequestImage::jpeg([] { return Image8(4, 4, 3); });
  request.schema =
      json::parse(R"({"type":"object","properties":{"parts":{"type":"array","items":{"type":"string"}}}})");
  request.sampling.seed = 5;
  request.sampling.stop = {"\n\n"};
  asking.ask(request);
  REQUIRE(server.requests() == 1);
  CHECK(violation(folder, "CreateChatCompletionRequest", server.body(0)) == "");
  asking.engine.submit(
      EmbeddingRequest{.provider = "p", .model = "m", .inputs = {"a", "b"}, .dimensions = 8, .tag = {}},
      [](const TextEmbedding&) {});
  asking.run();
  CHECK(violation(folder, "CreateEmbeddingRequest", server.body(1)) == "");
  // The check itself notices what is wrong.
  json wrong = server.body(0);
  wrong["messages"][0]["role"] = "narrator";
  CHECK(violation(folder, "CreateChatCompletionRequest", wrong) != "");
  wrong = server.body(0);
  wrong["n"] = 200;
  CHECK(violation(folder, "CreateChatCompletionRequest", wrong) != "");
  wrong = server.body(0);
  wrong["messages"].back()["content"][0]["image_url"].erase("url");
  CHECK(violation(folder, "CreateChatCompletionRequest", wrong) != "");
}

}  // namespace funcorr
