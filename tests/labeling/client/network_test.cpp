// Several servers, TLS, HTTP/2 through a proxy that is not ours.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/labeling/client/engine_fixture.h"
#include "tests/labeling/client/server_process.h"
#include "tests/skip.h"
#include "tests/wait_until.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

// A key and a certificate for 127.0.0.1, signed by itself; false: no openssl program.
bool make_certificate(const std::filesystem::path& folder) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
      "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout '" +
      (folder / "key.pem").string() + "' -out '" + (folder / "certificate.pem").string() +
      "' > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

class TlsServer {
 public:
  explicit TlsServer(const std::filesystem::path& folder)
      : server_((folder / "certificate.pem").c_str(), (folder / "key.pem").c_str()) {
    server_.Post("/v1/.*", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests;
      echo(request, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~TlsServer() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  std::atomic<int> requests{0};

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

const char* nghttpx() {
  for (const char* path : {"/usr/sbin/nghttpx", "/usr/bin/nghttpx"})
    if (std::filesystem::exists(path)) return path;
  return nullptr;
}

}  // namespace

TEST_CASE("A server that is ill is left alone until it is well, and the others serve") {
  ScriptedServer good(echo);
  std::atomic<bool> ill{true};
  ScriptedServer bad([&](const httplib::Request& request, httplib::Response& response) {
    if (ill) return reply(response, api_error("server_error"), 500);
    echo(request, response);
  });
  Provider provider = provider_at(good.url());
  provider.servers.push_back({bad.url()});
  provider.servers.push_back({"http://127.0.0.1:1/v1"});  // nobody there
  provider.limits.concurrency = 4;
  Asking asking(provider);
  for (int i = 0; i < 200; ++i) asking.submit(chat(std::to_string(i)));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count_if(asking.answers, [](const Answer& a) { return a.answered; }) == 200);
  CHECK(bad.requests() >= 5);
  // What was in flight when its breaker opened, and one after each of the pauses, which double.
  CHECK(bad.requests() <= 5 + 4 + 6);
  ill = false;
  const std::size_t before = bad.requests();
  int made = 200;
  CHECK(wait_until([&] {  // a pause is over
    for (const int end = made + 20; made < end; ++made) asking.submit(chat(std::to_string(made)));
    CHECK(asking.run().kind == RunEnd::Kind::kDone);
    return bad.requests() > before;
  }));
}

TEST_CASE("What pace learns is kept for the next run") {
  ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    response.set_header("x-ratelimit-limit-requests", "6000");
    response.set_header("x-ratelimit-limit-tokens", "-1");
    echo(request, response);
  });
  Asking asking(provider_at(server.url()));
  asking.ask(chat("a cup"));
  const auto pace = nlohmann::json::parse(asking.ledger.load_pace("p"));
  CHECK(pace["requests_per_minute"] == 6000);
  CHECK(pace["tokens_per_minute"] == 0);
}

TEST_CASE("Requests per minute are kept to") {
  ScriptedServer server(echo);
  Provider provider = provider_at(server.url());
  provider.limits.requests_per_minute = 1200;  // 20 a second, after 60 at once
  Asking asking(provider);
  for (int i = 0; i < 80; ++i) asking.submit(chat(std::to_string(i)));
  const auto start = std::chrono::steady_clock::now();
  asking.run();
  CHECK(asking.answers.size() == 80);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(800));
}

TEST_CASE("Connections are kept") {
  std::mutex mutex;
  std::set<int> ports;
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex);
      ports.insert(request.remote_port);
    }
    echo(request, response);
  });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 4;
  Asking asking(provider);
  for (int i = 0; i < 300; ++i) asking.submit(chat(std::to_string(i)));
  asking.run();
  CHECK(asking.answers.size() == 300);
  CHECK(ports.size() <= 8);
}

TEST_CASE("A certificate is verified: one that nobody vouches for ends the run before anything is sent") {
  const TemporaryFolder folder;
  if (!make_certificate(folder.path())) {
    skip("no openssl program to make a certificate with");
    return;
  }
  TlsServer server(folder.path());
  Provider provider = provider_at(server.url());
  SECTION("unknown") {
    Asking asking(provider);
    const RunEnd end = asking.ask(chat("a cup"));
    CHECK(end.kind == RunEnd::Kind::kFatal);
    CHECK(end.error_kind == "bad_certificate");
    CHECK(server.requests == 0);
  }
  SECTION("made known") {
    provider.ca_file = (folder.path() / "certificate.pem").string();
    Asking asking(provider);
    asking.ask(chat("a cup"));
    CHECK(asking.answers.at(0).answered);
  }
}

TEST_CASE("HTTP/2: many requests on few connections, through nghttpx") {
  if (nghttpx() == nullptr) {
    skip("no nghttpx (Debian's nghttp2-proxy)");
    return;
  }
  const TemporaryFolder folder;
  std::atomic<int> by_http2{0}, at_once{0}, most_at_once{0};
  ScriptedServer backend([&](const httplib::Request& request, httplib::Response& response) {
    by_http2 += request.get_header_value("Via").starts_with("2") ? 1 : 0;
    const int now = ++at_once;
    for (int most = most_at_once; now > most && !most_at_once.compare_exchange_weak(most, now);) {
    }
    wait_until([&] { return most_at_once > 4; });
    --at_once;
    echo(request, response);
  });
  if (!make_certificate(folder.path())) {
    skip("no openssl program to make a certificate with");
    return;
  }
  const int port = free_port();
  const std::vector<std::string> command{nghttpx(),
                                         "--conf=/dev/null",
                                         "--errorlog-file=/dev/null",
                                         "--workers=1",
                                         "--backend=127.0.0.1," + std::to_string(backend.port()),
                                         "--frontend=127.0.0.1," + std::to_string(port),
                                         (folder.path() / "key.pem").string(),
                                         (folder.path() / "certificate.pem").string()};
  const ServerProcess proxy(command, false);
  REQUIRE(wait_for(port));
  Provider provider = provider_at("https://127.0.0.1:" + std::to_string(port) + "/v1");
  provider.ca_file = (folder.path() / "certificate.pem").string();
  Asking asking(provider);
  for (int i = 0; i < 300; ++i) asking.submit(chat(std::to_string(i)));
  const RunEnd end = asking.run();
  INFO(end.error);
  CHECK(end.kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count_if(asking.answers, [](const Answer& a) { return a.answered; }) == 300);
  CHECK(by_http2 == 300);
  CHECK(most_at_once > 4);
  CHECK(asking.spend().billed_calls == 300);
}

}  // namespace funcorr
