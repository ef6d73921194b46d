// The simulated server: answers from the truth, noise and faults as set, the same for the same request, and
// an honest bill.
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/dataset/workspace.h"
#include "db/format/hash.h"
#include "labeling/box/format.h"
#include "labeling/box/shown_view.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/labeling/client/server_process.h"
#include "tests/pipeline/program.h"
#include "tools/simulated_server/box_reply.h"
#include "tools/simulated_server/chat.h"
#include "tools/simulated_server/embedding.h"
#include "tools/simulated_server/server.h"
#include "tools/simulated_server/text_hash.h"
#include "tools/simulated_server/vision.h"

namespace funcorr {
namespace {

using nlohmann::json;
const std::string kUid(32, 'b');

// An asset of two parts, "rim" (alias "lip") on the upper half of view 0 and "base" on the lower.
void write_truth(const std::filesystem::path& root) {
  const auto folder = Workspace{root}.asset(kUid);
  const auto views = view_folder(folder, ViewSet::kLabel);
  std::filesystem::create_directories(views);
  Geometry geometry;
  geometry.parts = {"rim", "base"};
  geometry.part_aliases = {{"lip", {"rim"}}, {"all", {"rim", "base"}}};
  save_geometry(geometry_path(folder), geometry);
  std::vector<std::int16_t> parts;
  VisiblePoints visible;
  for (int y = 20; y < 80; y += 2)
    for (int x = 30; x < 60; x += 2) {
      visible.ids.push_back(static_cast<std::int32_t>(visible.ids.size()));
      visible.pixels.push_back({x, y});
      parts.push_back(y < 50 ? 0 : 1);
    }
  save_points(points_path(folder), tests::made_points(std::move(parts)));
  save_visible_points(visible_points_path(views, 0), visible);
}

std::string view_jpeg(const PixelBox& crop = {0, 0, 100, 90}) {
  const auto bytes = shown_jpeg(Image8(100, 90, 4), {kUid, 0, crop}, 80);
  return {bytes.begin(), bytes.end()};
}

json box_question(const std::string& part, int seed, int n, const std::string& jpeg) {
  const std::string url = "data:image/jpeg;base64," + base64(std::as_bytes(std::span(jpeg)));
  return {{"model", "simulated"},
          {"n", n},
          {"seed", seed},
          {"messages",
           {{{"role", "user"},
             {"content",
              {{{"type", "text"}, {"text", "Where is the \"" + part + " - of it\"?"}},
               {{"type", "image_url"}, {"image_url", {{"url", url}}}}}}}}}};
}

// A server that runs as long as the test.
class Running {
 public:
  explicit Running(const SimulatedServerOptions& options) : server_(options), port_(server_.bind(0)) {
    thread_ = std::thread([this] { server_.serve(); });
    client().Get("/health");
  }
  ~Running() {
    server_.stop();
    thread_.join();
  }
  httplib::Client client() const { return httplib::Client("127.0.0.1", port_); }
  json ask(const json& body, int status = 200) const {
    const auto answer = client().Post("/v1/chat/completions", body.dump(), "application/json");
    REQUIRE(answer);
    REQUIRE(answer->status == status);
    return json::parse(answer->body);
  }
  SimulatedBill bill() const { return server_.bill(); }
  int port() const { return port_; }

 private:
  SimulatedServer server_;
  int port_;
  std::thread thread_;
};

SimulatedServerOptions noiseless(const std::filesystem::path& workspace) {
  SimulatedServerOptions options;
  options.workspace = workspace;
  options.noise = {0, 0, 0, 0, 0};
  options.threads = 8;
  return options;
}

std::string text_of(const json& answer, std::size_t choice = 0) {
  return answer.at("choices").at(choice).at("message").at("content").get<std::string>();
}

PixelBox box_in(const std::string& reply, const SquarePadding& image) {
  const auto boxes = parse_boxes(box_format("cogvlm"), reply, image);
  REQUIRE(boxes.size() == 1);
  REQUIRE(boxes[0].flag == BoxFlag::kNone);
  return boxes[0].pixels;
}

}  // namespace

TEST_CASE("Without noise the answer is the box of the part's visible points, in view and crop") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  const Running server(noiseless(workspace.path()));
  const auto ask = [&](const std::string& part, const PixelBox& crop) {
    return text_of(server.ask(box_question(part, 1, 1, view_jpeg(crop))));
  };
  const PixelBox whole{0, 0, 100, 90};
  CHECK(box_in(ask("rim", whole), {100, 90}) == PixelBox{30, 20, 59, 49});
  CHECK(box_in(ask("lip", whole), {100, 90}) == PixelBox{30, 20, 59, 49});
  CHECK(box_in(ask("base", whole), {100, 90}) == PixelBox{30, 50, 59, 79});
  CHECK(box_in(ask("all", whole), {100, 90}) == PixelBox{30, 20, 59, 79});
  CHECK(box_in(ask("rim", {40, 10, 70, 40}), {30, 30}) == PixelBox{0, 10, 19, 29});
  CHECK(parse_boxes(box_format("cogvlm"), ask("handle", whole), {100, 90}).empty());
  CHECK(parse_boxes(box_format("cogvlm"), ask("base", {0, 0, 30, 30}), {30, 30}).empty());
}

TEST_CASE("The answers of the default noise stay as they are") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  WorkspaceTruth truth(workspace.path());
  SimulatedVision vision(truth, {}, "cogvlm");
  std::string answers;
  for (std::uint64_t seed = 0; seed < 1500; ++seed)
    for (const char* part : {"rim", "base", "handle"})
      answers += vision.answer(view_jpeg(), part, Random(mix64(seed))) + "\n";
  CHECK(text_hash(answers) == 17509892887448654327ULL);
}

TEST_CASE("Answers depend on seed and request, not on order, and noise comes as often as set") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  SimulatedServerOptions options = noiseless(workspace.path());
  options.noise = {0.05, 0.2, 0.1, 0.1, 0.1};
  constexpr int kRequests = 60, kSamples = 32;
  const std::string jpeg = view_jpeg();
  std::vector<std::vector<std::string>> runs;
  for (int run = 0; run < 2; ++run) {
    const Running server(options);
    std::vector<std::string> answers(kRequests * kSamples);
    for (int i = 0; i < kRequests; ++i) {
      const int seed = run == 0 ? i : kRequests - 1 - i;
      const json answer = server.ask(box_question("rim", seed, kSamples, jpeg));
      for (std::size_t k = 0; k < kSamples; ++k)
        answers[static_cast<std::size_t>(seed) * kSamples + k] = text_of(answer, k);
    }
    runs.push_back(answers);
  }
  CHECK(runs[0] == runs[1]);
  CHECK(std::set<std::string>(runs[0].begin(), runs[0].end()).size() > runs[0].size() / 4);
  double none = 0, several = 0;
  for (const std::string& reply : runs[0]) {
    const auto boxes = parse_boxes(box_format("cogvlm"), reply, {100, 90});
    none += boxes.empty() ? 1 : 0;
    several += boxes.size() == 2 ? 1 : 0;
  }
  // Two thirds of the malformed ones have no box at all: 0.1 · 4/6 + 0.9 · 0.2; several: 0.9 · 0.8 · 0.1.
  const double all = kRequests * kSamples;
  CHECK_THAT(none / all, Catch::WithinAbs(0.0667 + 0.18, 0.05));
  CHECK_THAT(several / all, Catch::WithinAbs(0.072, 0.03));
}

TEST_CASE("What goes wrong in a view follows from seed, picture and part, for all questions and choices") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  SimulatedServerOptions options = noiseless(workspace.path());
  options.noise.wrong_view = 0.5;
  options.noise.hallucinate = 0.5;
  std::map<std::string, std::set<std::string>> seen;
  int differs_in_crop = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    options.seed = seed;
    const Running server(options);
    const auto answers_to = [&](const std::string& part, const PixelBox& crop) {
      std::set<std::string> texts;
      for (int question = 0; question < 3; ++question) {
        const json answer = server.ask(box_question(part, question, 4, view_jpeg(crop)));
        for (std::size_t k = 0; k < 4; ++k) {
          const auto boxes =
              parse_boxes(box_format("cogvlm"), text_of(answer, k), {crop.width(), crop.height()});
          texts.insert(boxes.empty() ? "none" : json(boxes[0].pixels).dump());
        }
      }
      CHECK(texts.size() == 1);
      return *texts.begin();
    };
    const std::string rim = answers_to("rim", {0, 0, 100, 90});
    seen["rim"].insert(rim);
    seen["handle"].insert(answers_to("handle", {0, 0, 100, 90}));
    const bool is_right = rim == json(PixelBox{30, 20, 59, 49}).dump();
    // A crop of rim and base, one row less than the picture: another picture, drawn for anew.
    const bool is_right_in_crop = answers_to("rim", {0, 0, 100, 89}) == json(PixelBox{30, 20, 59, 49}).dump();
    differs_in_crop += is_right != is_right_in_crop ? 1 : 0;
  }
  // Rim itself, base and the whole; base, rim, the whole and none.
  CHECK(seen["rim"].size() == 3);
  CHECK(seen["handle"].size() == 4);
  CHECK(differs_in_crop > 3);
}

TEST_CASE("A named level of noise gives way to single shares, in whatever order they stand") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  const auto answer_of = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {FUNCORR_SIMULATED_SERVER, "-w", workspace.path().string()});
    const tests::ServerProcess server(words);
    httplib::Client client(server.first_line().substr(0, server.first_line().rfind("/v1")));
    const auto answer = client.Post("/v1/chat/completions", box_question("rim", 1, 32, view_jpeg()).dump(),
                                    "application/json");
    REQUIRE(answer);
    return answer->body;
  };
  CHECK(answer_of({}) == answer_of({"--noise", "low"}));
  CHECK(answer_of({"--noise", "high"}) != answer_of({}));
  CHECK(answer_of({"--noise", "high", "--jitter", "0"}) == answer_of({"--jitter", "0", "--noise", "high"}));
  CHECK(answer_of({"--noise", "high", "--jitter", "0"}) != answer_of({"--noise", "high"}));
  const tests::Ran refused = tests::run(FUNCORR_SIMULATED_SERVER, {"--noise", "loud"});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Matchers::ContainsSubstring("harshest"));
}

TEST_CASE("Faults come as often as set, and the bill counts what was written, delivered or not") {
  SimulatedServerOptions options = noiseless({});
  options.faults.too_many_requests = 0.2;
  options.faults.server_error = 0.1;
  options.faults.drop = 0.1;
  options.faults.hang = 0.05;
  options.faults.hang_seconds = 0.01;
  const Running server(options);
  std::map<int, int> statuses;
  int undelivered = 0, delivered_answers = 0;
  httplib::Client client = server.client();
  for (int i = 0; i < 400; ++i) {
    const json body = {
        {"model", "simulated"}, {"seed", i}, {"n", 2}, {"messages", {{{"role", "user"}, {"content", "?"}}}}};
    const auto answer = client.Post("/v1/chat/completions", body.dump(), "application/json");
    if (!answer) {
      ++undelivered;
      continue;
    }
    ++statuses[answer->status];
    if (answer->status == 429) CHECK(answer->get_header_value("Retry-After") == "1");
    if (answer->status == 200) delivered_answers += 2;
  }
  const SimulatedBill bill = server.bill();
  CHECK(bill.requests == 400);
  CHECK(bill.faults.at("429") == statuses[429]);
  CHECK(bill.faults.at("500") == statuses[500]);
  CHECK(bill.faults.at("hang") + bill.faults.at("drop") == undelivered);
  CHECK(bill.answers == delivered_answers + 2 * undelivered);
  CHECK(bill.billed_requests == 400 - statuses[429] - statuses[500]);
  CHECK(bill.repeated_answers == 0);
  CHECK(statuses[429] > 40);
  CHECK(statuses[500] > 15);
  CHECK(undelivered > 25);
}

TEST_CASE("A repeated request meets faults anew, gets the same answer, and is billed as repeated") {
  const tests::TemporaryFolder workspace;
  write_truth(workspace.path());
  SimulatedServerOptions options = noiseless(workspace.path());
  options.noise.jitter = 0.1;
  options.faults.server_error = 0.5;
  const Running server(options);
  const std::string body = box_question("rim", 3, 1, view_jpeg()).dump();
  std::set<std::string> texts;
  int failed = 0;
  for (int i = 0; i < 40; ++i) {
    const auto answer = server.client().Post("/v1/chat/completions", body, "application/json");
    REQUIRE(answer);
    if (answer->status == 200)
      texts.insert(text_of(json::parse(answer->body)));
    else
      ++failed;
  }
  CHECK(texts.size() == 1);
  CHECK(failed > 5);
  CHECK(failed < 35);
  CHECK(server.bill().repeated_answers == 40 - failed - 1);
}

TEST_CASE("Bad requests are refused in the API's words") {
  SimulatedServerOptions options = noiseless({});
  options.api_key = "sesame";
  const Running server(options);
  httplib::Client client = server.client();
  const auto code_of = [&](const std::string& body) {
    const auto answer = client.Post("/v1/chat/completions", body, "application/json");
    REQUIRE(answer);
    CHECK(answer->status >= 400);
    return json::parse(answer->body).at("error").at("code").get<std::string>();
  };
  const std::string good = R"({"model":"simulated","messages":[{"role":"user","content":"?"}]})";
  CHECK(code_of(good) == "invalid_api_key");
  client.set_bearer_token_auth("sesame");
  CHECK(client.Post("/v1/chat/completions", good, "application/json")->status == 200);
  CHECK(code_of("{") == "invalid_request_error");
  CHECK(code_of(R"({"model":"simulated","messages":[]})") == "invalid_request_error");
  CHECK(code_of(R"({"model":"simulated","n":200,"messages":[{"role":"user","content":"?"}]})") ==
        "invalid_request_error");
  CHECK(code_of(R"({"model":"other","messages":[{"role":"user","content":"?"}]})") == "model_not_found");
  CHECK(
      code_of(R"({"model":"simulated","messages":[{"role":"user","content":[{"type":"image_url","image_url":)"
              R"({"url":"https://example.org/a.jpg"}}]}]})") == "invalid_image_url");
  SimulatedServer second(options);
  CHECK_THROWS_WITH(second.bind(server.port()),
                    Catch::Matchers::ContainsSubstring(std::to_string(server.port())));
}

TEST_CASE("Embeddings tell spelling apart, and both encodings say the same") {
  const auto cosine = [](std::string_view a, std::string_view b) {
    const auto x = simulated_embedding(a), y = simulated_embedding(b);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += double(x[i]) * double(y[i]);
    return sum;
  };
  CHECK_THAT(cosine("coffee mug", "Coffee  mug"), Catch::WithinAbs(1, 1e-6));
  CHECK(cosine("mug", "coffee mug") > 0.45);
  CHECK(cosine("spoon", "spoons") > cosine("spoon", "hammer") + 0.3);
  CHECK(std::abs(cosine("kettle", "axe")) < 0.3);

  const Running server(noiseless({}));
  const auto post = [&](const char* encoding) {
    const json body = {{"model", "simulated"}, {"input", {"mug", "axe"}}, {"encoding_format", encoding}};
    return json::parse(server.client().Post("/v1/embeddings", body.dump(), "application/json")->body);
  };
  const json floats = post("float"), packed = post("base64");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto values = floats["data"][i]["embedding"].get<std::vector<float>>();
    const std::vector<std::byte> bytes = from_base64(packed["data"][i]["embedding"].get<std::string>());
    REQUIRE(bytes.size() == values.size() * sizeof(float));
    CHECK(std::memcmp(bytes.data(), values.data(), bytes.size()) == 0);
  }
}

}  // namespace funcorr
