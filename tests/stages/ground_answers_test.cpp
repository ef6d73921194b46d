// What ground makes of prompts that change, and of models that refuse.
#include "tests/catch.h"
#include "tests/labeling/client/scripted_server.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

std::vector<ItemHistory> not_done(const Workspace& workspace) {
  Manifest manifest(workspace.manifest());
  return failed_items(manifest, "ground", 100);
}

}  // namespace

TEST_CASE("A prompt's words change what is asked, its notes do not") {
  const GroundWorkspace made;
  const RunningServer server(server_options(made.workspace));
  const auto prompt = made.workspace.root / "mine.prompt";
  const std::vector<std::string> with_prompt{"--prompt", prompt.string()};
  const std::string question = R"(Box the "{{part}}", as [[x0,y0,x1,y1]].)";
  write(prompt, "Version 1.\n--- user\n" + question + "\n");
  REQUIRE(made.run(server.url(), with_prompt).status == 0);
  const std::int64_t bought = server.bill().answers;
  CHECK(bought == GroundWorkspace::kAssets * 4 * 3 * 4);

  write(prompt, "Version 1, with a note more.\n--- user\n" + question + "\n");
  const auto noted = made.run(server.url(), with_prompt);
  CHECK(noted.out.find("8 up to date") != std::string::npos);
  CHECK(server.bill().answers == bought);

  write(prompt, "Version 2.\n--- user\nPlease. " + question + "\n");
  REQUIRE(made.run(server.url(), with_prompt).status == 0);
  CHECK(server.bill().answers == 2 * bought);

  write(prompt, "Version 1 again.\n--- user\n" + question + "\n");  // all that is in the ledger
  REQUIRE(made.run(server.url(), with_prompt).status == 0);
  CHECK(server.bill().answers == 2 * bought);
  CHECK(server.bill().repeated_answers == 0);
}

TEST_CASE("A part that the model will not look for is rejected, with its words") {
  const GroundWorkspace made;
  const bool is_filter = GENERATE(false, true);
  const ScriptedServer server([=](const httplib::Request& request, httplib::Response& response) {
    const auto body = nlohmann::json::parse(request.body);
    const bool is_rim = request.body.find("rim") != std::string::npos;
    std::vector<std::string> texts(body.value("n", std::size_t{1}), is_rim ? "" : "[[300,300,600,600]]");
    auto answer = completion(texts);
    for (auto& choice : answer["choices"]) {
      if (!is_rim) continue;
      if (is_filter)
        choice["finish_reason"] = "content_filter";
      else
        choice["message"]["refusal"] = "I cannot help with cups.";
    }
    reply(response, answer);
  });
  const auto ran = made.run(server.url());
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);  // a rejection is an outcome
  const auto items = not_done(made.workspace);
  REQUIRE(items.size() == GroundWorkspace::kAssets);
  for (const ItemHistory& item : items) {
    CHECK(item.state == ItemState::kRejected);
    CHECK(item.error_kind == "refused");
    CHECK(item.error.find(is_filter ? "content filter" : "I cannot help with cups.") != std::string::npos);
  }
}

}  // namespace funcorr
