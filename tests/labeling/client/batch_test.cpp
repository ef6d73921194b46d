// The Batch API: files of requests up, files of answers down, in whatever order and state they come.
#include <algorithm>
#include <atomic>
#include <set>
#include <sstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/labeling/client/engine_fixture.h"
#include "tests/wait_until.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

// A provider's files and batches. A batch is over at the second look at it.
class BatchServer {
 public:
  // What a batch becomes: how many of its lines are answered, and its last status.
  struct Fate {
    std::size_t answered = 1'000'000;
    std::string status = "completed";
    json errors = nullptr;
  };

  BatchServer() {
    http_.new_task_queue = [] { return new httplib::ThreadPool(8); };
    http_.Post("/v1/files", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      purposes.push_back(request.get_file_value("purpose").content);
      const std::string id = "file-" + std::to_string(files_.size());
      files_[id] = request.get_file_value("file").content;
      uploads.push_back(files_[id]);
      reply(response, {{"id", id}, {"object", "file"}});
    });
    http_.Post("/v1/batches", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      json batch = json::parse(request.body);
      creations.push_back(batch);
      batch["id"] = "batch-" + std::to_string(batches_.size());
      batch["status"] = "validating";
      batch["looks"] = 0;
      batches_.push_back(batch);
      if (lose_creation.exchange(false)) {
        response.set_content_provider(10, "application/json",
                                      [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
        return;
      }
      reply(response, batch);
    });
    http_.Get("/v1/batches", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      // Newest first, two to a page.
      std::size_t at = batches_.size();
      if (request.has_param("after"))
        at = std::stoul(request.get_param_value("after").substr(std::string("batch-").size()));
      json data = json::array();
      while (at > 0 && data.size() < 2) data.push_back(batches_[--at]);
      reply(response, {{"object", "list"}, {"data", data}, {"has_more", at > 0}});
    });
    http_.Get("/v1/batches/(.*)", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      for (json& batch : batches_)
        if (batch["id"] == request.matches[1].str()) {
          const int looks = batch["looks"].get<int>() + 1;
          batch["looks"] = looks;
          batch["status"] = "in_progress";
          if (looks == 2) run(batch);
          if (looks >= 2) batch["status"] = batch["last_status"];
          return reply(response, batch);
        }
      reply(response, api_error("not_found"), 404);
    });
    http_.Get("/v1/files/(.*)/content", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      response.set_content(files_.at(request.matches[1].str()), "application/jsonl");
    });
    http_.Post("/v1/chat/completions", [this](const httplib::Request&, httplib::Response& response) {
      ++direct;
      reply(response, api_error("not_here"), 400);
    });
    port_ = http_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    while (!http_.is_running()) std::this_thread::yield();
  }
  ~BatchServer() {
    http_.stop();
    thread_.join();
  }
  BatchServer(const BatchServer&) = delete;
  BatchServer& operator=(const BatchServer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

  std::mutex mutex;
  std::vector<Fate> fates;  // of the batches in their order; then completed
  std::vector<std::string> uploads, purposes;
  std::vector<json> creations;
  std::atomic<bool> lose_creation{false};
  std::atomic<int> direct{0}, answers{0};

 private:
  void run(json& batch) {
    const auto number = std::stoul(batch["id"].get<std::string>().substr(6));
    const Fate fate = number < fates.size() ? fates[number] : Fate{};
    batch["last_status"] = fate.status;
    batch["errors"] = fate.errors;
    if (fate.status == "failed") return;  // it was not even begun
    std::vector<std::string> lines, errors;
    std::istringstream input(files_.at(batch["input_file_id"].get<std::string>()));
    for (std::string line; std::getline(input, line);) {
      const json request = json::parse(line);
      if (lines.size() >= fate.answered) {
        errors.push_back(json{{"custom_id", request["custom_id"]},
                              {"response", nullptr},
                              {"error", {{"code", "batch_expired"}, {"message", "too late"}}}}
                             .dump());
        continue;
      }
      const std::string text = request["body"]["messages"].back()["content"];
      std::vector<std::string> texts;
      for (int i = 0; i < request["body"].value("n", 1); ++i) texts.push_back(text + std::string("!"));
      lines.push_back(json{
          {"custom_id", request["custom_id"]},
          {"response", {{"status_code", 200}, {"request_id", "r"}, {"body", completion(texts)}}},
          {"error",
           nullptr}}.dump());
      ++answers;
    }
    std::ranges::reverse(lines);  // in any order
    lines.insert(lines.begin(), {"not json", R"({"custom_id":"someone else's"})"});
    const std::string id = batch["id"];
    files_[id + "-output"] = joined(lines);
    batch["output_file_id"] = id + "-output";
    if (!errors.empty()) {
      files_[id + "-errors"] = joined(errors);
      batch["error_file_id"] = id + "-errors";
    }
  }

  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + std::string("\n");
    return text;
  }

  httplib::Server http_;
  std::map<std::string, std::string> files_;
  std::vector<json> batches_;
  int port_ = 0;
  std::thread thread_;
};

Provider by_batch(const BatchServer& server) {
  Provider provider = provider_at(server.url());
  provider.transport = Transport::kBatch;
  provider.batch.first_poll_s = 0.05;
  provider.batch.poll_s = 0.1;
  return provider;
}

void submit_numbers(Asking& asking, int count, int n = 1) {
  for (int i = 0; i < count; ++i) asking.submit(chat(std::to_string(i), n));
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("A batch is uploaded, created, polled and harvested by custom id, at its price") {
  BatchServer server;
  Provider provider = by_batch(server);
  provider.max_n = 2;
  Asking asking(provider);
  submit_numbers(asking, 30, 2);
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(server.purposes == std::vector<std::string>{"batch"});
  REQUIRE(server.creations.size() == 1);
  CHECK(server.creations[0]["endpoint"] == "/v1/chat/completions");
  CHECK(server.creations[0]["completion_window"] == "24h");
  CHECK(server.direct == 0);
  REQUIRE(lines_of(server.uploads[0]) == 30);
  std::set<std::string> ids;
  std::istringstream lines(server.uploads[0]);
  for (std::string line; std::getline(lines, line);) {
    const json request = json::parse(line);
    ids.insert(request["custom_id"].get<std::string>());
    CHECK(request["method"] == "POST");
    CHECK(request["url"] == "/v1/chat/completions");
    CHECK(request["body"]["model"] == "m");
    CHECK(request["body"]["n"] == 2);
  }
  CHECK(ids.size() == 30);
  REQUIRE(asking.answers.size() == 60);
  for (const Answer& answer : asking.answers)
    CHECK(answer.text == asking.row(answer.request_id)->tag.item + "!");
  const Ledger::Spend spend = asking.spend();
  CHECK(spend.calls == 30);
  CHECK(spend.cost == 30 * 0.5 * (10 + 2 * 10));
  CHECK(spend.reserved == 0);
  asking.answers.clear();
  submit_numbers(asking, 30, 2);
  asking.run();
  CHECK(server.creations.size() == 1);
  CHECK(asking.answers.size() == 60);
}

TEST_CASE("Files are cut by number of requests and by size") {
  BatchServer server;
  Provider provider = by_batch(server);
  SECTION("number") { provider.batch.requests = 7; }
  SECTION("size") { provider.batch.megabytes = 7 * 250e-6; }
  Asking asking(provider);
  submit_numbers(asking, 50);
  asking.run();
  CHECK(asking.answers.size() == 50);
  CHECK(server.uploads.size() >= 7);
  std::size_t sum = 0;
  for (const std::string& upload : server.uploads) {
    CHECK(lines_of(upload) <= 9);
    CHECK(upload.size() <= (provider.batch.requests == 7 ? 10'000 : 7 * 250));
    sum += lines_of(upload);
  }
  CHECK(sum == 50);
}

TEST_CASE("Of an expired or cancelled batch the answers are kept, and only the rest is sent again") {
  BatchServer server;
  const std::string status = GENERATE("expired", "cancelled");
  server.fates.push_back({12, status, nullptr});
  Asking asking(by_batch(server));
  submit_numbers(asking, 20);
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(asking.answers.size() == 20);
  CHECK(std::ranges::all_of(asking.answers, [](const Answer& a) { return a.answered; }));
  REQUIRE(server.uploads.size() == 2);
  CHECK(lines_of(server.uploads[1]) == 8);
  CHECK(server.answers == 20);
  CHECK(asking.spend().billed_calls == 20);
  CHECK(asking.spend().in_doubt == 0);
}

TEST_CASE("A batch that is refused as a whole fails its requests with the provider's code") {
  BatchServer server;
  BatchServer::Fate fate;
  fate.answered = 0;
  fate.status = "failed";
  fate.errors = json::parse(R"({"data":[{"code":"invalid_json_line","message":"line 1"}]})");
  server.fates.push_back(fate);
  Asking asking(by_batch(server));
  submit_numbers(asking, 3);
  asking.run();
  REQUIRE(asking.answers.size() == 3);
  for (const Answer& answer : asking.answers) CHECK(answer.error_kind == "invalid_json_line");
  CHECK(asking.spend().billed_calls == 0);
}

TEST_CASE("A batch whose creation got lost is found by its token, not created again") {
  BatchServer server;
  {  // other batches of the account, so that the list has pages
    httplib::Client other("127.0.0.1", std::stoi(server.url().substr(17)));
    for (int i = 0; i < 3; ++i)
      other.Post("/v1/batches", R"({"input_file_id":"none","metadata":{"funcorr":"another"}})",
                 "application/json");
  }
  server.lose_creation = true;
  Provider provider = by_batch(server);
  Asking asking(provider);
  submit_numbers(asking, 5);
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(server.creations.size() == 4);
  CHECK(asking.answers.size() == 5);
}

TEST_CASE("A later process harvests the batch of a dead one before it asks") {
  BatchServer server;
  const TemporaryFolder folder;
  const bool created = GENERATE(true, false);
  { const Manifest manifest(folder / "manifest.sqlite"); }
  const pid_t child = fork();
  if (child == 0) {
    ManifestLedger ledger(folder / "manifest.sqlite");
    Provider provider = by_batch(server);
    provider.batch.first_poll_s = 3600;
    if (!created) provider.servers = {{"http://127.0.0.1:1/v1"}};
    Engine engine(quick_options(), {provider}, ledger);
    for (int i = 0; i < 10; ++i) engine.submit(chat(std::to_string(i)), [](const Answer&) {});
    engine.run({});
    _exit(0);
  }
  // It is killed once the id of its batch is stored, or while it cannot reach the provider.
  CHECK(wait_until([&] {
    Manifest manifest(folder / "manifest.sqlite");
    const char* stored =
        created ? "SELECT count(*) FROM batch WHERE remote_id <> ''" : "SELECT count(*) FROM batch";
    return manifest.connection().execAndGet(stored).getInt() == 1;
  }));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);

  ManifestLedger ledger(folder / "manifest.sqlite");
  Engine engine(quick_options(), {by_batch(server)}, ledger);
  std::vector<Answer> answers;
  for (int i = 0; i < 12; ++i)
    engine.submit(chat(std::to_string(i)), [&](const Answer& a) { answers.push_back(a); });
  CHECK(engine.run({}).kind == RunEnd::Kind::kDone);
  CHECK(answers.size() == 12);
  CHECK(std::ranges::count_if(answers, [](const Answer& a) { return a.answered; }) == 12);
  CHECK(std::ranges::count_if(answers, [](const Answer& a) { return a.from_ledger; }) == (created ? 10 : 0));
  CHECK(server.answers == 12);
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(Ledger(manifest).spend().billed_calls == 12);
  CHECK(Ledger(manifest).spend().in_doubt == 0);
  CHECK(Ledger(manifest).account("p").reserved == 0);
}

TEST_CASE("A run that is stopped leaves its batch running, and the next run takes it up") {
  BatchServer server;
  Provider provider = by_batch(server);
  provider.batch.first_poll_s = 1;
  Asking asking(provider);
  submit_numbers(asking, 10);
  const auto created = [&] {
    const std::lock_guard lock(server.mutex);
    return !server.creations.empty();
  };
  CHECK(asking.engine.run(created).kind == RunEnd::Kind::kStopped);
  CHECK(asking.answers.empty());
  submit_numbers(asking, 10);
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(asking.answers.size() == 10);
  CHECK(server.answers == 10);
  CHECK(server.creations.size() == 1);
}

}  // namespace funcorr
