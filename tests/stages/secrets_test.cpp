// The API key is sent, and stands nowhere else: not in the workspace, not in what programs print, not in
// their command lines, not in a core dump; nor does any way in which a server may spell it.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <span>

#include "db/format/hash.h"
#include "tests/catch.h"
#include "tests/labeling/client/scripted_server.h"
#include "tests/skip.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr const char* kVariable = "FUNCORR_TEST_STAGE_KEY";
const std::string kKey = "sk-very/secret+9876=543210/ab";

class KeyInEnvironment {
 public:
  KeyInEnvironment() { setenv(kVariable, kKey.c_str(), 1); }
  ~KeyInEnvironment() { unsetenv(kVariable); }
  KeyInEnvironment(const KeyInEnvironment&) = delete;
  KeyInEnvironment& operator=(const KeyInEnvironment&) = delete;
};

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text)
    encoded += c == '/' ? "%2F" : c == '+' ? "%2B" : c == '=' ? "%3D" : std::string(1, c);
  return encoded;
}

std::string json_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '/' ? "\\/" : std::string(1, c);
  return escaped;
}

// All that tells the key, or too much of it.
std::vector<std::string> forms() {
  const std::string in_base64 = base64(std::as_bytes(std::span(kKey)));
  return {kKey,
          json_escaped(kKey),
          percent_encoded(kKey),
          in_base64.substr(0, in_base64.size() - 4),
          kKey.substr(0, 8),
          kKey.substr(kKey.size() - 8)};
}

std::string all_forms() {
  std::string all;
  for (const std::string& form : forms()) all += form + " ";
  return all;
}

bool tells_key(const std::string& text) {
  return std::ranges::any_of(forms(),
                             [&](const std::string& form) { return text.find(form) != std::string::npos; });
}

// Files below the folder that tell the key: the database with its WAL, logs, options, batches.
std::vector<std::string> files_with_key(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && tells_key(read_text(entry.path())))
      found.push_back(fs::relative(entry.path(), folder).string());
  return found;
}

// A server that says the key wherever it can: in answers, errors, codes, pages and headers.
class EchoingServer {
 public:
  // With `refuses`, it says 401 to everything.
  explicit EchoingServer(bool refuses = false)
      : server_([this, refuses](const httplib::Request& request, httplib::Response& response) {
          const std::string key = request.get_header_value("Authorization");
          with_key += key == "Bearer " + kKey ? 1 : 0;
          response.set_header("x-request-id", all_forms());
          if (refuses) return reply(response, api_error("invalid_api_key", "wrong: " + all_forms()), 401);
          switch (count_++ % 4) {
            case 0:
              return reply(response, completion({all_forms(), key, key, key}));
            case 1:
              return reply(response, api_error("bad_" + kKey, "wrong: " + all_forms()), 409);
            case 2:
              response.set_content("{\"choices\": \"" + json_escaped(all_forms()), "application/json");
              return;
            default:
              return reply(response, api_error("server_error", all_forms()), 500);
          }
        }) {}
  std::string url() const { return server_.url(); }
  std::atomic<int> with_key{0};

 private:
  std::atomic<int> count_{0};
  ScriptedServer server_;
};

// Whether a crash leaves a core dump in the current folder at all, here.
bool dumps_core() {
  const TemporaryFolder folder;
  Program shell("/bin/sh", {"-c", "cd '" + folder.path().string() + "'; ulimit -c unlimited; kill -ABRT $$"});
  shell.wait();
  return !fs::is_empty(folder.path());
}

}  // namespace

TEST_CASE("No file and no output of ground holds the key, though the server echoes it") {
  const KeyInEnvironment environment;
  const GroundWorkspace made;
  EchoingServer server;
  const std::string root = made.workspace.root.string();
  const auto driver = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--workspace", root});
    return run((executable_file().parent_path() / "funcorr").string(), arguments);
  };
  std::vector<Ran> outputs;
  outputs.push_back(made.run(server.url(), {"--api-key-variable", kVariable, "--verbose", "--max-attempts",
                                            "1", "--request-attempts", "2"}));
  outputs.push_back(driver({"why", GroundWorkspace::uid_of(0)}));
  outputs.push_back(driver({"errors"}));
  outputs.push_back(driver({"stats", "errors"}));
  outputs.push_back(run(GroundWorkspace::program(), {"--workspace", root, "--api-key-variable", kVariable,
                                                     "--servers", server.url(), "--print-config"}));
  CHECK(server.with_key > 10);
  CHECK(outputs[0].status == 1);
  CHECK(outputs[1].out.find("[key]") != std::string::npos);  // the raw answers are shown, without it
  for (const Ran& ran : outputs) {
    CHECK_FALSE(tells_key(ran.out));
    CHECK_FALSE(tells_key(ran.err));
  }
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{});
  // The search itself finds what is there.
  std::ofstream(made.workspace.root / "leak.txt") << "a" << percent_encoded(kKey) << "z";
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{"leak.txt"});
}

TEST_CASE("A batch that is refused tells nothing of the key either") {
  const KeyInEnvironment environment;
  const GroundWorkspace made;
  const EchoingServer server(true);
  const Ran ran =
      made.run(server.url(), {"--api-key-variable", kVariable, "--transport", "batch", "--verbose"});
  INFO(ran.err);
  CHECK(server.with_key > 0);
  CHECK(ran.status == 3);
  CHECK(ran.err.find("[key]") != std::string::npos);
  CHECK_FALSE(tells_key(ran.out + ran.err));
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{});
  const Ran why = run((executable_file().parent_path() / "funcorr").string(),
                      {"--workspace", made.workspace.root.string(), "why", GroundWorkspace::uid_of(0)});
  CHECK_FALSE(tells_key(why.out + why.err));
}

TEST_CASE("A ground that crashes with the key in its memory leaves no core dump of it") {
  if (!dumps_core()) {
    skip("no program leaves a core dump here");
    return;
  }
  const KeyInEnvironment environment;
  const GroundWorkspace made;
  std::atomic<int> asked{0};
  const ScriptedServer silent([&](const httplib::Request&, httplib::Response&) {
    ++asked;
    silent.keep_silent();
  });
  std::string command = "cd '" + made.workspace.root.string() +
                        "'; ulimit -c unlimited 2> /dev/null; exec '" + GroundWorkspace::program() + "'";
  for (const std::string& word : made.arguments(silent.url(), {"--api-key-variable", kVariable}))
    command += " '" + word + "'";
  Program program("/bin/sh", {"-c", command});
  REQUIRE(wait_until([&] { return asked > 0; }));
  CHECK_FALSE(tells_key(read_text("/proc/" + std::to_string(program.pid()) + "/cmdline")));
  program.kill(SIGABRT);
  CHECK(program.wait() == -SIGABRT);
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{});
}

}  // namespace funcorr
