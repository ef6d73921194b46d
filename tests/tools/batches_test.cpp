// Files and batches of the simulated provider, on a clock of the test's own.
#include "tools/simulated_server/batches.h"

#include <set>
#include <sstream>

#include <fmt/format.h>

#include "tests/catch.h"
#include "tools/simulated_server/chat.h"

namespace funcorr {
namespace {

using nlohmann::json;

json request_line(const std::string& id, const std::string& text) {
  return {{"custom_id", id}, {"method", "POST"}, {"url", "/v1/chat/completions"}, {"body", {{"text", text}}}};
}

std::string file_of(const std::vector<json>& lines) {
  std::string text;
  for (const json& line : lines) text.append(line.dump()).append("\n");
  return text;
}

std::vector<json> ten_lines() {
  std::vector<json> lines;
  for (int i = 0; i < 10; ++i) lines.push_back(request_line(fmt::format("r{}", i), std::to_string(i)));
  return lines;
}

// Answers with the text that it was sent, and refuses "3".
SimulatedBatches made(BatchPace pace) {
  return SimulatedBatches(pace, [](const json& body) {
    if (body.at("text") == "3") throw RefusedRequest(400, "content_refused", "not this");
    return json{{"echo", body["text"]}};
  });
}

std::string created(SimulatedBatches& batches, const std::vector<json>& lines, double now) {
  const json file = batches.store_file(file_of(lines), "a.jsonl", "batch", now);
  return batches.create({{"input_file_id", file["id"]},
                         {"endpoint", "/v1/chat/completions"},
                         {"completion_window", "24h"},
                         {"metadata", {{"by", "test"}}}},
                        now)["id"];
}

std::vector<json> lines_of(const SimulatedBatches& batches, const json& file) {
  std::vector<json> lines;
  std::istringstream text(batches.content(file.get<std::string>()));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

std::string refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const RefusedRequest& refused) {
    return refused.code;
  }
  return "";
}

}  // namespace

TEST_CASE("A batch goes on evenly over its time, and then has its two files") {
  SimulatedBatches batches = made({10, 86400});
  const std::string id = created(batches, ten_lines(), 100);
  json batch = batches.find(id, 105);
  CHECK(batch["status"] == "in_progress");
  CHECK(batch["request_counts"] == json({{"total", 10}, {"completed", 4}, {"failed", 1}}));
  CHECK_FALSE(batch.contains("output_file_id"));
  batch = batches.find(id, 110);
  CHECK(batch["status"] == "completed");
  CHECK(batch["metadata"]["by"] == "test");
  std::set<std::string> answered;
  for (const json& line : lines_of(batches, batch["output_file_id"])) {
    CHECK(line["response"]["status_code"] == 200);
    CHECK(fmt::format("r{}", line["response"]["body"]["echo"].get<std::string>()) ==
          line["custom_id"].get<std::string>());
    answered.insert(line["custom_id"]);
  }
  CHECK(answered.size() == 9);
  const auto errors = lines_of(batches, batch["error_file_id"]);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0]["custom_id"] == "r3");
  CHECK(errors[0]["response"]["body"]["error"]["code"] == "content_refused");
}

TEST_CASE("What is not answered within the window expires, and what is cancelled is told apart") {
  SimulatedBatches batches = made({10, 6});
  const std::string expired = created(batches, ten_lines(), 0), cancelled = created(batches, ten_lines(), 0);
  json batch = batches.cancel(cancelled, 2);
  CHECK(batch["status"] == "cancelled");
  CHECK(lines_of(batches, batch["output_file_id"]).size() == 2);
  CHECK(lines_of(batches, batch["error_file_id"])[0]["error"]["code"] == "batch_cancelled");
  batch = batches.find(expired, 1000);
  CHECK(batch["status"] == "expired");
  CHECK(lines_of(batches, batch["output_file_id"]).size() == 5);  // of six, one was refused
  const auto errors = lines_of(batches, batch["error_file_id"]);
  REQUIRE(errors.size() == 5);
  CHECK(errors.back()["error"]["code"] == "batch_expired");
  CHECK(batches.find(expired, 2000) == batch);
}

TEST_CASE("A file that is no batch fails as a whole, with the line") {
  SimulatedBatches batches = made({0, 86400});
  const auto code_of = [&](const std::vector<json>& lines) {
    const json batch = batches.find(created(batches, lines, 0), 1);
    CHECK(batch["status"] == "failed");
    return batch["errors"]["data"][0]["code"].get<std::string>();
  };
  json other_url = request_line("a", "1"), no_id = request_line("a", "1"), no_body = request_line("a", "1");
  other_url["url"] = "/v1/embeddings";
  no_id.erase("custom_id");
  no_body.erase("body");
  CHECK(code_of({}) == "empty_file");
  CHECK(code_of({"text"}) == "invalid_json_line");
  CHECK(code_of({request_line("a", "1"), request_line("a", "2")}) == "duplicate_custom_id");
  CHECK(code_of({other_url}) == "invalid_url");
  CHECK(code_of({no_id}) == "missing_required_parameter");
  CHECK(code_of({no_body}) == "missing_required_parameter");
}

TEST_CASE("Batches are listed by pages, the newest first, and what is not there is refused") {
  SimulatedBatches batches = made({0, 86400});
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(created(batches, ten_lines(), i));
  json page = batches.list("", 2, 9);
  CHECK(page["data"][0]["id"] == ids[4]);
  CHECK(page["last_id"] == ids[3]);
  CHECK(page["has_more"] == true);
  page = batches.list(ids[1], 2, 9);
  CHECK(page["data"].size() == 1);
  CHECK(page["has_more"] == false);
  CHECK(refusal_of([&] { batches.find("batch_9", 9); }) == "batch_not_found");
  CHECK(refusal_of([&] { batches.list("batch_9", 2, 9); }) == "batch_not_found");
  CHECK(refusal_of([&] { batches.content("file-99"); }) == "file_not_found");
  CHECK(refusal_of([&] { batches.store_file("", "a", "fine-tune", 0); }) == "invalid_request_error");
  CHECK(refusal_of([&] {
          batches.create({{"endpoint", "/v1/chat/completions"}}, 0);
        }) == "invalid_request_error");
}

}  // namespace funcorr
