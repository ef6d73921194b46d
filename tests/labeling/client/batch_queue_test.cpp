// The queue of the Batch API by itself: its requests are answered by hand, its ledger is in memory, and its
// clock is an argument.
#include "labeling/client/batch_queue.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <iterator>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "labeling/client/ask.h"
#include "labeling/client/clock.h"
#include "tests/catch.h"
#include "tests/labeling/client/memory_ledger.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr double kLater = 1e15;  // on the queue's clock: all pauses are over

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Keeps requests until the test answers them.
class HandAnswered : public HttpSender {
 public:
  void start(const HttpAccess&, HttpRequest request, OnDone on_done) override {
    waiting_.push_back({std::move(request), std::move(on_done)});
  }
  // The oldest request that has no answer.
  const HttpRequest& next() const { return waiting_.at(0).request; }
  std::size_t waiting() const { return waiting_.size(); }
  void answer(int status, const std::string& body) {
    const Waiting one = take();
    HttpResult result;
    result.sent = true;
    result.status = status;
    result.headers["content-type"] = "application/json";
    if (one.request.save_to.empty())
      result.body = body;
    else
      std::ofstream(one.request.save_to, std::ios::binary) << body;
    one.on_done(std::move(result));
  }
  void answer(const json& body) { answer(200, body.dump()); }
  // It was sent, and its answer was lost.
  void lose() {
    HttpResult result;
    result.failure = HttpResult::Failure::kLost;
    result.sent = true;
    result.error = "the connection broke";
    take().on_done(std::move(result));
  }

 private:
  struct Waiting {
    HttpRequest request;
    OnDone on_done;
  };
  Waiting take() {
    Waiting one = std::move(waiting_.at(0));
    waiting_.pop_front();
    return one;
  }
  std::deque<Waiting> waiting_;
};

// A queue, and all that it is given and tells.
class Queue {
 public:
  explicit Queue(const BatchLimits& limits = {}, int max_attempts = 3,
                 WireFormat wire_format = WireFormat::kOpenAi)
      : access_({}, "") {
    provider.servers = {{"http://host/v1"}};
    provider.batch = limits;
    provider.wire_format = wire_format;
    queue.emplace(
        provider, access_, http, commits, BackoffPolicy{max_attempts, {1, 60}}, folder.path(), 1 << 20,
        BatchQueue::Events{
            [this](Call call, HttpResult result) { ended.emplace(call.ids.front(), std::move(result)); },
            [this](const Verdict& verdict) { stopped = verdict.code; }});
    queue->adopt();
    settle();
  }
  // Waits for the ledger, and runs what follows.
  void settle() {
    do {
      commits.wait();
      commits.run_completions();
    } while (!commits.idle());
  }
  void add(std::int64_t id) {
    Call call;
    call.part.ask =
        make_ask(ChatRequest{.provider = "default", .model = "m", .messages = {{"user", std::to_string(id)}}},
                 [](const Answer&) {});
    call.part.slots = {0};
    call.ids = {id};
    call.model = "m";
    queue->add(std::move(call));
  }
  void tick(double now = kLater) {
    queue->tick(now);
    settle();
  }
  // Up to the batch that stands at the provider.
  void send(const std::set<std::int64_t>& ids) {
    for (const std::int64_t id : ids) add(id);
    queue->send_gathered();
    settle();
    tick();
    http.answer(json{{"id", "file-1"}});
    tick();
    http.answer(json{{"id", "batch-1"}});
    settle();
  }
  // Up to its end, with these files; no errors where there are none.
  void finish(const std::string& status, const std::string& output, const std::string& errors = {}) {
    tick();
    json batch = {{"id", "batch-1"}, {"status", status}};
    if (!output.empty()) batch["output_file_id"] = "output-1";
    if (!errors.empty()) batch["error_file_id"] = "errors-1";
    http.answer(batch);
    while (!queue->idle()) {
      tick();
      if (http.waiting() > 0)
        http.answer(200, http.next().url.find("errors-1") == std::string::npos ? output : errors);
      settle();
    }
  }

  tests::TemporaryFolder folder;
  Provider provider;
  HandAnswered http;
  tests::MemoryLedger ledger;
  GroupCommit commits{ledger, [] {}};
  std::map<std::int64_t, HttpResult> ended;  // by a call's first row
  std::string stopped;

 private:
  HttpAccess access_;

 public:
  std::optional<BatchQueue> queue;
};

std::string answer_line(std::int64_t id, const std::string& text) {
  return json{{"custom_id", "funcorr-" + std::to_string(id)},
              {"response", {{"status_code", 200}, {"body", {{"text", text}}}}},
              {"error", nullptr}}
             .dump() +
         "\n";
}
std::string expired_line(std::int64_t id) {
  return json{{"custom_id", "funcorr-" + std::to_string(id)},
              {"response", nullptr},
              {"error", {{"code", "batch_expired"}, {"message", "too late"}}}}
             .dump() +
         "\n";
}

}  // namespace

TEST_CASE("A batch goes up as a file, is created with its token, and is harvested in any order") {
  Queue made;
  made.add(1);
  made.add(2);
  CHECK(made.http.waiting() == 0);  // it waits for more
  made.queue->send_gathered();
  made.settle();
  CHECK(made.ledger.opened == std::vector<std::vector<std::vector<std::int64_t>>>{{{1}, {2}}});
  made.tick();
  REQUIRE(made.http.waiting() == 1);
  CHECK(made.http.next().url == "http://host/v1/files");
  const std::string lines = text_of(made.http.next().upload->file);
  CHECK(std::ranges::count(lines, '\n') == 2);
  const json first = json::parse(lines.substr(0, lines.find('\n')));
  CHECK(first["custom_id"] == "funcorr-1");
  CHECK(first["url"] == "/v1/chat/completions");
  CHECK(first["body"]["messages"][0]["content"] == "1");
  made.http.answer(json{{"id", "file-1"}});
  made.tick();
  const json creation = json::parse(made.http.next().body);
  CHECK(creation["input_file_id"] == "file-1");
  CHECK(creation["metadata"]["funcorr"] == "token-1");
  made.http.answer(json{{"id", "batch-1"}});
  made.settle();
  CHECK(made.ledger.remote.at(1) == "batch-1");
  CHECK(made.queue->open_batches() == 1);
  made.finish("completed",
              answer_line(2, "two") + "not json\n" + answer_line(7, "nobody's") + answer_line(1, "one"));
  REQUIRE(made.ended.size() == 2);
  CHECK(json::parse(made.ended.at(1).body)["text"] == "one");
  CHECK(json::parse(made.ended.at(2).body)["text"] == "two");
  CHECK(made.ledger.closed == std::map<std::int64_t, bool>{{1, false}});
  CHECK(std::filesystem::is_empty(made.folder.path()));
}

TEST_CASE("A file is sent by itself when it is full, by number of requests or by size") {
  BatchLimits limits;
  SECTION("number") { limits.requests = 2; }
  SECTION("size") { limits.megabytes = 0.001; }
  Queue made(limits);
  for (std::int64_t id = 11; id <= 30; ++id) made.add(id);
  made.settle();
  CHECK(made.queue->open_batches() >= 2);
  std::int64_t next = 11;
  for (const auto& calls : made.ledger.opened) {
    CHECK(calls.size() <= 8);
    for (const auto& call : calls) CHECK(call.front() == next++);
  }
  CHECK(made.queue->take_unsent().size() == static_cast<std::size_t>(31 - next));
}

TEST_CASE("What an expired batch answered counts, the rest was not run, or is in doubt") {
  Queue made;
  made.send({1, 2, 3});
  SECTION("told by the errors' file") {
    made.finish("expired", answer_line(1, "one"), expired_line(2) + expired_line(3));
    CHECK(made.ended.at(2).failure == HttpResult::Failure::kNotRun);
  }
  SECTION("not told at all") {
    made.finish("expired", answer_line(1, "one"));
    CHECK(made.ended.at(2).failure == HttpResult::Failure::kNotRun);
  }
  SECTION("missing in a batch that is complete") {
    made.finish("completed", answer_line(1, "one"));
    CHECK(made.ended.at(2).failure == HttpResult::Failure::kLost);
  }
  CHECK(made.ended.size() == 3);
  CHECK(made.ended.at(1).failure == HttpResult::Failure::kNone);
  CHECK(made.ledger.closed.at(1) == false);
}

TEST_CASE(
    "A batch that failed gives all its calls the reason, a full queue at the provider may be tried again") {
  Queue made;
  made.send({1, 2});
  const auto [code, status] =
      GENERATE(std::pair{"token_limit_exceeded", 429}, std::pair{"invalid_json_line", 400});
  made.tick();
  made.http.answer({{"id", "batch-1"},
                    {"status", "failed"},
                    {"errors", {{"data", {{{"code", code}, {"message", "no"}}}}}}});
  while (!made.queue->idle()) made.tick();
  REQUIRE(made.ended.size() == 2);
  for (const auto& [id, result] : made.ended) {
    CHECK(result.status == status);
    CHECK(result.body.find(code) != std::string::npos);
  }
}

TEST_CASE("A batch whose creation was lost is looked for by its token before it is created again") {
  Queue made;
  made.add(1);
  made.queue->send_gathered();
  made.settle();
  made.tick();
  made.http.answer(json{{"id", "file-1"}});
  made.tick();
  made.http.lose();
  made.tick(now_s());  // not at once
  CHECK(made.http.waiting() == 0);
  CHECK(made.queue->next_tick() > now_s());
  made.tick();
  CHECK(made.http.next().url == "http://host/v1/batches?limit=100");
  const json other = {{"id", "batch-9"}, {"metadata", {{"funcorr", "token-of-another"}}}};
  made.http.answer({{"data", {other}}, {"has_more", true}});
  made.tick();
  CHECK(made.http.next().url == "http://host/v1/batches?limit=100&after=batch-9");
  SECTION("found") {
    made.http.answer({{"data", {{{"id", "batch-1"}, {"metadata", {{"funcorr", "token-1"}}}}}}});
    made.settle();
    CHECK(made.ledger.remote.at(1) == "batch-1");
    made.tick();
    CHECK(made.http.next().url == "http://host/v1/batches/batch-1");
  }
  SECTION("not found") {
    made.http.answer({{"data", json::array()}, {"has_more", false}});
    made.tick();
    CHECK(made.http.next().method == "POST");
    CHECK(made.http.next().url == "http://host/v1/batches");
  }
}

TEST_CASE(
    "An upload is tried again until its attempts are used up, and given up at once when it is refused") {
  Queue made({}, 3);
  made.add(1);
  made.queue->send_gathered();
  made.settle();
  SECTION("the server is ill") {
    for (int attempt = 1; attempt <= 3; ++attempt) {
      CHECK(made.ended.empty());
      made.tick();
      made.http.answer(500, "{}");
    }
    CHECK(made.ended.at(1).failure == HttpResult::Failure::kNotRun);
  }
  SECTION("refused") {
    made.tick();
    made.http.answer(400, R"({"error": {"code": "invalid_file", "message": "no"}})");
    CHECK(made.ended.at(1).status == 400);
  }
  made.tick();
  CHECK(made.ledger.closed == std::map<std::int64_t, bool>{{1, true}});  // it was never created
  made.tick();
  CHECK(made.queue->idle());
}

TEST_CASE("A key that is refused stops everything") {
  Queue made;
  made.add(1);
  made.queue->send_gathered();
  made.settle();
  made.tick();
  made.http.answer(401, R"({"error": {"code": "invalid_api_key", "message": "no"}})");
  CHECK(made.stopped == "invalid_api_key");
  CHECK(made.ended.empty());
}

TEST_CASE("Batches of dead processes are harvested before anything new is asked") {
  Queue made;
  made.ledger.left_open = {{5, "token-5", "batch-5", {{{50}, "m", 0.5}}},
                           {6, "token-6", "", {{{60}, "m", 0.5}}}};
  made.queue->adopt();
  CHECK_FALSE(made.queue->accepts());
  made.settle();
  CHECK_FALSE(made.queue->accepts());
  made.tick();
  REQUIRE(made.http.waiting() == 2);
  CHECK(made.http.next().url == "http://host/v1/batches/batch-5");
  made.http.answer({{"id", "batch-5"}, {"status", "completed"}, {"output_file_id", "output-5"}});
  CHECK(made.http.next().url == "http://host/v1/batches?limit=100");
  made.http.answer({{"data", json::array()}, {"has_more", false}});  // it was never created
  made.tick();
  made.http.answer(200, answer_line(50, "fifty"));
  for (int i = 0; i < 5; ++i) made.tick();
  CHECK(made.queue->accepts());
  CHECK(made.queue->idle());
  CHECK(made.ledger.closed == std::map<std::int64_t, bool>{{5, false}, {6, true}});
  REQUIRE(made.ended.size() == 1);
  CHECK(json::parse(made.ended.at(50).body)["text"] == "fifty");
}

TEST_CASE("Files that killed processes left behind are removed, those of living ones are not") {
  const tests::TemporaryFolder folder;
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, nullptr, 0);
  const auto name = [](pid_t process) {
    return "funcorr-batch-" + std::to_string(process) + "-requests-0.jsonl";
  };
  folder.write(name(dead), "{}\n");
  folder.write(name(getppid()), "{}\n");
  folder.write("notes.txt", "mine");
  tests::MemoryLedger ledger;
  GroupCommit commits(ledger, [] {});
  HandAnswered http;
  const HttpAccess access({}, "");
  const Provider provider;
  const BatchQueue queue(provider, access, http, commits, {}, folder.path(), 1 << 20, {});
  CHECK_FALSE(std::filesystem::exists(folder / name(dead)));
  CHECK(std::filesystem::exists(folder / name(getppid())));
  CHECK(std::filesystem::exists(folder / "notes.txt"));
}

TEST_CASE("A message batch is created with its requests in it, and harvested from its results") {
  Queue made({}, 3, WireFormat::kAnthropic);
  made.add(1);
  made.add(2);
  made.queue->send_gathered();
  made.settle();
  made.tick();
  REQUIRE(made.http.waiting() == 1);
  CHECK(made.http.next().url == "http://host/v1/messages/batches");
  const json creation = json::parse(made.http.next().body);
  REQUIRE(creation.at("requests").size() == 2);
  CHECK(creation["requests"][0].at("custom_id") == "funcorr-1");
  CHECK(creation["requests"][0].at("params").at("messages")[0].at("content") == "1");
  made.http.answer(json{{"id", "msgbatch-1"}, {"processing_status", "in_progress"}});
  made.settle();
  CHECK(made.ledger.remote.at(1) == "msgbatch-1");
  made.tick();
  CHECK(made.http.next().url == "http://host/v1/messages/batches/msgbatch-1");
  made.http.answer(json{{"id", "msgbatch-1"}, {"processing_status", "ended"}});
  made.tick();
  CHECK(made.http.next().url == "http://host/v1/messages/batches/msgbatch-1/results");
  made.http.answer(200,
                   R"({"custom_id":"funcorr-2","result":{"type":"expired"}})"
                   "\n"
                   R"({"custom_id":"funcorr-1","result":{"type":"succeeded","message":{"type":"message"}}})"
                   "\n");
  while (!made.queue->idle()) {
    made.tick();
    made.settle();
  }
  REQUIRE(made.ended.size() == 2);
  CHECK(json::parse(made.ended.at(1).body)["type"] == "message");
  CHECK(made.ended.at(2).failure == HttpResult::Failure::kNotRun);
  CHECK(made.ledger.closed == std::map<std::int64_t, bool>{{1, false}});
}

TEST_CASE("A message batch whose creation was not answered is in doubt: it bears no token to find it by") {
  Queue made({}, 3, WireFormat::kAnthropic);
  made.add(1);
  made.queue->send_gathered();
  made.settle();
  made.tick();
  made.http.lose();
  while (!made.queue->idle()) {
    made.tick();
    made.settle();
  }
  CHECK(made.http.waiting() == 0);
  CHECK(made.ended.at(1).failure == HttpResult::Failure::kLost);
  CHECK(made.ledger.closed == std::map<std::int64_t, bool>{{1, false}});
}

}  // namespace funcorr
